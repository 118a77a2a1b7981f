"""The rows of one sweep of several, in the directory that they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from admf_jit.results.block import ResultBlock

if TYPE_CHECKING:
    import pyarrow as pa

    from admf_jit.results.run_directory import RunDirectory


class Rows(Protocol):
    """Where the rows of a sweep go and come from, by their index in it: a directory, or a part of one."""

    @property
    def path(self) -> Path:
        """The directory."""

    def completed(self) -> NDArray[np.int64]:
        """Return the indices of the containers whose rows are on the disk, int64, rising."""

    def add(self, results: ResultBlock) -> None:
        """Take finished containers."""

    def rows(self, indices: NDArray[np.int64]) -> pa.Table:
        """Return the rows of some containers, int64 (n,), sorted by index."""


class SweepRows:
    """Rows of a run from index ``first`` on, ``n`` of them at the most.

    In the run's table they also have the columns ``labels``, with one value each, and those that other sweeps have
    swept: none of a sweep's rows has a value there.
    """

    def __init__(
        self, directory: RunDirectory, first: int, n: int, labels: Mapping[str, str], swept: Sequence[str]
    ) -> None:
        self._directory = directory
        self._first = first
        self._n = n
        self._labels = labels
        self._swept = swept
        columns = directory.manifest["columns"]
        self._all_swept = tuple(columns["swept"])
        self._metrics = tuple(columns["metrics"])
        self.path = directory.path

    def completed(self) -> NDArray[np.int64]:
        """Return the indices of the containers whose rows are on the disk, int64, rising."""
        found = self._directory.completed() - self._first
        return found[(found >= 0) & (found < self._n)]

    def add(self, results: ResultBlock) -> None:
        """Take finished containers."""
        n = len(results)
        known: dict[str, Any] = {name: [value] * n for name, value in self._labels.items()} | dict(results.swept)
        swept = {name: known.get(name, [None] * n) for name in self._all_swept}
        metrics = np.full((n, len(self._metrics)), np.nan)
        metrics[:, [self._metrics.index(name) for name in results.names]] = results.metrics
        index = np.asarray(results.index, np.int64) + self._first
        self._directory.add(replace(results, index=index, swept=swept, names=self._metrics, metrics=metrics))

    def rows(self, indices: NDArray[np.int64]) -> pa.Table:
        """Return the rows of some containers, int64 (n,), sorted by index."""
        import pyarrow as pa

        table = self._directory.rows(indices + self._first)
        foreign = [name for name in self._all_swept if name not in self._swept]
        table = table.drop_columns(foreign)
        index = pa.chunked_array([pa.array(np.sort(indices), pa.int64())])
        return table.set_column(0, table.schema.field("index"), index)
