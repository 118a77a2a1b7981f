"""What is taken to have come first inside a bar, and what the volume lets through."""

import pytest

from tests.contract.order_cases import ENGINES, Call, frame_of, play, scripted

pytestmark = pytest.mark.parametrize("engine", ENGINES)

CALM = (100, 101, 99, 100, 50)
BOTH = [Call(0, "market", 2), Call(0, "limit", -2, 104), Call(0, "stop", -2, 97), Call(0, "oco", 2, 3)]


def exit_price(engine: str, bar: tuple[float, ...], intrabar: str) -> float:
    played = play(engine, scripted(frame_of(CALM, bar), *BOTH, cash=1000.0, intrabar=intrabar))
    bought, sold = played.fills
    assert bought == (1, 100.0, 2.0) and sold[0] == 1
    return sold[1]


def test_stop_and_target_in_one_bar(engine: str) -> None:
    up_first = (100, 105, 93, 99)  # 5 up, 7 down
    down_first = (100, 105, 96, 99)
    level = (100, 104, 96, 99)  # as far up as down: the low comes first
    for bar in (up_first, down_first, level):
        assert exit_price(engine, bar, "stop_first") == 97.0
        assert exit_price(engine, bar, "target_first") == 104.0
    assert exit_price(engine, up_first, "ohlc_path") == 104.0
    assert exit_price(engine, down_first, "ohlc_path") == 97.0
    assert exit_price(engine, level, "ohlc_path") == 97.0


def test_the_open_comes_before_everything(engine: str) -> None:
    # The target is gapped through: it fills at the open, though the low would touch the stop.
    calls = [Call(0, "market", 2), Call(1, "limit", -2, 104), Call(1, "stop", -2, 97), Call(1, "oco", 2, 3)]
    played = play(engine, scripted(frame_of(CALM, CALM, (105, 106, 90, 95)), *calls, cash=1000.0))
    assert played.fills == [(1, 100.0, 2.0), (2, 105.0, -2.0)]


def test_at_the_open_numbers_decide(engine: str) -> None:
    calls = [Call(0, "limit", 3, 99), Call(0, "stop", 3, 101), Call(0, "market", 3)]
    below = play(engine, scripted(frame_of(CALM, (98, 98, 98, 98)), *calls, cash=500.0))
    # 500 pays for 3 at 98 of the first, the third gets (500 - 294) / 98.
    assert below.fills == [(1, 98.0, 3.0), (1, 98.0, (500 - 3 * 98.0) / 98)]
    assert [event.order for event in below.events if event.kind == "FILL"] == [1, 3]


def test_an_exit_sent_inside_the_bar_fills_only_under_its_own_convention(engine: str) -> None:
    # The limit entry at 98 fills inside the bar; 98 * 31 / 32 = 94.9375 and 98 * 17 / 16 = 104.125 are in its range.
    frame = frame_of(CALM, (100, 105, 94, 100), CALM)
    exits = {"stop_loss": 0.03125, "take_profit": 0.0625}

    def fills(intrabar: str) -> list[tuple[int, float, float]]:
        return play(engine, scripted(frame, Call(0, "limit", 2, 98), cash=1000.0, intrabar=intrabar, exits=exits)).fills

    assert fills("stop_first") == [(1, 98.0, 2.0), (1, 94.9375, -2.0)]
    assert fills("target_first") == [(1, 98.0, 2.0), (1, 104.125, -2.0)]
    # 5 up, 6 down: up to 105, down through 98 to 94, where the stop is; the close of 100 comes after.
    assert fills("ohlc_path") == [(1, 98.0, 2.0), (1, 94.9375, -2.0)]


def test_the_path_goes_on_from_the_fill(engine: str) -> None:
    # 6 up, 3 down: down to 97 first, then up to 106. The entry at 98 is met on the way down, 97.5 after it too.
    frame = frame_of(CALM, (100, 106, 97, 104), CALM)
    calls = [Call(0, "limit", 2, 98), Call(0, "stop", 1, 99.5), Call(0, "limit", -2, 105)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, intrabar="ohlc_path"))
    # The stop at 99.5 is a purchase: the open of 100 is already above it.
    assert played.fills == [(1, 100.0, 1.0), (1, 98.0, 2.0), (1, 105.0, -2.0)]


def test_volume_fills_in_parts_over_the_bars(engine: str) -> None:
    frame = frame_of(CALM, CALM, CALM, CALM)
    calls = [Call(0, "market", 12), Call(0, "market", -3)]
    played = play(engine, scripted(frame, *calls, cash=10_000.0, max_volume_share=0.1))
    # 5 a bar, in the order of numbers.
    assert played.fills == [(1, 100.0, 5.0), (2, 100.0, 5.0), (3, 100.0, 2.0), (3, 100.0, -3.0)]
    lots = play(engine, scripted(frame, *calls, cash=10_000.0, max_volume_share=0.1, lot_size=3.0))
    assert lots.fills == [(1, 100.0, 3.0), (2, 100.0, 3.0), (3, 100.0, 3.0)]


def test_a_stop_that_was_touched_works_on_as_a_market_order(engine: str) -> None:
    frame = frame_of(CALM, CALM, (100, 101, 95, 96, 30), (110, 111, 109, 110, 50))
    calls = [Call(0, "market", 5), Call(1, "stop", -5, 97)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, max_volume_share=0.1))
    assert played.fills == [(1, 100.0, 5.0), (2, 97.0, -3.0), (3, 110.0, -2.0)]


def test_a_stop_touched_on_a_bar_without_volume_is_a_market_order_too(
    engine: str, request: pytest.FixtureRequest
) -> None:
    frame = frame_of(CALM, CALM, (100, 101, 95, 96, 0), (110, 111, 109, 110, 50))
    calls = [Call(0, "market", 5), Call(1, "stop", -5, 97)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, max_volume_share=0.1))
    assert played.fills == [(1, 100.0, 5.0), (3, 110.0, -5.0)]


def test_a_partial_fill_that_reduces_takes_as_much_off_the_other_of_a_pair(engine: str) -> None:
    frame = frame_of(CALM, CALM, (100, 105, 99, 104, 20), (104, 105, 90, 95, 50))
    calls = [Call(0, "market", 5), Call(1, "limit", -5, 104), Call(1, "stop", -5, 97), Call(1, "oco", 2, 3)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, max_volume_share=0.1))
    assert played.fills == [(1, 100.0, 5.0), (2, 104.0, -2.0), (3, 104.0, -3.0)]
    assert played.ordered("modified") == [(2, 3, 97.0, -3.0)]
    assert played.told("CANCEL") == [(3, "oco", 3)]


def test_a_bracket_grows_with_the_fills_of_its_entry(engine: str) -> None:
    frame = frame_of(CALM, CALM, (100, 101, 99, 100, 30), (100, 106, 99, 105, 500))
    played = play(engine, scripted(frame, Call(0, "bracket", 8, 97, 105), cash=1000.0, max_volume_share=0.1))
    assert played.fills == [(1, 100.0, 5.0), (2, 100.0, 3.0), (3, 105.0, -8.0)]
    assert played.ordered() == [(0, 1, 100.0, 8.0), (1, 2, 97.0, -5.0), (1, 3, 105.0, -5.0)]
    assert played.ordered("modified") == [(2, 2, 97.0, -8.0), (2, 3, 105.0, -8.0)]


def test_bounds_are_the_spread_of_two_conventions(engine: str) -> None:
    frame = frame_of(CALM, (100, 105, 93, 99))
    played = play(engine, scripted(frame, *BOTH, cash=1000.0, intrabar="bounds"))
    # 2 from 100 to 97, or to 104; the row is that of stop_first.
    assert played.fills == [(1, 100.0, 2.0), (1, 97.0, -2.0)]
    names = ("final_equity", "final_equity_low", "final_equity_high", "total_return_low", "total_return_high")
    assert [played.metrics[name] for name in names] == [994.0, 994.0, 1008.0, 994 / 1000 - 1, 1008 / 1000 - 1]


def test_taking_the_stop_first_is_not_always_the_worse(engine: str) -> None:
    # Buy stop at 103 and buy limit at 96, one of them: four at the dearer price make more than one at the other.
    frame = frame_of(CALM, (100, 111, 93, 110))
    calls = [Call(0, "limit", 1, 96), Call(0, "stop", 4, 103), Call(0, "oco", 1, 2)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, intrabar="bounds"))
    # stop_first: 4 * (110 - 103) = 28; target_first: 1 * (110 - 96) = 14.
    names = ("final_equity", "final_equity_low", "final_equity_high")
    assert [played.metrics[name] for name in names] == [1028.0, 1014.0, 1028.0]


def test_the_path_meets_the_higher_bid_first_on_its_way_down(engine: str) -> None:
    # Eleven up, four down, so down first: 98 comes before 97, whatever their numbers are, and 106 before 107.
    frame = frame_of(CALM, (100, 111, 96, 105))
    calls = [Call(0, "limit", 1, 97), Call(0, "limit", 2, 98), Call(0, "stop", 1, 107), Call(0, "stop", 2, 106)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, intrabar="ohlc_path"))
    assert [(price, quantity) for _, price, quantity in played.fills] == [
        (98.0, 2.0), (97.0, 1.0), (106.0, 2.0), (107.0, 1.0),
    ]  # fmt: skip


def test_what_is_passed_already_when_it_is_sent_is_met_there(engine: str) -> None:
    # Down first: bought at 97, with a stop at 98 that is passed already and a target at 99.5 that the way up meets.
    frame = frame_of(CALM, (100, 101, 96, 100.5))
    passed = Call(0, "bracket", 2, 98, 120, minutes=97)
    played = play(engine, scripted(frame, passed, cash=1000.0, intrabar="ohlc_path"))
    assert played.fills == [(1, 97.0, 2.0), (1, 97.0, -2.0)]
    later = Call(0, "bracket", 2, 95, 99.5, minutes=97)
    played = play(engine, scripted(frame, later, cash=1000.0, intrabar="ohlc_path"))
    assert played.fills == [(1, 97.0, 2.0), (1, 99.5, -2.0)]
    # A target below the fill is met at once too, at the price of the fill.
    below = Call(0, "bracket", 2, 95, 96.5, minutes=97)
    played = play(engine, scripted(frame, below, cash=1000.0, intrabar="ohlc_path"))
    assert played.fills == [(1, 97.0, 2.0), (1, 97.0, -2.0)]
