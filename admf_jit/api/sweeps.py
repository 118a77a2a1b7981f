"""Sweeps: every combination of some values, each in a container of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admf_jit.api.fields import as_data, fields_of
from admf_jit.api.grid_result import GridResult
from admf_jit.config import Config, load_config
from admf_jit.config.optimization import MAX_RANGE_VALUES
from admf_jit.data import MarketData
from admf_jit.errors import ConfigError
from admf_jit.results import Progress
from admf_jit.strategies.resolve import resolve_strategy
from admf_jit.workflow import planning
from admf_jit.workflow.grid_run import run_grid

if TYPE_CHECKING:
    import pandas as pd


def _listed(name: str, values: Iterable[Any]) -> range | list[Any]:
    """Return the values of one swept name as a list, unless they have no end that anybody would wait for."""
    if isinstance(values, range):  # checked without being written out
        return values
    taken = list(islice(values, MAX_RANGE_VALUES + 1))
    if len(taken) > MAX_RANGE_VALUES:
        raise ConfigError(f"optimization.parameters.{name}: more than {MAX_RANGE_VALUES:,} values; expected fewer")
    return taken


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
    bars = as_data(data)
    fixed = getattr(strategy, "parameters", {})
    given = {key: value for key, value in fixed.items() if key not in parameters}
    optimization = {
        "objective": objective,
        "direction": direction,
        "parameters": {key: _listed(key, values) for key, values in parameters.items()},
        "constraints": list(constraints),
    }
    fields = fields_of(definition, strategy, bars, settings, parameters=given)
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
