"""How long an order works: each time in force against the bars on which it may fill."""

import pytest

from tests.contract.order_cases import ENGINES, Call, frame_of, play, scripted

pytestmark = pytest.mark.parametrize("engine", ENGINES)

GTC, DAY, GTD, IOC, FOK = range(5)
CALM = (100, 101, 99, 100, 50)
LOW = (100, 101, 94, 100, 50)
TIMES = ["2024-01-02 14:00", "2024-01-02 15:00", "2024-01-03 14:00", "2024-01-03 15:00", "2024-01-04 14:00"]


def test_good_till_cancelled_outlives_sessions(engine: str) -> None:
    frame = frame_of(CALM, CALM, CALM, CALM, LOW, times=TIMES)
    assert play(engine, scripted(frame, Call(0, "limit", 1, 95), cash=1000.0)).fills == [(4, 95.0, 1.0)]


def test_a_day_order_ends_with_the_session_of_its_first_bar(engine: str) -> None:
    frame = frame_of(CALM, CALM, LOW, CALM, LOW, times=TIMES)
    # The first is of the session of 2 January; the second is sent at its last bar, so it is first matched on the 3rd.
    calls = [Call(0, "limit", 1, 95, tif=DAY), Call(1, "limit", 2, 95, tif=DAY), Call(2, "limit", 3, 95, tif=DAY)]
    played = play(engine, scripted(frame, *calls, cash=10_000.0))
    assert played.fills == [(2, 95.0, 2.0)]
    assert played.told("CANCEL") == [(2, "expired", 1), (4, "expired", 3)]
    cancel = played.first("CANCEL")
    assert (played.cause(cancel).kind, played.cause(cancel).order) == ("ORDER", 1)


def test_good_till_date_includes_its_moment(engine: str) -> None:
    frame = frame_of(CALM, CALM, LOW, CALM)
    until_bar_2 = play(engine, scripted(frame, Call(0, "limit", 1, 95, tif=GTD, minutes=120), cash=1000.0))
    assert until_bar_2.fills == [(2, 95.0, 1.0)]
    shorter = play(engine, scripted(frame, Call(0, "limit", 1, 95, tif=GTD, minutes=119), cash=1000.0))
    assert shorter.fills == []
    assert shorter.told("CANCEL") == [(2, "expired", 1)]


def test_immediate_or_cancel_keeps_what_it_gets_on_its_first_bar(engine: str) -> None:
    frame = frame_of(CALM, LOW, LOW)
    # A tenth of a volume of 50 is 5.
    case = scripted(frame, Call(0, "limit", 8, 95, tif=IOC), cash=1000.0, max_volume_share=0.1)
    played = play(engine, case)
    assert played.fills == [(1, 95.0, 5.0)]
    assert played.told("CANCEL") == [(1, "not_filled", 1)]
    cancel = played.first("CANCEL")
    assert (cancel.price, cancel.quantity) == (95.0, 3.0)


def test_fill_or_kill_takes_all_or_nothing(engine: str) -> None:
    frame = frame_of(CALM, LOW, LOW)
    calls = [Call(0, "limit", 8, 95, tif=FOK), Call(0, "limit", 5, 95, tif=FOK)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, max_volume_share=0.1))
    assert played.fills == [(1, 95.0, 5.0)]
    assert played.told("CANCEL") == [(1, "not_filled", 1)]
    untouched = play(engine, scripted(frame_of(CALM, CALM, LOW), Call(0, "limit", 1, 95, tif=FOK), cash=1000.0))
    assert untouched.fills == []
    assert untouched.told("CANCEL") == [(1, "not_filled", 1)]


def test_the_end_of_the_data_cancels_what_works_when_positions_are_closed(engine: str) -> None:
    calls = [Call(0, "market", 2), Call(0, "limit", 1, 90)]
    played = play(engine, scripted(frame_of(CALM, CALM, (100, 104, 99, 103)), *calls, cash=1000.0, close_at_end=True))
    assert played.told("CANCEL") == [(2, "end_of_data", 2)]
    assert played.fills == [(1, 100.0, 2.0), (2, 103.0, -2.0)]
    assert played.equity[-1] == 1000 + 2 * 3
    last = [event for event in played.events if event.kind == "ORDER"][-1]
    assert (last.order, played.cause(last).kind) == (3, "BAR")
    left = play(engine, scripted(frame_of(CALM, CALM, CALM), *calls, cash=1000.0))
    assert left.told("CANCEL") == [] and len(left.fills) == 1
