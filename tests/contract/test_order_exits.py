"""The orders of `exits`: levels from the average entry, trailing, time limits, and what becomes of them."""

import pytest

from tests.contract.order_cases import ENGINES, Call, frame_of, play, scripted

pytestmark = pytest.mark.parametrize("engine", ENGINES)

CALM = (100, 101, 99, 100)
LONG = (Call(0, "answer", 1),)
TEN = {"cash": 1000.0, "sizing": {"type": "quantity", "quantity": 4.0}}


def test_a_stop_loss_guards_the_position(engine: str) -> None:
    frame = frame_of(CALM, CALM, (100, 101, 94, 96), CALM)
    played = play(engine, scripted(frame, *LONG, **TEN, exits={"stop_loss": 0.0625, "take_profit": 0.5}))
    # 100 * (1 - 0.0625) = 93.75 is not touched by 94.
    assert played.fills == [(1, 100.0, 4.0)]
    played = play(engine, scripted(frame, *LONG, **TEN, exits={"stop_loss": 0.05, "take_profit": 0.5}))
    assert played.fills == [(1, 100.0, 4.0), (2, 95.0, -4.0)]
    assert played.ordered("stop_loss") == [(1, 2, 95.0, -4.0)]
    assert played.ordered("take_profit") == [(1, 3, 150.0, -4.0)]
    assert played.told("CANCEL") == [(2, "oco", 3)]
    assert played.equity[-1] == 1000 - 4 * 5


def test_exits_of_a_short_mirror(engine: str) -> None:
    frame = frame_of(CALM, CALM, (100, 101, 87, 88), (88, 106, 87, 104))
    played = play(
        engine, scripted(frame, Call(0, "answer", -1), **TEN, exits={"stop_loss": 0.05, "take_profit": 0.125})
    )
    assert played.fills == [(1, 100.0, -4.0), (2, 87.5, 4.0)]
    assert played.ordered("stop_loss") == [(1, 2, 105.0, 4.0)]
    assert played.equity[-1] == 1000 + 4 * 12.5


def test_a_signal_that_closes_the_position_cancels_its_exits(engine: str) -> None:
    played = play(
        engine, scripted(frame_of(CALM, CALM, CALM), *LONG, Call(1, "answer", 0), **TEN, exits={"stop_loss": 0.05})
    )
    assert played.fills == [(1, 100.0, 4.0), (2, 100.0, -4.0)]
    assert played.told("CANCEL") == [(2, "position_closed", 2)]
    assert played.cause(played.first("CANCEL")).kind == "POSITION_CLOSE"


def test_a_stop_at_the_open_leaves_the_signals_order_nothing_to_do(engine: str) -> None:
    frame = frame_of(CALM, CALM, (90, 91, 89, 90))
    flat = play(engine, scripted(frame, *LONG, Call(1, "answer", 0), **TEN, exits={"stop_loss": 0.05}))
    assert flat.fills == [(1, 100.0, 4.0), (2, 90.0, -4.0)]
    assert flat.told("CANCEL") == [(2, "nothing_to_reduce", 3)]
    # A reversal sells only what it opens: 4, not 8.
    short = play(engine, scripted(frame, *LONG, Call(1, "answer", -1), **TEN, exits={"stop_loss": 0.05}))
    assert short.fills == [(1, 100.0, 4.0), (2, 90.0, -4.0), (2, 90.0, -4.0)]
    assert short.ordered("")[-1] == (1, 3, 100.0, -8.0)


def test_a_reversal_cancels_the_old_exits_and_sends_new_ones(engine: str) -> None:
    frame = frame_of(CALM, CALM, (104, 105, 103, 104), CALM)
    played = play(engine, scripted(frame, *LONG, Call(1, "answer", -1), **TEN, exits={"stop_loss": 0.125}))
    assert played.fills == [(1, 100.0, 4.0), (2, 104.0, -8.0)]
    assert played.told("CANCEL") == [(2, "position_closed", 2)]
    assert played.ordered("stop_loss") == [(1, 2, 87.5, -4.0), (2, 4, 117.0, 4.0)]


def test_a_larger_position_moves_its_exits_to_the_new_average(engine: str) -> None:
    frame = frame_of(CALM, CALM, (110, 111, 109, 110), (110, 111, 99, 100))
    calls = [*LONG, Call(1, "answer", 1)]
    played = play(engine, scripted(frame, *calls, **TEN, pyramiding=2, exits={"stop_loss": 0.04, "take_profit": 0.2}))
    # Average (4 * 100 + 4 * 110) / 8 = 105: the stop goes from 96 to 105 * 0.96, the target from 120 to 126.
    assert played.fills == [(1, 100.0, 4.0), (2, 110.0, 4.0), (3, 105 * (1 - 0.04), -8.0)]
    assert played.ordered("modified") == [(2, 2, 105 * (1 - 0.04), -8.0), (2, 3, 126.0, -8.0)]


def test_pyramiding_stops_at_its_number(engine: str) -> None:
    calls = [Call(bar, "answer", 1) for bar in range(4)]
    played = play(engine, scripted(frame_of(*[CALM] * 5), *calls, cash=10_000.0, sizing=TEN["sizing"], pyramiding=3))
    assert [bar for bar, _, _ in played.fills] == [1, 2, 3]


def test_a_trailing_exit_starts_from_the_fill_and_covers_the_whole_position(engine: str) -> None:
    frame = frame_of(CALM, (100, 108, 99, 107), (107, 107.5, 100, 101), CALM)
    exits = {"trailing_stop": {"type": "amount", "amount": 6}}
    played = play(engine, scripted(frame, *LONG, **TEN, exits=exits))
    # From the fill at 100: 94; after its bar 108 - 6 = 102.
    assert played.ordered("trailing_stop") == [(1, 2, 94.0, -4.0)]
    assert played.fills == [(1, 100.0, 4.0), (2, 102.0, -4.0)]


def test_a_plain_number_is_a_trailing_percentage(engine: str) -> None:
    frame = frame_of(CALM, (100, 120, 99, 119), (119, 119, 104, 106), CALM)
    played = play(engine, scripted(frame, *LONG, **TEN, exits={"trailing_stop": 0.125}))
    assert played.fills == [(1, 100.0, 4.0), (2, 105.0, -4.0)]


def test_a_position_is_closed_when_it_was_held_long_enough(engine: str) -> None:
    played = play(engine, scripted(frame_of(*[CALM] * 5), *LONG, **TEN, exits={"max_holding_bars": 2}))
    assert played.fills == [(1, 100.0, 4.0), (3, 100.0, -4.0)]
    assert played.ordered("max_holding") == [(3, 2, 100.0, -4.0)]
    order = next(event for event in played.events if event.reason == "max_holding")
    assert played.cause(order).kind == "BAR"


SESSIONS = ["2024-01-02 14:00", "2024-01-02 15:00", "2024-01-02 16:00", "2024-01-02 17:00", "2024-01-03 14:00"]


def test_exit_at_closes_the_position_and_lets_none_be_opened(engine: str) -> None:
    frame = frame_of(CALM, CALM, (104, 105, 90, 100), CALM, CALM, times=SESSIONS)
    calls = [*LONG, Call(0, "limit", 1, 80), Call(2, "answer", 1), Call(3, "answer", 1)]
    played = play(engine, scripted(frame, *calls, **TEN, exits={"exit_at": "15:30", "stop_loss": 0.05}))
    # 16:00 is the first bar at or after 15:30: out at its open, before the stop at 95 can be touched.
    assert played.fills == [(1, 100.0, 4.0), (2, 104.0, -4.0)]
    assert played.ordered("exit_time") == [(2, 4, 104.0, -4.0)]
    assert played.told("CANCEL") == [(2, "position_closed", 3), (2, "after_exit_time", 1)]
    assert played.told("REJECT") == [(2, "after_exit_time", 5), (3, "after_exit_time", 6)]


def test_the_next_session_may_open_again(engine: str) -> None:
    frame = frame_of(CALM, CALM, CALM, CALM, CALM, CALM, times=[*SESSIONS, "2024-01-03 15:00"])
    played = play(engine, scripted(frame, Call(4, "answer", 1), **TEN, exits={"exit_at": "15:30"}))
    assert played.fills == [(5, 100.0, 4.0)]


def test_a_stop_on_the_bar_of_the_entry(engine: str) -> None:
    frame = frame_of(CALM, (100, 101, 94, 96), CALM)
    played = play(engine, scripted(frame, *LONG, **TEN, exits={"stop_loss": 0.05}))
    assert played.fills == [(1, 100.0, 4.0), (1, 95.0, -4.0)]
    kinds = [event.kind for event in played.events if event.bar == 1]
    assert kinds == [
        "BAR", "FILL", "POSITION_OPEN", "ORDER", "FILL", "POSITION_CLOSE", "FEATURES", "PORTFOLIO_UPDATE",
    ]  # fmt: skip
