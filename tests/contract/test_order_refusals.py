"""Orders through zero are refused what they would open, and close all the same: by every limit, sent and matched."""

from typing import Any

import pytest

from tests.contract.order_cases import ENGINES, Call, frame_of, play, scripted

pytestmark = pytest.mark.parametrize("engine", ENGINES)

CALM = (100, 101, 99, 100)
DROP = (85, 86, 84, 85)
FOUR = {"type": "quantity", "quantity": 4.0}
#: Eight at 100 lose 120 of 1000 at 85.
LOSS = {"cash": 1000.0, "risk": {"max_daily_loss": 0.1}}


@pytest.mark.parametrize(
    ("risk", "reason"),
    [
        ({"max_position": 0.5}, "max_position"),
        ({"max_gross_exposure": 0.5}, "max_gross_exposure"),
        ({"max_net_exposure": 0.5}, "max_net_exposure"),
        ({"max_orders_per_day": 1}, "max_orders_per_day"),
    ],
)
@pytest.mark.parametrize("kind", ["market", "limit", "stop"])
def test_a_new_order_is_cut_to_what_it_closes(engine: str, risk: dict[str, Any], reason: str, kind: str) -> None:
    # Long 4, and 10 sold: 4 close, and the 6 that would be short are refused.
    price = {"market": 0, "limit": 100, "stop": 100}[kind]
    calls = [Call(0, "market", 4), Call(1, kind, -10, price)]
    played = play(engine, scripted(frame_of(CALM, CALM, CALM, CALM), *calls, cash=1000.0, risk=risk))
    assert played.told("RISK_BREACH") == [(1, reason, 2)]
    breach = played.first("RISK_BREACH")
    assert (breach.quantity, played.cause(breach).kind) == (-6.0, "FEATURES")
    assert played.ordered()[1][1:] == (2, 100.0, -4.0)
    assert played.fills == [(1, 100.0, 4.0), (2, 100.0, -4.0)]


def test_a_direction_is_cut_to_the_way_out(engine: str) -> None:
    # Long 4; SHORT would be a short of 4. It is asked for again while it works, and once more when flat.
    frame = frame_of(CALM, CALM, (*CALM, 0), CALM, CALM)
    calls = [Call(0, "answer", 1), Call(1, "answer", -1), Call(2, "answer", -1), Call(3, "answer", -1)]
    # The exposure of a short of 4 at 100 is 400 of 1000, and so is that of the long: of 4.1 at 100.
    settings = {"cash": 1000.0, "sizing": FOUR, "max_volume_share": 1.0, "risk": {"max_orders_per_day": 1}}
    played = play(engine, scripted(frame, *calls, **settings))
    assert played.told("RISK_BREACH") == [(1, "max_orders_per_day", 2), (3, "max_orders_per_day", 3)]
    assert [e.quantity for e in played.events if e.kind == "RISK_BREACH"] == [-4.0, -4.0]
    assert played.ordered() == [(0, 1, 100.0, 4.0), (1, 2, 100.0, -4.0)]
    assert played.fills == [(1, 100.0, 4.0), (3, 100.0, -4.0)]


def test_the_closing_part_ends_with_its_position(engine: str) -> None:
    # A sale at 120 of 10, cut to the 4 that are held. They leave otherwise; it sells none of what comes after.
    frame = frame_of(CALM, CALM, CALM, CALM, (100, 125, 99, 120))
    calls = [Call(0, "market", 4), Call(1, "limit", -10, 120), Call(1, "market", -4), Call(2, "market", 2)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, risk={"max_position": 0.5}))
    assert played.told("CANCEL") == [(2, "position_closed", 2)]
    assert played.fills == [(1, 100.0, 4.0), (2, 100.0, -4.0), (3, 100.0, 2.0)]


def test_a_halt_cuts_a_new_order(engine: str) -> None:
    calls = [Call(0, "market", 8), Call(2, "market", -20)]
    played = play(engine, scripted(frame_of(CALM, CALM, DROP, DROP), *calls, **LOSS))
    # Halted at the close of bar 2; what is sent there before is cut at the halt.
    assert played.told("RISK_BREACH") == [(2, "max_daily_loss", 0)]
    assert played.ordered("modified") == [(2, 2, 85.0, -8.0)]
    assert played.cause(next(e for e in played.events if e.reason == "modified")).kind == "RISK_BREACH"
    assert played.fills == [(1, 100.0, 8.0), (3, 85.0, -8.0)]
    calls = [Call(0, "market", 8), Call(3, "market", -20)]
    played = play(engine, scripted(frame_of(CALM, CALM, DROP, DROP, DROP), *calls, **LOSS))
    assert played.told("RISK_BREACH") == [(2, "max_daily_loss", 0), (3, "halted", 2)]
    assert played.ordered()[1:] == [(3, 2, 85.0, -8.0)] and played.fills[1:] == [(4, 85.0, -8.0)]


def test_a_halt_leaves_the_way_out_of_a_direction(engine: str) -> None:
    # The strategy turns round at the very close of the breach: it leaves, and does not open the short.
    calls = [Call(0, "answer", 1), Call(2, "answer", -1)]
    sizing = {"type": "quantity", "quantity": 8.0}
    played = play(engine, scripted(frame_of(CALM, CALM, DROP, DROP), *calls, **LOSS, sizing=sizing))
    assert played.ordered("modified") == [(2, 2, 85.0, -8.0)]
    assert played.fills == [(1, 100.0, 8.0), (3, 85.0, -8.0)]


def test_a_halt_cancels_what_only_opens(engine: str) -> None:
    calls = [Call(0, "market", 8), Call(1, "limit", 1, 80), Call(1, "stop", 1, 120), Call(1, "limit", -8, 120)]
    played = play(engine, scripted(frame_of(CALM, CALM, DROP, DROP), *calls, **LOSS))
    assert played.told("CANCEL") == [(2, "halted", 2), (2, "halted", 3)]


def test_a_working_order_that_would_go_through_zero_after_a_halt_closes(engine: str) -> None:
    # Sales of 6 and 5 against 8: at the halt each of them only reduces.
    frame = frame_of(CALM, CALM, DROP, (95, 96, 94, 95, 60), (95, 96, 94, 95), (95, 96, 94, 95))
    calls = [Call(0, "market", 8), Call(1, "limit", -6, 95), Call(1, "limit", -5, 95)]
    played = play(engine, scripted(frame, *calls, **LOSS, max_volume_share=0.1))
    # Then the second faces 2, when the volume of bar 3 is used up: it is for those from then on.
    assert played.fills == [(1, 100.0, 8.0), (3, 95.0, -6.0), (4, 95.0, -2.0)]
    assert played.told("RISK_BREACH") == [(2, "max_daily_loss", 0), (3, "halted", 3)]
    breach = [e for e in played.events if e.kind == "RISK_BREACH"][1]
    assert (breach.quantity, breach.price, played.cause(breach).kind) == (-3.0, 95.0, "ORDER")


def test_without_a_position_a_working_order_is_refused_in_full(engine: str) -> None:
    frame = frame_of(CALM, CALM, DROP, (95, 96, 94, 95), (95, 96, 94, 95))
    calls = [Call(0, "market", 8), Call(1, "limit", -8, 95), Call(1, "limit", -8, 96)]
    played = play(engine, scripted(frame, *calls, **LOSS))
    assert played.fills == [(1, 100.0, 8.0), (3, 95.0, -8.0)]
    assert played.told("RISK_BREACH") == [(2, "max_daily_loss", 0), (3, "halted", 3)]


def test_after_the_exit_time_an_order_closes_what_could_not_leave(engine: str) -> None:
    # Eleven o'clock is bar 2, without volume. 9 sold there close 4, and bar 3 has volume for all.
    frame = frame_of(CALM, CALM, (*CALM, 0), CALM)
    calls = [Call(0, "market", 4), Call(2, "market", -9)]
    case = {"cash": 1000.0, "max_volume_share": 1.0, "exits": {"exit_at": "11:00"}}
    played = play(engine, scripted(frame, *calls, **case))
    # Order 2 is that of the exit time itself.
    assert played.told("REJECT") == [(2, "after_exit_time", 3)]
    assert played.first("REJECT").quantity == -5.0
    assert played.ordered()[1:] == [(2, 3, 100.0, -4.0)]
    assert played.told("CANCEL") == [(3, "position_closed", 3)]
    assert played.fills == [(1, 100.0, 4.0), (3, 100.0, -4.0)]


def test_the_exit_time_cuts_a_working_order(engine: str) -> None:
    # A sale of 9 at 120 works when four are held at eleven, without volume: it is for those four from then on.
    frame = frame_of(CALM, CALM, (*CALM, 0), CALM)
    calls = [Call(0, "market", 4), Call(1, "limit", -9, 120)]
    case = {"cash": 1000.0, "max_volume_share": 1.0, "exits": {"exit_at": "11:00"}}
    played = play(engine, scripted(frame, *calls, **case))
    assert played.ordered("modified") == [(2, 2, 120.0, -4.0)]
    assert played.told("CANCEL") == [(3, "position_closed", 2)]
    assert played.fills == [(1, 100.0, 4.0), (3, 100.0, -4.0)]


def test_max_orders_per_day_counts_what_reduces_and_refuses_what_opens(engine: str) -> None:
    # Buy, reduce, and the third opens: refused. The fourth reduces: sent.
    calls = [Call(0, "market", 4), Call(1, "market", -1), Call(2, "market", 1), Call(2, "market", -1)]
    played = play(
        engine, scripted(frame_of(CALM, CALM, CALM, CALM), *calls, cash=1000.0, risk={"max_orders_per_day": 2})
    )
    assert played.told("RISK_BREACH") == [(2, "max_orders_per_day", 3)]
    assert played.fills == [(1, 100.0, 4.0), (2, 100.0, -1.0), (3, 100.0, -1.0)]


def test_a_daily_loss_is_told_once_a_session_and_again_in_the_next(engine: str) -> None:
    times = [f"2024-01-{day} {hour}:00" for day in ("02", "03") for hour in ("09", "10", "11")]
    frame = frame_of(CALM, CALM, DROP, (75, 76, 74, 75), (60, 61, 59, 60), CALM, times=times)
    played = play(engine, scripted(frame, Call(0, "market", 8), **LOSS))
    # 880 of 1000 at bar 2; 800 of 880 at bar 3, the first of the new session, no more than a tenth; 680 at bar 4.
    assert played.told("RISK_BREACH") == [(2, "max_daily_loss", 0), (4, "max_daily_loss", 0)]


def test_a_daily_loss_is_not_told_after_a_drawdown(engine: str) -> None:
    times = [f"2024-01-{day} {hour}:00" for day in ("02", "03") for hour in ("09", "10", "11")]
    frame = frame_of(CALM, CALM, DROP, (75, 76, 74, 75), (60, 61, 59, 60), CALM, times=times)
    risk = {"max_daily_loss": 0.1, "max_drawdown": 0.1}
    played = play(engine, scripted(frame, Call(0, "market", 8), cash=1000.0, risk=risk))
    assert played.told("RISK_BREACH") == [(2, "max_daily_loss", 0), (2, "max_drawdown", 0)]
