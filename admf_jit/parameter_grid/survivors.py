"""Which combinations of a grid satisfy its constraints.

A constraint is evaluated once for each combination of the names that it uses, and its answer is spread over
the other axes: `fast_period < slow_period` costs 99 evaluations in a grid of 1,188, and no more in one of
millions. A Python function looks at every combination that is left.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.config.expression import Constraint, ConstraintError, parse_constraint
from admf_jit.config.optimization import MAX_COMBINATIONS
from admf_jit.config.problems import Path, Problem, refuse
from admf_jit.config.section import Scalar
from admf_jit.errors import ConfigError
from admf_jit.parameter_grid.axes import Axis
from admf_jit.parameter_grid.layout import Layout

CONSTRAINTS: Path = ("optimization", "constraints")

#: A Python function that is given every name with its value, and says whether the combination stays.
Condition = Callable[[Mapping[str, Any]], bool]


def parse_constraints(texts: Sequence[str], known: Mapping[str, Scalar], problems: list[Problem]) -> list[Constraint]:
    """Return the constraints that can be read, and add a problem for each of the others."""
    constraints = []
    for position, text in enumerate(texts):
        try:
            constraints.append(parse_constraint(text, known))
        except ConstraintError as error:
            problems.append(Problem((*CONSTRAINTS, position), f"{text[:200]!r}: {error}"))
    return constraints


def surviving(
    axes: Sequence[Axis],
    layout: Layout,
    constraints: Sequence[Constraint],
    conditions: Sequence[Condition],
    fixed: Mapping[str, Scalar],
) -> Layout:
    """Return the layout of the combinations that satisfy everything.

    `fixed` holds the value of every name that is not swept. Raises ConfigError if a constraint cannot be
    evaluated, or if nothing is left.
    """
    if constraints:
        if layout.listed is None:
            layout = Layout(layout.lengths, surviving_positions(axes, constraints, fixed))
        else:
            layout = _surviving_listed(axes, layout, constraints, fixed)
    for condition in conditions:
        layout = _fulfilling(axes, layout, condition, fixed)
    return layout


def surviving_positions(
    axes: Sequence[Axis], constraints: Sequence[Constraint], fixed: Mapping[str, Scalar]
) -> np.ndarray:
    """Return the positions (int64, rising) in the full grid that satisfy every constraint."""
    named_axes = {name: number for number, axis in enumerate(axes) for name in axis.names}
    shape = [len(axis.values) for axis in axes]
    # Axes of one value say nothing about position, and numpy bounds the number of axes.
    wide = [number for number, length in enumerate(shape) if length > 1]
    kept = np.ones([shape[number] for number in wide], dtype=np.bool_)
    before = kept.size
    for position, constraint in enumerate(constraints):
        used = sorted({named_axes[name] for name in constraint.names if name in named_axes})
        combinations = itertools.product(*(axes[number].values for number in used))
        mask = _mask(constraint, position, combinations, used, named_axes, fixed)
        kept &= mask.reshape([shape[number] if number in used else 1 for number in wide])
        after = int(np.count_nonzero(kept))
        _refuse_nothing(constraint, position, before, after)
        before = after
    return np.flatnonzero(kept).astype(np.int64, copy=False)


def _surviving_listed(
    axes: Sequence[Axis], layout: Layout, constraints: Sequence[Constraint], fixed: Mapping[str, Scalar]
) -> Layout:
    named_axes = {name: number for number, axis in enumerate(axes) for name in axis.names}
    for position, constraint in enumerate(constraints):
        used = sorted({named_axes[name] for name in constraint.names if name in named_axes})
        digits = layout.digits(np.arange(len(layout), dtype=np.int64))
        codes, place = np.unique(layout.codes(digits, used, len(layout)), return_inverse=True)
        combinations = (
            tuple([axes[number].values[digit] for number, digit in zip(used, row, strict=True)])
            for row in layout.different(used)
        )
        mask = _mask(constraint, position, combinations, used, named_axes, fixed)
        assert len(mask) == len(codes)
        kept = np.flatnonzero(mask[place]).astype(np.int64, copy=False)
        _refuse_nothing(constraint, position, len(layout), len(kept))
        layout = layout.kept(kept)
    return layout


def _refuse_nothing(constraint: Constraint, position: int, before: int, after: int) -> None:
    if after == 0:
        left = "the one container that was" if before == 1 else f"all of the {before:,} containers that were"
        text = f"{constraint.text!r} removes {left} left"
        raise refuse([Problem((*CONSTRAINTS, position), f"{text}; expected at least one to stay")])


def _mask(
    constraint: Constraint,
    position: int,
    combinations: Iterable[tuple[Scalar, ...]],
    used: Sequence[int],
    named_axes: Mapping[str, int],
    fixed: Mapping[str, Scalar],
) -> NDArray[np.bool_]:
    """Return the constraint's answers for combinations of values of the axes it uses."""
    # Two names can stand for one axis (position_size, account.position_size), so a row is built from the
    # axes.
    sources = [used.index(named_axes[name]) if name in named_axes else None for name in constraint.names]
    constants = [fixed.get(name) for name in constraint.names]
    direct = sources == list(range(len(used)))
    answers = bytearray()
    row: tuple[Scalar | None, ...] = ()
    try:
        for combination in combinations:
            row = combination
            if not direct:
                row = tuple(
                    constant if source is None else combination[source]
                    for source, constant in zip(sources, constants, strict=True)
                )
            answers.append(bool(constraint.evaluate(row)))
    except (ArithmeticError, TypeError, ValueError) as error:
        at = ", ".join(f"{name} = {value!r}" for name, value in zip(constraint.names, row, strict=True))
        raise refuse([Problem((*CONSTRAINTS, position), f"{constraint.text!r}: {error}, at {at}")]) from None
    return np.frombuffer(answers, dtype=np.bool_)


def _fulfilling(axes: Sequence[Axis], layout: Layout, condition: Condition, fixed: Mapping[str, Scalar]) -> Layout:
    """Return the layout of the combinations that a Python function keeps."""
    said = f"constraint {getattr(condition, '__name__', condition)!r}"
    if len(layout) > MAX_COMBINATIONS:
        raise ConfigError(
            f"{said}: a function would be called for {len(layout):,} combinations; expected at most "
            f"{MAX_COMBINATIONS:,}: write it as a text, such as 'fast_period < slow_period'"
        )
    columns = layout.digits(np.arange(len(layout), dtype=np.int64))
    values = [[axis.values[digit] for digit in column.tolist()] for axis, column in zip(axes, columns, strict=True)]
    kept = []
    for index, row in enumerate(zip(*values, strict=True)):
        swept = {name: value for axis, value in zip(axes, row, strict=True) for name in axis.names}
        if condition({**fixed, **swept}):
            kept.append(index)
    if not kept:
        raise ConfigError(f"{said} removes all of the {len(layout):,} containers that were left; expected one to stay")
    return layout.kept(np.array(kept, np.int64))
