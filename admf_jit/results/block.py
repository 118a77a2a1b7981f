"""The outcomes of many containers, column by column: one row after the other would take longer than some runs do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.config.measures import MEASURES
from admf_jit.results.row import ContainerResult, hash_of_numbers, status_of
from admf_jit.results.spread import SPREAD_NAMES


@dataclass(frozen=True, eq=False)
class ResultBlock:
    """Outcomes of n containers, in order: see ``ContainerResult`` for what each of them is made of.

    `swept` has n values for each swept name. `metrics` is float64 (n, len(names)), every NaN of it the same NaN;
    `periods` what a `PeriodFile` takes of them, where the run has one.
    """

    index: Sequence[int] | NDArray[np.int64]
    container_id: Sequence[str]
    seed: Sequence[int] | NDArray[np.int64]
    swept: Mapping[str, Sequence[bool | int | float | str] | NDArray[np.generic]]
    error: Sequence[str | None]
    names: Sequence[str]
    metrics: NDArray[np.float64]
    periods: NDArray[np.float64] | None = None

    @classmethod
    def of(cls, results: Sequence[ContainerResult]) -> ResultBlock:
        """The block of rows that came one by one, and have the same metrics and swept names."""
        names = tuple(results[0].metrics) if results else ()
        swept = tuple(results[0].swept) if results else ()
        metrics = np.array([[result.metrics[name] for name in names] for result in results], np.float64)
        make_canonical(metrics)
        return cls(
            [result.index for result in results],
            [result.container_id for result in results],
            [result.seed for result in results],
            {name: [result.swept[name] for result in results] for name in swept},
            [result.error for result in results],
            names,
            metrics.reshape(len(results), len(names)),
        )

    def __len__(self) -> int:
        return len(self.index)

    @property
    def status(self) -> list[str]:
        """What each container ended in."""
        return [status_of(error) for error in self.error]

    @property
    def result_hash(self) -> list[str]:
        """``row.result_hash`` of each container."""
        metrics = self.metrics.astype("<f8", copy=False)
        names = [name for name in self.names if name not in MEASURES]
        if len(names) < len(self.names):
            metrics = np.ascontiguousarray(metrics[:, : len(names)])  # measures are the last
        spread = np.array([name in SPREAD_NAMES for name in names], np.bool_)
        numbers: Iterable[NDArray[Any]] = metrics
        if spread.any():
            kept = ~(spread & np.isnan(metrics))
            numbers = (row[hashed] for row, hashed in zip(metrics, kept, strict=True))
        # A hash reads numbers where they stand: each copy of all metrics is fresh memory, slower than hashing it.
        rows = zip(self.container_id, self.status, numbers, strict=True)
        return [hash_of_numbers(name, status, row.data) for name, status, row in rows]


def make_canonical(metrics: NDArray[np.float64]) -> None:
    """Put ``row.canonical`` of every number in its place."""
    metrics[np.isnan(metrics)] = np.nan
