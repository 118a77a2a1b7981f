"""Rounding to ticks and lots: what lies on the grid stays, whatever way its price or size was computed."""

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from admf_kernels import arithmetic
from tests.kernels.plain import callable_from_python

grid_of = callable_from_python(arithmetic.grid_of)
_round_down = callable_from_python(arithmetic.round_down)
_round_up = callable_from_python(arithmetic.round_up)
is_rounding = callable_from_python(arithmetic.is_rounding)
is_above = callable_from_python(arithmetic.is_above)
is_below = callable_from_python(arithmetic.is_below)


def down(x: float, step: float) -> float:
    return float(_round_down(x, grid_of(step)))


def up(x: float, step: float) -> float:
    return float(_round_up(x, grid_of(step)))


@pytest.mark.parametrize(
    ("step", "numerator", "denominator"),
    [
        (0.01, 1.0, 100.0),
        (0.05, 5.0, 100.0),
        (0.25, 25.0, 100.0),
        (1.0, 1.0, 1.0),
        (100.0, 100.0, 1.0),
        (1e-8, 1.0, 1e8),
        (0.0001, 1.0, 1e4),
        (0.03125, 3125.0, 1e5),  # a 32nd
        (0.0078125, 78125.0, 1e7),  # a 128th
        (12.5, 125.0, 10.0),
        (1 / 3, 1 / 3, 1.0),  # no decimal of 15 digits
        (1e300, 1e300, 1.0),
        (0.0, 0.0, 1.0),
    ],
)
def test_a_step_is_read_as_the_decimal_that_was_written(step: float, numerator: float, denominator: float) -> None:
    assert tuple(grid_of(step)) == (step, numerator, denominator)


@pytest.mark.parametrize(
    ("x", "step", "below", "above"),
    [
        (0.94, 0.01, 0.94, 0.94),
        (94 * 0.01, 0.01, 94 * 0.01, 94 * 0.01),  # 0.9400000000000001, which is how some make their data
        (0.3, 0.1, 0.3, 0.3),
        (3 * 0.1, 0.1, 3 * 0.1, 3 * 0.1),
        (0.4 + 0.4 + 0.4, 0.1, 1.2000000000000002, 1.2000000000000002),
        (0.1 + 0.7, 0.1, 0.8, 0.8),  # 0.7999999999999999, and 8 * 0.1 is 0.8
        (0.945, 0.01, 0.94, 0.95),
        (7.9, 1.0, 7.0, 8.0),
        (7.0, 1.0, 7.0, 7.0),
        (0.99, 1.0, 0.0, 1.0),
        (250.0, 100.0, 200.0, 300.0),
        (7.9, 0.0, 7.9, 7.9),
        (1.3, 0.5, 1.0, 1.5),
        (4.1 * 1.0001, 0.05, 4.1, 4.15),
        (101.30 - 1e-14, 0.05, 101.3, 101.3),
        (101.30 - 1e-9, 0.05, 101.25, 101.3),
        (1e300, 1.0, 1e300, 1e300),
        (3e18, 0.25, 3e18, 3e18),
        (0.0, 0.01, 0.0, 0.0),
        (-0.945, 0.01, -0.95, -0.94),
        (math.inf, 0.01, math.inf, math.inf),
    ],
)
def test_rounding_by_hand(x: float, step: float, below: float, above: float) -> None:
    assert [down(x, step), up(x, step)] == [below, above]


#: Decimals as exchanges have them: up to 10 digits, up to 9 of them behind the point.
decimals = st.builds(lambda digits, places: Decimal(digits).scaleb(-places), st.integers(1, 10**6), st.integers(0, 9))


@settings(max_examples=10_000)
@given(decimals, st.integers(0, 10**7))
def test_what_lies_on_the_grid_is_left_alone(step: Decimal, number: int) -> None:
    tick = float(step)
    exact = step * number
    places = max(0, -int(exact.as_tuple().exponent))
    units, scale = int(step.scaleb(places) * number), 10**places
    for x in (float(exact), round(number * tick, places), units / scale, number * tick, -float(exact), -number * tick):
        assert down(x, tick) == x == up(x, tick)


@settings(max_examples=2000)
@given(decimals, st.floats(1e-6, 1e7))
def test_what_lies_between_goes_to_the_decimal_on_its_side(step: Decimal, x: float) -> None:
    number = Decimal(x) / step
    tick = float(step)
    nearest = float(number.to_integral_value() * step)
    # Beyond that many last digits a decimal's double is not known to the last bit.
    assume(number * step.scaleb(-min(0, int(step.as_tuple().exponent))) < 2**53)
    assume(abs(x - nearest) > 1e-13 * x and x != round(x / tick) * tick)
    assert down(x, tick) == float(number.to_integral_value(ROUND_FLOOR) * step)
    assert up(x, tick) == float(number.to_integral_value(ROUND_CEILING) * step)


@given(decimals, st.integers(1, 10**7), st.integers(-3, 3))
def test_some_last_bits_do_not_count(step: Decimal, number: int, units: int) -> None:
    exact = float(step * number)
    x = exact + units * math.ulp(exact)
    assert down(x, float(step)) in (exact, x)
    assert up(x, float(step)) == down(x, float(step))


@given(st.floats(0.0, 1e9), st.sampled_from([1.0, 10.0, 100.0, 0.5, 0.25]))
def test_rounding_down_gives_the_largest_multiple_that_fits(size: float, step: float) -> None:
    rounded = down(size, step)
    assert rounded <= size * (1.0 + 2.0**-44)
    assert size < rounded + step
    assert math.fmod(rounded, step) == 0.0


def test_what_is_rounding_of_a_quantity() -> None:
    share = 2.0**-40
    assert is_rounding(share * 1000.0, 1000.0, 0.0)
    assert is_rounding(-share * 1000.0, -1000.0, 0.0)
    assert not is_rounding(math.nextafter(share * 1000.0, 1.0), 1000.0, 0.0)
    assert is_rounding(0.0, 0.0, 0.0)
    assert is_rounding(0.04, 1000.0, 0.1)
    assert not is_rounding(0.05, 1000.0, 0.1)
    assert not is_rounding(0.1, 1e15, 0.1)


def test_a_limit_that_is_met_is_not_broken() -> None:
    assert not is_above(0.1 + 0.2, 0.3)
    assert is_above(0.3 * (1.0 + 2.0**-43), 0.3)
    assert not is_below(0.3, 0.1 + 0.2)
    assert is_below(0.3 * (1.0 - 2.0**-43), 0.3)
    assert not is_above(1e300, math.inf)
    assert not is_below(-1e300, -math.inf)
    assert is_above(-1.0, -1.1)
    assert is_below(-1.1, -1.0)
