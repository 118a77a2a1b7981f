"""A bracket's children guard what their own entry opened, no more, and end with it: by hand."""

import pytest

from tests.contract.order_cases import ENGINES, Call, frame_of, play, scripted

pytestmark = pytest.mark.parametrize("engine", ENGINES)

CALM = (100, 101, 99, 100)
LOW = (95, 96, 88, 89)


def test_an_entry_that_only_closes_a_short_sends_no_children(engine: str) -> None:
    # Short 10, bought back by a bracket; the 10 bought later are nothing that its stop of 90 may sell.
    calls = [Call(0, "market", -10), Call(1, "bracket", 10, 90, 120), Call(2, "market", 10)]
    played = play(engine, scripted(frame_of(CALM, CALM, CALM, CALM, CALM, LOW), *calls, cash=1000.0))
    assert played.fills == [(1, 100.0, -10.0), (2, 100.0, 10.0), (3, 100.0, 10.0)]
    assert played.ordered() == [(0, 1, 100.0, -10.0), (1, 2, 100.0, 10.0), (2, 3, 100.0, 10.0)]
    assert played.equity[-1] == 1000 + 10 * (89 - 100.0)


def test_an_entry_that_only_reduces_a_short_sends_no_children(engine: str) -> None:
    calls = [Call(0, "market", -10), Call(1, "bracket", 4, 90, 120)]
    played = play(engine, scripted(frame_of(CALM, CALM, CALM, LOW), *calls, cash=1000.0))
    assert played.fills == [(1, 100.0, -10.0), (2, 100.0, 4.0)]
    assert len(played.ordered()) == 2


def test_an_entry_through_zero_has_children_for_what_it_opened(engine: str) -> None:
    calls = [Call(0, "market", -4), Call(1, "bracket", 10, 90, 120)]
    played = play(engine, scripted(frame_of(CALM, CALM, CALM, LOW), *calls, cash=1000.0))
    assert played.fills == [(1, 100.0, -4.0), (2, 100.0, 10.0), (3, 90.0, -6.0)]
    assert played.ordered()[2:] == [(2, 3, 90.0, -6.0), (2, 4, 120.0, -6.0)]


def test_an_entry_in_parts_has_children_from_the_part_on_that_opens(engine: str) -> None:
    # Short 4; 10 are bought as 3, 3 and 4: the first reduces, the second opens 2, the third 4 more.
    frame = frame_of(CALM, (100, 101, 99, 100, 1000), (100, 101, 99, 100, 30), (100, 101, 99, 100, 30), CALM, LOW)
    calls = [Call(0, "market", -4), Call(1, "bracket", 10, 90, 120)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, max_volume_share=0.1))
    assert played.fills == [(1, 100.0, -4.0), (2, 100.0, 3.0), (3, 100.0, 3.0), (4, 100.0, 4.0), (5, 90.0, -6.0)]
    assert played.ordered()[2:] == [(3, 3, 90.0, -2.0), (3, 4, 120.0, -2.0)]
    assert played.ordered("modified") == [(4, 3, 90.0, -6.0), (4, 4, 120.0, -6.0)]


def test_children_are_cut_where_the_position_shrinks_below_them(engine: str) -> None:
    # 10 with a stop; 6 are sold, which leaves 4 to guard, whatever is bought later without a stop.
    calls = [Call(0, "bracket", 10, 90, 120), Call(1, "market", -6), Call(2, "market", 6)]
    played = play(engine, scripted(frame_of(CALM, CALM, CALM, CALM, LOW), *calls, cash=1000.0))
    assert played.fills == [(1, 100.0, 10.0), (2, 100.0, -6.0), (3, 100.0, 6.0), (4, 90.0, -4.0)]
    assert played.ordered("modified") == [(2, 2, 90.0, -4.0), (2, 3, 120.0, -4.0)]
    assert [played.cause(e).kind for e in played.events if e.reason == "modified"] == ["FILL", "FILL"]
    assert played.told("CANCEL") == [(4, "oco", 3)]
    assert played.equity[-1] == 1000 - 4 * 10 - 6 * 11.0


def test_children_are_left_alone_where_as_much_is_left_as_they_guard(engine: str) -> None:
    calls = [Call(0, "bracket", 10, 90, 120), Call(0, "market", 6), Call(1, "market", -6)]
    played = play(engine, scripted(frame_of(CALM, CALM, CALM, LOW), *calls, cash=2000.0))
    assert played.fills == [(1, 100.0, 10.0), (1, 100.0, 6.0), (2, 100.0, -6.0), (3, 90.0, -10.0)]
    assert played.ordered("modified") == []


def test_the_children_of_one_entry_leave_those_of_another_alone(engine: str) -> None:
    # 6 with a target of 110 and 4 with one of 115: the first target takes its own stop with it.
    frame = frame_of(CALM, CALM, (100, 111, 99, 110), (95, 96, 88, 89))
    calls = [Call(0, "bracket", 6, 90, 110), Call(0, "bracket", 4, 90, 115)]
    played = play(engine, scripted(frame, *calls, cash=1000.0))
    assert played.fills == [(1, 100.0, 6.0), (1, 100.0, 4.0), (2, 110.0, -6.0), (3, 90.0, -4.0)]
    assert played.told("CANCEL") == [(2, "oco", 3), (3, "oco", 6)]


def test_of_two_entries_the_larger_guard_is_cut(engine: str) -> None:
    # 10 and 5 guarded, 8 sold: of the 7 that are left, 7 and 5.
    calls = [Call(0, "bracket", 10, 90, 120), Call(0, "bracket", 5, 91, 121), Call(1, "market", -8)]
    frame = frame_of(CALM, CALM, CALM, (95, 96, 90.5, 91), (91, 91, 89, 89))
    played = play(engine, scripted(frame, *calls, cash=2000.0))
    assert played.ordered("modified")[:2] == [(2, 3, 90.0, -7.0), (2, 4, 120.0, -7.0)]
    # The stop of 91 sells 5, which leaves 2 for that of 90.
    assert played.ordered("modified")[2:] == [(3, 3, 90.0, -2.0), (3, 4, 120.0, -2.0)]
    assert played.fills[3:] == [(3, 91.0, -5.0), (4, 90.0, -2.0)]


def test_children_end_where_the_position_is_turned_round(engine: str) -> None:
    calls = [Call(0, "bracket", 10, 90, 120), Call(1, "market", -15), Call(2, "market", 15)]
    played = play(engine, scripted(frame_of(CALM, CALM, CALM, CALM, LOW), *calls, cash=1000.0))
    assert played.told("CANCEL") == [(2, "position_closed", 2), (2, "position_closed", 3)]
    assert played.fills == [(1, 100.0, 10.0), (2, 100.0, -15.0), (3, 100.0, 15.0)]


def test_an_entry_that_goes_on_after_its_position_was_closed_sends_new_children(engine: str) -> None:
    # 3 of 8 come, and are stopped out inside the same bar; 5 more at the next open have a stop of their own.
    frame = frame_of(CALM, (100, 101, 99, 100, 30), (100, 101, 99, 100), (100, 101, 89, 95), CALM)
    calls = [Call(0, "bracket", 8, 90, 120), Call(1, "market", -3)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, max_volume_share=0.1))
    # In the order of their numbers: 5 more first, then 3 of the 8 are sold.
    assert played.fills == [(1, 100.0, 3.0), (2, 100.0, 5.0), (2, 100.0, -3.0), (3, 90.0, -5.0)]
    frame = frame_of(CALM, (100, 101, 99, 100, 30), (100, 101, 89, 95, 30), (95, 96, 94, 95, 1000), CALM)
    played = play(engine, scripted(frame, Call(0, "bracket", 8, 99.5, 120), cash=1000.0, max_volume_share=0.1))
    # Bar 1: 3 at 100, of which the volume lets none out again at 99.5. Bar 2: the stop that was touched has the smaller
    # claim: the entry, sent first, buys 3 more, and both wait. Bar 3: 2 more, and all 8 are sold.
    assert [(bar, quantity) for bar, _, quantity in played.fills] == [(1, 3.0), (2, 3.0), (3, 2.0), (3, -8.0)]


def test_a_signals_order_has_no_children(engine: str) -> None:
    played = play(engine, scripted(frame_of(CALM, CALM, LOW), Call(0, "answer", 1), cash=1000.0))
    assert len(played.ordered()) == 1


def test_children_reject_nothing_when_their_entry_is_refused_its_opening(engine: str) -> None:
    # Long 4; a bracket sells 10, of which the limit leaves the closing part: there is nothing for it to guard.
    calls = [Call(0, "market", 4), Call(1, "bracket", -10, 120, 90)]
    frame = frame_of(CALM, CALM, CALM, LOW)
    played = play(engine, scripted(frame, *calls, cash=1000.0, risk={"max_position": 0.5}))
    assert played.fills == [(1, 100.0, 4.0), (2, 100.0, -4.0)]
    assert played.told("RISK_BREACH") == [(1, "max_position", 2)] and len(played.ordered()) == 2
