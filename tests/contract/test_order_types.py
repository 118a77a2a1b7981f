"""Each kind of order against a ledger kept by hand: when it fills, at which price, and what it leaves."""

import pytest

from tests.contract.order_cases import ENGINES, Call, frame_of, play, scripted

pytestmark = pytest.mark.parametrize("engine", ENGINES)

# Open, high, low, close.
CALM = (100, 101, 99, 100)


def test_a_market_order_fills_at_the_next_open(engine: str) -> None:
    frame = frame_of(CALM, (102, 103, 98, 101), CALM)
    played = play(engine, scripted(frame, Call(0, "market", 3), cash=1000.0))
    assert played.fills == [(1, 102.0, 3.0)]
    # Cash 1000 - 3 * 102 = 694; at 101 the position is worth 303, at 100 it is worth 300.
    assert played.equity == [1000.0, 997.0, 994.0]
    order, fill = played.first("ORDER"), played.first("FILL")
    assert (order.order, order.price, order.quantity) == (1, 100.0, 3.0)
    assert (played.cause(fill), played.cause(order).kind) == (order, "FEATURES")


def test_a_market_order_fills_at_the_close_of_its_bar_under_same_close(
    engine: str, request: pytest.FixtureRequest
) -> None:
    frame = frame_of((100, 104, 99, 103), (102, 103, 98, 101))
    played = play(engine, scripted(frame, Call(0, "market", 3), cash=1000.0, fill="same_close"))
    assert played.fills == [(0, 103.0, 3.0)]
    assert played.equity == [1000.0, 1000 - 3 * 103 + 3 * 101]


def test_a_limit_buy_waits_for_its_price_and_gets_a_better_open(engine: str) -> None:
    frame = frame_of(CALM, (100, 101, 96, 99), (99, 100, 95, 97), (93, 98, 92, 97))
    calls = [Call(0, "limit", 1, 95.0), Call(1, "limit", 1, 94.0), Call(0, "limit", 1, 91.0)]
    played = play(engine, scripted(frame, *calls, cash=1000.0))
    # 95 is not touched by a low of 96 but by a low of 95 exactly; 94 is gapped through, so the open of 93 it is.
    assert played.fills == [(2, 95.0, 1.0), (3, 93.0, 1.0)]
    assert played.equity[-1] == 1000 - 95 - 93 + 2 * 97


def test_a_limit_sell_mirrors(engine: str) -> None:
    frame = frame_of(CALM, (100, 104.5, 99, 100), (101, 105, 100, 104), (107, 108, 106, 107))
    played = play(engine, scripted(frame, Call(0, "limit", -1, 105), Call(1, "limit", -1, 106), cash=1000.0))
    assert played.fills == [(2, 105.0, -1.0), (3, 107.0, -1.0)]
    assert played.equity[-1] == 1000 + 105 + 107 - 2 * 107


def test_a_stop_fills_at_its_price_or_at_the_worse_open(engine: str) -> None:
    frame = frame_of(CALM, (100, 102, 99, 101), (101, 103, 100, 102), (106, 107, 104, 105), (100, 101, 96, 97))
    calls = [Call(0, "stop", 1, 103), Call(0, "stop", 1, 105), Call(3, "stop", -2, 98)]
    played = play(engine, scripted(frame, *calls, cash=1000.0))
    assert played.fills == [(2, 103.0, 1.0), (3, 106.0, 1.0), (4, 98.0, -2.0)]
    assert played.equity[-1] == 1000 - 103 - 106 + 2 * 98
    gapped = frame_of(CALM, CALM, (95, 96, 94, 95))
    calls = [Call(0, "market", 1), Call(0, "stop", -1, 98)]
    assert play(engine, scripted(gapped, *calls, cash=1000.0)).fills == [(1, 100.0, 1.0), (2, 95.0, -1.0)]


def test_a_stop_limit_fills_where_it_is_touched_if_that_is_within_its_limit(engine: str) -> None:
    frame = frame_of(CALM, (101, 106, 100, 104), CALM)
    played = play(engine, scripted(frame, Call(0, "stop_limit", 2, 103, 104), cash=1000.0))
    assert played.fills == [(1, 103.0, 2.0)]
    order = played.first("ORDER")
    assert (order.price, order.value) == (104.0, 103.0)
    gapped = frame_of(CALM, (105, 106, 103.5, 104), CALM)
    # Touched at the open of 105, beyond 104: a limit order then, that the same bar comes back to.
    assert play(engine, scripted(gapped, Call(0, "stop_limit", 2, 103, 104), cash=1000.0)).fills == [(1, 104.0, 2.0)]


def test_a_stop_limit_touched_inside_the_bar_waits_as_a_limit(engine: str) -> None:
    # Touched at 103, limit 102: whether the low of 100 came after that is for the next bar to say under stop_first.
    frame = frame_of(CALM, (101, 106, 100, 104), (103, 104, 101, 102))
    case = scripted(frame, Call(0, "stop_limit", 2, 103, 102), cash=1000.0)
    assert play(engine, case).fills == [(2, 102.0, 2.0)]
    case = scripted(frame, Call(0, "stop_limit", 2, 103, 102), cash=1000.0, intrabar="target_first")
    assert play(engine, case).fills == [(1, 102.0, 2.0)]
    # high - open = 5, open - low = 1: low first, then high at 106, then down to the close of 104 only.
    case = scripted(frame, Call(0, "stop_limit", 2, 103, 102), cash=1000.0, intrabar="ohlc_path")
    assert play(engine, case).fills == [(2, 102.0, 2.0)]


def test_a_trailing_amount_follows_the_high(engine: str) -> None:
    frame = frame_of(CALM, CALM, (100, 104, 99.5, 103), (103, 110, 102.5, 109), (108, 108.5, 106, 107))
    calls = [Call(0, "market", 2), Call(1, "trailing_amount", -2, 3, reduce=True)]
    played = play(engine, scripted(frame, *calls, cash=1000.0))
    # Sent at the close of 100: stop 97. After bar 2 104 - 3 = 101, after bar 3 110 - 3 = 107: touched on bar 4.
    assert played.fills == [(1, 100.0, 2.0), (4, 107.0, -2.0)]
    assert played.ordered() == [(0, 1, 100.0, 2.0), (1, 2, 97.0, -2.0)]


def test_a_trailing_percent_guards_a_short_from_above(engine: str) -> None:
    frame = frame_of(CALM, CALM, (100, 101, 80, 85), (90, 91, 86, 87))
    calls = [Call(0, "market", -2), Call(1, "trailing_percent", 2, 0.125, reduce=True)]
    played = play(engine, scripted(frame, *calls, cash=1000.0))
    # Stop 100 * 1.125 = 112.5, after the low of 80 it is 90: the open of 90 touches it.
    assert played.fills == [(1, 100.0, -2.0), (3, 90.0, 2.0)]
    assert played.equity[-1] == 1000 + 2 * 100 - 2 * 90


def test_a_trailing_stop_in_true_ranges_has_no_stop_before_there_are_enough(engine: str) -> None:
    # True ranges: bar 1 is 4, bar 2 is 6: ATR(2) = 5 at bar 2. Bar 3: 8, so 5 + (8 - 5) / 2 = 6.5.
    rows = [(100, 100, 100, 100), (100, 102, 98, 100), (100, 104, 98, 102), (102, 109, 101, 108)]
    calls = [Call(0, "market", 2), Call(1, "trailing_atr", -2, 2, reduce=True)]
    # The trailing stop of `exits` gives the period; at 30 times the range it is out of the way.
    settings = {"cash": 1000.0, "exits": {"trailing_stop": {"type": "atr", "multiple": 30.0, "period": 2}}}
    above = play(engine, scripted(frame_of(*rows, (99, 100, 98, 99)), *calls, **settings))
    # No stop at bar 1. Bar 2: 104 - 2 * 5 = 94. Bar 3: 109 - 2 * 6.5 = 96. Bar 4 does not come so low.
    assert above.ordered() == [(0, 1, 100.0, 2.0), (1, 3, 0.0, -2.0)]
    assert above.fills == [(1, 100.0, 2.0)]
    below = play(engine, scripted(frame_of(*rows, (97, 97.5, 95, 96)), *calls, **settings))
    assert below.fills == [(1, 100.0, 2.0), (4, 96.0, -2.0)]


def test_market_on_close_takes_the_close_of_the_sessions_last_bar(engine: str) -> None:
    times = ["2024-01-02 14:00", "2024-01-02 15:00", "2024-01-02 16:00", "2024-01-03 15:00", "2024-01-04 15:00"]
    frame = frame_of(CALM, (100, 103, 99, 102), (102, 105, 101, 104), (104, 107, 103, 106), CALM, times=times)
    calls = [Call(0, "market_on_close", 1), Call(2, "market_on_close", 1), Call(3, "market_on_close", 1)]
    played = play(engine, scripted(frame, *calls, cash=1000.0))
    # Sent on the last bar of a session, it waits for the next one's; the end of the data is not known to be one.
    assert played.fills == [(2, 104.0, 1.0), (3, 106.0, 1.0)]


def test_a_bracket_takes_its_target_and_drops_its_stop(engine: str) -> None:
    frame = frame_of(CALM, CALM, (100, 106, 99, 105), CALM)
    played = play(engine, scripted(frame, Call(0, "bracket", 4, 97, 105), cash=1000.0))
    assert played.fills == [(1, 100.0, 4.0), (2, 105.0, -4.0)]
    assert played.ordered() == [(0, 1, 100.0, 4.0), (1, 2, 97.0, -4.0), (1, 3, 105.0, -4.0)]
    assert played.told("CANCEL") == [(2, "oco", 2)]
    children = [event for event in played.events if event.kind == "ORDER"][1:]
    assert {played.cause(event).kind for event in children} == {"FILL"}
    assert played.equity[-1] == 1000 + 4 * 5


def test_a_bracket_sent_at_the_open_can_be_stopped_on_the_same_bar(engine: str) -> None:
    frame = frame_of(CALM, (100, 106, 96, 100), CALM)
    played = play(engine, scripted(frame, Call(0, "bracket", 4, 97, 105), cash=1000.0))
    assert played.fills == [(1, 100.0, 4.0), (1, 97.0, -4.0)]
    other = play(engine, scripted(frame, Call(0, "bracket", 4, 97, 105), cash=1000.0, intrabar="target_first"))
    assert other.fills == [(1, 100.0, 4.0), (1, 105.0, -4.0)]


def test_one_cancels_other(engine: str) -> None:
    frame = frame_of(CALM, (100, 103, 99.5, 102), CALM)
    calls = [Call(0, "limit", 1, 98), Call(0, "stop", 1, 103), Call(0, "oco", 1, 2)]
    played = play(engine, scripted(frame, *calls, cash=1000.0))
    assert played.fills == [(1, 103.0, 1.0)]
    assert played.told("CANCEL") == [(1, "oco", 1)]


def test_cancel_and_modify(engine: str) -> None:
    frame = frame_of(CALM, CALM, (100, 101, 95, 96), CALM)
    calls = [Call(0, "limit", 1, 96), Call(0, "limit", 1, 97), Call(1, "cancel", 1), Call(1, "modify", 2, 95.5)]
    played = play(engine, scripted(frame, *calls, cash=1000.0))
    assert played.told("CANCEL") == [(1, "cancelled", 1)]
    assert played.ordered("modified") == [(1, 2, 95.5, 1.0)]
    assert played.fills == [(2, 95.5, 1.0)]
    assert played.cause(played.first("FILL")).reason == "modified"


def test_cancel_all(engine: str) -> None:
    calls = [Call(0, "limit", 1, 96), Call(0, "stop", 1, 120), Call(1, "cancel_all")]
    played = play(engine, scripted(frame_of(CALM, CALM, (100, 130, 90, 100)), *calls, cash=1000.0))
    assert played.told("CANCEL") == [(1, "cancelled", 1), (1, "cancelled", 2)]
    assert played.fills == []


def test_reduce_only_is_cut_to_the_position_and_opens_none(engine: str) -> None:
    calls = [Call(0, "market", 2), Call(1, "market", -5, reduce=True), Call(2, "market", -5, reduce=True)]
    played = play(engine, scripted(frame_of(CALM, CALM, CALM, CALM), *calls, cash=1000.0))
    assert played.fills == [(1, 100.0, 2.0), (2, 100.0, -2.0)]
    assert played.told("CANCEL") == [(3, "nothing_to_reduce", 3)]


def test_prices_are_rounded_away_from_a_fill_and_bad_ones_refused(engine: str) -> None:
    calls = [
        Call(0, "limit", 1, 95.9), Call(0, "limit", -1, 110.1), Call(0, "stop", 1, 120.1), Call(0, "stop", -1, 90.9),
        Call(0, "limit", 1, 0.4),
    ]  # fmt: skip
    played = play(engine, scripted(frame_of(CALM, CALM), *calls, cash=1000.0, tick_size=0.5))
    # Limit buy 95.9 and stop sell 90.9 down to 95.5 and 90.5; limit sell 110.1 and stop buy 120.1 up; 0.4 down to 0.
    assert played.ordered() == [(0, 1, 95.5, 1.0), (0, 2, 110.5, -1.0), (0, 3, 120.5, 1.0), (0, 4, 90.5, -1.0)]
    assert played.told("REJECT") == [(0, "bad_price", 5)]


def test_a_quantity_below_the_lot_is_refused_and_others_rounded_down(engine: str) -> None:
    calls = [Call(0, "market", 7.9), Call(0, "market", -1.9), Call(0, "limit", -5.5, 120)]
    played = play(engine, scripted(frame_of(CALM, CALM), *calls, cash=1000.0, lot_size=2.0))
    assert played.told("REJECT") == [(0, "below_lot_size", 2)]
    assert played.ordered() == [(0, 1, 100.0, 6.0), (0, 3, 120.0, -4.0)]
    assert played.fills == [(1, 100.0, 6.0)]
