"""Limits on orders and on losses: what is refused, what is closed, and until when."""

import pytest

from tests.contract.order_cases import ENGINES, Call, Played, frame_of, play, scripted

pytestmark = pytest.mark.parametrize("engine", ENGINES)

CALM = (100, 101, 99, 100)
DROP = (85, 86, 84, 85)
DAYS = [
    "2024-01-02 14:00",
    "2024-01-02 15:00",
    "2024-01-02 16:00",
    "2024-01-02 17:00",
    "2024-01-03 14:00",
    "2024-01-03 15:00",
]


def breaches(played: Played) -> list[tuple[int, str]]:
    return [(bar, reason) for bar, reason, _ in played.told("RISK_BREACH")]


@pytest.mark.parametrize("name", ["max_position", "max_gross_exposure", "max_net_exposure"])
def test_exposure_is_looked_at_with_all_working_entries(engine: str, name: str) -> None:
    # Half of 1000 is 5 at 100. 3, and 2 more, are allowed; with them working another 1 is not.
    calls = [Call(0, "limit", 3, 90), Call(0, "limit", 2, 90), Call(0, "market", 1), Call(0, "market", -6)]
    played = play(engine, scripted(frame_of(CALM, CALM), *calls, cash=1000.0, risk={name: 0.5}))
    assert [number for _, number, _, _ in played.ordered()] == [1, 2, 4]
    assert breaches(played) == [(0, name)]
    breach = played.first("RISK_BREACH")
    assert (breach.price, breach.quantity, breach.value) == (100.0, 1.0, 1000.0)
    assert played.metrics["risk_breaches"] == 1


def test_a_reducing_order_is_never_refused(engine: str) -> None:
    # 8 at 100 rise to 150: 1200 of 1400 is beyond 0.8, yet 3 may be sold.
    frame = frame_of(CALM, CALM, (150, 151, 149, 150), CALM)
    calls = [Call(0, "market", 8), Call(2, "market", -3), Call(2, "market", 1)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, risk={"max_position": 0.8}))
    assert [quantity for _, _, quantity in played.fills] == [8.0, -3.0]
    assert breaches(played) == [(2, "max_position")]


def test_a_signal_is_held_to_the_limits_too(engine: str) -> None:
    case = scripted(
        frame_of(CALM, CALM), Call(0, "answer", 1), cash=1000.0, position_size=0.75, risk={"max_position": 0.5}
    )
    played = play(engine, case)
    assert breaches(played) == [(0, "max_position")] and played.fills == []
    assert played.cause(played.first("RISK_BREACH")).kind == "SIGNAL"


def test_so_many_orders_a_day(engine: str) -> None:
    frame = frame_of(*[CALM] * 6, times=DAYS)
    calls = [
        Call(0, "market", 1),
        Call(1, "market", 1),
        Call(2, "market", 1),
        Call(3, "market", -1),
        Call(4, "market", 1),
    ]
    played = play(engine, scripted(frame, *calls, cash=1000.0, risk={"max_orders_per_day": 2}))
    # The third of the day is refused, a sale of what is held is not; the next day counts anew.
    assert breaches(played) == [(2, "max_orders_per_day")]
    assert played.fills == [(1, 100.0, 1.0), (2, 100.0, 1.0), (4, 100.0, -1.0), (5, 100.0, 1.0)]


def test_a_daily_loss_halts_until_the_next_session(engine: str) -> None:
    frame = frame_of(CALM, CALM, DROP, DROP, DROP, DROP, times=DAYS)
    calls = [Call(0, "market", 8), Call(1, "limit", 1, 50), Call(3, "market", 1), Call(4, "market", 1)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, risk={"max_daily_loss": 0.1}))
    # At 85 the account has lost 8 * 15 = 120 of 1000. The position stays, the entry at 50 goes.
    assert breaches(played) == [(2, "max_daily_loss"), (3, "halted")]
    assert played.told("CANCEL") == [(2, "halted", 2)]
    assert played.cause(played.first("CANCEL")).kind == "RISK_BREACH"
    assert played.fills == [(1, 100.0, 8.0), (5, 85.0, 1.0)]
    assert played.metrics["risk_breaches"] == 2


def test_a_daily_loss_is_measured_from_the_close_of_the_session_before(engine: str) -> None:
    frame = frame_of(CALM, CALM, (92, 93, 91, 92), (92, 93, 91, 92), (82, 83, 81, 82), (78, 79, 77, 78), times=DAYS)
    played = play(engine, scripted(frame, Call(0, "market", 8), cash=1000.0, risk={"max_daily_loss": 0.1}))
    # 8 bought at 100 make 936 at the end of the first day; 0.9 * 936 = 842.4: 856 at 82 is above it, 824 at 78 is not.
    assert breaches(played) == [(5, "max_daily_loss")]


def test_flatten_closes_at_once(engine: str) -> None:
    frame = frame_of(CALM, CALM, DROP, CALM, CALM, CALM, times=DAYS)
    risk = {"max_daily_loss": 0.1, "on_breach": "flatten"}
    played = play(engine, scripted(frame, Call(0, "market", 8), Call(2, "limit", 1, 50), cash=1000.0, risk=risk))
    assert played.fills == [(1, 100.0, 8.0), (2, 85.0, -8.0)]
    assert played.told("CANCEL") == [(2, "halted", 2)]
    assert played.equity == [1000.0, 1000.0, 880.0, 880.0, 880.0, 880.0]


def test_a_drawdown_halts_for_good(engine: str) -> None:
    frame = frame_of(CALM, CALM, (125, 126, 124, 125), CALM, CALM, CALM, times=DAYS)
    calls = [Call(0, "market", 8), Call(3, "market", 1), Call(4, "market", 1), Call(4, "market", -2)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, risk={"max_drawdown": 0.125}))
    # From a peak of 1200 to 1000: a sixth. It is not told again; what reduces is let through.
    assert breaches(played) == [(3, "max_drawdown"), (4, "halted")]
    assert played.told("CANCEL") == [(3, "halted", 2)]
    assert played.fills == [(1, 100.0, 8.0), (5, 100.0, -2.0)]


def test_a_loss_of_exactly_the_limit_is_no_breach(engine: str) -> None:
    frame = frame_of(CALM, CALM, (75, 76, 74, 75))
    risk = {"max_drawdown": 0.125, "max_daily_loss": 0.125}
    assert breaches(play(engine, scripted(frame, Call(0, "market", 5), cash=1000.0, risk=risk))) == []
    assert len(breaches(play(engine, scripted(frame, Call(0, "market", 6), cash=1000.0, risk=risk)))) == 2


def test_a_reversal_is_refused_what_it_would_open(engine: str) -> None:
    # Long 4, and 10 sold: a short of 6, when no more than half of 1000 may stand. 9 sold are a short of 5.
    frame = frame_of(CALM, CALM, CALM)
    case = {"cash": 1000.0, "risk": {"max_position": 0.5}}
    played = play(engine, scripted(frame, Call(0, "market", 4), Call(1, "market", -10), **case))
    assert breaches(played) == [(1, "max_position")]
    assert played.first("RISK_BREACH").quantity == -6.0
    assert played.ordered() == [(0, 1, 100.0, 4.0), (1, 2, 100.0, -4.0)]
    assert played.fills == [(1, 100.0, 4.0), (2, 100.0, -4.0)]
    played = play(engine, scripted(frame, Call(0, "market", 4), Call(1, "market", -9), **case))
    assert breaches(played) == []
    assert played.fills == [(1, 100.0, 4.0), (2, 100.0, -9.0)]
