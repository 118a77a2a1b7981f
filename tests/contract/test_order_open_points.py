"""What the page says of cases that an engine written from it alone had to guess: each with its numbers."""

from typing import Any

import pytest

from tests.contract.order_cases import ENGINES, Call, frame_of, play, scripted

pytestmark = pytest.mark.parametrize("engine", ENGINES)

CALM = (100, 101, 99, 100)
FOUR = {"type": "quantity", "quantity": 4.0}
MAKER = {"type": "maker_taker", "maker": 0.001, "taker": 0.002}
EXITS = {"stop_loss": 0.05, "take_profit": 0.25}


def test_exits_that_a_pair_cancelled_are_sent_anew_at_the_next_increase(engine: str) -> None:
    # Orders 2 and 3 are the stop and the target of 4 at 100. Paired with a purchase at 98, they go when that is filled,
    # and the same fill sends new ones, for 6 at (4 * 100 + 2 * 98) / 6. The pair is not made anew.
    frame = frame_of(CALM, CALM, CALM, (100, 101, 97, 98), CALM)
    calls = [Call(0, "answer", 1), Call(1, "limit", 2, 98), Call(1, "oco", 4, 2)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, sizing=FOUR, exits=EXITS))
    average = (4 * 100 + 2 * 98) / 6
    assert played.told("CANCEL") == [(3, "oco", 2), (3, "oco", 3)]
    assert played.ordered("stop_loss") == [(1, 2, 95.0, -4.0), (3, 5, average * 0.95, -6.0)]
    assert played.ordered("take_profit") == [(1, 3, 125.0, -4.0), (3, 6, average * 1.25, -6.0)]


def test_exits_that_a_fill_inside_a_bar_moves_count_as_sent_by_it(engine: str) -> None:
    # 4 at 100 with a stop of 95, and 2 more at 98 inside a bar that falls to 90. Where limits lead, the 2 move the
    # stop, which cannot fill on that bar any more. Where stops lead it fills first; the 2 have a stop of their own.
    frame = frame_of(CALM, CALM, (100, 101, 90, 98), CALM)
    case = {"cash": 1000.0, "sizing": FOUR, "exits": {"stop_loss": 0.05}}
    calls = [Call(0, "answer", 1), Call(1, "limit", 2, 98)]
    played = play(engine, scripted(frame, *calls, **case, intrabar="target_first"))
    assert played.fills == [(1, 100.0, 4.0), (2, 98.0, 2.0)]
    played = play(engine, scripted(frame, *calls, **case, intrabar="stop_first"))
    assert played.fills == [(1, 100.0, 4.0), (2, 95.0, -4.0), (2, 98.0, 2.0), (2, 98 * 0.95, -2.0)]


def test_an_order_made_smaller_inside_a_bar_can_still_fill_on_it(engine: str) -> None:
    # The target sells 4 of 10, and takes them off the stop, which is reached on the same bar.
    frame = frame_of(CALM, CALM, (100, 111, 89, 95), CALM)
    calls = [Call(0, "market", 10), Call(1, "limit", -4, 110), Call(1, "stop", -10, 90), Call(1, "oco", 2, 3)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, intrabar="target_first"))
    assert played.fills == [(1, 100.0, 10.0), (2, 110.0, -4.0), (2, 90.0, -6.0)]


def test_a_stop_that_is_triggered_while_an_exit_waits_sells_nothing_twice(engine: str) -> None:
    # Eleven o'clock is bar 2, without volume; the stop is touched at bar 3, where 3 of 4 may be sold.
    frame = frame_of(CALM, CALM, (*CALM, 0), (100, 101, 94, 95, 3), (95, 96, 94, 95))
    settings = {"cash": 1000.0, "max_volume_share": 1.0, "sizing": FOUR}
    exits = {"exit_at": "11:00", "stop_loss": 0.05}
    played = play(engine, scripted(frame, Call(0, "answer", 1), **settings, exits=exits))
    assert [(e.order, e.bar, e.quantity) for e in played.events if e.kind == "FILL"] == [
        (1, 1, 4.0),
        (3, 3, -3.0),
        (3, 4, -1.0),
    ]
    assert played.told("CANCEL") == [(4, "position_closed", 2)]


def test_an_exit_that_waits_goes_on_in_the_next_session_before_all_others(engine: str) -> None:
    # At eleven, the last bar of the day, there is no volume. The next morning 3 can be sold: the exit's,
    # and not those of the sale at 90 that was sent before it.
    times = ["2024-01-02 09:00", "2024-01-02 10:00", "2024-01-02 11:00", "2024-01-03 09:00", "2024-01-03 10:00"]
    frame = frame_of(CALM, CALM, (*CALM, 0), (100, 101, 99, 100, 3), CALM, times=times)
    calls = [Call(0, "market", 4), Call(1, "limit", -2, 90, reduce=True)]
    case = scripted(frame, *calls, cash=1000.0, max_volume_share=1.0, exits={"exit_at": "11:00"})
    played = play(engine, case)
    assert [(e.order, e.bar, e.quantity) for e in played.events if e.kind == "FILL"] == [
        (1, 1, 4.0),
        (3, 3, -3.0),
        (3, 4, -1.0),
    ]
    assert played.told("CANCEL") == [(4, "nothing_to_reduce", 2)]


def test_a_stop_limit_that_fills_where_it_is_touched_takes_liquidity(engine: str) -> None:
    frame = frame_of(CALM, (100, 104, 99, 103), (103, 104, 102, 103))
    slippage = {"type": "percent", "rate": 0.01}
    played = play(
        engine, scripted(frame, Call(0, "stop_limit", 1, 102, 103), cash=1000.0, commission=MAKER, slippage=slippage)
    )
    # At its stop of 102, which its limit allows: at the rate of a taker, and without slippage.
    assert played.fills == [(1, 102.0, 1.0)] and played.fees == [102.0 * 0.002]


def test_a_stop_limit_that_waits_for_its_limit_makes_liquidity(engine: str) -> None:
    frame = frame_of(CALM, (100, 104, 99, 103), (103, 104, 100.5, 103))
    played = play(engine, scripted(frame, Call(0, "stop_limit", 1, 102, 101), cash=1000.0, commission=MAKER))
    assert played.fills == [(2, 101.0, 1.0)] and played.fees == [101.0 * 0.001]


@pytest.mark.parametrize(("target", "price", "rate"), [(97, 98.0, 0.002), (98, 98.0, 0.002), (99, 99.0, 0.001)])
def test_a_limit_sent_inside_a_bar_takes_liquidity_where_it_could_be_filled_at_once(
    engine: str, target: float, price: float, rate: float
) -> None:
    # Bought at 98 on the way from 101 to 97.5. A target at or below 98 is filled there and then; 99 is reached later.
    frame = frame_of(CALM, (100, 101, 97.5, 100), CALM)
    call = Call(0, "bracket", 1, 90, target, minutes=98)
    played = play(engine, scripted(frame, call, cash=1000.0, commission=MAKER, intrabar="ohlc_path"))
    assert played.fills == [(1, 98.0, 1.0), (1, price, -1.0)]
    assert played.fees == [98 * 0.001, price * rate]


def test_impact_is_that_of_what_the_volume_lets_through_before_cash_cuts_it(engine: str) -> None:
    # 50 wanted, 25 of 100 let through, and cash pays for fewer: the impact is that of the 25.
    frame = frame_of(CALM, (100, 101, 99, 100, 100), CALM)
    slippage = {"type": "volume_impact", "coefficient": 0.1, "exponent": 1.0}
    case = scripted(frame, Call(0, "market", 50), cash=1025.0, slippage=slippage, max_volume_share=0.25)
    ((_, price, quantity),) = play(engine, case).fills
    assert price == 100 * (1 + 0.1 * 0.25) and quantity == pytest.approx(10.0, rel=1e-12)


@pytest.mark.parametrize(("units", "entries"), [(2, 8.0), (3, 12.0)])
def test_pyramiding_counts_orders_however_many_fills_they_take(engine: str, units: int, entries: float) -> None:
    # Units of 4, of which 3 come at a bar: two fills each.
    frame = frame_of(CALM, *[(*CALM, 3)] * 10)
    calls = [Call(at, "answer", 1) for at in (0, 2, 4, 6, 8)]
    case = scripted(frame, *calls, cash=2000.0, sizing=FOUR, pyramiding=units, max_volume_share=1.0)
    played = play(engine, case)
    assert sum(quantity for _, _, quantity in played.fills) == entries
    assert len(played.ordered()) == units


def test_trailing_stops_of_a_strategy_only_reduce_unless_it_says_otherwise(engine: str) -> None:
    frame = frame_of(CALM, CALM, (100, 101, 94, 95), (95, 96, 94, 95))
    calls = [Call(0, "market", 2), Call(1, "trailing_amount", -5, 4, reduce=True)]
    played = play(engine, scripted(frame, *calls, cash=1000.0))
    assert played.fills == [(1, 100.0, 2.0), (2, 96.0, -2.0)]
    calls = [Call(0, "market", 2), Call(1, "trailing_amount", -5, 4)]
    played = play(engine, scripted(frame, *calls, cash=1000.0))
    assert played.fills == [(1, 100.0, 2.0), (2, 96.0, -5.0)]


def test_a_path_with_equal_distances_goes_to_the_low_first(engine: str) -> None:
    # 100, 90, 110, 100: the stop before the target.
    frame = frame_of(CALM, CALM, (100, 110, 90, 100), CALM)
    case = scripted(frame, Call(0, "bracket", 1, 95, 105), cash=1000.0, intrabar="ohlc_path")
    assert play(engine, case).fills == [(1, 100.0, 1.0), (2, 95.0, -1.0)]


RANGES: list[Any] = [(100, 101, 99, 100), (100, 102, 98, 100), (100, 103, 97, 100), (100, 108, 92, 100)]


def test_a_trailing_stop_takes_the_atr_that_is_known_when_it_is_sent(engine: str) -> None:
    # ATR(1) is the bar's range: 2, 4, 6, 16. Sent by the fill at the open of bar 3, whose range is not known before its
    # close, the stop is 100 - 6; at the close of the bar it would be 108 - 16, which is lower, so it stays.
    exits = {"trailing_stop": {"type": "atr", "multiple": 1.0, "period": 1}}
    frame = frame_of(*RANGES, (100, 101, 99, 100), (100, 101, 93, 95))
    played = play(engine, scripted(frame, Call(2, "answer", 1), cash=1000.0, sizing=FOUR, exits=exits))
    assert played.ordered("trailing_stop") == [(3, 2, 94.0, -4.0)]
    # Filled at the close of bar 2, it is sent with the range of bar 2; at that of bar 3, with 16.
    for at, stop in ((2, 94.0), (3, 84.0)):
        case = scripted(frame, Call(at, "answer", 1), cash=1000.0, sizing=FOUR, exits=exits, fill="same_close")
        assert play(engine, case).ordered("trailing_stop") == [(at, 2, stop, -4.0)]
    # A strategy's own, sent at the close of bar 3, has the range of bar 3.
    calls = [Call(0, "market", 4), Call(3, "trailing_atr", -4, 1.0, reduce=True)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, exits=exits))
    assert (3, 3, 84.0, -4.0) in played.ordered()
