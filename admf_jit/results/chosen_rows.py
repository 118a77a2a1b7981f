"""Rows of a run for the next phase: those that satisfy conditions, near the best, and of them the best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.config.phases import SelectConfig
from admf_jit.results.across_data import MEAN, POSITIVE_SHARE, combinations_of, has_sets
from admf_jit.results.arrow_columns import to_numbers
from admf_jit.results.ranking import MAXIMIZE, is_ok, satisfied, values_of
from admf_jit.results.selection import sharpe_errors

if TYPE_CHECKING:
    from admf_jit.results.ranking import Rows


@dataclass(frozen=True)
class ChosenRow:
    """A row by its index in the run, or a combination over several sets by its rows over each; ``value`` ranks it."""

    rows: tuple[int, ...]
    value: float


@dataclass(frozen=True)
class _Ranked:
    """The n candidates: their rows, int64 (n, m), values, their standard errors, and which satisfy the conditions."""

    rows: NDArray[np.int64]
    values: NDArray[np.float64]
    errors: NDArray[np.float64]
    kept: NDArray[np.bool_]
    largest_first: bool

    def order(self) -> NDArray[np.int64]:
        """Places of those that satisfy the conditions and have a value, best first; equal ones by index."""
        there = np.flatnonzero(self.kept & ~np.isnan(self.values))
        values = self.values[there]
        # A table may have its rows as they finished.
        return there[np.lexsort((self.rows[there, 0], -values if self.largest_first else values))]


def chosen_rows(table: Rows, manifest: Mapping[str, Any], select: SelectConfig) -> list[ChosenRow]:
    """Return the rows that ``select`` takes of a finished run, best first; none where no row satisfies it.

    A row also has to satisfy the run's own conditions on results, and of several sets of data all of its rows have to.
    The standard error is that of the best: of a Sharpe ratio that of Mertens
    (``admf_jit.statistics.sharpe_ratio_variance``), and of a mean over sets of data by the deviation of the sets.
    """
    optimization = manifest["config"]["optimization"]
    conditions = [*optimization.get("result_constraints", ()), *select.where]
    ranked = (_combinations if has_sets(manifest) else _rows)(table, manifest, conditions)
    order = ranked.order()
    if select.within_standard_errors is not None and len(order):
        best = order[0]
        margin = select.within_standard_errors * ranked.errors[best]
        distance = np.abs(ranked.values[order] - ranked.values[best])
        # An error that is not defined leaves the best alone.
        order = order[(distance <= margin) | (order == best)]
    return [
        ChosenRow(tuple(ranked.rows[place].tolist()), float(ranked.values[place])) for place in order[: select.best]
    ]


def _rows(table: Rows, manifest: Mapping[str, Any], conditions: list[str]) -> _Ranked:
    optimization = manifest["config"]["optimization"]
    index = to_numbers(table.column("index"))
    return _Ranked(
        rows=index[:, np.newaxis],
        values=values_of(table, optimization["objective"]),
        errors=sharpe_errors(table, manifest),
        kept=is_ok(table) & satisfied(table, conditions),
        largest_first=optimization["direction"] == MAXIMIZE,
    )


def _combinations(table: Rows, manifest: Mapping[str, Any], conditions: list[str]) -> _Ranked:
    optimization = manifest["config"]["optimization"]
    direction, by = optimization["direction"], optimization.get("across_data", MEAN)
    found = combinations_of(
        table, manifest, objective=optimization["objective"], direction=direction, conditions=conditions
    )
    return _Ranked(
        rows=found.rows,
        values=found.judged(by),
        errors=found.standard_error() if found.rows.shape[1] > 1 else _errors_of(found.rows[:, 0], table, manifest),
        kept=found.kept,
        largest_first=direction == MAXIMIZE or by == POSITIVE_SHARE,
    )


def _errors_of(rows: NDArray[np.int64], table: Rows, manifest: Mapping[str, Any]) -> NDArray[np.float64]:
    """The standard errors of rows by their indices, NaN where there is no such row."""
    errors = dict(zip(to_numbers(table.column("index")).tolist(), sharpe_errors(table, manifest), strict=True))
    return np.array([errors.get(index, np.nan) for index in rows.tolist()])
