"""Leverage, maintenance margin, interest and the cost of borrowing, with the money written out."""

import pytest

from tests.contract.order_cases import ENGINES, Call, frame_of, play, scripted

pytestmark = pytest.mark.parametrize("engine", ENGINES)

CALM = (100, 101, 99, 100)
YEAR = ["2023-01-01 00:00", "2024-01-01 06:00", "2024-12-31 12:00"]  # 365.25 days apart


def test_leverage_lets_cash_be_negative(engine: str) -> None:
    frame = frame_of(CALM, CALM, (105, 106, 104, 105))
    margin = {"leverage": 2.0, "maintenance": 0.25}
    played = play(engine, scripted(frame, Call(0, "market", 15), cash=1000.0, margin=margin))
    assert played.fills == [(1, 100.0, 15.0)]
    assert played.equity == [1000.0, 1000.0, 1075.0]
    assert [event.fee for event in played.events if event.kind == "PORTFOLIO_UPDATE"] == [1000.0, -500.0, -500.0]


def test_an_order_is_cut_to_the_leverage(engine: str) -> None:
    margin = {"leverage": 2.0, "maintenance": 0.25}
    long = play(engine, scripted(frame_of(CALM, CALM), Call(0, "market", 50), cash=1000.0, margin=margin, lot_size=1.0))
    assert long.fills == [(1, 100.0, 20.0)]  # 2000 is twice 1000
    short = play(
        engine, scripted(frame_of(CALM, CALM), Call(0, "market", -50), cash=1000.0, margin=margin, lot_size=1.0)
    )
    assert short.fills == [(1, 100.0, -20.0)]
    # With 1 % commission q * 100 <= 2 * (1000 - q): q <= 2000 / 102 = 19.6.
    costly = scripted(
        frame_of(CALM, CALM), Call(0, "market", 50), cash=1000.0, margin=margin, lot_size=1.0,
        commission={"type": "percent", "rate": 0.01},
    )  # fmt: skip
    assert play(engine, costly).fills == [(1, 100.0, 19.0)]


def test_what_is_cut_to_nothing_is_refused(engine: str) -> None:
    margin = {"leverage": 2.0, "maintenance": 0.1}
    calls = [Call(0, "market", 20), Call(1, "market", 5)]
    played = play(engine, scripted(frame_of(CALM, CALM, CALM), *calls, cash=1000.0, margin=margin, lot_size=1.0))
    assert played.fills == [(1, 100.0, 20.0)]
    assert played.told("REJECT") == [(2, "insufficient_margin", 2)]


def test_the_reducing_part_of_an_order_is_never_cut(engine: str) -> None:
    # Long 20 at 100 falls to 90: equity 800, so 2 * 800 / 90 = 17.8 may be short after 20 are sold.
    margin = {"leverage": 2.0, "maintenance": 0.1}
    calls = [Call(0, "market", 20), Call(1, "market", -60)]
    frame = frame_of(CALM, CALM, (90, 91, 89, 90))
    played = play(engine, scripted(frame, *calls, cash=1000.0, margin=margin, lot_size=1.0))
    assert played.fills == [(1, 100.0, 20.0), (2, 90.0, -37.0)]


def test_maintenance_margin_closes_the_position_at_the_close(engine: str) -> None:
    # 20 at 100 on 1000: at 75 equity is 500 and exposure 1500, a third; at 66 it is 320 of 1320, 0.2424.
    frame = frame_of(CALM, CALM, (80, 81, 74, 75), (70, 71, 65, 66), CALM)
    margin = {"leverage": 2.0, "maintenance": 0.25}
    played = play(engine, scripted(frame, Call(0, "market", 20), cash=1000.0, margin=margin))
    assert played.fills == [(1, 100.0, 20.0), (3, 66.0, -20.0)]
    assert [(bar, reason) for bar, reason, _ in played.told("RISK_BREACH")] == [(3, "maintenance_margin")]
    assert played.equity == [1000.0, 1000.0, 500.0, 320.0, 320.0]
    breach = played.first("RISK_BREACH")
    assert (breach.price, breach.quantity, breach.value) == (66.0, 20.0, 320.0)
    updates = [event for event in played.events if event.kind == "PORTFOLIO_UPDATE" and event.bar == 3]
    assert [played.cause(event).kind for event in updates] == ["BAR", "RISK_BREACH"]
    assert played.metrics["risk_breaches"] == 1


def test_a_short_that_rises_is_closed_too(engine: str) -> None:
    # Short 10 at 100 on 1000: at 160 equity is 400 of an exposure of 1600, exactly a quarter; at 170 it is less.
    frame = frame_of(CALM, CALM, (160, 161, 159, 160), (170, 171, 169, 170))
    margin = {"leverage": 2.0, "maintenance": 0.25}
    played = play(engine, scripted(frame, Call(0, "market", -10), cash=1000.0, margin=margin))
    assert played.fills == [(1, 100.0, -10.0), (3, 170.0, 10.0)]
    assert played.equity == [1000.0, 1000.0, 400.0, 300.0]


def test_interest_on_what_is_owed(engine: str) -> None:
    margin = {"leverage": 2.0, "maintenance": 0.1}
    frame = frame_of(CALM, CALM, CALM, times=YEAR)
    case = scripted(frame, Call(0, "market", 15), cash=1000.0, margin=margin, interest_rate=0.04, fill="same_close")
    played = play(engine, case)
    # 500 owed for a year is 20; then 520 is 20.8.
    financing = [event for event in played.events if event.kind == "FINANCING"]
    assert [event.value for event in financing] == [0.04 * 500, 0.04 * 520]
    assert {played.cause(event).kind for event in financing} == {"BAR"}
    assert played.equity == pytest.approx([1000.0, 980.0, 959.2], rel=1e-15)


def test_borrowing_costs_by_the_close_before(engine: str) -> None:
    frame = frame_of(CALM, (110, 111, 109, 110), (90, 91, 89, 90), times=YEAR)
    played = play(engine, scripted(frame, Call(0, "market", -5), cash=1000.0, borrow_rate=0.02, fill="same_close"))
    # 5 * 100 for a year at 2 % is 10, then 5 * 110 is 11. Cash 1500 - 10 - 11, and 5 * 90 are owed.
    assert [event.value for event in played.events if event.kind == "FINANCING"] == [0.02 * 500, 0.02 * 550]
    assert played.equity == [1000.0, 1500 - 10 - 5 * 110.0, 1500 - 21 - 5 * 90.0]


def test_no_financing_where_nothing_is_owed(engine: str) -> None:
    frame = frame_of(CALM, CALM, CALM, times=YEAR)
    margin = {"leverage": 2.0, "maintenance": 0.1}
    case = scripted(frame, Call(0, "market", 5), cash=1000.0, margin=margin, interest_rate=0.04, borrow_rate=0.02)
    assert play(engine, case).told("FINANCING") == []


def test_an_account_that_owes_more_than_it_has_ends(engine: str) -> None:
    frame = frame_of(CALM, CALM, (40, 41, 39, 40), CALM)
    margin = {"leverage": 2.0, "maintenance": 0.0}
    played = play(engine, scripted(frame, Call(0, "market", 20), cash=1000.0, margin=margin))
    # 1000 - 2000 + 20 * 40 = -200.
    assert played.equity == [1000.0, 1000.0, -200.0]
    assert played.status != "done" and played.status != "ok"


def test_what_reduces_goes_through_though_the_rest_is_far_too_large(engine: str) -> None:
    # 20 at 100 on 1000 fall to 51: equity is 20, so half of the position is beyond twice that, too. All of it can go.
    margin = {"leverage": 2.0, "maintenance": 0.0}
    frame = frame_of(CALM, CALM, (51, 52, 50, 51))
    calls = [Call(0, "market", 20), Call(1, "market", -60)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, margin=margin, lot_size=1.0))
    assert played.fills == [(1, 100.0, 20.0), (2, 51.0, -20.0)]
