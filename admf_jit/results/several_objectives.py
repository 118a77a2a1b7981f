"""The rows of a table by several objectives: those that none beats in all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.errors import ConfigError
from admf_jit.results.ranking import MAXIMIZE, MINIMIZE, column_of, is_ok, satisfied, values_of
from admf_jit.statistics import hypervolume, pareto_front

if TYPE_CHECKING:
    from admf_jit.results.ranking import Rows


@dataclass(frozen=True)
class Front:
    """The n rows that no other row dominates.

    ``places`` int64 (n,) are their places in the table, the best by the first objective first, and ``values`` float64
    (n, m) their objectives. ``volume`` is what they dominate from the worst value of each objective on, ``reference``
    (m,), over all rows that were compared; NaN where there are none, or where a value is infinite.
    """

    places: NDArray[np.int64]
    values: NDArray[np.float64]
    volume: float
    reference: NDArray[np.float64]


def front_of(table: Rows, objectives: Mapping[str, str], conditions: Sequence[str] = ()) -> Front:
    """Return the front of a table by objectives, columns or formulas, each with maximize or minimize.

    Rows that failed, whose objectives are undefined, or that do not satisfy the conditions on results are left out.
    """
    for text, direction in objectives.items():
        if direction not in (MAXIMIZE, MINIMIZE):
            raise ConfigError(f"objectives: {text!r} is to {direction!r:.80}; expected {MAXIMIZE} or {MINIMIZE}")
    maximize = [direction == MAXIMIZE for direction in objectives.values()]
    values = np.column_stack([values_of(table, text) for text in objectives])
    values[~is_ok(table) | ~satisfied(table, conditions)] = np.nan
    there = ~np.isnan(values).any(axis=1)
    places = np.flatnonzero(pareto_front(values, maximize))
    if not len(places):
        return Front(places, values[places], float("nan"), np.full(len(maximize), np.nan))
    compared = values[there]
    reference = np.where(maximize, compared.min(axis=0), compared.max(axis=0))
    finite = bool(np.isfinite(compared).all())
    volume = hypervolume(values[places], reference, maximize) if finite else float("nan")
    first = values[places, 0]
    order = np.argsort(-first if maximize[0] else first, kind="stable")
    return Front(places[order], values[places][order], volume, reference)


def front_facts(table: Rows, optimization: Mapping[str, Any]) -> dict[str, Any]:
    """Return the front of a run for machines, whose rows have the value of every objective."""
    objectives = optimization["objectives"]
    front = front_of(table, objectives, optimization.get("result_constraints") or ())
    indices = column_of(table, "index")[front.places].astype(int).tolist()
    return {
        "objectives": dict(objectives),
        "hypervolume": front.volume,
        "reference": front.reference.tolist(),
        "front": [
            {"index": index, **dict(zip(objectives, values, strict=True))}
            for index, values in zip(indices, front.values.tolist(), strict=True)
        ],
    }


def front_lines(facts: Mapping[str, Any], n_rows: int, top: int) -> Iterator[str]:
    """Yield the front of a run in lines: what it is, then the best rows by the first objective."""
    objectives, rows = facts["objectives"], facts["front"]
    named = " and ".join(f"{direction} {text}" for text, direction in objectives.items())
    yield f"Pareto front to {named}: {len(rows):,} of {n_rows:,} rows, hypervolume {facts['hypervolume']:.6g}"
    for row in rows[:top]:
        yield f"  {row['index']:>7}  " + "  ".join(f"{text} {row[text]:.6g}" for text in objectives)
    if len(rows) > top:
        yield f"  and {len(rows) - top:,} more"
