"""The Python interface: load bars, run one backtest, run a grid.

Every call is turned into the same checked configuration that a YAML file gives, so that both have the same rules,
the same errors and the same results.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admf_jit.config import AccountConfig, Config, ExecutionConfig, load_config
from admf_jit.config.optimization import MAX_RANGE_VALUES
from admf_jit.config.problems import Problem, refuse, unknown
from admf_jit.data import MarketData, load
from admf_jit.errors import ConfigError
from admf_jit.results import BacktestResult, Progress
from admf_jit.strategies.declaration import Definition
from admf_jit.strategies.resolve import BUILT_IN, resolve_strategy
from admf_jit.workflow import planning
from admf_jit.workflow.capacity import calculate_system_capacity
from admf_jit.workflow.grid_run import GridRun, run_grid
from admf_jit.workflow.prepare import map_data, prepare
from admf_jit.workflow.replay import run_container

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "GridResult",
    "backtest",
    "calculate_system_capacity",
    "grid",
    "load",
    "plan",
    "run_optimization",
]


def _listed(name: str, values: Iterable[Any]) -> range | list[Any]:
    """Return the values of one swept name as a list, unless they have no end that anybody would wait for."""
    if isinstance(values, range):  # checked without being written out
        return values
    taken = list(islice(values, MAX_RANGE_VALUES + 1))
    if len(taken) > MAX_RANGE_VALUES:
        raise ConfigError(f"optimization.parameters.{name}: more than {MAX_RANGE_VALUES:,} values; expected fewer")
    return taken


_WHOLE_BLOCKS = ("exits", "risk")
_FLAT_SETTINGS = {
    "account": tuple(AccountConfig.model_fields),
    "execution": tuple(key for key in ExecutionConfig.model_fields if key != "optimization_phase"),
}


def backtest(
    strategy: Any,
    data: MarketData | str | Path | pd.DataFrame,
    *,
    parameters: Mapping[str, Any] | None = None,
    symbol: str | None = None,
    master_seed: int = 0,
    **settings: Any,
) -> BacktestResult:
    """Run one backtest and keep its whole history.

    ``strategy`` is a decorated class, an instance of one (its parameters count), a built-in's name, or
    "path/to/file.py:ClassName"; ``data`` what ``aj.load`` returns or takes. ``settings`` are the keys of the YAML's
    ``account`` and ``execution`` blocks, such as ``cash``, ``commission``, ``margin``, ``fill`` or ``intrabar``, and
    the whole blocks ``exits`` and ``risk``. ``symbol`` may be left out where the data has only one.

    Raises AdmfError for bad input. What goes wrong while the container runs is in the result's ``error``.
    """  # noqa: D205
    definition = resolve_strategy(strategy)
    bars = _as_data(data)
    if symbol is not None:
        bars = _as_data(bars.select(symbols=[symbol]))
    given = {**getattr(strategy, "parameters", {}), **(parameters or {})}
    fields = _fields(definition, strategy, bars, settings, parameters=given)
    fields["workflow"] = {"reproducibility": {"master_seed": master_seed}}
    prepared = prepare(load_config(fields), definition=definition, data=bars)
    return run_container(prepared, prepared.grid.container(0))


def grid(
    strategy: Any,
    data: MarketData | str | Path | pd.DataFrame,
    parameters: Mapping[str, Iterable[Any]],
    *,
    constraints: Iterable[str] = (),
    objective: str = "sharpe_ratio",
    direction: str = "maximize",
    master_seed: int = 0,
    n_jobs: int | None = None,
    batch_size: int | None = None,
    out: str | Path | None = None,
    name: str | None = None,
    deterministic_ordering: bool = True,
    isolation: str = "auto",
    backend: str = "processes",
    **settings: Any,
) -> GridResult:
    """Run every combination of ``parameters``, the last name fastest, each in a container of its own.

    A name is a parameter of the strategy, ``position_size``, ``symbol``, or a dotted setting such as
    "account.commission.rate". ``constraints`` are conditions such as "fast_period < slow_period". ``settings`` are
    those of ``backtest``. ``out`` is the run's directory (default: the next free ``runs/<name>-<n>``).
    ``isolation`` is "minimal" (containers share indicators and answers), "full", "process", or "auto": minimal where
    strategy and settings allow it. It changes how long a sweep takes, and no row.

    Raises AdmfError for bad input; what one container does wrong becomes its row.
    """
    definition = resolve_strategy(strategy)
    bars = _as_data(data)
    fixed = getattr(strategy, "parameters", {})
    given = {key: value for key, value in fixed.items() if key not in parameters}
    optimization = {
        "objective": objective,
        "direction": direction,
        "parameters": {key: _listed(key, values) for key, values in parameters.items()},
        "constraints": list(constraints),
    }
    fields = _fields(definition, strategy, bars, settings, parameters=given)
    fields["name"] = name or definition.name
    fields.setdefault("execution", {})["optimization_phase"] = {"isolation": isolation}
    fields["infrastructure"] = {"backend": backend}
    fields["optimization"] = optimization
    fields["workflow"] = {
        "reproducibility": {"master_seed": master_seed, "deterministic_ordering": deterministic_ordering}
    }
    run = run_grid(
        load_config(fields),
        out=Path(out) if out is not None else None,
        n_jobs=n_jobs,
        batch_size=batch_size,
        progress=Progress(),
        definition=definition,
        data=bars,
    )
    return GridResult(run)


def run_optimization(
    config: str | Path | Mapping[str, Any] | Config,
    *,
    n_jobs: int | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    batch_size: int | None = None,
) -> GridResult:
    """Run the grid of a YAML file, or of a mapping with the same keys."""
    checked = config if isinstance(config, Config) else load_config(config)
    directory = Path(out) if out is not None else None
    run = run_grid(checked, out=directory, n_jobs=n_jobs, resume=resume, batch_size=batch_size, progress=Progress())
    return GridResult(run)


def plan(config: str | Path | Mapping[str, Any] | Config, *, n_jobs: int | None = None) -> planning.SweepPlan:
    """What the grid of a YAML file, or of a mapping with the same keys, will take; nothing is run."""
    return planning.plan(config if isinstance(config, Config) else load_config(config), n_jobs=n_jobs)


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


def _as_data(data: Any) -> MarketData:
    """The bars as mapped from their store, so that nothing after this has to map them again."""
    return map_data(data if isinstance(data, MarketData) else load(data))[0]


def _fields(
    definition: Definition,
    strategy: Any,
    data: MarketData,
    settings: Mapping[str, Any],
    *,
    parameters: Mapping[str, Any],
) -> dict[str, Any]:
    """The configuration that a call amounts to, unchecked; each setting goes to the block that it is a key of."""
    blocks: dict[str, Any] = {"account": {}, "execution": {}}
    for key, value in settings.items():
        if key in _WHOLE_BLOCKS:
            blocks[key] = {} if value is None else value
            continue
        block = next((block for block, keys in _FLAT_SETTINGS.items() if key in keys), None)
        if block is None:
            known = [*_WHOLE_BLOCKS, *(name for keys in _FLAT_SETTINGS.values() for name in keys)]
            raise refuse([Problem((key,), unknown("setting", key, known))])
        if value is not None:
            blocks[block][key] = value
    return {
        "name": definition.name,
        "data": {"source": str(data.directory)},
        "strategy": {"type": _type_of(definition, strategy), "parameters": dict(parameters)},
        **blocks,
    }


def _type_of(definition: Definition, strategy: Any) -> str:
    if isinstance(strategy, str):
        return strategy
    cls = definition.cls
    for built_in, class_name in BUILT_IN.items():
        if (cls.__module__, cls.__name__) == (f"admf_jit.strategies.builtin.{built_in}", class_name):
            return built_in
    return f"{cls.__module__}:{cls.__qualname__}"
