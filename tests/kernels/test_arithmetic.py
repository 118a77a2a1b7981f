"""Logarithm, exponential and power against the C library's and against many decimals."""

import math
import random
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admf_kernels import arithmetic
from tests.kernels.plain import callable_from_python

natural_logarithm = callable_from_python(arithmetic.natural_logarithm)
exponential = callable_from_python(arithmetic.exponential)
power = callable_from_python(arithmetic.power)

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
def test_the_power_is_within_a_unit_in_the_last_place(base: float, exponent: float) -> None:
    with localcontext() as context:
        context.prec = 50
        exact = (Decimal(base).ln() * Decimal(exponent)).exp()
        assert abs(Decimal(power(base, exponent)) - exact) <= Decimal(math.ulp(float(exact)))


@given(st.floats(min_value=SMALLEST_NORMAL, max_value=1e150))
def test_powers_that_need_no_logarithm(base: float) -> None:
    assert power(base, 1.0) == base
    assert power(base, 0.5) == math.sqrt(base)
    assert power(base, 2.0) == base * base
    assert power(1.0, base) == 1.0


def test_powers_of_a_hundred() -> None:
    assert power(100.0, 1.0) == 100.0
    assert power(100.0, 0.5) == 10.0
    assert power(10.0, 3.0) == 1000.0
    assert power(2.0, 1e300) == math.inf
    assert power(0.5, 1e300) == 0.0


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
