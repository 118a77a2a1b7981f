"""What sums of a position's fills were rounded by is no position, and what is more than that stays one: by hand."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import admf_jit as aj
from tests.contract.order_cases import ENGINES, Call, Played, frame_of, play, scripted
from tests.contract.plain_python import assert_pass_in_plain_python
from tests.contract.test_portfolio import frame
from tests.long import how_many, long

CALM = (1.0, 1.0, 1.0, 1.0)
#: 0.1 and 100,000.7 less 100,000.7, in doubles: 5.8e-12 more than 0.1, which is rounding of 100,000.8 and not of 0.1.
BOTH, REST = 0.1 + 100_000.7, 0.10000000000582077


@pytest.fixture(params=ENGINES)
def engine(request: Any) -> str:
    return str(request.param)


def held(played: Played) -> list[float]:
    """Position at the end of each bar."""
    return [event.quantity for event in played.events if event.kind == "PORTFOLIO_UPDATE"]


@pytest.mark.parametrize("side", [1, -1])
def test_a_small_part_sold_after_a_large_one_leaves_nothing(engine: str, side: int) -> None:
    calls = [Call(at, "market", side * size) for at, size in enumerate([0.1, 1535.7, -1535.7, -0.1])]
    played = play(engine, scripted(frame_of(*[CALM] * 6), *calls, cash=10_000.0))
    # 1535.8 - 1535.7 is 0.09999999999990905: the last order sells that, and not the 0.1 that it is for.
    assert [side * quantity for _, _, quantity in played.fills] == [0.1, 1535.7, -1535.7, -0.09999999999990905]
    assert [side * quantity for quantity in held(played)] == [0.0, 0.1, 1535.8, 0.09999999999990905, 0.0, 0.0]
    assert played.told("POSITION_CLOSE") == [(4, "", 4)]
    assert played.told("CANCEL") == []
    assert [played.metrics[name] for name in ("n_trades", "exposure")] == [1.0, 0.5]


def test_what_went_through_zero_in_parts_is_closed_too(engine: str) -> None:
    # 0.01 - 0.039923 + 0.029922 is -9.999999999975306e-07: the last purchase buys that, and opens nothing.
    calls = [Call(at, "market", size) for at, size in enumerate([0.01, -0.039923, 0.029922, 0.000001])]
    played = play(engine, scripted(frame_of(*[CALM] * 6), *calls, cash=10.0))
    assert [quantity for _, _, quantity in played.fills] == [0.01, -0.039923, 0.029922, 9.999999999975306e-07]
    assert held(played)[-2:] == [0.0, 0.0]
    assert played.told("POSITION_CLOSE") == [(2, "", 2), (4, "", 4)]


@pytest.mark.parametrize(
    ("sizes", "rest"),
    [
        ([1e6, -999_999.999999], 1.00000761449337e-06),
        # 1e-7 of a million, of which up to 5.7e-8 may be rounding.
        ([1e6, -999_999.0, -0.9999999], 9.999999994736442e-08),
        ([0.5, 0.5, -0.9999999999], 1.000000082740371e-10),
    ],
)
def test_a_small_rest_that_is_wanted_stays(engine: str, sizes: list[float], rest: float) -> None:
    calls = [Call(at, "market", size) for at, size in enumerate(sizes)]
    played = play(engine, scripted(frame_of(*[CALM] * (len(sizes) + 2)), *calls, cash=2e6))
    assert [quantity for _, _, quantity in played.fills] == sizes
    assert held(played)[-2:] == [rest, rest]
    assert played.metrics["n_trades"] == 0.0


def test_what_was_large_once_is_forgotten_when_the_position_is_flat(engine: str) -> None:
    # While it is a million, up to 5.7e-8 may be rounding.
    sizes = [1e6, -1e6, 1e-7, -5e-8]
    calls = [Call(at, "market", size) for at, size in enumerate(sizes)]
    played = play(engine, scripted(frame_of(*[CALM] * 6), *calls, cash=2e6))
    assert [quantity for _, _, quantity in played.fills] == sizes
    assert held(played)[-1] == 1e-7 - 5e-8


def test_children_that_guard_what_is_left_but_for_rounding_are_left_alone(engine: str) -> None:
    calls = [Call(0, "bracket", 0.1, 0.5, 2.0), Call(1, "market", 100_000.7), Call(2, "market", -100_000.7)]
    played = play(engine, scripted(frame_of(*[CALM] * 4, (2.0,) * 4, CALM), *calls, cash=200_000.0))
    assert played.ordered("modified") == []
    assert played.fills[-1] == (4, 2.0, -REST)
    assert held(played)[-2:] == [0.0, 0.0]


def test_siblings_are_done_where_rounding_is_left_of_them(engine: str) -> None:
    # The target of a bracket sells 100,000.7, is made 0.1, and sells that: what its stop is for then is rounding.
    high = (2.0, 2.0, 2.0, 2.0)
    frame_ = frame_of((*CALM, 1e6), (*CALM, 1e6), (*high, 100_000.7), (*high, 1e6), CALM)
    calls = [Call(0, "bracket", BOTH, 0.5, 2.0), Call(0, "market", 100_000), Call(2, "modify_quantity", 4, -0.1)]
    played = play(engine, scripted(frame_, *calls, cash=300_000.0, max_volume_share=1.0))
    assert [quantity for _, _, quantity in played.fills] == [BOTH, 100_000.0, -100_000.7, -0.1]
    assert played.ordered("modified") == [(2, 3, 0.5, -REST), (2, 4, 2.0, -0.1)]
    assert played.told("CANCEL") == [(3, "oco", 3)]


def test_an_order_that_only_closes_is_not_held_to_limits_on_entries(engine: str) -> None:
    # -0.2 + 100,000.9 - 100,000.8 is less than the 0.1 that is sold, by rounding: the fourth order of three.
    calls = [
        Call(0, "market", -0.2),
        Call(1, "market", 100_000.9),
        Call(2, "market", -100_000.6),
        Call(3, "market", -0.1),
    ]
    played = play(engine, scripted(frame_of(*[CALM] * 6), *calls, cash=200_000.0, risk={"max_orders_per_day": 3}))
    assert held(played)[4] < 0.1
    assert played.told("RISK_BREACH") == []
    assert held(played)[-2:] == [0.0, 0.0]


@aj.strategy
class Shrinking:
    """Half of the equity once, then a ten-millionth of it at every bar."""

    def target_weights(self, market, weights):  # type: ignore[no-untyped-def]
        weights[0] = 0.5 if market.index == 0 else 1e-7


def test_a_weight_that_is_held_but_for_rounding_is_not_traded_for() -> None:
    prices = [3.0] * 8
    result = aj.backtest(Shrinking(), frame({"ALFA": prices, "BETA": prices}), cash=1e6, rebalance="bar")
    fills = result.events[result.events.kind == "FILL"]
    assert list(fills.bar) == [1, 2]


@st.composite
def bought_and_sold(draw: Any) -> tuple[list[int], int]:
    """Whole numbers of both signs whose sum is 0, and how many places behind the point they have."""
    magnitudes = draw(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 6)), min_size=2, max_size=4))
    sizes = [draw(st.sampled_from([1, -1])) * (digit * 10**power + power) for digit, power in magnitudes]
    return [size for size in [*sizes, -sum(sizes)] if size], draw(st.integers(0, 8))


@long
@settings(max_examples=how_many(20, 600))
@given(bought_and_sold())
def test_a_position_is_flat_where_its_decimals_are(case: tuple[list[int], int]) -> None:
    """Through zero and back, in whatever order: flat where the exact sum is 0, and near that sum elsewhere."""
    sizes, places = case
    exact = [Fraction(sum(sizes[:at]), 10**places) for at in range(len(sizes) + 1)]
    calls = [Call(at, "market", size / 10**places) for at, size in enumerate(sizes)]
    cash = 10.0 * sum(map(abs, sizes)) / 10**places
    played = play("compiled", scripted(frame_of(*[CALM] * (len(sizes) + 2)), *calls, cash=cash))
    largest = max(map(abs, sizes)) / 10**places
    for quantity, whole in zip(held(played), [*exact, exact[-1]], strict=True):
        assert (quantity == 0.0) == (whole == 0)
        assert quantity == pytest.approx(float(whole), rel=0.0, abs=1e-14 * largest)
    assert len(played.fills) == len(sizes)


def test_in_plain_python() -> None:
    """The same numbers without compilation."""
    assert_pass_in_plain_python(__file__, "compiled or weight or decimals", 12)
