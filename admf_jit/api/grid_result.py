"""The rows of a sweep, and what can be asked of them."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admf_jit.results import BacktestResult
from admf_jit.workflow.grid_run import GridRun
from admf_jit.workflow.replay import run_container

if TYPE_CHECKING:
    import pandas as pd


class GridResult:
    """The results of a sweep: ``frame`` has a row per container; ``container(i)`` is one replayed with its history."""

    def __init__(self, run: GridRun) -> None:
        self._run = run

    def __len__(self) -> int:
        return self._run.stored.num_rows

    def __repr__(self) -> str:
        return f"GridResult({len(self)} containers, {self.failed} failed, {self.directory})"

    @property
    def directory(self) -> Path:
        """The run's directory."""
        return self._run.directory

    @property
    def failed(self) -> int:
        """Containers that failed; their rows say why."""
        return self._run.failed

    @property
    def manifest(self) -> dict[str, Any]:
        """Configuration, digests, versions, machine, timings."""
        return self._run.manifest

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row per container: index, container_id, seed, status, error, the swept names, metrics, result_hash."""
        frame: pd.DataFrame = self._run.table.to_pandas()
        return frame

    def best(self, n: int = 10) -> pd.DataFrame:
        """The ``n`` best rows by the run's objective; rows without a value come last."""
        optimization = self._run.prepared.config.optimization
        return self.frame.sort_values(
            optimization.objective,
            ascending=optimization.direction == "minimize",
            na_position="last",
            kind="stable",
        ).head(n)

    def container(self, index: int | str) -> BacktestResult:
        """Run a row again, by index or container_id, and keep its events; the same bits as in the sweep."""
        prepared = self._run.prepared
        if isinstance(index, str):
            found = self.frame.index[self.frame["container_id"] == index]
            if not len(found):
                raise KeyError(f"no container {index!r} in {self!r}")
            index = int(self.frame.loc[found[0], "index"])
        return run_container(prepared, prepared.grid.container(int(index)))
