"""The rows of a sweep, and what can be asked of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admf_jit.api.rows import name_of, over_rows
from admf_jit.errors import ConfigError, ResultsError
from admf_jit.results import OK, BacktestResult
from admf_jit.results.ranking import MAXIMIZE, MINIMIZE, RANKED_BY, check_objective
from admf_jit.workflow.grid_run import GridRun
from admf_jit.workflow.replay import run_container

if TYPE_CHECKING:
    import pandas as pd


class GridResult:
    """The results of a sweep: ``frame`` has a row per container; ``container(i)`` is one replayed with its history."""

    def __init__(self, run: GridRun, objective: Callable[..., Any] | None = None) -> None:
        self._run = run
        self._objective = objective

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

    def best(
        self, n: int = 10, *, objective: str | Callable[..., Any] | None = None, direction: str | None = None
    ) -> pd.DataFrame:
        """The ``n`` best rows; failed ones and those without a value come last.

        They are ranked by the run's objective and direction, or by those given here: a metric, or a function of a row,
        whose values stand in a column ``objective``.
        """
        optimization = self.manifest["config"]["optimization"]
        objective = objective if objective is not None else self._objective
        if objective is None and RANKED_BY in self.manifest:
            raise ResultsError(
                f"{self.directory}: the run was ranked by the function {self.manifest[RANKED_BY]}, which a run does "
                "not keep: give it again, best(objective=...), or the name of a metric"
            )
        objective = objective or optimization["objective"]
        return ranked(self.frame, objective, direction or optimization["direction"]).head(n)

    def container(self, index: int | str) -> BacktestResult:
        """Run a row again, by index or container_id, and keep its events; the same bits as in the sweep."""
        prepared = self._run.prepared
        if isinstance(index, str):
            found = self.frame.index[self.frame["container_id"] == index]
            if not len(found):
                raise KeyError(f"no container {index!r} in {self!r}")
            index = int(self.frame.loc[found[0], "index"])
        return run_container(prepared, prepared.grid.container(int(index)))


def ranked(frame: pd.DataFrame, objective: str | Callable[..., Any], direction: str) -> pd.DataFrame:
    """Return the rows of a table of results, best first, equal ones in their order."""
    if direction not in (MAXIMIZE, MINIMIZE):
        raise ConfigError(f"direction: is {direction!r}; expected {MAXIMIZE} or {MINIMIZE}")
    if callable(objective):
        frame = frame.assign(objective=_values(frame, objective))
        objective = "objective"
    else:
        check_objective(objective, [name for name in frame.columns if frame[name].dtype.kind in "biuf"])
    order = frame.assign(**{objective: frame[objective].where(frame["status"] == OK)}).sort_values(
        objective, ascending=direction == MINIMIZE, na_position="last", kind="stable"
    )
    return frame.loc[order.index]


def _values(frame: pd.DataFrame, objective: Callable[..., Any]) -> list[float]:
    """Return what a function says of each row, NaN for containers that failed."""
    ask = over_rows(objective, "objective")
    values = []
    rows: list[dict[Any, Any]] = frame.to_dict("records")
    for row in rows:
        if row["status"] != OK:
            values.append(float("nan"))
            continue
        value = ask(row)
        try:
            values.append(float(value))
        except (TypeError, ValueError):
            raise ConfigError(
                f"objective {name_of(objective)}: returned {value!r:.80} for container {row['index']}; "
                "expected a number"
            ) from None
    return values
