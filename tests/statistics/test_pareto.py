"""Pareto fronts and hypervolumes against definitions that share no code: every pair, and every subset of boxes."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from admf_jit.errors import StatisticsError
from admf_jit.statistics import hypervolume, pareto_front

ROWS = st.integers(1, 4).flatmap(
    lambda m: st.lists(st.lists(st.integers(-3, 4), min_size=m, max_size=m), min_size=1, max_size=7)
)


def dominates(one: list[float], other: list[float]) -> bool:
    return all(a >= b for a, b in zip(one, other, strict=True)) and one != other


@given(ROWS)
def test_the_front_is_what_no_row_dominates(rows: list[list[int]]) -> None:
    expected = [not any(dominates(other, row) for other in rows) for row in rows]
    assert pareto_front(rows).tolist() == expected
    assert pareto_front([[-value for value in row] for row in rows], maximize=False).tolist() == expected


@given(ROWS)
def test_the_volume_is_that_of_the_union_of_boxes(rows: list[list[int]]) -> None:
    boxes = [row for row in rows if min(row) > -1]
    # Inclusion and exclusion: the intersection of boxes is the box of the lowest corners.
    expected = sum(
        (-1) ** (n + 1) * math.prod(min(column) + 1 for column in zip(*some, strict=True))
        for n in range(1, len(boxes) + 1)
        for some in itertools.combinations(boxes, n)
    )
    assert hypervolume(rows, [-1] * len(rows[0])) == pytest.approx(expected)


def test_directions_are_mixed_and_missing_values_are_left_out() -> None:
    rows = [[1.0, 5.0], [2.0, 4.0], [2.0, 6.0], [math.nan, 0.0], [0.5, 1.0]]
    assert pareto_front(rows, maximize=[True, False]).tolist() == [False, True, False, False, True]
    # From (0, 7): the boxes (2 x 3) and (0.5 x 6), which share 0.5 x 3.
    assert hypervolume(rows, [0.0, 7.0], maximize=[True, False]) == pytest.approx(6.0 + 3.0 - 1.5)
    assert hypervolume([[math.nan, 1.0]], [0.0, 0.0]) == 0.0


def test_what_has_no_volume_is_refused() -> None:
    with pytest.raises(StatisticsError, match="an infinite one dominates an infinite volume"):
        hypervolume([[math.inf, 1.0]], [0.0, 0.0])
    with pytest.raises(StatisticsError, match="has 1 numbers; expected 2"):
        hypervolume([[1.0, 1.0]], [0.0])
    with pytest.raises(StatisticsError, match="expected rows of objectives"):
        pareto_front(np.zeros(3))
