"""Logarithm, exponential and power against the C library's, and rounding down to lots."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admf_kernels import arithmetic
from tests.kernels.plain import callable_from_python

natural_logarithm = callable_from_python(arithmetic.natural_logarithm)
exponential = callable_from_python(arithmetic.exponential)
power = callable_from_python(arithmetic.power)
round_down = callable_from_python(arithmetic.round_down)

SMALLEST_NORMAL = 2.2250738585072014e-308
LARGEST = 1.7976931348623157e308
EDGES = [1.0, 2.0, 0.5, math.e, math.sqrt(0.5), math.nextafter(math.sqrt(0.5), 0.0), 1e-300, 1e300]
EDGES += [SMALLEST_NORMAL, 5e-324, LARGEST, math.nextafter(1.0, 0.0), math.nextafter(1.0, 2.0)]


def ulps(value: float, expected: float) -> float:
    return abs(value - expected) / math.ulp(expected)


@pytest.mark.parametrize("x", EDGES)
def test_the_logarithm_at_the_edges_of_its_reduction(x: float) -> None:
    assert ulps(natural_logarithm(x), math.log(x)) <= 2.0


@given(st.floats(min_value=5e-324, max_value=LARGEST))
def test_the_logarithm_of_any_positive_double(x: float) -> None:
    assert ulps(natural_logarithm(x), math.log(x)) <= 2.0


@given(st.floats(min_value=0.5, max_value=2.0))
def test_the_logarithm_near_one(x: float) -> None:
    assert ulps(natural_logarithm(x), math.log(x)) <= 2.0


def test_exact_logarithms() -> None:
    assert natural_logarithm(1.0) == 0.0
    assert exponential(0.0) == 1.0


@given(st.floats(min_value=-707.0, max_value=708.9))
def test_the_exponential(x: float) -> None:
    assert ulps(exponential(x), math.exp(x)) <= 4.0


@pytest.mark.parametrize(("x", "expected"), [(709.5, math.inf), (math.inf, math.inf), (-746.0, 0.0), (-math.inf, 0.0)])
def test_the_exponential_beyond_the_doubles(x: float, expected: float) -> None:
    assert exponential(x) == expected


@given(st.floats(min_value=1e-6, max_value=1e6), st.floats(min_value=-40.0, max_value=40.0))
def test_the_power(base: float, exponent: float) -> None:
    # The logarithm's half ulp is multiplied by the exponent, as the docstring says.
    allowed = 6.0 + 4.0 * abs(exponent * math.log(base))
    assert ulps(power(base, exponent), math.pow(base, exponent)) <= allowed


def test_a_cagr_like_power_is_close() -> None:
    assert power(1.5, 252.0 / 2520.0) == pytest.approx(1.5**0.1, rel=1e-15)
    assert power(2.0, 0.0) == 1.0


def test_compiled_and_plain_arithmetic_have_the_same_bits() -> None:
    generator = random.Random(7)
    for _ in range(2000):
        x = generator.uniform(-600.0, 600.0)
        y = math.exp(generator.uniform(-600.0, 600.0))
        assert exponential(x).hex() == plain(arithmetic.exponential)(x).hex()
        assert natural_logarithm(y).hex() == plain(arithmetic.natural_logarithm)(y).hex()


def plain(kernel):  # type: ignore[no-untyped-def]
    """Return the Python function under a kernel, with the kernels that it calls plain too."""
    function = getattr(kernel, "py_func", kernel)
    names = {name: getattr(value, "py_func", value) for name, value in function.__globals__.items()}
    return type(function)(function.__code__, names)


@pytest.mark.parametrize(
    ("size", "step", "expected"),
    [
        (7.9, 1.0, 7.0),
        (7.0, 1.0, 7.0),
        (0.99, 1.0, 0.0),
        (250.0, 100.0, 200.0),
        (7.9, 0.0, 7.9),
        (1.3, 0.5, 1.0),
        (1e300, 1.0, 1e300),
        (3e18, 0.25, 3e18),
    ],
)
def test_rounding_down(size: float, step: float, expected: float) -> None:
    assert round_down(size, step) == expected


@given(st.floats(min_value=0.0, max_value=1e9), st.sampled_from([1.0, 10.0, 100.0, 0.5, 0.25]))
def test_rounding_down_gives_the_largest_multiple_that_fits(size: float, step: float) -> None:
    rounded = round_down(size, step)
    assert rounded <= size < rounded + step
    assert math.fmod(rounded, step) == 0.0
