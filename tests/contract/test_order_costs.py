"""Slippage, commission and what is paid for, with the arithmetic of each fill written out."""

import math

import pytest

from tests.contract.order_cases import ENGINES, Call, frame_of, play, scripted

pytestmark = pytest.mark.parametrize("engine", ENGINES)

CALM = (100, 101, 99, 100, 100)
ROUND_TRIP = (Call(0, "market", 10), Call(1, "market", -10))


def fees(engine: str, commission: dict[str, object], *calls: Call) -> list[float]:
    frame = frame_of(CALM, CALM, CALM, CALM)
    return play(engine, scripted(frame, *(calls or ROUND_TRIP), cash=10_000.0, commission=commission)).fees


def test_percent_with_an_amount_a_minimum_and_a_maximum(engine: str) -> None:
    # 10 at 100 is 1000: a thousandth of it is 1.
    assert fees(engine, {"type": "percent", "rate": 0.001, "amount": 0.5}) == [1.5, 1.5]
    assert fees(engine, {"type": "percent", "rate": 0.001, "minimum": 4.0}) == [4.0, 4.0]
    assert fees(engine, {"type": "percent", "rate": 0.001, "amount": 5.0, "maximum": 2.5}) == [2.5, 2.5]


def test_per_share_with_a_maximum(engine: str) -> None:
    assert fees(engine, {"type": "per_share", "rate": 0.25, "maximum": 2.0}) == [2.0, 2.0]
    assert fees(engine, {"type": "per_share", "rate": 0.25, "minimum": 3.0, "maximum": 9.0}) == [3.0, 3.0]


def test_tiered_goes_by_the_value_traded_before(engine: str) -> None:
    tiers = [{"up_to": 1500, "rate": 0.01}, {"up_to": 2500, "rate": 0.005}, {"rate": 0.001}]
    calls = [*ROUND_TRIP, Call(2, "market", 10)]
    # Traded before: 0, 1000, 2000.
    assert fees(engine, {"type": "tiered", "tiers": tiers}, *calls) == [10.0, 10.0, 5.0]


def test_maker_and_taker(engine: str) -> None:
    frame = frame_of(CALM, (100, 101, 97, 98, 100), (96, 97, 95, 96, 100), CALM)
    calls = [Call(0, "limit", 10, 98), Call(1, "limit", 10, 97), Call(2, "market", -5)]
    commission = {"type": "maker_taker", "maker": 0.001, "taker": 0.002}
    played = play(engine, scripted(frame, *calls, cash=10_000.0, commission=commission))
    # Inside the bar a limit makes; the second is already within its limit at the open of 96 and takes.
    assert played.fills == [(1, 98.0, 10.0), (2, 96.0, 10.0), (3, 100.0, -5.0)]
    assert played.fees == [10 * 98.0 * 0.001, 10 * 96.0 * 0.002, 5 * 100.0 * 0.002]


def test_spread(engine: str) -> None:
    case = scripted(frame_of(CALM, CALM, CALM), *ROUND_TRIP, cash=10_000.0, slippage={"type": "spread", "spread": 0.02})
    played = play(engine, case)
    assert played.fills == [(1, 101.0, 10.0), (2, 99.0, -10.0)]
    assert [event.value for event in played.events if event.kind == "FILL"] == [10.0, 10.0]
    assert played.metrics["slippage_paid"] == 20.0


def test_volume_impact(engine: str) -> None:
    slippage = {"type": "volume_impact", "coefficient": 0.1, "exponent": 0.5}
    frame = frame_of(CALM, (100, 101, 99, 100, 1000), (100, 101, 99, 100, 0))
    played = play(engine, scripted(frame, *ROUND_TRIP, cash=10_000.0, slippage=slippage))
    # 10 of 1000: 0.1 * sqrt(0.01) = 0.01. A volume of 0 counts as the 10 themselves: 0.1.
    bought, sold = played.fills
    assert bought[1] == pytest.approx(101.0, rel=1e-15) and sold[1] == 90.0


def test_limits_have_no_slippage_and_takers_are_rounded_against_themselves(engine: str) -> None:
    frame = frame_of(CALM, (100, 101, 97, 98), CALM)
    calls = [Call(0, "limit", 1, 98), Call(0, "market", 1), Call(1, "market", -1)]
    settings = {"slippage": {"type": "percent", "rate": 0.001}, "tick_size": 0.25}
    played = play(engine, scripted(frame, *calls, cash=10_000.0, **settings))
    # 100.1 up to 100.25, 99.9 down to 99.75.
    assert played.fills == [(1, 100.25, 1.0), (1, 98.0, 1.0), (2, 99.75, -1.0)]


def test_a_sale_rounded_down_to_nothing_has_no_price(engine: str) -> None:
    frame = frame_of((0.4, 0.4, 0.4, 0.4), (0.4, 0.4, 0.4, 0.4))
    played = play(engine, scripted(frame, Call(0, "market", -1), cash=100.0, tick_size=0.5))
    assert played.told("REJECT") == [(1, "no_positive_price", 1)]


def test_cash_pays_for_what_the_formulas_say(engine: str) -> None:
    frame = frame_of(CALM, CALM)
    percent = {"type": "percent", "rate": 0.25}
    played = play(engine, scripted(frame, Call(0, "market", 50), cash=1000.0, commission=percent))
    assert played.fills == [(1, 100.0, 8.0)]  # 1000 / (100 * 1.25)


def test_what_cash_pays_for_is_searched_where_there_is_no_formula(engine: str) -> None:
    frame = frame_of(CALM, CALM)
    commission = {"type": "percent", "rate": 0.25, "amount": 10.0}
    case = scripted(frame, Call(0, "market", 50), cash=1000.0, commission=commission)
    ((_, _, quantity),) = play(engine, case).fills
    # (1000 - 10) / 125 = 7.92: the largest double that can be paid.
    assert quantity == pytest.approx(7.92, rel=1e-15)
    assert quantity * 100 + (quantity * 100 * 0.25 + 10) <= 1000
    above = math.nextafter(quantity, math.inf)
    assert above * 100 + (above * 100 * 0.25 + 10) > 1000
    lots = scripted(frame, Call(0, "market", 50), cash=1000.0, commission=commission, lot_size=0.5)
    assert play(engine, lots).fills == [(1, 100.0, 7.5)]


def test_an_order_cut_by_cash_is_done(engine: str) -> None:
    frame = frame_of(CALM, (100, 101, 89, 90), (90, 91, 80, 85))
    played = play(engine, scripted(frame, Call(0, "limit", 15, 90), cash=900.0))
    assert played.fills == [(1, 90.0, 10.0)]
    assert played.told("CANCEL") == [] and played.told("REJECT") == []
    broke = play(engine, scripted(frame, Call(0, "limit", 10, 90), Call(0, "limit", 1, 89), cash=900.0))
    assert broke.fills == [(1, 90.0, 10.0)]
    assert broke.told("REJECT") == [(1, "insufficient_cash", 2)]


def test_a_sale_that_does_not_pay_its_own_commission_is_refused(engine: str) -> None:
    # Bought for 100 and 600, which leaves 300: 300 + 100 - 600 = -200.
    commission = {"type": "fixed", "amount": 600.0}
    calls = [Call(0, "market", 1), Call(1, "market", -1)]
    played = play(engine, scripted(frame_of(CALM, CALM, CALM), *calls, cash=1000.0, commission=commission))
    assert played.told("REJECT") == [(2, "insufficient_cash", 2)]
    # What would be short has to be covered, with its commission.
    played = play(engine, scripted(frame_of(CALM, CALM), Call(0, "market", -1), cash=590.0, commission=commission))
    assert played.told("REJECT") == [(1, "insufficient_margin", 1)]


def test_the_average_of_several_entries_and_the_trade_of_them(engine: str) -> None:
    frame = frame_of(CALM, (100, 101, 99, 100), (106, 107, 105, 106), (110, 111, 109, 110), (120, 121, 119, 120))
    calls = [Call(0, "market", 2), Call(1, "market", 4), Call(2, "market", -3), Call(3, "market", -3)]
    played = play(engine, scripted(frame, *calls, cash=1000.0))
    # Entries 2 * 100 + 4 * 106 = 624; exits 3 * 110 + 3 * 120 = 690. One trade, opened and closed once.
    close = played.first("POSITION_CLOSE")
    assert (close.bar, close.value, len(played.told("POSITION_CLOSE")), len(played.told("POSITION_OPEN"))) == (
        4,
        66.0,
        1,
        1,
    )
    assert played.metrics["best_trade"] == 66 / 624
    assert played.equity == [1000.0, 1000.0, 1012.0, 1000 + 66 - 3 * 10.0, 1066.0]


def test_a_tier_holds_at_its_end(engine: str) -> None:
    # Traded before: 0, then 1000, which the first tier still has.
    tiers = [{"up_to": 1000, "rate": 0.01}, {"rate": 0.005}]
    assert fees(engine, {"type": "tiered", "tiers": tiers}) == [10.0, 10.0]
    tiers = [{"up_to": 999.99, "rate": 0.01}, {"rate": 0.005}]
    assert fees(engine, {"type": "tiered", "tiers": tiers}) == [10.0, 5.0]


def test_cash_pays_for_more_where_the_commission_has_a_maximum(engine: str) -> None:
    # 5 a share would leave 1000 / 105 = 9.5; no more than 10 in all leave (1000 - 10) / 100 = 9.9.
    commission = {"type": "per_share", "rate": 5.0, "maximum": 10.0}
    case = scripted(frame_of(CALM, CALM), Call(0, "market", 50), cash=1000.0, commission=commission)
    ((_, _, quantity),) = play(engine, case).fills
    assert quantity == pytest.approx(9.9, rel=1e-15)


def test_a_millionth_of_what_was_asked_for_is_no_rounding(engine: str) -> None:
    # 1000 - 10 pay for 9.9 of ten million, at no rate.
    commission = {"type": "percent", "rate": 0.0, "amount": 10.0}
    case = scripted(frame_of(CALM, CALM), Call(0, "market", 1e7), cash=1000.0, commission=commission)
    ((_, _, quantity),) = play(engine, case).fills
    assert quantity == pytest.approx(9.9, rel=1e-9)


def test_a_maker_may_be_paid_for_the_liquidity(engine: str) -> None:
    frame = frame_of(CALM, (100, 101, 97, 98), CALM)
    calls = [Call(0, "limit", 10, 98), Call(1, "market", -10)]
    rebate = {"type": "maker_taker", "maker": -0.001, "taker": 0.002}
    played = play(engine, scripted(frame, *calls, cash=10_000.0, commission=rebate))
    fees = [event.fee for event in played.events if event.kind == "FILL"]
    assert fees == [10 * 98.0 * -0.001, 10 * 100.0 * 0.002]
    assert played.equity[-1] == pytest.approx(10_000.0 + 20.0 + 0.98 - 2.0, rel=1e-15)
