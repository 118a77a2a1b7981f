"""Sweeps: every combination of some values, each in a container of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admf_jit.api.grid_result import GridResult
from admf_jit.api.parameters import Constraint, Parameters
from admf_jit.api.rows import name_of
from admf_jit.api.several import Asked
from admf_jit.config import Config, RunConfig, load_run, refuse_phases
from admf_jit.data import MarketData
from admf_jit.errors import ConfigError
from admf_jit.registry import PROPOSERS
from admf_jit.results import Progress, default_directory
from admf_jit.results.ranking import RANKED_BY
from admf_jit.results.scratch import scratch_directory
from admf_jit.results.selection import HALVING
from admf_jit.workflow import planning
from admf_jit.workflow.grid_run import GridRun, run_grid
from admf_jit.workflow.null_sweep import null_of_run, refuse_null

if TYPE_CHECKING:
    import pandas as pd


def grid(
    strategy: Any,
    data: MarketData | str | Path | pd.DataFrame | Mapping[str, Any],
    parameters: Parameters | Mapping[str, Any],
    *,
    constraints: Constraint | Iterable[Constraint] | Mapping[str, Any] = (),
    objective: str | Callable[..., Any] = "sharpe_ratio",
    direction: str = "maximize",
    across_data: str | None = None,
    method: str = "grid",
    n_trials: int | None = None,
    sampler: str | None = None,
    block_size: int | None = None,
    reduction: int | None = None,
    rungs: int | None = None,
    objectives: Mapping[str, str] | None = None,
    result_constraints: str | Sequence[str] = (),
    metrics: str | Sequence[str] = (),
    master_seed: int = 0,
    n_jobs: int | None = None,
    batch_size: int | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    name: str | None = None,
    deterministic_ordering: bool = True,
    isolation: str = "auto",
    backend: str | None = None,
    executor: Any = None,
    bars_per_year: float | None = None,
    delisted: Mapping[str, float] | None = None,
    time_limit: float | Mapping[str, float] | None = None,
    memory_limit: int | str | Mapping[str, int | str] | None = None,
    ledger: bool = True,
    statistics: Mapping[str, Any] | None = None,
    **settings: Any,
) -> GridResult:
    """Run every combination of ``parameters``, the last name fastest, each in a container of its own.

    With another ``method`` than "grid" it runs ``n_trials`` points that a search takes from them.

    Parameters
    ----------
    strategy
        A decorated class, an instance of one (its parameters count), a built-in's name, or "path/to/file.py:ClassName".
        A list of these, or a mapping of names to them, runs several: the table has a column ``strategy``.
    data
        What ``aj.load`` returns or takes. A mapping of names to what ``aj.load`` returned is several sets of data: the
        table has a column ``data_set``, and ``best`` judges each combination over all sets.
    parameters
        Names with their values: a list, range or array, one value alone, or ``{"start": 5, "stop": 15, "step": 5}``,
        which has its stop. A list of such mappings, or a frame, gives combinations one by one. A name is a parameter of
        the strategy, ``position_size``, ``symbol``, or a dotted setting such as "account.commission.rate". A search
        also draws from a range without a step, ``{"start": 0.01, "stop": 0.2, "log": True}``. Of several strategies
        it is a mapping of their names to such values; other names in it are swept by all of them.
    constraints
        One or several conditions: a text such as "fast_period < slow_period", or a function of the row of names and
        values, such as ``lambda row: row.fast_period < row.slow_period``. Of several strategies they are for all, or a
        mapping of names. So are ``time_limit`` and ``memory_limit``.
    objective, direction
        What ``best`` ranks by: a metric, a formula such as "sharpe_ratio - 0.1 * abs(max_drawdown)", or a function of
        a result's row, such as ``lambda row: row.sharpe_ratio - row.turnover``.
    objectives
        Several of them, each to "maximize" or "minimize": ``pareto`` has the rows that none beats in all, and "optuna"
        searches for these.
    result_constraints
        Conditions on results, such as "n_trades >= 100 and max_drawdown > -0.2": rows that satisfy all rank first.
    metrics
        Measures to compute for every row beside the basic metrics, by their names, such as ``["beta", "sqn"]``, or
        "all": docs/python.md. One that an objective or a condition names is computed in any case.
    across_data
        What ranks a combination over several sets of data: the "mean" (the default) or the "worst" of the objective,
        or the "positive_share" of sets in which its row has a return above zero.
    method, n_trials
        How points are chosen, and how many: "random", "sobol", "latin_hypercube", "halving" or "optuna"; see
        docs/searches.md.
    sampler, block_size
        Of "optuna": "tpe", "cmaes", "nsga2" or "gp", and how many points it proposes before it is told their rows.
    reduction, rungs
        Of "halving": one of so many points goes on to the next rung, of so many.
    out
        The run's directory. By default it is a scratch folder of the cache, kept for 30 days after its last use; the
        result says where, and ``save(directory)`` keeps it for good.
    resume
        Go on with the run in ``out``, or with the latest scratch run of this name, where it was interrupted; with more
        values than it had, run only what is new.
    isolation
        "minimal" (containers share indicators and signals), "full", "process", or "auto": minimal where strategy and
        settings allow it. It changes how long a sweep takes, and no row.
    backend
        The executor of batches: "forks", "loky", "threads", "inline", "dask", or by default the backend of a
        ``joblib.parallel_config`` around the call, otherwise "processes": forks, or loky's where those cannot be. It
        changes how long a sweep takes, and no row. Threads and "inline" keep no limits.
    executor
        A ``dask.distributed.Client``: batches run on the workers of its cluster, each of which keeps limits as this
        machine does. See docs/machines.md.
    bars_per_year
        Annualises the metrics, where it should not be counted from the data.
    delisted
        Prices of symbols whose bars end before those of the others, such as ``{"ABC": 0.5}``: a position in one is
        closed at that price, and not at the last close.
    time_limit, memory_limit
        What each container may use: seconds of processor time (default: 300), and bytes or a text such as "512MB".
    ledger
        Whether containers are recorded in the ledger of trials, by which the best row is judged: docs/ledger.md.
    statistics
        What is noted of every container beside its row: ``{"periods": 16, "months": True}``, see docs/periods.md; and
        ``{"null_markets": 100, "null_method": "blocks"}`` runs surrogate markets after the sweep, see ``null``.
    **settings
        Those of ``backtest``.

    Raises
    ------
    AdmfError
        For bad input; what one container does wrong becomes its row.
    """
    asked = Asked.of(strategy, data, bars_per_year, delisted)
    limits = {"time_limit": time_limit, "memory_limit": memory_limit}
    fields, at_hand = asked.fields(settings, parameters, constraints, limits)
    optimization: dict[str, Any] = {"direction": direction, "method": method, "n_trials": n_trials}
    optimization |= {} if across_data is None else {"across_data": across_data}
    optimization |= {"result_constraints": result_constraints, **fields["optimization"]}
    optimization |= {"objectives": dict(objectives or {}), "metrics": metrics}
    of_method = {"sampler": sampler, "block_size": block_size, "reduction": reduction, "rungs": rungs}
    optimization |= {key: value for key, value in of_method.items() if value is not None}
    if not callable(objective):
        optimization["objective"] = objective
    elif method in (*PROPOSERS, HALVING):
        raise ConfigError(f"objective: method {method} needs a metric or a formula, which a run keeps; not a function")
    fields["name"] = name or asked.name
    fields.setdefault("execution", {})["optimization_phase"] = {"isolation": isolation}
    fields["infrastructure"] = {"backend": backend, "ledger": ledger}
    fields["optimization"] = optimization
    fields |= {} if statistics is None else {"statistics": dict(statistics)}
    fields["workflow"] = {
        "reproducibility": {"master_seed": master_seed, "deterministic_ordering": deterministic_ordering}
    }
    run = _run(
        load_run(fields),
        out=out,
        n_jobs=n_jobs,
        resume=resume,
        batch_size=batch_size,
        executor=executor,
        at_hand=at_hand,
        facts={RANKED_BY: name_of(objective)} if callable(objective) else None,
        default=scratch_directory,
    )
    return GridResult.of(run, objective if callable(objective) else None)


def run_optimization(
    config: str | Path | Mapping[str, Any] | Config | RunConfig,
    *,
    n_jobs: int | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    batch_size: int | None = None,
) -> GridResult:
    """Run the grid of a YAML file, or of a mapping with the same keys.

    ``out`` is the run's directory (default: the next free ``runs/<name>-<n>``, with ``resume`` the latest).
    """
    checked = config if isinstance(config, Config | RunConfig) else load_run(config)
    return GridResult.of(_run(checked, out=out, n_jobs=n_jobs, resume=resume, batch_size=batch_size))


def _run(config: Config | RunConfig, *, out: str | Path | None, **given: Any) -> GridRun:
    """Run a grid with its progress shown; an interrupt says where to go on."""
    place = given.pop("default", default_directory)
    chosen = [] if out is None else [Path(out).expanduser()]

    def default(name: str, *, resume: bool) -> Path:
        chosen.append(place(name, resume=resume))
        return chosen[0]

    whole = RunConfig.of(config) if isinstance(config, Config) else config
    refuse_null(whole, (given.get("facts") or {}).get(RANKED_BY))
    try:
        with Progress() as progress:
            run = run_grid(config, out=chosen[0] if chosen else None, progress=progress, default=default, **given)
            null_of_run(run, progress, given.get("n_jobs"))
            return run
    except KeyboardInterrupt:
        if not chosen:
            raise
        raise KeyboardInterrupt(f"what was finished is kept in {chosen[0]}; resume=True goes on from there") from None


def plan(
    config: str | Path | Mapping[str, Any] | Config | RunConfig,
    *,
    n_jobs: int | None = None,
    hosts: Sequence[int] = (),
    recorded: str | Path | None = None,
) -> planning.SweepPlan | planning.RunPlan:
    """What the grid of a YAML file, or of a mapping with the same keys, will take; nothing is run.

    Of several strategies or sets of data it has the plan of each, ``sweeps``.

    ``hosts`` are numbers of hosts like this machine to predict the sweep for, each with ``n_jobs`` batches at a time.
    ``recorded`` is the directory of a run like it, whose containers say how long one takes.
    """
    checked = RunConfig.of(config) if isinstance(config, Config) else config
    run = checked if isinstance(checked, RunConfig) else load_run(checked)
    refuse_phases(run.common)
    given = None if recorded is None else Path(recorded)
    found = planning.plan_run(run, n_jobs=n_jobs, hosts=hosts, recorded=given)
    return found.sweeps[0][1] if run.is_plain else found
