"""What all rows of a table say together: cells of heat maps, the distribution of the objective, and neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.report.packing import Packing
from admf_jit.report.rows import ChosenRows, levels_of

if TYPE_CHECKING:
    from admf_jit.results import StoredTable

#: Cells of one heat map over all rows, and of all of them, at most.
_MOST_CELLS, _MOST_CELLS_IN_ALL = 10_000, 60_000
_MOST_PAIRS = 28
_BINS = 60
#: Of a long table, this share of the objective's values at each end is counted and not drawn.
_TAIL = 0.001
_LONG = 1_000
#: Seed of the numbers that make a key of a row's levels; which it is changes nothing.
_KEYS = 20


class Landscape:
    """The swept columns of all rows as numbers of levels, and the objective over them."""

    def __init__(self, table: StoredTable, swept: Sequence[str], rows: ChosenRows) -> None:
        self._rows = rows
        self.levels: dict[str, list[Any]] = {}
        self._codes: dict[str, NDArray[np.int32]] = {}
        for name in swept:
            levels, codes = levels_of(table.read_column(name))
            if len(levels) > 1:
                self.levels[name], self._codes[name] = levels, codes

    def heat_maps(self, position: Mapping[int, int], packing: Packing) -> list[dict[str, Any]]:
        """For pairs of parameters: of each cell how many rows have an objective, their mean, and the best row.

        ``position`` has the number in the page of each place in the table that the page holds: -1 where it is not.
        Cells are numbered ``x * n_y + y``. Pairs with too many cells are left out.
        """
        found: list[dict[str, Any]] = []
        cells_in_all = 0
        has = ~np.isnan(self._rows.objective)
        values = self._rows.objective[has]
        reversed_order = self._rows.order[::-1]
        for x, y in combinations(self.levels, 2):
            n_cells = len(self.levels[x]) * len(self.levels[y])
            if n_cells > _MOST_CELLS or len(found) == _MOST_PAIRS or cells_in_all + n_cells > _MOST_CELLS_IN_ALL:
                continue
            cells_in_all += n_cells
            cell = self._codes[x].astype(np.int64) * len(self.levels[y]) + self._codes[y]
            count = np.bincount(cell[has], minlength=n_cells)
            total = np.bincount(cell[has], weights=np.where(np.isfinite(values), values, 0.0), minlength=n_cells)
            best = np.full(n_cells, -1, np.int64)
            best[cell[reversed_order]] = reversed_order  # the last one written is the best
            value = np.where(best >= 0, self._rows.objective[best], np.nan)
            found.append(
                {
                    "x": x,
                    "y": y,
                    "levels": [self.levels[x], self.levels[y]],
                    "count": packing.add(count.astype(np.int32)),
                    "mean": packing.add(total / np.where(count, count, np.nan)),
                    "best": packing.add(value),
                    "row": packing.add(np.array([position.get(place, -1) for place in best.tolist()], np.int32)),
                }
            )
        return found

    def neighbours(self, places: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
        """The median objective of each row's neighbours, and how many have one: float64 (n,) and uint8 (n,).

        A neighbour differs in one parameter that is a number, by one step of its values. NaN where there is none.
        """
        # A row's key is a sum of random numbers modulo 2**64, so that a step along one axis adds that axis's number.
        # Two rows of a million with the same key by chance: less than one page in ten million.
        random = np.random.default_rng(_KEYS)
        weights = list(random.integers(2**64, size=len(self._codes), dtype=np.uint64, endpoint=False))
        keys = np.zeros(len(self._rows.objective), np.uint64)
        for weight, (name, codes) in zip(weights, self._codes.items(), strict=True):
            # No step leads to a missing value, which has no place among numbers, nor from it.
            missing = (codes == len(self.levels[name]) - 1) & (self.levels[name][-1] is None)
            keys += weight * (codes + missing).astype(np.uint64)
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        found = np.full((len(places), max(2 * len(weights), 1)), np.nan)
        for number, (weight, name) in enumerate(zip(weights, self._codes, strict=True)):
            if isinstance(self.levels[name][0], str | bool):
                continue
            for side, wanted in enumerate((keys[places] + weight, keys[places] - weight)):
                rank = np.minimum(np.searchsorted(ordered, wanted), max(len(ordered) - 1, 0))
                hit = ordered[rank] == wanted
                found[hit, 2 * number + side] = self._rows.objective[order[rank[hit]]]
        return _medians(found)


def _medians(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    ordered = np.sort(values, axis=1)  # NaN goes last
    count = np.count_nonzero(~np.isnan(ordered), axis=1)
    rows = np.arange(len(values))
    upper, lower = ordered[rows, count // 2 * (count > 0)], ordered[rows, np.maximum(count - 1, 0) // 2]
    with np.errstate(invalid="ignore"):
        median = np.where(upper == lower, upper, (lower + upper) / 2.0)
    return np.where(count > 0, median, np.nan), np.minimum(count, 255).astype(np.uint8)


def distribution(objective: NDArray[np.float64]) -> dict[str, Any]:
    """Counts of the objective's values in bins of equal width, and what falls outside or is no number.

    Long tables are drawn from their 0.1 to their 99.9 % quantile.
    """
    finite = objective[np.isfinite(objective)]
    facts: dict[str, Any] = {"values": len(finite), "without": int(len(objective) - len(finite))}
    if not len(finite):
        return facts
    low, high = float(finite.min()), float(finite.max())
    quantiles = np.quantile(finite, [0.05, 0.25, 0.5, 0.75, 0.95]).tolist()
    if len(finite) > _LONG:
        low, high = np.quantile(finite, [_TAIL, 1.0 - _TAIL]).tolist()
    if not low < high:
        low, high = low - 0.5 * max(abs(low), 1e-12), high + 0.5 * max(abs(high), 1e-12)
    counts, edges = np.histogram(finite, _BINS, (low, high))
    return facts | {
        "counts": counts.tolist(),
        "edges": edges.tolist(),
        "below": int(np.count_nonzero(finite < low)),
        "above": int(np.count_nonzero(finite > high)),
        "minimum": float(finite.min()),
        "maximum": float(finite.max()),
        "mean": float(finite.mean()),
        "quantiles": quantiles,
    }
