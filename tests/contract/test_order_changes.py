"""Orders that are refused when they are sent, changed, paired or called back: each rule with its numbers."""

import pytest

from tests.contract.order_cases import ENGINES, Call, frame_of, play, scripted

pytestmark = pytest.mark.parametrize("engine", ENGINES)

CALM = (100, 101, 99, 100)
LOW = (90, 91, 84, 90)
# What makes the script's second number none.
NO_NUMBER = 8


@pytest.mark.parametrize(
    "call",
    [
        Call(0, "limit", 5, -1),
        Call(0, "stop_limit", 5, 90, 0),
        Call(0, "bracket", 5, -5, 120),
        Call(0, "bracket", 5, 95, 0),
        Call(0, "trailing_amount", -5, -1),
        Call(0, "trailing_percent", -5, 0),
    ],
)
def test_numbers_that_are_none_are_refused_when_they_are_sent(engine: str, call: Call) -> None:
    played = play(engine, scripted(frame_of(CALM, LOW, CALM), call, cash=1000.0))
    assert played.told("REJECT") == [(0, "bad_price", 1)]
    assert played.ordered() == [] and played.fills == []
    assert played.cause(played.first("REJECT")).kind == "FEATURES"


def test_cancel_all_calls_back_what_reduces_too(engine: str) -> None:
    calls = [Call(0, "market", 4), Call(1, "limit", -4, 120), Call(1, "limit", 2, 80), Call(2, "cancel_all")]
    played = play(engine, scripted(frame_of(CALM, CALM, CALM, (100, 130, 70, 100)), *calls, cash=1000.0))
    assert played.told("CANCEL") == [(2, "cancelled", 2), (2, "cancelled", 3)]
    assert played.fills == [(1, 100.0, 4.0)]


def test_pairs_grow_together(engine: str) -> None:
    # 1 with 2, then 2 with 3: the fill of 1 cancels 2, and 3 with which it was never paired.
    calls = [
        Call(0, "limit", 1, 95),
        Call(0, "stop", 1, 120),
        Call(0, "limit", 1, 80),
        Call(1, "oco", 1, 2),
        Call(2, "oco", 2, 3),
    ]
    played = play(engine, scripted(frame_of(CALM, CALM, CALM, (96, 97, 94, 95)), *calls, cash=1000.0))
    assert played.fills == [(3, 95.0, 1.0)]
    assert played.told("CANCEL") == [(3, "oco", 2), (3, "oco", 3)]


def test_prices_of_a_change_are_rounded_away_from_a_fill(engine: str) -> None:
    calls = [
        Call(0, "limit", 1, 90),
        Call(0, "stop", 1, 110),
        Call(1, "modify", 1, 91.3),
        Call(1, "modify_stop", 2, 108.3),
    ]
    played = play(engine, scripted(frame_of(CALM, CALM, CALM), *calls, cash=1000.0, tick_size=0.5))
    # A limit to buy goes down to 91, a stop to buy up to 108.5.
    assert played.ordered("modified") == [(1, 1, 91.0, 1.0), (1, 2, 108.5, 1.0)]


def test_a_change_without_a_price_is_refused_and_the_order_works_on(engine: str) -> None:
    calls = [Call(0, "limit", 1, 90), Call(1, "modify", 1, -5)]
    played = play(engine, scripted(frame_of(CALM, CALM, LOW), *calls, cash=1000.0))
    assert played.told("REJECT") == [(1, "bad_price", 1)]
    assert played.fills == [(2, 90.0, 1.0)]


@pytest.mark.parametrize(
    ("quantity", "reason"), [(0.4, "below_lot_size"), (0.0, "below_lot_size"), (-3.0, "wrong_side")]
)
def test_a_change_to_nothing_or_to_the_other_side_is_refused_and_the_order_works_on(
    engine: str, quantity: float, reason: str
) -> None:
    calls = [Call(0, "limit", 2, 90), Call(1, "modify_quantity", 1, quantity)]
    played = play(engine, scripted(frame_of(CALM, CALM, LOW), *calls, cash=1000.0, lot_size=1.0))
    assert played.told("REJECT") == [(1, reason, 1)]
    assert played.fills == [(2, 90.0, 2.0)]


def test_a_changed_quantity_is_rounded_down_to_the_lot(engine: str) -> None:
    calls = [Call(0, "limit", 2, 90), Call(1, "modify_quantity", 1, 5.9)]
    played = play(engine, scripted(frame_of(CALM, CALM, LOW), *calls, cash=1000.0, lot_size=2.0))
    assert played.ordered("modified") == [(1, 1, 90.0, 4.0)]
    assert played.fills == [(2, 90.0, 4.0)]
    assert played.cause(next(e for e in played.events if e.reason == "modified")).kind == "FEATURES"


def test_a_larger_quantity_is_held_to_the_limits(engine: str) -> None:
    # Half of 1000 is 5 at 100: 3 may work, 6 may not, and 5 may.
    calls = [Call(0, "limit", 3, 90), Call(0, "modify_quantity", 1, 6), Call(1, "modify_quantity", 1, 5)]
    played = play(engine, scripted(frame_of(CALM, CALM, CALM), *calls, cash=1000.0, risk={"max_position": 0.5}))
    assert played.told("RISK_BREACH") == [(0, "max_position", 1)]
    breach = played.first("RISK_BREACH")
    assert (breach.price, breach.quantity, breach.value) == (100.0, 3.0, 1000.0)
    assert played.ordered("modified") == [(1, 1, 90.0, 5.0)]


def test_nothing_is_made_larger_while_halted(engine: str) -> None:
    # 8 at 100 lose 120 of 1000 at 85. What covers is let through; a sale of more than is held would open a short.
    frame = frame_of(CALM, CALM, (85, 86, 84, 85), (85, 86, 84, 85))
    calls = [Call(0, "market", 8), Call(1, "limit", -6, 120), Call(2, "cancel", 9), Call(3, "modify_quantity", 2, -9)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, risk={"max_daily_loss": 0.1}))
    assert played.told("RISK_BREACH") == [(2, "max_daily_loss", 0), (3, "halted", 2)]
    assert played.ordered("modified") == []
    smaller = [*calls[:3], Call(3, "modify_quantity", 2, -8)]
    played = play(engine, scripted(frame, *smaller, cash=1000.0, risk={"max_daily_loss": 0.1}))
    assert played.told("RISK_BREACH") == [(2, "max_daily_loss", 0)]
    assert played.ordered("modified") == [(3, 2, 120.0, -8.0)]


def test_a_reduce_only_order_is_sent_whatever_the_limits_are(engine: str) -> None:
    # While nothing is held it would open a short of 5, which max_position forbids; it never will, so it may work.
    calls = [Call(0, "stop", -5, 90, reduce=True), Call(0, "stop", -5, 90)]
    played = play(engine, scripted(frame_of(CALM, CALM, LOW), *calls, cash=1000.0, risk={"max_position": 0.1}))
    assert played.ordered() == [(0, 1, 90.0, -5.0)]
    assert played.told("RISK_BREACH") == [(0, "max_position", 2)]
    assert played.told("CANCEL") == [(2, "nothing_to_reduce", 1)]


def test_a_refused_order_is_none_of_the_day(engine: str) -> None:
    calls = [Call(0, "market", 9), Call(0, "market", 1), Call(0, "market", 1), Call(0, "market", 1)]
    risk = {"max_orders_per_day": 2, "max_position": 0.5}
    played = play(engine, scripted(frame_of(CALM, CALM), *calls, cash=1000.0, risk=risk))
    assert played.told("RISK_BREACH") == [(0, "max_position", 1), (0, "max_orders_per_day", 4)]
    assert played.fills == [(1, 100.0, 1.0), (1, 100.0, 1.0)]


def test_the_exit_time_is_looked_at_before_the_limits(engine: str) -> None:
    frame = frame_of(CALM, CALM, CALM)  # from nine o'clock
    settings = {"cash": 1000.0, "exits": {"exit_at": "10:00"}, "risk": {"max_position": 0.5}}
    played = play(engine, scripted(frame, Call(1, "market", 9), **settings))
    assert played.told("REJECT") == [(1, "after_exit_time", 1)] and played.told("RISK_BREACH") == []


def test_a_direction_calls_back_an_order_that_is_on_its_way(engine: str) -> None:
    # Volume lets 2 of 4 through at bar 1. FLAT at bar 1 calls back the rest, and sells the 2.
    frame = frame_of((100, 101, 99, 100, 4), (100, 101, 99, 100, 4), CALM)
    calls = [Call(0, "answer", 1), Call(1, "answer", 0)]
    sizing = {"type": "quantity", "quantity": 4.0}
    played = play(engine, scripted(frame, *calls, cash=1000.0, sizing=sizing, max_volume_share=0.5))
    assert played.fills == [(1, 100.0, 2.0), (2, 100.0, -2.0)]
    assert played.told("CANCEL") == [(1, "replaced", 1)]
    assert played.cause(played.first("CANCEL")).kind == "SIGNAL"


def test_a_weight_in_its_band_still_calls_back_an_order_the_other_way(engine: str) -> None:
    # Long 5 of 10 is the weight of 0.5. SHORT asks for -5; while its order waits for volume, LONG is in the band again.
    frame = frame_of(CALM, (100, 101, 99, 100, 0), (100, 101, 99, 100, 0), CALM, CALM)
    calls = [Call(0, "answer", 1), Call(1, "answer", -1), Call(2, "answer", 1)]
    sizing = {"type": "weight", "weight": 0.5, "band": 0.05}
    frame.iloc[1, 4] = 100.0
    played = play(engine, scripted(frame, *calls, cash=1000.0, sizing=sizing, max_volume_share=0.5))
    assert played.fills == [(1, 100.0, 5.0)]
    assert played.told("CANCEL") == [(2, "replaced", 2)]
    assert [(e.bar, e.quantity) for e in played.events if e.kind == "SIGNAL"] == [(0, 1.0), (1, -1.0), (2, 1.0)]


def test_what_rounding_leaves_between_a_target_and_a_position_is_not_traded(engine: str) -> None:
    # 0.3 are bought as 0.1 and 0.2, which is 0.30000000000000004; the target of LONG, 0.3, is none the less reached.
    calls = [Call(0, "market", 0.1), Call(0, "market", 0.2), Call(0, "answer", 1)]
    commission = {"type": "per_share", "rate": 0.01, "minimum": 1.0}
    sizing = {"type": "quantity", "quantity": 0.3}
    played = play(engine, scripted(frame_of(CALM, CALM), *calls, cash=1000.0, sizing=sizing, commission=commission))
    assert played.fills == [(1, 100.0, 0.1), (1, 100.0, 0.2)]
    assert played.told("CANCEL") == [(1, "nothing_to_reduce", 3)]


def test_what_rounding_leaves_of_cash_buys_nothing(engine: str) -> None:
    # 30 are paid for 0.3 in all; 30.0000000001 leave 1e-10 of cash, a purchase of 1e-12, for which 5 were asked.
    calls = [Call(0, "market", 0.3), Call(0, "market", 5)]
    played = play(engine, scripted(frame_of(CALM, CALM), *calls, cash=30.0000000001))
    assert played.fills == [(1, 100.0, 0.3)]
    assert played.told("REJECT") == [(1, "insufficient_cash", 2)]
    # 1e-7 of what was asked for is no rounding.
    played = play(engine, scripted(frame_of(CALM, CALM), *calls, cash=30.00005))
    assert [(bar, round(quantity, 9)) for bar, _, quantity in played.fills] == [(1, 0.3), (1, 5e-7)]


def test_flat_calls_back_an_order_that_nothing_of_was_filled(engine: str) -> None:
    frame = frame_of(CALM, (100, 101, 99, 100, 0), CALM, CALM)
    calls = [Call(0, "answer", 1), Call(1, "answer", 0)]
    sizing = {"type": "quantity", "quantity": 4.0}
    played = play(engine, scripted(frame, *calls, cash=1000.0, sizing=sizing, max_volume_share=0.5))
    assert played.fills == [] and played.told("CANCEL") == [(1, "replaced", 1)]
    assert [(e.bar, e.quantity) for e in played.events if e.kind == "SIGNAL"] == [(0, 1.0), (1, 0.0)]
    assert played.ordered() == [(0, 1, 100.0, 4.0)]


def test_orders_of_a_bar_come_before_its_direction(engine: str) -> None:
    # 3 may be sent under half of 1000; with them working, the 4 of LONG may not.
    calls = [Call(0, "market", 3), Call(0, "answer", 1)]
    settings = {"cash": 1000.0, "sizing": {"type": "quantity", "quantity": 4.0}, "risk": {"max_position": 0.5}}
    played = play(engine, scripted(frame_of(CALM, CALM), *calls, **settings))
    assert played.ordered() == [(0, 1, 100.0, 3.0)]
    assert played.told("RISK_BREACH") == [(0, "max_position", 2)]


def test_a_short_of_the_weight_that_is_wanted_is_in_its_band(engine: str) -> None:
    calls = [Call(0, "answer", -1), Call(1, "answer", -1)]
    sizing = {"type": "weight", "weight": 0.5, "band": 0.05}
    played = play(engine, scripted(frame_of(CALM, CALM, CALM), *calls, cash=1000.0, sizing=sizing))
    assert played.fills == [(1, 100.0, -5.0)]
    assert [e.bar for e in played.events if e.kind == "SIGNAL"] == [0]


@pytest.mark.parametrize("changed", ["modify", "modify_stop", "modify_quantity"])
def test_a_change_leaves_alone_what_it_does_not_name(engine: str, changed: str) -> None:
    # A tick of 0.05 does not divide 101.3 in doubles; what lies on the grid stays there, however often it is changed.
    value = {"modify": 101.5, "modify_stop": 101.35, "modify_quantity": 2.0}[changed]
    calls = [Call(0, "stop_limit", 1, 101.3, 101.4), Call(1, changed, 1, value), Call(2, changed, 1, value)]
    played = play(engine, scripted(frame_of(*[(90, 91, 89, 90)] * 4), *calls, cash=1000.0, tick_size=0.05))
    sent, *later = [(e.price, e.value, e.quantity) for e in played.events if e.kind == "ORDER"]
    assert len(later) == 2 and later[0] == later[1]
    differing = [name for name, a, b in zip(("limit", "stop", "quantity"), sent, later[0], strict=True) if a != b]
    assert differing == [{"modify": "limit", "modify_stop": "stop", "modify_quantity": "quantity"}[changed]]


STOPPED = (100, 101, 94, 95, 10)  # a volume of which one may be traded


@pytest.mark.parametrize(
    ("calls", "reason", "quantity"),
    [
        # Filled, cancelled, refused, never sent.
        ([Call(0, "market", 1), Call(2, "modify", 1, 90)], "not_working", 0.0),
        ([Call(0, "limit", 1, 90), Call(1, "cancel", 1), Call(2, "modify", 1, 91)], "not_working", 0.0),
        ([Call(2, "modify_quantity", 7, 3)], "not_working", 0.0),
        # An order without the price that is named.
        ([Call(0, "limit", 1, 90), Call(2, "modify_stop", 1, 95)], "no_such_price", 1.0),
        ([Call(0, "stop", 1, 110), Call(2, "modify", 1, 95)], "no_such_price", 1.0),
        ([Call(0, "trailing_amount", 1, 5), Call(2, "modify_stop", 1, 95)], "no_such_price", 1.0),
        ([Call(0, "market_on_close", 1), Call(2, "modify", 1, 95)], "no_such_price", 1.0),
        # A stop that was touched waits as a market order, a stop-limit as a limit order.
        ([Call(0, "stop", -3, 95), Call(2, "modify_stop", 1, 90)], "no_such_price", -2.0),
        ([Call(0, "stop_limit", -3, 95, 96), Call(2, "modify_stop", 1, 90)], "no_such_price", -3.0),
        ([Call(0, "limit", 1, 90), Call(2, "modify", 1, -5)], "bad_price", 1.0),
        ([Call(0, "stop", 1, 110), Call(2, "modify_stop", 1, 0)], "bad_price", 1.0),
        ([Call(0, "limit", 2, 90), Call(2, "modify_quantity", 1, -3)], "wrong_side", -3.0),
        ([Call(0, "limit", -2, 120), Call(2, "modify_quantity", 1, 3)], "wrong_side", 3.0),
        ([Call(0, "limit", 2, 90), Call(2, "modify_quantity", 1, 0)], "below_lot_size", 0.0),
    ],
)
def test_a_change_that_cannot_be_is_refused_by_its_reason(
    engine: str, calls: list[Call], reason: str, quantity: float
) -> None:
    frame = frame_of(CALM, CALM, STOPPED, (95, 96, 94, 95, 0))
    played = play(engine, scripted(frame, *calls, cash=1000.0, max_volume_share=0.1))
    rejected = played.first("REJECT")
    assert played.told("REJECT") == [(2, reason, int(calls[-1].x))]
    assert (rejected.price, rejected.quantity, played.cause(rejected).kind) == (95.0, quantity, "FEATURES")
    assert played.ordered("modified") == []


def test_a_quantity_that_follows_from_the_position_cannot_be_changed(engine: str) -> None:
    # The order of a direction, and the stop of `exits`, whose price can be.
    settings = {"cash": 1000.0, "sizing": {"type": "quantity", "quantity": 4.0}, "exits": {"stop_loss": 0.05}}
    calls = [Call(0, "answer", 1), Call(0, "modify_quantity", 1, 2), Call(1, "modify_quantity", 2, -2)]
    calls += [Call(1, "modify_stop", 2, 93)]
    played = play(engine, scripted(frame_of(CALM, CALM, CALM, (93, 94, 92, 93)), *calls, **settings))
    assert played.told("REJECT") == [(0, "not_working", 1), (1, "follows_position", 2)]
    assert played.ordered("modified") == [(1, 2, 93.0, -4.0)]
    assert played.fills == [(1, 100.0, 4.0), (3, 93.0, -4.0)]
    calls = [Call(0, "answer", 1), Call(1, "modify_quantity", 1, 2)]
    no_volume = (*CALM, 0)
    played = play(engine, scripted(frame_of(CALM, no_volume, CALM), *calls, cash=1000.0, max_volume_share=1.0))
    assert played.told("REJECT") == [(1, "follows_position", 1)]
    assert played.fills == [(2, 100.0, 10.0)]


def test_a_change_that_names_nothing_does_nothing(engine: str) -> None:
    calls = [Call(0, "limit", 1, 90), Call(1, "modify", 1, tif=NO_NUMBER), Call(1, "modify", 9, tif=NO_NUMBER)]
    played = play(engine, scripted(frame_of(CALM, CALM, LOW), *calls, cash=1000.0))
    assert played.told("REJECT") == [] and played.ordered("modified") == []
    assert played.fills == [(2, 90.0, 1.0)]


def test_a_pair_with_an_order_that_does_not_work_is_refused(engine: str) -> None:
    calls = [Call(0, "market", 4), Call(1, "stop", -4, 85), Call(1, "oco", 2, 1), Call(2, "oco", 2, 9)]
    played = play(engine, scripted(frame_of(CALM, CALM, CALM, LOW), *calls, cash=1000.0))
    assert played.told("REJECT") == [(1, "not_working", 1), (2, "not_working", 9)]
    assert played.fills == [(1, 100.0, 4.0), (3, 85.0, -4.0)]


@pytest.mark.parametrize("call", [Call(2, "cancel", 2), Call(2, "cancel_all"), Call(2, "oco", 3, 2)])
def test_a_strategy_cannot_call_back_what_a_breach_closes(engine: str, call: Call) -> None:
    # 8 at 100 lose 120 at 85, where nothing can be sold; a bid of the strategy's works beside the order that closes.
    frame = frame_of(CALM, (85, 86, 84, 85, 10_000), (85, 86, 84, 85, 0), (85, 86, 84, 85))
    settings = {"cash": 1000.0, "max_volume_share": 0.1, "risk": {"max_drawdown": 0.1, "on_breach": "flatten"}}
    frame.iloc[1] = [100, 100, 84, 85, 80]
    calls = [Call(0, "market", 8), Call(2, "limit", -1, 120), call]
    played = play(engine, scripted(frame, *calls, **settings))
    assert played.ordered("max_drawdown") == [(1, 2, 85.0, -8.0)]
    assert played.fills == [(1, 100.0, 8.0), (3, 85.0, -8.0)]
    refused = [] if call.name == "cancel_all" else [(2, "follows_position", 2)]
    assert played.told("REJECT") == refused
