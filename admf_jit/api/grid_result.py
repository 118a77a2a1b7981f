"""The rows of a sweep, and what can be asked of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit import markup
from admf_jit.api.fields import as_data
from admf_jit.api.pictures import Pictures
from admf_jit.api.ranking import best_across, ranked, shown_columns
from admf_jit.data import MarketData
from admf_jit.errors import ResultsError
from admf_jit.results import OK, BacktestResult, RunDirectory, StoredTable, count_statuses
from admf_jit.results.across_data import MEAN, has_sets
from admf_jit.results.arrow_columns import to_numbers
from admf_jit.results.judgement import judgement_of, row_statistics
from admf_jit.results.null_markets import NullSweep, read_null
from admf_jit.results.period_rows import read_periods
from admf_jit.results.period_sums import PeriodSums, blocks_of, months_of
from admf_jit.results.ranking import OBJECTIVE, RANKED_BY
from admf_jit.results.scratch import DAYS_KEPT, copy_run, is_scratch, note_use
from admf_jit.results.selection import selection_of
from admf_jit.results.several_objectives import front_of
from admf_jit.results.table import format_cell
from admf_jit.results.warnings import warnings_of
from admf_jit.statistics.checks import one_of
from admf_jit.statistics.sharpe import CONVENTIONS
from admf_jit.strategies.resolve import resolve_strategy
from admf_jit.wording import counted
from admf_jit.workflow.grid_run import GridRun
from admf_jit.workflow.null_sweep import null_sweep
from admf_jit.workflow.prepared_run import PreparedRun
from admf_jit.workflow.replay import reopen, run_container

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from admf_jit.api.differences import Difference

#: Rows that a notebook shows of a sweep.
_SHOWN = 5


class GridResult(Pictures):
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
    def judgement(self) -> dict[str, Any] | None:
        """All that statistics say about the best row as the best of so many: docs/statistics.md.

        None where the run is not ranked by the largest Sharpe ratio, or has no sums by period;
        ``admf_jit.results.judgement`` says what it holds.
        """
        return None if self._objective is not None else judgement_of(self._stored, self.manifest, self.directory)

    def judge(self, convention: str = "2012") -> dict[str, Any] | None:
        """As ``judgement``, by another convention, and with the best row run again for its returns by bar.

        ``convention`` is "2012", or "2026", which takes the ``autocorrelation`` of these returns: docs/statistics.md.
        ``drawdown_low`` and ``drawdown_high`` hold the largest drawdown in 95 % of resampled histories.
        """
        one_of("convention", convention, CONVENTIONS)
        if self._objective is not None:
            return None

        def returns_of(row: int) -> NDArray[np.float64]:
            return self.container(row).bar_returns

        return judgement_of(self._stored, self.manifest, self.directory, convention, returns_of)

    @cached_property
    def statistics(self) -> pd.DataFrame:
        """What is said of each row by itself and as one of all, in the order of ``frame``.

        Probabilistic Sharpe ratio, interval of the Sharpe ratio, track record it takes, p-values by Holm and by
        Benjamini and Yekutieli, Sharpe ratio after the haircut, break-even cost; see docs/statistics.md.
        """
        import pandas as pd

        return pd.DataFrame({"index": self._rows_in_file, **row_statistics(self._stored, self.manifest)})

    @cached_property
    def periods(self) -> PeriodSums:
        """What each container did in each block of bars: sums of returns, growth, trades, exposure: docs/periods.md.

        Raises ResultsError for a run that has no such sums, and for one over several sets of data.
        """
        return blocks_of(read_periods(self.directory, self.manifest), self._rows_in_file, self.manifest)

    @cached_property
    def months(self) -> PeriodSums:
        """The same of each calendar month."""
        return months_of(read_periods(self.directory, self.manifest), self._rows_in_file, self.manifest)

    @property
    def _rows_in_file(self) -> NDArray[np.int64]:
        return to_numbers(self._stored.column("index")).astype(np.int64)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row per container: index, container_id, seed, status, error, the swept names, metrics, result_hash."""
        note_use(self.directory)
        frame: pd.DataFrame = self._stored.read().to_pandas()
        names = self._given_names
        if names and "column" in frame:
            frame["column"] = [names[place] for place in frame["column"].tolist()]
        return frame

    def to_arrow(self) -> pa.Table:
        """Return the rows as an Arrow table, with the columns of ``frame``: read once, and handed over without a copy.

        What takes Arrow's streams takes the result itself: ``polars.DataFrame(many)``, ``duckdb.from_arrow(many)``.
        """
        return self._rows

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Hand the rows over as Arrow's C interface for streams says."""
        return self._rows.__arrow_c_stream__(requested_schema)

    @cached_property
    def _rows(self) -> pa.Table:
        import pyarrow as pa

        note_use(self.directory)
        rows = self._stored.read()
        names = self._given_names
        if names and "column" in rows.column_names:
            numbers = rows.column("column").combine_chunks().cast(pa.int32())
            place = rows.column_names.index("column")
            rows = rows.set_column(place, "column", pa.DictionaryArray.from_arrays(numbers, pa.array(names)))
        return rows

    @property
    def _given_names(self) -> list[str] | None:
        """Names of the columns of signals that were given from outside."""
        data = self._manifest["data"]
        return data.get("given") if isinstance(data, dict) else None

    def best(
        self,
        n: int = 10,
        *,
        by: str | Callable[..., Any] | None = None,
        columns: str | Sequence[str] | None = None,
        direction: str | None = None,
        objective: str | Callable[..., Any] | None = None,
    ) -> pd.DataFrame:
        """The ``n`` best rows; failed ones and those without a value come last.

        They are ranked by the run's objective and direction, or ``by`` (or ``objective``) and ``direction``: a metric,
        or a formula or a function of a row, whose values stand in a column ``objective``. Rows that satisfy the run's
        ``result_constraints`` come before those that do not. They have the index, what was swept, what they are ranked
        by and the metrics that the command line shows; ``columns`` names others, ``"all"`` takes every one.

        Over several sets of data each row is a combination, with the ``mean`` and the ``worst`` of the objective and
        the ``positive_share`` of sets, and the ``index`` of its row over the first set.
        """
        objective, chosen = self._ranking(by if by is not None else objective, direction)
        optimization = self.manifest["config"]["optimization"]
        conditions = optimization.get("result_constraints", ())
        if has_sets(self.manifest):
            across = optimization.get("across_data", MEAN)
            return best_across(self.frame, self.manifest, objective, chosen, conditions, across).head(n)
        rows = ranked(self.frame, objective, chosen, conditions).head(n)
        measures = optimization.get("metrics", ())
        return rows[shown_columns(rows, self._swept, objective, columns, measures)]

    def _ranking(
        self, by: str | Callable[..., Any] | None, direction: str | None
    ) -> tuple[str | Callable[..., Any], str]:
        """What the rows are ranked by, and in which direction."""
        optimization = self.manifest["config"]["optimization"]
        objective = by if by is not None else self._objective
        if objective is None and RANKED_BY in self.manifest:
            raise ResultsError(
                f"{self.directory}: the run was ranked by the function {self.manifest[RANKED_BY]}, which a run does "
                "not keep: give it again, best(by=...), or the name of a metric"
            )
        return objective or optimization["objective"], direction or optimization["direction"]

    def _ranked(self) -> tuple[pd.DataFrame, str]:
        objective, direction = self._ranking(None, None)
        conditions = self.manifest["config"]["optimization"].get("result_constraints", ())
        rows = ranked(self.frame, objective, direction, conditions)
        name = objective if isinstance(objective, str) and objective in self.frame.columns else OBJECTIVE
        return self._ok(rows), name

    def _repr_html_(self) -> str:
        """What a notebook shows: the run, and its best rows."""
        head = "".join(map(markup.paragraph, repr(self).splitlines()))
        try:
            rows = self.best(_SHOWN)
        except ResultsError as problem:  # the function that it was ranked by is not known
            return head + markup.paragraph(str(problem))
        cells = ([format_cell(str(name), value) for name, value in row.items()] for row in rows.to_dict("records"))
        return head + markup.table(tuple(rows.columns), cells)

    def pareto(self, objectives: Mapping[str, str] | None = None) -> pd.DataFrame:
        """The rows that no other row beats in all of some objectives, the best by the first one first.

        ``objectives`` are metrics or formulas, each to "maximize" or "minimize" (default: those of the run); the values
        of formulas stand in columns of their own. Rows that do not satisfy the run's ``result_constraints`` are left
        out. ``attrs`` of the frame has the ``hypervolume`` that the front dominates, and its ``reference``, the worst
        value of each objective.
        """
        optimization = self.manifest["config"]["optimization"]
        wanted = dict(objectives or optimization.get("objectives") or {})
        if len(wanted) < 2:
            example = {"sharpe_ratio": "maximize", "turnover": "minimize"}
            raise ResultsError(f"{self.directory}: pareto: expected two objectives at least, such as {example}")
        front = front_of(self._stored, wanted, optimization.get("result_constraints") or ())
        rows = self.frame.iloc[front.places].copy()
        for place, text in enumerate(wanted):
            rows[text] = front.values[:, place]
        rows.attrs |= {
            "hypervolume": front.volume,
            "reference": dict(zip(wanted, front.reference.tolist(), strict=True)),
        }
        return rows

    def null(self, n: int = 100, *, method: str = "blocks", seed: int = 0, n_jobs: int | None = None) -> NullSweep:
        """Run the same grid on ``n`` surrogate markets: how often is the best row there as good as here?

        ``method`` "blocks" draws the bars anew in blocks, "signs" turns some of them round, "shifts" moves the signals
        around the history: docs/statistics.md. ``n_jobs`` threads run them, by default one a core.
        """
        run = self._prepared
        if len(run.sweeps) > 1 or self._objective is not None:
            raise ResultsError("null: the run has several sweeps, or is ranked by a function; expected one by a metric")
        name, direction = self._ranking(None, None)
        values = self.frame[name] if isinstance(name, str) and name in self.frame else None
        if values is None or not values.notna().any():
            raise ResultsError(f"null: no row has {name}; expected a run that is ranked by a metric")
        observed = float(values.max() if direction == "maximize" else values.min())
        return null_sweep(run.sweeps[0].prepared, observed, n, method, seed, n_jobs=n_jobs)

    @property
    def kept_null(self) -> NullSweep | None:
        """The surrogate markets that the run itself was held against (``statistics.null_markets``, ``grid --null``)."""
        return read_null(self.directory, self.manifest)

    def container(self, index: int | str) -> BacktestResult:
        """Run a row again, by index or container_id, and keep its events; the same bits as in the sweep."""
        number = self._index(index)
        run = self._prepared
        note_use(self.directory)
        return run_container(*run.container(number))

    def diff(self, left: int | str, right: int | str) -> Difference:
        """Find where two rows part, by index or container_id: both are run again, as ``aj.diff`` says."""
        from admf_jit.api.differences import diff

        return diff(self.container(left), self.container(right))

    def to_duckdb(self, target: Any, table: str = "results", *, replace: bool = False) -> None:
        """Write the rows as a table of DuckDB, with the columns of ``frame``: needs ``admf_jit[export]``.

        ``target`` is the path of a database or a connection. A table that is there is an error unless ``replace``.
        """
        from admf_jit.api.exports import to_duckdb

        to_duckdb(self.to_arrow(), target, table, replace)

    def to_mlflow(self, *, experiment: str | None = None, run_name: str | None = None) -> str:
        """Log the sweep as one run of MLflow and return its run id: needs ``admf_jit[mlflow]``.

        What was run is its parameters, counts and the metrics of the best row its metrics; manifest, table, report
        and sums by period are artifacts. It goes where MLflow is set up to log (``MLFLOW_TRACKING_URI``).
        """
        from admf_jit.api.exports import to_mlflow

        return to_mlflow(self, experiment, run_name)

    def _index(self, container: int | str) -> int:
        """The index of a container by index or container_id."""
        if not isinstance(container, str):
            return int(container)
        found = self.frame.index[self.frame["container_id"] == container]
        if not len(found):
            raise KeyError(f"no container {container!r} in {self!r}")
        return int(self.frame.loc[found[0], "index"])

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
