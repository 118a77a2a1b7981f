"""Points drawn from a space: what a name's range or list gives for a number from 0 to 1, and points of many names.

A drawn value is what a list in a configuration could hold as well, so that the container of a point has the id that it
has in any grid with this point.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from admf_jit.config.expression import Constraint
from admf_jit.config.problems import Problem, refuse
from admf_jit.config.section import Scalar
from admf_jit.errors import ConfigError
from admf_jit.parameter_grid.axes import SWEPT, Axis
from admf_jit.parameter_grid.layout import Layout
from admf_jit.parameter_grid.survivors import CONSTRAINTS, Condition

#: A point of a space: a value of every swept name, in their order.
Point: TypeAlias = tuple[Scalar | None, ...]
#: Points, by a column of values of each swept name.
Points: TypeAlias = Mapping[str, Sequence[Scalar | None]]
#: Yields blocks of points of the unit cube, float64 (n, dimensions) in [0, 1), for dimensions and a number of trials.
Design: TypeAlias = Callable[[int, int], Iterator[NDArray[np.float64]]]

#: So many significant digits a drawn fraction has: it can be read and typed, and is the same on every machine, whose
#: logarithms may differ in the last bit.
DIGITS = 10
#: A draw ends after so many points in a row that are refused, or that it has already.
_MOST_MISSES = 100_000


def count(axis: Axis) -> int | None:
    """Return how many different values an axis has, or None for a range of fractions."""
    if axis.scale is None:
        return len(axis.values)
    first, last = axis.values[0], axis.values[-1]
    return None if isinstance(first, float) else int(last) - int(first) + 1


def value_at(axis: Axis, unit: float) -> Scalar | None:
    """Return the value of an axis that a number stands for, 0 <= unit < 1."""
    n = count(axis)
    if axis.scale is None:
        assert n is not None
        return axis.values[min(int(unit * n), n - 1)]
    first, last = float(axis.values[0]), float(axis.values[-1])
    if n is None:
        value = rounded(_between(first, last, unit, axis.scale))
        return min(max(value, first), last)
    if axis.scale == "log":
        value = _between(first - 0.5, last + 0.5, unit, "log")
        return min(max(math.floor(value + 0.5), int(first)), int(last))
    return min(int(axis.values[0]) + int(unit * n), int(axis.values[-1]))


def rounded(value: float) -> float:
    """Return a fraction with the digits that a drawn one has."""
    return float(f"{value:.{DIGITS}g}")


def _between(first: float, last: float, unit: float, scale: str) -> float:
    if scale == "log":
        return math.exp(math.log(first) + unit * (math.log(last) - math.log(first)))
    return first + unit * (last - first)


class Acceptance:
    """Tells whether a point satisfies the constraints: ``fixed`` holds the value of every name that is not swept."""

    def __init__(
        self,
        axes: Sequence[Axis],
        constraints: Sequence[Constraint],
        conditions: Sequence[Condition],
        fixed: Mapping[str, Scalar],
    ) -> None:
        self._names = [(name, number) for number, axis in enumerate(axes) for name in axis.names]
        self._constraints = constraints
        self._conditions = conditions
        self._fixed = fixed

    def __call__(self, point: Point) -> bool:
        """Whether it does; ConfigError where a constraint cannot be evaluated."""
        if not self._constraints and not self._conditions:
            return True
        values: dict[str, Any] = {**self._fixed, **{name: point[number] for name, number in self._names}}
        for position, constraint in enumerate(self._constraints):
            row = tuple([values.get(name) for name in constraint.names])
            try:
                if not constraint.evaluate(row):
                    return False
            except (ArithmeticError, TypeError, ValueError) as error:
                at = ", ".join(f"{name} = {value!r}" for name, value in zip(constraint.names, row, strict=True))
                text = f"{constraint.text!r}: {error}, at {at}"
                raise refuse([Problem((*CONSTRAINTS, position), text)]) from None
        return all(condition(values) for condition in self._conditions)


def draw(axes: Sequence[Axis], n_trials: int, design: Design, accept: Callable[[Point], bool]) -> Points:
    """Return up to ``n_trials`` different points that are accepted, in the order in which ``design`` yields them.

    There are fewer where the space has no more, or where hardly any are accepted. Raises ConfigError if there are none.
    """
    counts = [count(axis) for axis in axes]
    size = math.inf if None in counts else math.prod(n for n in counts if n is not None)
    found: list[Point] = []
    seen: set[Point] = set()
    misses = 0
    for point in _points(axes, n_trials, design):
        if point not in seen and accept(point):
            found.append(point)
            misses = 0
        else:
            misses += 1
        seen.add(point)
        if len(found) == n_trials or len(seen) == size or misses == _MOST_MISSES:
            break
    if not found:
        text = f"constraints leave none of the {len(seen):,} points that were drawn; expected at least one to stay"
        raise ConfigError(f"optimization.{text}")
    return columns_of(axes, found)


def columns_of(axes: Sequence[Axis], points: Sequence[Point]) -> Points:
    """Return points by columns."""
    return {axis.name: [point[number] for point in points] for number, axis in enumerate(axes)}


def _points(axes: Sequence[Axis], n_trials: int, design: Design) -> Iterator[Point]:
    for units in design(len(axes), n_trials):
        for row in units.tolist():
            yield tuple([value_at(axis, unit) for axis, unit in zip(axes, row, strict=True)])


def of_points(axes: Sequence[Axis], points: Points) -> tuple[tuple[Axis, ...], Layout]:
    """Return axes that have the values of some points alone, and the layout of these points.

    Raises ConfigError where a name has no column.
    """
    listed, columns = [], []
    for axis in axes:
        if axis.name not in points:
            raise ConfigError(f"{'.'.join(map(str, (*SWEPT, axis.name)))}: the points have no column of this name")
        places: dict[Scalar | None, int] = {}
        columns.append([places.setdefault(value, len(places)) for value in points[axis.name]])
        listed.append(replace(axis, values=tuple(places), scale=None))  # type: ignore[arg-type]
    digits = np.array(columns, np.int64).reshape(len(axes), -1)
    return tuple(listed), Layout(tuple(len(axis.values) for axis in listed), listed=digits)
