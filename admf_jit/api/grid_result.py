"""The rows of a sweep, and what can be asked of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admf_jit.api.fields import as_data
from admf_jit.api.ranking import best_across, ranked
from admf_jit.data import MarketData
from admf_jit.errors import ResultsError
from admf_jit.results import OK, BacktestResult, RunDirectory, StoredTable, count_statuses
from admf_jit.results.across_data import MEAN, has_sets
from admf_jit.results.ranking import RANKED_BY
from admf_jit.results.scratch import DAYS_KEPT, copy_run, is_scratch, note_use
from admf_jit.results.selection import selection_of
from admf_jit.results.warnings import warnings_of
from admf_jit.strategies.resolve import resolve_strategy
from admf_jit.wording import counted
from admf_jit.workflow.grid_run import GridRun
from admf_jit.workflow.prepared_run import PreparedRun
from admf_jit.workflow.replay import reopen, run_container

if TYPE_CHECKING:
    import pandas as pd


class GridResult:
    """The results of a sweep: ``frame`` has a row per container; ``container(i)`` is one replayed with its history.

    ``aj.grid`` and ``aj.open_run`` make it. Without ``out`` a sweep is kept in a scratch folder of the cache for 30
    days after its last use; ``save`` keeps it for good.
    """

    def __init__(
        self,
        directory: Path,
        stored: StoredTable,
        manifest: dict[str, Any],
        prepare: Callable[[], PreparedRun],
        objective: Callable[..., Any] | None = None,
    ) -> None:
        self._directory = directory
        self._stored = stored
        self._manifest = manifest
        self._prepare = prepare
        self._objective = objective

    @classmethod
    def of(cls, run: GridRun, objective: Callable[..., Any] | None = None) -> GridResult:
        """Return the results of a sweep that this process ran."""
        return cls(run.directory, run.stored, run.manifest, lambda: run.sweeps, objective)

    def __len__(self) -> int:
        return self._stored.num_rows

    def __repr__(self) -> str:
        kept = (
            f"; scratch, kept {DAYS_KEPT} days: save(directory) keeps it for good" if is_scratch(self.directory) else ""
        )
        said = "".join(f"\nwarning: {text}" for text in self.warnings)
        return f"GridResult({counted(len(self), 'container')}, {self.failed} failed, {self.directory}{kept}){said}"

    @property
    def directory(self) -> Path:
        """The run's directory."""
        return self._directory

    @cached_property
    def failed(self) -> int:
        """Containers that failed; their rows say why."""
        return len(self) - count_statuses(self._stored).get(OK, 0)

    @property
    def manifest(self) -> dict[str, Any]:
        """Configuration, digests, versions, machine, timings."""
        return self._manifest

    @cached_property
    def warnings(self) -> list[str]:
        """What the table does not say by itself: rows that cannot be compared, or that hardly traded."""
        return warnings_of(self._stored)

    @cached_property
    def selection(self) -> dict[str, Any] | None:
        """How probable it is that the best row's Sharpe ratio is more than the luck of the best of so many rows.

        None where the run is not ranked by the largest Sharpe ratio; ``admf_jit.results.selection`` says what it holds.
        """
        return None if self._objective is not None else selection_of(self._stored, self.manifest)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row per container: index, container_id, seed, status, error, the swept names, metrics, result_hash."""
        note_use(self.directory)
        frame: pd.DataFrame = self._stored.read().to_pandas()
        return frame

    def best(
        self, n: int = 10, *, objective: str | Callable[..., Any] | None = None, direction: str | None = None
    ) -> pd.DataFrame:
        """The ``n`` best rows; failed ones and those without a value come last.

        They are ranked by the run's objective and direction, or by those given here: a metric, or a formula or a
        function of a row, whose values stand in a column ``objective``. Rows that satisfy the run's
        ``result_constraints`` come before those that do not. Over several sets of data each row is a combination, with
        the ``mean`` and the ``worst`` of the objective and the ``positive_share`` of sets, and the ``index`` of its row
        over the first set.
        """
        optimization = self.manifest["config"]["optimization"]
        objective = objective if objective is not None else self._objective
        if objective is None and RANKED_BY in self.manifest:
            raise ResultsError(
                f"{self.directory}: the run was ranked by the function {self.manifest[RANKED_BY]}, which a run does "
                "not keep: give it again, best(objective=...), or the name of a metric"
            )
        objective = objective or optimization["objective"]
        conditions = optimization.get("result_constraints", ())
        if has_sets(self.manifest):
            by = optimization.get("across_data", MEAN)
            chosen = direction or optimization["direction"]
            return best_across(self.frame, self.manifest, objective, chosen, conditions, by).head(n)
        return ranked(self.frame, objective, direction or optimization["direction"], conditions).head(n)

    def container(self, index: int | str) -> BacktestResult:
        """Run a row again, by index or container_id, and keep its events; the same bits as in the sweep."""
        if isinstance(index, str):
            found = self.frame.index[self.frame["container_id"] == index]
            if not len(found):
                raise KeyError(f"no container {index!r} in {self!r}")
            index = int(self.frame.loc[found[0], "index"])
        run = self._prepared
        note_use(self.directory)
        return run_container(*run.container(int(index)))

    def report(self, path: str | Path | None = None) -> Path:
        """Write the page that shows this sweep in a browser, and return its path.

        One file that needs no network: docs/report.md says what is in it. Without ``path`` it is ``report.html`` in the
        run's directory.
        """
        from admf_jit.report import write_run_report

        note_use(self.directory)
        target = None if path is None else Path(path).expanduser()
        return write_run_report(self._stored, self.manifest, self.directory, lambda: self._prepared, target).path

    def save(self, directory: str | Path) -> GridResult:
        """Copy the run to a new or empty directory, where nothing deletes it; from now on it is this result's.

        ``aj.open_run`` opens it again, and the command line reports, replays and verifies it.
        """
        target = Path(directory).expanduser()
        copy_run(self.directory, target)
        opened = RunDirectory.open(target)
        self._directory, self._stored, self._manifest = target, opened.stored(), opened.manifest
        return self

    @cached_property
    def _prepared(self) -> PreparedRun:
        return self._prepare()


def open_run(directory: str | Path, *, strategy: Any = None, data: Any = None) -> GridResult:
    """Open the results of a finished run: what ``aj.grid`` or the command line wrote.

    ``container`` runs rows again with the run's own strategy and data, by their names; where those are no longer found
    there, such as a class of another notebook, give them as ``strategy`` and ``data``. They are checked to be the same.

    Raises ResultsError when there is no finished run.
    """
    opened = RunDirectory.open(Path(directory).expanduser())
    stored = opened.stored()
    note_use(opened.path)

    def prepare() -> PreparedRun:
        definition = resolve_strategy(strategy) if strategy is not None else None
        bars: MarketData | None = as_data(data) if data is not None else None
        try:
            return reopen(opened, definition=definition, data=bars)
        except ResultsError as problem:
            raise ResultsError(
                f"{problem}; where strategy or data have another name or place now, give them: "
                "open_run(..., strategy=..., data=...)"
            ) from None

    return GridResult(opened.path, stored, opened.manifest, prepare)
