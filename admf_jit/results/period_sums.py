"""The periods of a finished run as tables: a number for each period and row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.errors import ResultsError
from admf_jit.results.period_rows import PERIODS, Periods
from admf_kernels.constants import PERIOD_FIELDS

Floats = NDArray[np.float64]
_PLACE = {name: place for place, name in enumerate(PERIOD_FIELDS)}


@dataclass(frozen=True, eq=False)
class PeriodSums:
    """What each of n containers did in each period: tables [period, container], NaN where the container failed."""

    names: tuple[str, ...]
    """[period]: number of a block, or a month such as 2024-03."""
    index: NDArray[np.int64]
    """[container]: the index of its row in the run."""
    bars: NDArray[np.int64]
    """[period]"""
    growth: Floats
    """Equity at the end of the period, by that before it."""
    lowest: Floats
    """The lowest equity at a close of the period, by that before it."""
    highest: Floats
    returns: Floats
    """Sum of the returns of the period's bars."""
    returns_2: Floats
    """Sum of their squares; ``returns_3`` and ``returns_4`` of their third and fourth powers."""
    returns_3: Floats
    returns_4: Floats
    trades: Floats
    """Trades closed in the period."""
    bars_held: Floats
    """Bars of the period at whose close a position was held."""

    @property
    def exposure(self) -> Floats:
        """Share of the period's bars at whose close a position was held."""
        return self.bars_held / self.bars[:, np.newaxis]

    def part(self, containers: NDArray[Any]) -> PeriodSums:
        """The same of some containers: their places, or a mask."""
        tables = {name: getattr(self, name)[:, containers] for name in _TABLES}
        return PeriodSums(self.names, self.index[containers], self.bars, **tables)


_TABLES = tuple(name for name in PERIOD_FIELDS if name != "bars")


def sums_of(
    numbers: NDArray[np.float64],
    index: NDArray[np.int64],
    noted: Sequence[int],
    names: Sequence[str],
    ends: Sequence[int],
) -> PeriodSums:
    """The sums by periods that end before the bars ``ends``, put together from those that were ``noted``.

    numbers float64 (n_rows, at least len(noted), len(PERIOD_FIELDS)) as in the file; index int64 (n,) chooses rows.
    """
    behind = np.searchsorted(noted, ends) + 1
    begins = np.concatenate([[0], behind[:-1]])
    rows = numbers[index]
    found: dict[str, Floats] = {name: np.empty((len(ends), len(index))) for name in _TABLES}
    for period, (begin, end) in enumerate(zip(begins, behind, strict=True)):
        part = rows[:, begin:end]
        level = np.ones(len(index))
        found["lowest"][period], found["highest"][period] = np.inf, -np.inf
        for k in range(end - begin):
            lows, highs = level * part[:, k, _PLACE["lowest"]], level * part[:, k, _PLACE["highest"]]
            found["lowest"][period] = np.minimum(found["lowest"][period], lows)
            found["highest"][period] = np.maximum(found["highest"][period], highs)
            level = level * part[:, k, _PLACE["growth"]]
        found["growth"][period] = level
        for name in _TABLES[3:]:
            found[name][period] = part[:, :, _PLACE[name]].sum(axis=1)
    return PeriodSums(tuple(names), index, np.diff(ends, prepend=0).astype(np.int64), **found)


def blocks_of(numbers: NDArray[np.float64], index: NDArray[np.int64], manifest: Mapping[str, Any]) -> PeriodSums:
    """The sums by block of rows of a run over one set of data; ResultsError where none were noted."""
    periods = _of_one(manifest)
    if not periods.blocks:
        raise ResultsError("the run has no blocks of bars; expected one with statistics.periods above 0")
    names = [str(number) for number in range(len(periods.blocks))]
    return sums_of(numbers, index, periods.ends, names, periods.blocks)


def months_of(numbers: NDArray[np.float64], index: NDArray[np.int64], manifest: Mapping[str, Any]) -> PeriodSums:
    """The same by calendar month."""
    periods = _of_one(manifest)
    if not periods.months:
        raise ResultsError("the run has no months; expected one with statistics.months")
    return sums_of(numbers, index, periods.ends, list(periods.months), list(periods.months.values()))


def has_one_history(manifest: Mapping[str, Any]) -> bool:
    """Whether all rows of a run have the same periods."""
    facts = manifest.get(PERIODS)
    return facts is not None and all(one == facts["sweeps"][0] for one in facts["sweeps"])


def _of_one(manifest: Mapping[str, Any]) -> Periods:
    if not has_one_history(manifest):
        raise ResultsError("the run has several sets of data, whose periods are others; expected a run over one")
    return Periods.of(manifest[PERIODS]["sweeps"][0])
