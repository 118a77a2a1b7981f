"""Indexes of a loop that are known to lie within: never one that does not, wherever 64 bits come round."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import config, njit

from admf_kernels.known_ranges import NOT_KNOWN, counted, counter, within

LEAST, GREATEST = -(2**63), 2**63 - 1
NUMBERS = st.one_of(
    st.integers(-12, 12),
    st.integers(LEAST, LEAST + 12),
    st.integers(GREATEST - 12, GREATEST),
    st.integers(LEAST, GREATEST),
)
SIGNS = st.sampled_from([-1, 0, 1])


def wrapped(number: int) -> int:
    """The number as 64 bits hold it."""
    return (number - LEAST) % 2**64 + LEAST


@njit
def _found(array, low, high, widths, rising):
    return within(array, 0, low, high, widths, rising)


def found(length: int, low: int, high: int, widths: tuple[int, ...] = (), rising: tuple[int, ...] = ()) -> int:
    told = tuple(map(wrapped, widths)), tuple(map(wrapped, rising))
    result: int = _found(np.zeros(length), wrapped(low), wrapped(high), *told)
    return result


def some_of(first: int, last: int) -> list[int]:
    """The ends of a range, and numbers between them."""
    if last - first < 30:
        return list(range(first, last + 1))
    drawn = random.Random(first ^ last)
    return [first, first + 1, last - 1, last, *(drawn.randint(first, last) for _ in range(20))]


@given(st.integers(0, 9), NUMBERS, SIGNS, NUMBERS, NUMBERS)
def test_what_is_known_of_one_loop_is_true(length: int, base: int, sign: int, first: int, last: int) -> None:
    """``for k in range(first, last + 1): x[base + sign * k]``: as the bounds are as far apart, no width is told."""
    ends = sorted((base + sign * first, base + sign * last)) if first <= last else (base, base)
    offset = found(length, *ends)
    if offset == NOT_KNOWN or first > last:
        return
    assert all(0 <= wrapped(base + sign * k) + offset < length for k in some_of(first, last))


@given(st.integers(0, 9), NUMBERS, st.tuples(NUMBERS, NUMBERS), st.tuples(NUMBERS, NUMBERS), SIGNS, SIGNS)
def test_what_is_known_of_two_loops_is_true(
    length: int, base: int, outer: tuple[int, int], inner: tuple[int, int], sign: int, other: int
) -> None:
    """``for a in outer: for b in inner: x[base + sign * a + other * b]``."""
    if outer[0] > outer[1] or inner[0] > inner[1]:
        return
    low = base + min(sign * k for k in outer) + min(other * k for k in inner)
    high = base + max(sign * k for k in outer) + max(other * k for k in inner)
    offset = found(length, low, high, (outer[1] - outer[0], inner[1] - inner[0]))
    if offset == NOT_KNOWN:
        return
    pairs = [(a, b) for a in some_of(*outer) for b in some_of(*inner)]
    assert all(0 <= wrapped(base + sign * a + other * b) + offset < length for a, b in pairs)


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="plain Python checks each index")
@pytest.mark.parametrize(
    ("low", "high", "offset"),
    [
        (0, 4, 0),
        (2, 2, 0),
        (-5, -1, 5),
        (-1, 0, NOT_KNOWN),
        (0, 5, NOT_KNOWN),
        (-6, -1, NOT_KNOWN),
        (4, 3, NOT_KNOWN),
        (LEAST, -1, NOT_KNOWN),
        (0, GREATEST, NOT_KNOWN),
    ],
)
def test_what_lies_within_is_known(low: int, high: int, offset: int) -> None:
    assert found(5, low, high) == offset


@pytest.mark.parametrize("widths", [(2**60,), (-1,), (3, LEAST)])
def test_a_sum_that_may_come_round_is_not_known(widths: tuple[int, ...]) -> None:
    assert found(5, 0, 4, widths) == NOT_KNOWN


def test_bounds_that_come_round_in_an_inner_loop_are_not_known() -> None:
    """Its first number goes from the greatest to the least."""
    assert found(5, 0, 4, (1,), (GREATEST, LEAST)) == NOT_KNOWN
    assert found(5, 0, 4, (1,), (2, 3)) == (NOT_KNOWN if config.DISABLE_JIT else 0)


def test_what_is_no_whole_number_is_no_index() -> None:
    @njit
    def of(array: Any, number: Any) -> int:
        found: int = within(array, 0, counter(number), counter(number) + 1, (), ())
        return found

    told: list[Any] = [(np.zeros(5), 1.0), (np.zeros(5), np.uint64(1)), (np.zeros(5), True), ((1.0, 2.0), 0)]
    assert [of(*one) for one in told] == [NOT_KNOWN] * len(told)


def test_an_index_is_counted_from_the_beginning() -> None:
    @njit
    def read(array: Any, index: Any, offset: int) -> Any:
        return array[counted(array, index, offset)]

    values = np.arange(5.0)
    assert read(values, 3, 0) == 3.0 and read(values, -1, 5) == 4.0 and read(values, np.int32(-5), 5) == 0.0
