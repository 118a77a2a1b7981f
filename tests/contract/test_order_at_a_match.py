"""What an order is held to when it is matched: volume, cash, halts, the exit time, and what is left of a position."""

import pytest

from tests.contract.order_cases import ENGINES, Call, frame_of, play, scripted

pytestmark = pytest.mark.parametrize("engine", ENGINES)

CALM = (100, 101, 99, 100)
FOK = 4
FOUR = {"type": "quantity", "quantity": 4.0}


def test_a_reversal_shares_its_commission_by_quantity(engine: str) -> None:
    # 4 bought for 100 each and 5; 10 sold at 105 for 5: 4/10 of it closes, 6/10 opens.
    frame = frame_of(CALM, CALM, (105, 106, 104, 105))
    calls = [Call(0, "market", 4), Call(1, "market", -10)]
    case = scripted(frame, *calls, cash=1000.0, commission={"type": "fixed", "amount": 5.0})
    played = play(engine, case)
    close, opened = played.first("POSITION_CLOSE"), [e for e in played.events if e.kind == "POSITION_OPEN"][1]
    assert (close.quantity, close.fee, close.value) == (-4.0, 2.0, 4 * 5 - 5 - 2.0)
    assert (opened.quantity, opened.fee) == (-6.0, 3.0)
    assert (played.metrics["commission_paid"], played.metrics["expectancy"]) == (10.0, 13.0)


def test_a_bracket_sells_no_more_than_is_left(engine: str) -> None:
    # 10 bought with a stop at 95; 6 are sold; the stop sells the 4.
    frame = frame_of(CALM, CALM, CALM, (100, 100, 94, 95))
    calls = [Call(0, "bracket", 10, 95, 120), Call(1, "market", -6)]
    played = play(engine, scripted(frame, *calls, cash=1000.0))
    assert played.fills == [(1, 100.0, 10.0), (2, 100.0, -6.0), (3, 95.0, -4.0)]
    assert played.equity[-1] == 1000 - 4 * 5.0


def test_a_bracket_ends_with_its_position(engine: str) -> None:
    calls = [Call(0, "bracket", 10, 95, 120), Call(1, "market", -10)]
    played = play(engine, scripted(frame_of(CALM, CALM, CALM, (100, 125, 90, 100)), *calls, cash=1000.0))
    assert played.fills == [(1, 100.0, 10.0), (2, 100.0, -10.0)]
    assert played.told("CANCEL") == [(2, "position_closed", 2), (2, "position_closed", 3)]


def test_a_fill_that_reduces_leaves_exits_as_they_are(engine: str) -> None:
    frame = frame_of(CALM, CALM, CALM, (100, 100, 94, 95))
    calls = [Call(0, "answer", 1), Call(1, "market", -1)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, sizing=FOUR, exits={"stop_loss": 0.05}))
    assert played.ordered("modified") == []
    assert played.fills == [(1, 100.0, 4.0), (2, 100.0, -1.0), (3, 95.0, -3.0)]


def test_exits_are_for_the_whole_position_at_the_time(engine: str) -> None:
    # The signal's 4 and 2 of the strategy's own that fill later inside the same bar as the stop: 6 are sold.
    frame = frame_of(CALM, CALM, (100, 101, 97, 98), (98, 98, 94, 95))
    calls = [Call(0, "answer", 1), Call(1, "limit", 2, 98)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, sizing=FOUR, exits={"stop_loss": 0.05}))
    average = (4 * 100 + 2 * 98) / 6
    assert played.fills == [(1, 100.0, 4.0), (2, 98.0, 2.0), (3, average * (1 - 0.05), -6.0)]


def test_a_target_below_nothing_is_refused(engine: str) -> None:
    # A short at 100 with a target 125 % away: 100 * (1 - 1.25) is no price.
    exits = {"take_profit": 1.25, "stop_loss": 0.5}
    played = play(engine, scripted(frame_of(CALM, CALM, CALM), Call(0, "answer", -1), cash=1000.0, sizing=FOUR,
                                   exits=exits))  # fmt: skip
    assert played.told("REJECT") == [(1, "bad_price", 3)]
    assert played.cause(played.first("REJECT")).kind == "FILL"
    assert played.ordered("stop_loss") == [(1, 2, 150.0, 4.0)]


def test_a_target_that_would_move_to_nothing_stays(engine: str) -> None:
    # Short 4 at 100: 100 * 0.04 is down to 3 by ticks of 3. 4 more at 60: 80 * 0.04 = 3.2 still is 3; at 30 it is not.
    frame = frame_of((99, 102, 99, 99), (99, 102, 99, 99), (30, 33, 30, 30), (30, 33, 30, 30))
    calls = [Call(0, "answer", -1), Call(1, "answer", -1)]
    settings = {"cash": 1000.0, "sizing": FOUR, "pyramiding": 2, "tick_size": 3.0}
    played = play(engine, scripted(frame, *calls, **settings, exits={"take_profit": 0.96}))
    # 99 * 0.04 = 3.96 is 3; the average of 99 and 30 is 64.5, times 0.04 is 2.58: down to 0.
    assert played.ordered("take_profit")[0][2] == 3.0
    assert played.told("REJECT") == [(2, "bad_price", 2)]
    assert played.ordered("modified") == []


def test_what_rounding_leaves_of_a_volume_is_none(engine: str) -> None:
    # Of 0.8, 0.7 and 0.1 are filled, which leaves 1.1e-16.
    frame = frame_of(CALM, (100, 101, 99, 100, 8), (100, 101, 99, 100, 8))
    calls = [Call(0, "market", 0.7), Call(0, "market", 0.1), Call(0, "market", 0.2)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, max_volume_share=0.1))
    assert played.fills == [(1, 100.0, 0.7), (1, 100.0, 0.1), (2, 100.0, 0.2)]


def test_impact_is_that_of_what_volume_lets_through(engine: str) -> None:
    # 50 of 100 are wanted, 25 filled: a quarter of the volume moves the price by 0.1 * 0.25.
    frame = frame_of(CALM, (100, 101, 99, 100, 100), (100, 101, 99, 100, 0))
    slippage = {"type": "volume_impact", "coefficient": 0.1, "exponent": 1.0}
    case = scripted(frame, Call(0, "market", 50), cash=10_000.0, slippage=slippage, max_volume_share=0.25)
    assert play(engine, case).fills == [(1, 100 * (1 + 0.1 * 0.25), 25.0)]


def test_fill_or_kill_takes_all_or_nothing_of_the_volume(engine: str) -> None:
    frame = frame_of(CALM, (100, 101, 95, 98, 40), CALM)
    calls = [Call(0, "limit", 21, 96, tif=FOK), Call(0, "limit", 20, 96, tif=FOK)]
    played = play(engine, scripted(frame, *calls, cash=10_000.0, max_volume_share=0.5))
    assert played.fills == [(1, 96.0, 20.0)]
    assert played.told("CANCEL") == [(1, "not_filled", 1)]


def test_fill_or_kill_is_not_cut_by_cash(engine: str) -> None:
    frame = frame_of(CALM, (100, 101, 95, 98), CALM)
    played = play(engine, scripted(frame, Call(0, "limit", 11, 96, tif=FOK), cash=1000.0))
    assert played.fills == [] and played.told("REJECT") == []
    assert played.told("CANCEL") == [(1, "not_filled", 1)]


def test_fill_or_kill_of_a_sale_that_cannot_pay_its_fee_is_cancelled(engine: str) -> None:
    frame = frame_of(CALM, (100, 105, 95, 98), CALM)
    commission = {"type": "fixed", "amount": 150.0}
    played = play(engine, scripted(frame, Call(0, "limit", -1, 104, tif=FOK), cash=40.0, commission=commission))
    assert played.told("REJECT") == [] and played.told("CANCEL") == [(1, "not_filled", 1)]


def test_a_halt_is_kept_by_orders_that_only_reduced_when_they_were_sent(engine: str) -> None:
    # Each sale would close the 8. Once the first has, the second would open a short.
    frame = frame_of(CALM, CALM, (85, 86, 84, 85), (85, 96, 84, 95))
    calls = [Call(0, "market", 8), Call(1, "limit", -8, 95), Call(1, "limit", -8, 96)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, risk={"max_daily_loss": 0.1}))
    assert played.fills == [(1, 100.0, 8.0), (3, 95.0, -8.0)]
    assert played.told("RISK_BREACH") == [(2, "max_daily_loss", 0), (3, "halted", 3)]
    breach = played.events[-3]
    # At its limit of 96, with the equity at the close before: 200 + 8 * 95 after the sale of the 8.
    assert (breach.kind, breach.price, breach.quantity, breach.value) == ("RISK_BREACH", 96.0, -8.0, 960.0)
    assert played.metrics["risk_breaches"] == 2


def test_the_exit_time_is_kept_by_orders_that_only_reduced_when_they_were_sent(engine: str) -> None:
    # At ten o'clock there is no volume to leave in, so the 4 are still held at eleven, when the first of two sales is
    # touched. What it does not close the order of the exit time does, and the second sale would open a short.
    frame = frame_of(CALM, CALM, (100, 101, 99, 100, 0), (100, 101, 99, 100, 8))
    calls = [Call(0, "market", 4), Call(1, "limit", -4, 100), Call(1, "limit", -4, 100)]
    case = scripted(frame, *calls, cash=1000.0, exits={"exit_at": "11:00"}, max_volume_share=1.0)
    played = play(engine, case)
    assert played.fills == [(1, 100.0, 4.0), (3, 100.0, -4.0)]
    assert played.ordered("exit_time") == [(2, 4, 100.0, -4.0)]
    # The order of the exit time goes first, at bar 3.
    assert [e.order for e in played.events if e.kind == "FILL"] == [1, 4]
    assert played.told("REJECT") == [(3, "after_exit_time", 2), (3, "after_exit_time", 3)]


def test_what_must_leave_sends_one_order_for_as_long_as_it_works(engine: str) -> None:
    # Held for one bar; there is no volume at bar 2, so its order works on, and no second one is sent at bar 3.
    frame = frame_of(CALM, CALM, (100, 101, 99, 100, 0), (100, 101, 99, 100, 0), CALM)
    settings = {"cash": 1000.0, "max_volume_share": 1.0, "sizing": FOUR}
    played = play(engine, scripted(frame, Call(0, "answer", 1), **settings, exits={"max_holding_bars": 1}))
    assert played.ordered("max_holding") == [(2, 2, 100.0, -4.0)]
    assert played.fills == [(1, 100.0, 4.0), (4, 100.0, -4.0)]
    # The exit time takes that order, and does not send one of its own.
    both = {"max_holding_bars": 1, "exit_at": "13:00"}
    played = play(engine, scripted(frame, Call(0, "answer", 1), **settings, exits=both))
    assert played.ordered("exit_time") == [] and played.fills == [(1, 100.0, 4.0), (4, 100.0, -4.0)]


def test_an_order_that_must_leave_ends_with_the_position(engine: str) -> None:
    # 2 of 4 leave at bar 2; the other 2 are sold at bar 3 by the strategy's own order, which has a smaller number.
    frame = frame_of(CALM, CALM, (100, 101, 99, 100, 2), CALM)
    calls = [Call(0, "answer", 1), Call(1, "limit", -2, 105), Call(2, "modify", 2, 90)]
    settings = {"cash": 1000.0, "max_volume_share": 1.0, "sizing": FOUR}
    played = play(engine, scripted(frame, *calls, **settings, exits={"max_holding_bars": 1}))
    assert [(e.order, e.quantity) for e in played.events if e.kind == "FILL"] == [(1, 4.0), (3, -2.0), (2, -2.0)]
    assert played.told("CANCEL") == [(3, "position_closed", 3)]


def test_the_exit_time_is_from_its_own_minute_on_and_calls_entries_back_once(engine: str) -> None:
    # Eleven o'clock is bar 2. A sale above the market only reduces there; when the 4 are gone, by the exit time itself,
    # it would open: it is called back on that bar, with the entry at 80.
    frame = frame_of(CALM, CALM, CALM, CALM)
    calls = [Call(0, "market", 4), Call(1, "limit", -4, 120), Call(1, "limit", 1, 80)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, exits={"exit_at": "11:00"}))
    assert played.fills == [(1, 100.0, 4.0), (2, 100.0, -4.0)]
    assert played.told("CANCEL") == [(2, "after_exit_time", 2), (2, "after_exit_time", 3)]


def test_a_breach_closes_what_the_volume_lets_through_and_the_rest_at_the_next_opens(engine: str) -> None:
    frame = frame_of(CALM, CALM, (85, 86, 84, 85, 2), (86, 87, 84, 85, 10), (87, 88, 86, 87, 10))
    risk = {"max_drawdown": 0.1, "on_breach": "flatten"}
    played = play(engine, scripted(frame, Call(0, "market", 8), cash=1000.0, risk=risk, max_volume_share=0.5))
    assert played.fills == [(1, 100.0, 8.0), (2, 85.0, -1.0), (3, 86.0, -5.0), (4, 87.0, -2.0)]
    # One order, sent by the breach, which is told once; the second valuation of bar 2 has what was sold at its close.
    assert played.ordered("max_drawdown") == [(2, 2, 85.0, -8.0)]
    assert played.metrics["risk_breaches"] == 1
    updates = [(e.bar, e.quantity, e.value) for e in played.events if e.kind == "PORTFOLIO_UPDATE" and e.bar == 2]
    assert updates == [(2, 8.0, 880.0), (2, 7.0, 880.0)]
    assert played.equity[-1] == 1000 - 800 + 85 + 5 * 86 + 2 * 87.0


def test_maintenance_margin_leaves_orders_working(engine: str) -> None:
    # 20 at 100 on 1000 fall to 66: 320 of 1320. The bid at 60 is filled on the next bar.
    frame = frame_of(CALM, CALM, (70, 71, 65, 66), (66, 66, 59, 60))
    calls = [Call(0, "market", 20), Call(1, "limit", 1, 60)]
    margin = {"leverage": 2.0, "maintenance": 0.25}
    played = play(engine, scripted(frame, *calls, cash=1000.0, margin=margin))
    assert played.fills == [(1, 100.0, 20.0), (2, 66.0, -20.0), (3, 60.0, 1.0)]


def test_as_many_orders_as_the_book_has_room_for(engine: str) -> None:
    calls = [Call(0, "limit", 1, 90 - k) for k in range(4)]
    played = play(engine, scripted(frame_of(CALM, CALM), *calls[:3], cash=1000.0, order_capacity=3))
    assert len(played.ordered()) == 3 and played.status in ("done", "ok")
    played = play(engine, scripted(frame_of(CALM, CALM), *calls, cash=1000.0, order_capacity=3))
    assert played.status in ("order_book_overflow", "failed")
