"""Points of a space: what a number from 0 to 1 stands for, and draws that repeat nothing and keep to constraints."""

import itertools
import math

import numpy as np
import pytest

from admf_jit.errors import ConfigError
from admf_jit.parameter_grid.axes import Axis
from admf_jit.parameter_grid.drawing import count, draw, value_at

WHOLE = Axis("n", "parameter", "n", (3, 6), "linear")
WHOLE_LOG = Axis("n", "parameter", "n", (1, 100), "log")
FRACTION = Axis("x", "parameter", "x", (2.0, 4.0), "linear")
FRACTION_LOG = Axis("x", "parameter", "x", (0.001, 0.1), "log")
CHOICE = Axis("c", "parameter", "c", (None, 0.05, 0.1))


@pytest.mark.parametrize(
    ("axis", "n", "expected"),
    [
        (WHOLE, 4, [3, 3, 4, 5, 6]),
        (FRACTION, None, [2.0, 2.4, 2.5, 3.0, 3.998]),
        # 10 ** (-3 + 2 u)
        (FRACTION_LOG, None, [0.001, 0.002511886432, 0.00316227766, 0.01, 0.09954054174]),
        (CHOICE, 3, [None, None, None, 0.05, 0.1]),
        # round(exp(log(0.5) + u * log(100.5 / 0.5)))
        (WHOLE_LOG, 100, [1, 1, 2, 7, 100]),
    ],
)
def test_a_number_stands_for_a_value(axis, n, expected):
    assert count(axis) == n
    assert [value_at(axis, unit) for unit in (0.0, 0.2, 0.25, 0.5, 0.999)] == expected


@pytest.mark.parametrize("axis", [WHOLE, WHOLE_LOG, FRACTION, FRACTION_LOG])
def test_no_value_is_outside_of_the_range(axis):
    units = np.concatenate([np.random.default_rng(1).random(500), [0.0, math.nextafter(1.0, 0.0)]])
    values = [value_at(axis, unit) for unit in units.tolist()]
    assert min(values) >= axis.values[0] and max(values) <= axis.values[1]
    assert {type(value) for value in values} == {type(axis.values[0])}
    assert all(float(f"{value:.10g}") == value for value in values), "ten digits say it"
    if axis is WHOLE:
        assert set(values) == {3, 4, 5, 6}


def units(dimensions, n_trials):
    generator = np.random.default_rng(5)
    while True:
        yield generator.random((64, dimensions))


def points(found):
    return list(zip(*found.values(), strict=True))


def test_a_draw_repeats_nothing_and_ends_with_the_space():
    found = points(draw([WHOLE, CHOICE], 50, units, lambda point: True))
    assert sorted(found, key=str) == sorted(itertools.product((3, 4, 5, 6), CHOICE.values), key=str)
    assert points(draw([WHOLE, CHOICE], 5, units, lambda point: True)) == found[:5], "fewer are the first of more"


def test_a_draw_keeps_to_what_is_accepted():
    found = points(draw([WHOLE, FRACTION], 40, units, lambda point: point[0] > point[1]))
    assert len(found) == 40 and all(n > x for n, x in found)
    assert len(points(draw([WHOLE, CHOICE], 40, units, lambda point: point[0] == 6))) == 3


def test_a_draw_of_nothing_is_refused():
    with pytest.raises(ConfigError, match="constraints leave none of the 12 points that were drawn"):
        draw([WHOLE, CHOICE], 5, units, lambda point: False)
