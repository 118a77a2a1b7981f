"""Combinations of a run over several sets of data, judged by all of their rows: mean, worst, share of positive ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.results.arrow_columns import to_numbers
from admf_jit.results.ranking import MAXIMIZE, is_ok, satisfied, values_of

if TYPE_CHECKING:
    from admf_jit.results.ranking import Rows

DATA_SET = "data_set"
MEAN, WORST, POSITIVE_SHARE = "mean", "worst", "positive_share"
#: A row is positive where it has earned something.
_EARNED = "total_return"


@dataclass(frozen=True, eq=False)
class Combinations:
    """The n combinations of a run, a strategy's and its values, over m sets of data.

    ``index`` is that of each one's row over the first set, int64 (n,), and ``rows`` that over each, int64 (n, m).
    ``values`` is the objective of each row, float64 (n, m), NaN where it failed or was not run. ``positive`` is the
    share of rows with a return above zero. ``kept`` says whether all rows satisfy the conditions on results.
    """

    index: NDArray[np.int64]
    rows: NDArray[np.int64]
    values: NDArray[np.float64]
    positive: NDArray[np.float64]
    kept: NDArray[np.bool_]
    direction: str

    def judged(self, by: str) -> NDArray[np.float64]:
        """What ranks each combination: the mean, the worst or the share of positive rows; NaN where a row has none."""
        if by == POSITIVE_SHARE:
            return np.where(np.isnan(self.values).any(axis=1), np.nan, self.positive)
        if by == MEAN:
            return np.asarray(self.values.sum(axis=1) / self.values.shape[1])
        worst = self.values.min(axis=1) if self.direction == MAXIMIZE else self.values.max(axis=1)
        return np.asarray(worst)

    def standard_error(self) -> NDArray[np.float64]:
        """Of the mean over the sets: the deviation of its rows over the root of their number, NaN of one set."""
        m = self.values.shape[1]
        if m == 1:
            return np.full(len(self.index), np.nan)
        return np.asarray(self.values.std(axis=1, ddof=1) / np.sqrt(m))

    def order(self, by: str) -> NDArray[np.int64]:
        """Places of the combinations, best first: those that satisfy the conditions, and NaN last; ties by the mean."""
        keys = []
        for name in (by, MEAN):
            values = self.judged(name)
            keys.append(-values if self.direction == MAXIMIZE or name == POSITIVE_SHARE else values)
        return np.lexsort((keys[1], keys[0], np.isnan(keys[0]), ~self.kept)).astype(np.int64)

    def row(self, place: int) -> dict[str, float]:
        """What a combination is judged by."""
        judged = {by: float(self.judged(by)[place]) for by in (MEAN, WORST)}
        return {**judged, POSITIVE_SHARE: float(self.positive[place])}


def has_sets(manifest: Mapping[str, Any]) -> bool:
    """Whether a run is over several sets of data with names."""
    return any(DATA_SET in one for one in manifest.get("sweeps") or ())


def combinations_of(
    table: Rows,
    manifest: Mapping[str, Any],
    *,
    objective: str | NDArray[np.float64],
    direction: str,
    conditions: Sequence[str] = (),
) -> Combinations:
    """Return the combinations of a run, judged by an objective, or by a number for each row of ``table``."""
    ok = is_ok(table)
    values = values_of(table, objective) if isinstance(objective, str) else objective
    values = np.where(ok, values, np.nan)
    earned = np.where(ok, values_of(table, _EARNED), np.nan)
    kept = satisfied(table, conditions) & ok
    index = to_numbers(table.column("index"))
    order = np.argsort(index, kind="stable")
    rows = np.concatenate([_rows_of(one) for one in _by_strategy(manifest)])
    places = np.searchsorted(index, rows, sorter=order)
    places = order[np.minimum(places, max(len(order) - 1, 0))]
    there = index[places] == rows
    values, earned = (np.where(there, column[places], np.nan) for column in (values, earned))
    return Combinations(
        index=rows[:, 0],
        rows=rows,
        values=values,
        positive=np.asarray((earned > 0).mean(axis=1)),
        kept=np.asarray((kept[places] & there).all(axis=1)),
        direction=direction,
    )


def _by_strategy(manifest: Mapping[str, Any]) -> list[list[Mapping[str, Any]]]:
    found: dict[Any, list[Mapping[str, Any]]] = {}
    for one in manifest["sweeps"]:
        found.setdefault(one.get("strategy"), []).append(one)
    return list(found.values())


def _rows_of(sweeps: Sequence[Mapping[str, Any]]) -> NDArray[np.int64]:
    """The index of each combination's row over each set, int64 (n, m): the same place in each of the grids."""
    n = min(int(one["containers"]) for one in sweeps)
    return np.arange(n)[:, np.newaxis] + np.array([int(one["first"]) for one in sweeps], np.int64)


def best_combinations(table: Rows, manifest: Mapping[str, Any], top: int) -> list[dict[str, Any]]:
    """Return the `top` combinations of a run by its own objective: what was swept, mean, worst and positive share."""
    optimization = manifest["config"]["optimization"]
    found = combinations_of(
        table,
        manifest,
        objective=optimization["objective"],
        direction=optimization["direction"],
        conditions=optimization.get("result_constraints", ()),
    )
    swept = [name for name in manifest["columns"]["swept"] if name != DATA_SET]
    at = {int(index): place for place, index in enumerate(to_numbers(table.column("index")))}
    rows = []
    for place in found.order(optimization.get("across_data", MEAN))[:top].tolist():
        row = table.slice(at[int(found.index[place])], 1).select(["index", *swept]).to_pylist()[0]
        rows.append({**row, **found.row(place)})
    return rows
