"""Ticks, lots, dust and limits at equality: what lies on the grid stays, and rounding decides nothing."""

from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import admf_jit as aj
from tests.contract.order_cases import ENGINES, Call, frame_of, play, scripted
from tests.contract.plain_python import assert_pass_in_plain_python
from tests.contract.test_isolation_minimal import assert_same_bits, both, column
from tests.long import how_many, long

FLAT = (0.94, 0.94, 0.94, 0.94)
CALM = (100.0, 101.0, 99.0, 100.0)


@pytest.fixture(params=ENGINES)
def engine(request: Any) -> str:
    return str(request.param)


def test_a_price_on_the_tick_is_what_is_paid_and_received(engine: str) -> None:
    calls = [Call(0, "market", 10), Call(1, "market", -10)]
    played = play(engine, scripted(frame_of(FLAT, FLAT, FLAT), *calls, cash=100.0, tick_size=0.01))
    assert played.fills == [(1, 0.94, 10.0), (2, 0.94, -10.0)]
    assert played.equity == [100.0, 100.0, 100.0]


def test_orders_at_prices_on_the_tick_keep_them_and_are_touched_there(engine: str) -> None:
    frame = frame_of((0.95, 0.96, 0.95, 0.95), (0.95, 0.95, 0.94, 0.95), (0.95, 0.96, 0.95, 0.95))
    calls = [Call(0, "limit", 10, 0.94), Call(1, "stop", -10, 0.95)]
    played = play(engine, scripted(frame, *calls, cash=100.0, tick_size=0.01))
    assert played.ordered() == [(0, 1, 0.94, 10.0), (1, 2, 0.95, -10.0)]
    assert played.fills == [(1, 0.94, 10.0), (2, 0.95, -10.0)]


def test_prices_between_ticks_are_decimals_away_from_a_fill_and_against_who_trades(engine: str) -> None:
    frame = frame_of(CALM, (101.3, 101.3, 101.3, 101.3), CALM, CALM)
    calls = [Call(0, "limit", 1, 101.34), Call(0, "limit", -1, 101.31), Call(0, "stop", 1, 101.56)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, tick_size=0.05))
    assert [price for _, _, price, _ in played.ordered()] == [101.3, 101.35, 101.6]
    slipping = {"type": "percent", "rate": 0.0001}  # to 101.31013 and 99.99, so to 101.35 and 99.95
    calls = [Call(0, "market", 2), Call(1, "market", -2)]
    played = play(engine, scripted(frame, *calls, cash=1000.0, tick_size=0.05, slippage=slipping))
    assert played.fills == [(1, 101.35, 2.0), (2, 99.95, -2.0)]


def test_a_size_of_whole_lots_is_left_alone(engine: str) -> None:
    sizing = {"type": "quantity", "quantity": 0.3}
    case = scripted(frame_of(CALM, CALM), Call(0, "answer", 1), cash=1000.0, sizing=sizing, lot_size=0.1)
    assert play(engine, case).fills == [(1, 100.0, 0.3)]
    case = scripted(frame_of(CALM, CALM), Call(0, "market", 0.3), cash=1000.0, lot_size=0.1)
    assert play(engine, case).fills == [(1, 100.0, 0.3)]
    # What cash pays for: 0.69 / 0.1 is 6.8999999999999995, and 70 + 0.1 pay for 0.7.
    case = scripted(frame_of(CALM, CALM), Call(0, "market", 5), cash=70.0, lot_size=0.1)
    assert play(engine, case).fills == [(1, 100.0, 0.7)]


@pytest.mark.parametrize("lot", [0.0, 0.1])
def test_what_was_bought_in_parts_is_sold_as_a_whole(engine: str, lot: float) -> None:
    # 0.4 + 0.4 + 0.4 are 1.2000000000000002.
    calls = [*(Call(0, "market", 0.4) for _ in range(3)), Call(1, "market", -1.2), Call(2, "answer", 1)]
    sizing = {"type": "quantity", "quantity": 0.5}
    case = scripted(frame_of(*[CALM] * 4), *calls, cash=1000.0, sizing=sizing, lot_size=lot)
    played = play(engine, case)
    assert played.fills == [*[(1, 100.0, 0.4)] * 3, (2, 100.0, -1.2000000000000002), (3, 100.0, 0.5)]
    assert played.told("POSITION_CLOSE") == [(2, "", 4)]
    assert [played.metrics[name] for name in ("n_trades", "exposure")] == [1.0, 0.5]


@pytest.mark.parametrize(("bought", "sold"), [((0.1, 0.2), 0.3), ((0.3,), 0.1 + 0.2), ((0.7, 0.1), 0.8)])
def test_an_exit_leaves_nothing(engine: str, bought: tuple[float, ...], sold: float) -> None:
    calls = [*(Call(0, "market", quantity) for quantity in bought), Call(1, "market", -sold)]
    played = play(engine, scripted(frame_of(*[CALM] * 4), *calls, cash=1000.0))
    held = sum(bought)
    assert played.fills[-1] == (2, 100.0, -held)
    assert [event.quantity for event in played.events if event.kind == "PORTFOLIO_UPDATE"] == [0.0, held, 0.0, 0.0]
    assert played.told("POSITION_OPEN") == [(1, "", 1)]
    assert played.metrics["n_trades"] == 1.0


def test_a_cover_by_a_purchase_leaves_nothing_either(engine: str) -> None:
    calls = [Call(0, "market", -0.1), Call(0, "market", -0.2), Call(1, "market", 0.3)]
    played = play(engine, scripted(frame_of(*[CALM] * 4), *calls, cash=1000.0))
    assert played.fills[-1] == (2, 100.0, 0.1 + 0.2)
    assert played.told("POSITION_CLOSE") == [(2, "", 3)]


def test_an_order_is_done_where_the_volume_leaves_rounding_of_it(engine: str) -> None:
    frame = frame_of(CALM, (*CALM, 4.0), (*CALM, 6.0), (*CALM, 10.0))
    commission = {"type": "fixed", "amount": 10.0}
    case = scripted(frame, Call(0, "market", 3), cash=1000.0, max_volume_share=0.3, commission=commission)
    played = play(engine, case)
    assert [(bar, round(quantity, 12)) for bar, _, quantity in played.fills] == [(1, 1.2), (2, 1.8)]
    assert sum(quantity for _, _, quantity in played.fills) == 3.0
    assert played.fees[0] == 10.0 and len(played.fees) == 2


def test_a_remainder_that_is_no_rounding_is_filled(engine: str) -> None:
    frame = frame_of(CALM, (*CALM, 4.0), (*CALM, 5.9999), (*CALM, 10.0))
    case = scripted(frame, Call(0, "market", 3), cash=1000.0, max_volume_share=0.3)
    assert [round(quantity, 9) for _, _, quantity in play(engine, case).fills] == [1.2, 1.79997, 0.00003]


def test_a_tick_below_the_remainder_of_a_large_order(engine: str) -> None:
    """1e6 less 999,999.7 is 0.3000000000465661: 4.7e-11 of it are rounding of a million, and of nothing less."""
    frame = frame_of(
        (1.0, 1.0, 1.0, 1.0), (1.0, 1.0, 1.0, 1.0, 999_999.7), (1.0, 1.0, 1.0, 1.0, 0.3), *[(1.0,) * 4] * 2
    )
    case = scripted(frame, Call(0, "market", 1e6), cash=2e6, max_volume_share=1.0)
    played = play(engine, case)
    assert [bar for bar, _, _ in played.fills] == [1, 2]
    assert sum(quantity for _, _, quantity in played.fills) == 1e6


#: Closes at which half of 1,000, divided by the close and multiplied by it, is more than a half.
ABOVE_A_HALF = [price for price in np.arange(1.01, 60.0, 0.01).round(2) if 500.0 / price * price > 500.0][:5]


@pytest.mark.parametrize("limit", ["max_position", "max_gross_exposure", "max_net_exposure"])
@pytest.mark.parametrize("price", ABOVE_A_HALF)
def test_a_limit_that_equals_the_size_does_not_refuse(engine: str, limit: str, price: float) -> None:
    frame = frame_of((price,) * 4, (price,) * 4)
    case = scripted(frame, Call(0, "answer", 1), cash=1000.0, position_size=0.5, risk={limit: 0.5})
    played = play(engine, case)
    assert played.told("RISK_BREACH") == []
    assert len(played.fills) == 1
    smaller = scripted(frame, Call(0, "answer", 1), cash=1000.0, position_size=0.5, risk={limit: 0.4999999})
    assert [reason for _, reason, _ in play(engine, smaller).told("RISK_BREACH")] == [limit]


@pytest.mark.parametrize("limit", ["max_daily_loss", "max_drawdown"])
def test_a_loss_that_equals_its_limit_does_not_break_it(engine: str, limit: str) -> None:
    # 0.7 of 10,000 is lost. (1 - 0.7) * 10,000 is 3000.0000000000005 in doubles.
    assert (1.0 - 0.7) * 10_000.0 > 3_000.0
    frame = frame_of((100.0,) * 4, (100.0, 100.0, 30.0, 30.0), (30.0,) * 4)
    calls = [Call(0, "market", 100)]
    assert play(engine, scripted(frame, *calls, cash=10_000.0, risk={limit: 0.7})).told("RISK_BREACH") == []
    told = play(engine, scripted(frame, *calls, cash=10_000.0, risk={limit: 0.6999999})).told("RISK_BREACH")
    assert [reason for _, reason, _ in told] == [limit]


def test_a_tick_of_a_third_has_a_grid_too(engine: str) -> None:
    calls = [Call(0, "limit", 1, 2 * (1 / 3)), Call(0, "limit", 1, 0.99)]
    played = play(engine, scripted(frame_of(CALM, CALM), *calls, cash=1000.0, tick_size=1 / 3))
    assert [price for _, _, price, _ in played.ordered()] == [2 / 3, 2 / 3]


TICKS = [(0.01, 2), (0.05, 2), (0.25, 2), (0.0001, 4), (0.5, 1), (1e-8, 8)]
#: Ways in which people come to prices of whole ticks.
MADE = {
    "rounded": lambda n, tick, places: round(n * tick, places),
    "divided": lambda n, tick, places: round(n * tick * 10**places) / 10**places,
    "multiplied": lambda n, tick, places: n * tick,
}


@st.composite
def on_the_grid(draw: Any) -> tuple[float, float, pd.DataFrame, list[Call]]:
    """A tick, a lot, bars of whole ticks and orders of every kind at such prices and sizes."""
    tick, places = draw(st.sampled_from(TICKS))
    lot = draw(st.sampled_from([0.0, 0.1, 1.0, 0.001]))
    price = MADE[draw(st.sampled_from(sorted(MADE)))]
    middle = draw(st.integers(20, 2000))
    rows = []
    for _ in range(8):
        low = middle + draw(st.integers(-9, 9))
        places_of = [low + draw(st.integers(0, 8)) for _ in range(3)]
        opening, closing, high = places_of[0], places_of[1], max(places_of)
        rows.append(tuple(float(price(n, tick, places)) for n in (opening, high, low, closing)))
    calls = []
    for at in range(5):
        name = draw(st.sampled_from(["market", "limit", "stop", "stop_limit", "bracket"]))
        size = draw(st.integers(1, 30)) * draw(st.sampled_from([-1, 1])) * (lot or 0.7)
        near = [float(price(middle + draw(st.integers(-10, 10)), tick, places)) for _ in range(2)]
        calls.append(Call(at, name, size, *sorted(near)))
    return tick, lot, frame_of(*rows), calls


@long
@settings(max_examples=how_many(20, 600))
@given(on_the_grid())
def test_orders_of_all_kinds_fill_as_without_tick_and_lot(case: tuple[float, float, pd.DataFrame, list[Call]]) -> None:
    tick, lot, frame, calls = case
    cash = 1e4 * max(frame["high"])
    gridded = play("compiled", scripted(frame, *calls, cash=cash, tick_size=tick, lot_size=lot))
    free = play("compiled", scripted(frame, *calls, cash=cash))
    assert gridded.fills == free.fills
    assert gridded.equity == free.equity


def decimals(draw: Any, most: int, places: int) -> Fraction:
    """A number as people write it: above 0, with some digits behind the point."""
    return Fraction(draw(st.integers(1, most)), 10 ** draw(st.integers(0, places)))


@st.composite
def filled_in_parts(draw: Any) -> tuple[Fraction, Fraction, Fraction, list[Fraction]]:
    """Size of an order, lot (0: none), volume share, and the volume of each bar."""
    lot = draw(st.sampled_from([Fraction(0), Fraction(1, 10), Fraction(1), Fraction(1, 1000)]))
    size = decimals(draw, 1000, 3) if lot == 0 else lot * draw(st.integers(1, 5000))
    share = Fraction(draw(st.integers(1, 100)), 100)
    return size, lot, share, [decimals(draw, 1000, 2) for _ in range(7)]


@long
@settings(max_examples=how_many(20, 600))
@given(filled_in_parts())
def test_an_order_fills_in_the_parts_of_exact_arithmetic(
    case: tuple[Fraction, Fraction, Fraction, list[Fraction]],
) -> None:
    size, lot, share, volumes = case
    rest = size
    expected: list[tuple[int, Fraction]] = []
    for bar, volume in enumerate(volumes, 1):
        cap = share * volume
        part = min(rest, cap // lot * lot if lot else cap)
        if part > 0:
            expected.append((bar, part))
        rest -= part
    frame = frame_of((1.0,) * 4, *[(1.0, 1.0, 1.0, 1.0, float(volume)) for volume in volumes])
    for side in (1, -1):
        order = Call(0, "market", side * float(size))
        settings_of = {"cash": 1e6, "max_volume_share": float(share), "lot_size": float(lot)}
        fills = play("compiled", scripted(frame, order, **settings_of)).fills
        assert [bar for bar, _, _ in fills] == [bar for bar, _ in expected]
        assert [side * quantity for _, _, quantity in fills] == pytest.approx([float(part) for _, part in expected])


@long
@settings(max_examples=how_many(20, 600))
@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=3), st.integers(0, 8), st.sampled_from([1, -1]), st.data())
def test_what_adds_up_in_decimals_is_closed(parts: list[int], places: int, side: int, data: Any) -> None:
    """Bought in some parts and sold in others of the same sum, with a lot or without."""
    first = data.draw(st.integers(1, sum(parts) - 1))
    sizes = [*parts, -first, first - sum(parts)]
    lot = data.draw(st.sampled_from([0.0, 10.0**-places]))
    calls = [Call(at, "market", side * size / 10**places) for at, size in enumerate(sizes)]
    cash = 10.0 * sum(parts)
    played = play("compiled", scripted(frame_of(*[(1.0,) * 4] * (len(sizes) + 2)), *calls, cash=cash, lot_size=lot))
    held = [event.quantity for event in played.events if event.kind == "PORTFOLIO_UPDATE"]
    assert held[-2:] == [0.0, 0.0]
    assert len(played.fills) == len(sizes)
    assert played.metrics["n_trades"] == 1.0


def walk(tick: float, places: int, seed: int, made: str, n: int = 2500) -> pd.DataFrame:
    """Bars of whole ticks whose averages cross often."""
    generator = np.random.default_rng(seed)
    price = MADE[made]
    closes = 500 + np.cumsum(generator.integers(-6, 7, n))
    closes -= min(0, closes.min() - 50)
    frame = pd.DataFrame(index=pd.date_range("2024-01-02", periods=n, freq="1h", tz="UTC", name="time"))
    opens = closes + generator.integers(-2, 3, n)
    frame["open"] = [float(price(int(number), tick, places)) for number in opens]
    frame["close"] = [float(price(int(number), tick, places)) for number in closes]
    frame["high"] = frame[["open", "close"]].max(axis=1)
    frame["low"] = frame[["open", "close"]].min(axis=1)
    return frame[["open", "high", "low", "close"]].assign(volume=1000.0)


@pytest.mark.parametrize("made", sorted(MADE))
@pytest.mark.parametrize(("tick", "places"), [(0.05, 2), (0.01, 2), (0.0001, 4)])
def test_a_tick_changes_nothing_in_data_that_keep_to_it(tick: float, places: int, made: str) -> None:
    data = aj.load(walk(tick, places, 3, made))
    swept = {"fast_period": [2, 3], "slow_period": [5], "allow_short": [True], "account.tick_size": [0.0, tick]}
    minimal, full = both(data, "sma_crossover", swept)
    assert_same_bits(minimal, full)
    metrics = minimal[0].reshape(2, 2, -1)
    assert metrics[:, :, column("n_trades")].min() > 300
    assert np.array_equal(metrics[:, 0], metrics[:, 1], equal_nan=True)


def test_in_plain_python() -> None:
    """The same numbers without compilation."""
    assert_pass_in_plain_python(__file__, "compiled or (changes_nothing and rounded)", 34)
