"""Which combinations of a grid satisfy its constraints.

A constraint is evaluated once for each combination of the names that it uses, and its answer is spread over
the other axes: `fast_period < slow_period` costs 99 evaluations in a grid of 1,188, and no more in one of
millions.
"""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from admf_jit.config.problems import Path, Problem, refuse
from admf_jit.config.section import Scalar
from admf_jit.parameter_grid.axes import Axis
from admf_jit.parameter_grid.constraint import Constraint, ConstraintError, parse_constraint

CONSTRAINTS: Path = ("optimization", "constraints")


def parse_constraints(texts: Sequence[str], known: Mapping[str, Scalar], problems: list[Problem]) -> list[Constraint]:
    """Return the constraints that can be read, and add a problem for each of the others."""
    constraints = []
    for position, text in enumerate(texts):
        try:
            constraints.append(parse_constraint(text, known))
        except ConstraintError as error:
            problems.append(Problem((*CONSTRAINTS, position), f"{text[:200]!r}: {error}"))
    return constraints


def surviving_positions(
    axes: Sequence[Axis], constraints: Sequence[Constraint], fixed: Mapping[str, Scalar]
) -> np.ndarray:
    """Return the positions (int64, rising) in the full grid that satisfy every constraint.

    `fixed` holds the value of every name that is not swept. Raises ConfigError if a constraint cannot be
    evaluated, or if nothing is left.
    """
    named_axes = {name: number for number, axis in enumerate(axes) for name in axis.names}
    shape = [len(axis.values) for axis in axes]
    # Axes of one value say nothing about position, and numpy bounds the number of axes.
    wide = [number for number, length in enumerate(shape) if length > 1]
    kept = np.ones([shape[number] for number in wide], dtype=np.bool_)
    before = kept.size
    for position, constraint in enumerate(constraints):
        used = sorted({named_axes[name] for name in constraint.names if name in named_axes})
        mask = _mask(constraint, position, axes, used, named_axes, fixed)
        kept &= mask.reshape([shape[number] if number in used else 1 for number in wide])
        after = int(np.count_nonzero(kept))
        if after == 0:
            text = f"{constraint.text!r} removes all of the {before:,} containers that were left"
            raise refuse([Problem((*CONSTRAINTS, position), f"{text}; expected at least one to stay")])
        before = after
    return np.flatnonzero(kept).astype(np.int64, copy=False)


def _mask(
    constraint: Constraint,
    position: int,
    axes: Sequence[Axis],
    used: Sequence[int],
    named_axes: Mapping[str, int],
    fixed: Mapping[str, Scalar],
) -> np.ndarray:
    """Return the constraint's answers over the axes it uses, the last fastest."""
    # Two names can stand for one axis (position_size, account.position_size), so a row is built from the
    # axes.
    values: list[Sequence[Scalar]] = [axes[number].values for number in used]
    sources = [used.index(named_axes[name]) if name in named_axes else None for name in constraint.names]
    constants = [fixed.get(name) for name in constraint.names]
    direct = sources == list(range(len(used)))
    answers = bytearray()
    row: tuple[Scalar | None, ...] = ()
    try:
        for combination in itertools.product(*values):
            row = combination
            if not direct:
                row = tuple(
                    constant if source is None else combination[source]
                    for source, constant in zip(sources, constants, strict=True)
                )
            answers.append(bool(constraint.evaluate(row)))
    except (ArithmeticError, ValueError) as error:
        at = ", ".join(f"{name} = {value!r}" for name, value in zip(constraint.names, row, strict=True))
        raise refuse([Problem((*CONSTRAINTS, position), f"{constraint.text!r}: {error}, at {at}")]) from None
    return np.frombuffer(answers, dtype=np.bool_)
