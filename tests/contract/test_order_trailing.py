"""Trailing stops to the last detail: where they start, how they move, and that they never go back."""

import pytest

from tests.contract.order_cases import ENGINES, Call, frame_of, play, scripted

pytestmark = pytest.mark.parametrize("engine", ENGINES)

CALM = (100, 101, 99, 100)


def test_it_starts_from_the_close_of_the_bar_that_sends_it(engine: str) -> None:
    # Open 100, close 108: 108 - 6 = 102, and 102 * (1 - 0.25) by percent.
    frame = frame_of(CALM, (100, 110, 99, 108), (108, 108, 107, 108))
    calls = [Call(0, "market", 4), Call(1, "trailing_amount", -2, 6), Call(1, "trailing_percent", -2, 0.25)]
    played = play(engine, scripted(frame, *calls, cash=1000.0))
    assert played.ordered()[1:] == [(1, 2, 102.0, -2.0), (1, 3, 81.0, -2.0)]


def test_it_is_rounded_to_the_tick_away_from_a_fill(engine: str) -> None:
    # To sell 100 - 6.1 = 93.9, down to 93.5; after a high of 103.2: 97.1, down to 97. To buy 106.1, up to 106.5.
    frame = frame_of(CALM, CALM, (100, 103.2, 99, 103), (103, 103, 96, 97))
    calls = [Call(1, "trailing_amount", -2, 6.1), Call(1, "trailing_amount", 2, 6.1)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, tick_size=0.5))
    assert played.ordered() == [(1, 1, 93.5, -2.0), (1, 2, 106.5, 2.0)]
    # The low of bar 2 is 99 and the stop to buy 99 + 6.1 = 105.1, up to 105.5: not touched. 97 is, at bar 3.
    assert played.fills == [(3, 97.0, -2.0)]


def test_reduce_only_is_what_it_is_unless_told_otherwise(engine: str) -> None:
    frame = frame_of(CALM, CALM, (100, 100, 90, 91))
    calls = [Call(0, "market", 4), Call(1, "trailing_amount", -10, 5, reduce=True)]
    assert play(engine, scripted(frame, *calls, cash=1000.0)).fills == [(1, 100.0, 4.0), (2, 95.0, -4.0)]
    calls[1] = Call(1, "trailing_amount", -10, 5)
    assert play(engine, scripted(frame, *calls, cash=1000.0)).fills == [(1, 100.0, 4.0), (2, 95.0, -10.0)]


def test_atr_widens_and_narrows_but_the_stop_never_goes_back(engine: str) -> None:
    # ATR(2), Wilder. True ranges: bars 1, 2: 2, 2 -> ATR 2 at bar 2. Bar 3: 8 -> 5. Bar 4: 1 -> 3. Bar 5: 1 -> 2.
    frame = frame_of(
        CALM,
        CALM,
        CALM,
        (100, 106, 98, 104),
        (104, 104.5, 103.5, 104),
        (104, 104.5, 103.5, 104),
        (104, 104.5, 101.5, 102),
    )
    exits = {"trailing_stop": {"type": "atr", "multiple": 2.0, "period": 2}}
    sizing = {"type": "quantity", "quantity": 4.0}
    case = scripted(frame, Call(2, "answer", 1), cash=1000.0, sizing=sizing, exits=exits)
    played = play(engine, case)
    # Filled at the open of bar 3, when the ATR of bar 2 is known: 100 - 2 * 2 = 96.
    assert played.ordered("trailing_stop") == [(3, 2, 96.0, -4.0)]
    # Bar 3: from 106, 106 - 2 * 5 = 96, no change. Bar 4: 106 - 2 * 3 = 100. Bar 5: 106 - 2 * 2 = 102, hit at bar 6.
    assert played.fills == [(3, 100.0, 4.0), (6, 102.0, -4.0)]


def test_a_wider_atr_does_not_take_the_stop_back(engine: str) -> None:
    # ATR 2 at bar 2: 100 - 3 * 2 = 94. Bar 3 has a true range of 11: ATR 6.5, and 111 - 19.5 = 91.5 is further away.
    frame = frame_of(CALM, CALM, CALM, (110, 111, 109, 110), (95, 95, 92, 93))
    exits = {"trailing_stop": {"type": "atr", "multiple": 30.0, "period": 2}}
    calls = [Call(0, "market", 4), Call(2, "trailing_atr", -4, 3)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, exits=exits))
    assert played.ordered()[1] == (2, 3, 94.0, -4.0)
    assert played.fills == [(1, 100.0, 4.0), (4, 94.0, -4.0)]


def test_without_an_atr_there_is_no_stop_yet(engine: str) -> None:
    frame = frame_of(CALM, CALM, (100, 101, 60, 100), CALM, (100, 101, 60, 100))
    exits = {"trailing_stop": {"type": "atr", "multiple": 1.0, "period": 3}}
    sizing = {"type": "quantity", "quantity": 4.0}
    played = play(engine, scripted(frame, Call(0, "answer", 1), cash=1000.0, sizing=sizing, exits=exits))
    # No price at bar 1; the low of bar 2 touches nothing. Bar 3: mean of 2, 41, 2 is 15: 101 - 15 = 86, hit at bar 4.
    assert played.ordered("trailing_stop") == [(1, 2, 0.0, -4.0)]
    assert played.fills == [(1, 100.0, 4.0), (4, 86.0, -4.0)]


def test_a_larger_position_leaves_it_where_it_is(engine: str) -> None:
    # From 110 the stop is at 104; the second unit at 106 does not take it to 100.
    frame = frame_of(CALM, (100, 110, 99, 106), (106, 107, 105, 106), (106, 107, 103, 104))
    calls = [Call(0, "answer", 1), Call(1, "answer", 1)]
    settings = {"cash": 1000.0, "sizing": {"type": "quantity", "quantity": 4.0}, "pyramiding": 2}
    played = play(engine, scripted(frame, *calls, **settings, exits={"trailing_stop": {"type": "amount", "amount": 6}}))
    assert played.fills == [(1, 100.0, 4.0), (2, 106.0, 4.0), (3, 104.0, -8.0)]
    assert played.ordered("modified") == []


def test_one_that_was_called_back_starts_anew_from_the_fill(engine: str) -> None:
    # Called back at bar 1; the unit filled at 110 sends another: 110 - 6, not from the average of 105.
    frame = frame_of(CALM, CALM, (110, 111, 109, 110), (110, 110, 109, 110))
    calls = [Call(0, "answer", 1), Call(1, "cancel_all"), Call(1, "answer", 1)]
    settings = {"cash": 1000.0, "sizing": {"type": "quantity", "quantity": 4.0}, "pyramiding": 2}
    played = play(engine, scripted(frame, *calls, **settings, exits={"trailing_stop": {"type": "amount", "amount": 6}}))
    assert played.ordered("trailing_stop") == [(1, 2, 94.0, -4.0), (2, 4, 104.0, -8.0)]


def test_it_moves_with_the_extremes_after_the_matching_of_a_bar(engine: str) -> None:
    # Bar 2 rises to 120 and falls to 95 before or after: the stop that its matching meets is still that of bar 1.
    frame = frame_of(CALM, CALM, (100, 120, 95, 118), (118, 118, 113, 114))
    calls = [Call(0, "market", 4), Call(1, "trailing_amount", -4, 6)]
    played = play(engine, scripted(frame, *calls, cash=1000.0))
    # 94 is not met by 95; then 120 - 6 = 114 is met by 113.
    assert played.fills == [(1, 100.0, 4.0), (3, 114.0, -4.0)]


def test_a_short_is_guarded_from_above(engine: str) -> None:
    # Sold at 100, low of 90: 90 + 6 = 96; by a tenth 90 * 1.1 = 99.
    frame = frame_of(CALM, CALM, (100, 100, 90, 91), (91, 97, 91, 95), (95, 100, 95, 98))
    calls = [Call(0, "market", -4), Call(1, "trailing_amount", 2, 6), Call(1, "trailing_percent", 2, 0.1)]
    played = play(engine, scripted(frame, *calls, cash=1000.0))
    assert played.fills == [(1, 100.0, -4.0), (3, 96.0, 2.0), (4, 90 * (1 + 0.1), 2.0)]


@pytest.mark.parametrize(
    ("call", "stop"),
    [
        (Call(0, "trailing_amount", -2, 100), None),
        (Call(0, "trailing_amount", -2, 150), None),
        # 100 - 99.995 is 0.005, which is 0 in ticks to sell at; a tick is left of 100 - 99.99.
        (Call(0, "trailing_amount", -2, 99.995), None),
        (Call(0, "trailing_amount", -2, 99.99), 0.01),
        (Call(0, "trailing_percent", -2, 1), None),
        (Call(0, "trailing_percent", -2, 1.5), None),
        (Call(0, "trailing_percent", -2, 0.75), 25.0),
        # Above the price there is always room.
        (Call(0, "trailing_amount", 2, 150), 250.0),
        (Call(0, "trailing_percent", 2, 1.5), 250.0),
    ],
)
def test_a_sale_as_far_away_as_the_price_is_refused(engine: str, call: Call, stop: float | None) -> None:
    played = play(engine, scripted(frame_of(CALM, CALM, CALM), call, cash=1000.0, tick_size=0.01))
    if stop is None:
        assert played.told("REJECT") == [(0, "bad_price", 1)]
        assert played.ordered() == []
    else:
        assert played.told("REJECT") == []
        assert played.ordered() == [(0, 1, stop, call.x)]


def test_an_exit_as_far_away_as_the_price_is_refused_and_the_others_are_sent(engine: str) -> None:
    # 150 below 100 is no price; the target of 150 is one.
    settings = {"cash": 1000.0, "sizing": {"type": "quantity", "quantity": 2.0}}
    exits = {"take_profit": 0.5, "trailing_stop": {"type": "amount", "amount": 150.0}}
    frame = frame_of(CALM, CALM, (140, 151, 139, 140))
    played = play(engine, scripted(frame, Call(0, "answer", 1), **settings, exits=exits))
    assert played.told("REJECT") == [(1, "bad_price", 3)]
    assert played.fills == [(1, 100.0, 2.0), (2, 150.0, -2.0)]


def test_an_exit_that_was_refused_is_sent_anew_by_the_next_entry(engine: str) -> None:
    high = (200, 201, 199, 200)
    calls = [Call(0, "answer", 1), Call(1, "answer", 1)]
    settings = {"cash": 1000.0, "sizing": {"type": "quantity", "quantity": 2.0}, "pyramiding": 2}
    exits = {"trailing_stop": {"type": "amount", "amount": 150.0}}
    played = play(engine, scripted(frame_of(CALM, CALM, high, (200, 200, 49, 60)), *calls, **settings, exits=exits))
    assert played.told("REJECT") == [(1, "bad_price", 2)]
    # Filled at 200: 50. The high of that bar is 201, so 51 is what the low of 49 meets.
    assert played.ordered("trailing_stop") == [(2, 4, 50.0, -4.0)]
    assert played.fills == [(1, 100.0, 2.0), (2, 200.0, 2.0), (3, 51.0, -4.0)]


def test_an_atr_as_wide_as_the_price_is_refused_where_it_is_known(engine: str) -> None:
    # ATR(2) is 2 at bar 2: 100 - 50 * 2 is 0, and 100 - 49 * 2 is 2.
    exits = {"trailing_stop": {"type": "atr", "multiple": 30.0, "period": 2}}
    calls = [Call(2, "trailing_atr", -2, 50), Call(2, "trailing_atr", -2, 49)]
    played = play(engine, scripted(frame_of(CALM, CALM, CALM, CALM), *calls, cash=1000.0, exits=exits))
    assert played.told("REJECT") == [(2, "bad_price", 1)]
    assert played.ordered() == [(2, 2, 2.0, -2.0)]


def test_an_atr_that_turns_out_too_wide_gives_no_stop_until_it_is_not(engine: str) -> None:
    # ATR(2), known from bar 2 on: (2 + 62) / 2 = 32, and 101 - 4 * 32 is below 0. Bar 3: (32 + 2) / 2 = 17: 33.
    frame = frame_of(CALM, CALM, (100, 101, 39, 100), CALM, (100, 101, 30, 40))
    exits = {"trailing_stop": {"type": "atr", "multiple": 1000.0, "period": 2}}
    calls = [Call(0, "market", 2), Call(0, "trailing_atr", -2, 4)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, exits=exits))
    assert played.told("REJECT") == []
    assert played.ordered()[1] == (0, 2, 0.0, -2.0)
    assert played.fills == [(1, 100.0, 2.0), (4, 33.0, -2.0)]
    # That of `exits`, a thousand times as wide, never had one.
    assert [event.price for event in played.events if event.kind == "CANCEL"] == [0.0]


@pytest.mark.parametrize(("size", "stop", "target"), [(1, 0.003, 200), (-1, 200, 0.003)])
def test_a_bracket_whose_child_is_no_price_in_ticks_is_refused_as_a_whole(
    engine: str, size: float, stop: float, target: float
) -> None:
    case = scripted(frame_of(CALM, CALM, CALM), Call(0, "bracket", size, stop, target), cash=1000.0, tick_size=0.01)
    played = play(engine, case)
    assert played.told("REJECT") == [(0, "bad_price", 1)]
    assert played.fills == []
