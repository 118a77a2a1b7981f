"""The reference's ledger against accounts kept by hand; every number is derived in the comment beside it."""

import math

import pytest

from tests.reference.bars import Bars
from tests.reference.costs import Settings, affordable
from tests.reference.engine import FLAT, KEEP, LONG, SHORT, Outcome, Strategy, run
from tests.reference.strategies import BUILT_IN

DAY = 86_400_000_000_000


def bars_of(open_: list[float], close: list[float]) -> Bars:
    high = [max(o, c) for o, c in zip(open_, close, strict=True)]
    low = [min(o, c) for o, c in zip(open_, close, strict=True)]
    n = len(close)
    return Bars([t * DAY for t in range(n)], list(range(n)), open_, high, low, close, [1.0] * n)


def answers(*by_bar: int | None) -> Strategy:
    return Strategy(0, lambda t, position: by_bar[t])


def kinds(outcome: Outcome, bar: int) -> list[str]:
    return [event.kind for event in outcome.events if event.bar == bar]


def test_a_round_trip_at_the_next_open() -> None:
    bars = bars_of([10.0, 11.0, 12.0, 13.0], [10.0, 12.0, 12.0, 13.0])
    settings = Settings(
        cash=1000.0,
        commission={"type": "percent", "rate": 0.01},
        slippage={"type": "fixed", "amount": 0.5},
        position_size=0.5,
    )
    outcome = run(bars, answers(LONG, KEEP, FLAT, KEEP), settings)
    # bar 0: target 0.5 * 1000 / 10 = 50. bar 1: buys 50 at 11 + 0.5 = 11.5: 575, commission 5.75; cash 419.25
    # bar 3: sells 50 at 13 - 0.5 = 12.5: 625, commission 6.25; cash 419.25 + 618.75 = 1038
    assert outcome.equity == [1000.0, 419.25 + 50 * 12, 419.25 + 50 * 12, 1038.0]
    assert [(fill.bar, fill.price, fill.quantity, fill.fee, fill.value) for fill in outcome.fills] == [
        (1, 11.5, 50.0, 5.75, 25.0),
        (3, 12.5, -50.0, 6.25, 25.0),
    ]
    (trade,) = outcome.trades
    assert (trade.entry_bar, trade.exit_bar, trade.direction, trade.quantity) == (1, 3, 1, 50.0)
    assert (trade.entry_price, trade.exit_price, trade.commission) == (11.5, 12.5, 12.0)
    assert trade.profit == 38.0  # 625 - 575 - 12
    assert outcome.metrics["best_trade"] == 38 / 575
    assert outcome.metrics["exposure"] == 2 / 4
    assert outcome.metrics["turnover"] == (575 + 625) / ((1000 + 1019.25 + 1019.25 + 1038) / 4)
    assert outcome.metrics["commission_paid"] == 12.0
    assert outcome.metrics["slippage_paid"] == 50.0


def test_the_events_of_a_bar_in_order() -> None:
    outcome = run(bars_of([10.0] * 3, [10.0] * 3), answers(LONG, SHORT, KEEP), Settings(cash=100.0))
    assert kinds(outcome, 0) == ["BAR", "FEATURES", "SIGNAL", "ORDER", "PORTFOLIO_UPDATE"]
    assert kinds(outcome, 1) == [
        "BAR", "FILL", "POSITION_OPEN", "FEATURES", "SIGNAL", "ORDER", "PORTFOLIO_UPDATE",
    ]  # fmt: skip
    assert kinds(outcome, 2) == [
        "BAR",
        "FILL",
        "POSITION_CLOSE",
        "POSITION_OPEN",
        "FEATURES",
        "PORTFOLIO_UPDATE",
    ]
    assert [event.sequence for event in outcome.events] == list(range(len(outcome.events)))
    by_number = {event.sequence: event for event in outcome.events}
    chain, event = [], outcome.fills[0]
    while event.cause >= 0:
        chain.append(event.kind)
        event = by_number[event.cause]
    assert chain == ["FILL", "ORDER", "SIGNAL", "FEATURES"] and event.kind == "BAR"


def test_a_reversal_shares_its_commission() -> None:
    settings = Settings(cash=1000.0, commission={"type": "fixed", "amount": 3.0}, fill="same_close")
    bars = bars_of([10.0, 20.0, 20.0], [10.0, 20.0, 10.0])
    outcome = run(bars, answers(LONG, SHORT, FLAT), settings)
    # bar 0: wants 100 for 1000 + 3, gets (1000 - 3) / 10 = 99.7; cash 0
    # bar 1: equity 99.7 * 20 = 1994, target -99.7, sells 199.4 at 20: 3988 - 3; closing share 1.5
    # bar 2: buys 99.7 at 10: 997 + 3; cash 3985 - 1000 = 2985
    assert [fill.quantity for fill in outcome.fills] == pytest.approx([99.7, -199.4, 99.7])
    assert outcome.equity == pytest.approx([997.0, 3985 - 99.7 * 20, 2985.0])
    long, short = outcome.trades
    assert long.profit == pytest.approx(1994 - 1.5 - 1000)
    assert short.profit == pytest.approx((1994 - 1.5) - 1000)
    assert (long.direction, short.direction) == (1, -1)
    assert (long.exit_bar, short.entry_bar) == (1, 1)


def test_lots_round_towards_zero_and_a_lot_too_large_is_rejected() -> None:
    bars = bars_of([10.0, 10.0], [10.0, 10.0])
    whole = run(bars, answers(LONG, KEEP), Settings(cash=999.0, lot_size=30.0))  # 99.9 -> 90
    assert whole.fills[0].quantity == 90.0
    short = run(bars, answers(SHORT, KEEP), Settings(cash=999.0, lot_size=30.0))
    assert short.fills[0].quantity == -90.0
    none = run(bars, answers(LONG, LONG), Settings(cash=999.0, lot_size=100.0))
    assert [event.reason for event in none.events if event.kind == "REJECT"] == ["below_lot_size"] * 2
    assert none.fills == []


def test_a_buy_is_cut_to_what_cash_pays_for() -> None:
    percent = Settings(commission={"type": "percent", "rate": 0.25})
    assert affordable(100.0, 8.0, 100.0, percent) == 10.0  # 10 * 8 = 80, and 20 of commission
    assert affordable(9.0, 8.0, 100.0, percent) == 9.0
    share = Settings(commission={"type": "per_share", "rate": 2.0, "minimum": 10.0})
    assert affordable(100.0, 8.0, 100.0, share) == 10.0  # 80 and 20, above the minimum
    assert affordable(100.0, 8.0, 34.0, share) == 3.0  # 3.4 shares would pay 6.8: the minimum, so (34 - 10) / 8
    assert affordable(100.0, 8.0, 9.0, share) == 0.0
    lots = Settings(commission={"type": "fixed", "amount": 1.0}, lot_size=4.0)
    assert affordable(100.0, 8.0, 100.0, lots) == 12.0  # 99 / 8 = 12.4
    assert affordable(100.0, 8.0, 10.0, lots) == 0.0


def test_what_cannot_be_paid_or_priced_is_rejected() -> None:
    bars = bars_of([10.0, 10.0], [10.0, 10.0])
    dear = run(bars, answers(LONG, KEEP), Settings(cash=50.0, commission={"type": "fixed", "amount": 60.0}))
    assert [event.reason for event in dear.events if event.kind == "REJECT"] == ["insufficient_cash"]
    slipped = run(bars, answers(SHORT, KEEP), Settings(slippage={"type": "fixed", "amount": 10.0}))
    assert [event.reason for event in slipped.events if event.kind == "REJECT"] == ["no_positive_price"]
    sale = run(bars, answers(SHORT, KEEP), Settings(cash=10.0, commission={"type": "fixed", "amount": 30.0}))
    assert [event.reason for event in sale.events if event.kind == "REJECT"] == ["insufficient_margin"]  # 10 < 30


def test_a_cover_cut_by_cash_only_reduces_the_position() -> None:
    bars = bars_of([10.0, 10.0, 25.0, 8.0], [10.0, 10.0, 8.0, 8.0])
    outcome = run(bars, answers(SHORT, FLAT, FLAT, KEEP), Settings(cash=100.0))
    # sells 10 at 10: cash 200. Cover at 25 costs 250: 200 / 25 = 8 bought, cash 0, 2 short: equity -16
    assert outcome.bankrupt and outcome.metrics == {} and outcome.equity == [100.0, 100.0, -16.0]
    assert kinds(outcome, 2)[:3] == ["BAR", "FILL", "FEATURES"] and outcome.trades == []


def test_a_trade_goes_on_through_a_partial_cover() -> None:
    bars = bars_of([10.0, 10.0, 25.0, 8.0], [10.0, 10.0, 8.0, 8.0])
    commission = {"type": "fixed", "amount": 1.0}
    settings = Settings(cash=100.0, position_size=0.9, commission=commission, lot_size=3.0)
    outcome = run(bars, answers(SHORT, FLAT, FLAT, KEEP), settings)
    # sells 9 at 10: cash 189. Cover of 9 at 25 costs 226: (189 - 1) / 25 = 7.5, two lots bought: cash 38, 3 short
    # covers 3 at 8: cash 38 - 25 = 13
    assert [fill.quantity for fill in outcome.fills] == [-9.0, 6.0, 3.0]
    assert kinds(outcome, 2)[:3] == ["BAR", "FILL", "FEATURES"]
    assert outcome.equity == [100.0, 99.0, 38.0 - 3 * 8, 13.0]
    (trade,) = outcome.trades
    assert (trade.entry_bar, trade.exit_bar, trade.exit_fills) == (1, 3, 2)
    assert trade.profit == (90 - 1) - (150 + 1) - (24 + 1)


def test_close_at_end_drops_the_waiting_order() -> None:
    bars = bars_of([10.0, 10.0, 10.0], [10.0, 10.0, 11.0])
    outcome = run(bars, answers(LONG, KEEP, SHORT), Settings(cash=100.0, close_at_end=True))
    assert kinds(outcome, 2) == [
        "BAR", "FEATURES", "SIGNAL", "ORDER", "ORDER", "FILL", "POSITION_CLOSE", "PORTFOLIO_UPDATE",
    ]  # fmt: skip
    assert outcome.events[-4].cause == next(e.sequence for e in outcome.events if e.kind == "BAR" and e.bar == 2)
    assert outcome.equity[-1] == 110.0 and outcome.trades[0].profit == 10.0


def test_an_order_of_the_last_bar_is_never_filled() -> None:
    bars = bars_of([10.0, 10.0], [10.0, 10.0])
    assert run(bars, answers(KEEP, LONG), Settings()).fills == []
    assert run(bars, answers(KEEP, LONG), Settings(fill="same_close")).fills != []


def test_built_ins_trade_on_a_wave() -> None:
    close = [100 + 10 * math.sin(t / 9) + 0.01 * t for t in range(240)]
    bars = bars_of(close, close)
    for name, build in BUILT_IN.items():
        outcome = run(bars, build(bars), Settings())
        if name == "buy_and_hold":
            assert len(outcome.fills) == 1 and outcome.fills[0].bar == 1
        else:
            assert len(outcome.trades) >= 2, name
