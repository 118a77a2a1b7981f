"""The same sweep on markets without what it looks for: would the best of all rows have done as well there?"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from admf_jit import interrupts
from admf_jit.config import Config, RunConfig
from admf_jit.config.statistics import NULL_METHODS
from admf_jit.data import MarketData
from admf_jit.data.surrogates import surrogate
from admf_jit.errors import ConfigError, StatisticsError, closest
from admf_jit.results.null_markets import NullSweep, read_null, write_null
from admf_jit.results.ranking import MAXIMIZE, column_of
from admf_jit.statistics import optimal_block_length
from admf_jit.workers.batch import NO_RING, BatchInputs, run_containers
from admf_jit.workers.plan import usable_cores
from admf_jit.workflow.null_signals import SHIFTS, ShiftedSignals
from admf_jit.workflow.other_bars import blocks_of, in_order
from admf_jit.workflow.prepared import Prepared
from admf_kernels.constants import METRIC_NAMES

if TYPE_CHECKING:
    from admf_jit.results import Progress
    from admf_jit.workers.batch import Runnable
    from admf_jit.workflow.grid_run import GridRun

#: Seconds after which what is done is written.
_SECONDS_PER_WRITE = 5.0

#: Told of each market that is done, with the best of all so far.
Told = Callable[[NullSweep], None]
_NONE: NDArray[np.float64] = np.empty(0)


def null_sweep(
    prepared: Prepared,
    observed: float,
    n: int,
    method: str = "blocks",
    seed: int = 0,
    *,
    n_jobs: int | None = None,
    known: NDArray[np.float64] = _NONE,
    told: Told = lambda _: None,
) -> NullSweep:
    """Run all containers of a grid on ``n`` surrogate markets, in this process, and compare the best of each.

    ``observed`` is the best objective of the sweep itself. The market number k depends on the seed and k alone: that of
    ``surrogate`` with the seed (seed, k), or of "shifts" signals moved around the history by a number of bars.
    Blocks have the optimal length for the size of returns, which depend on their neighbours longest. ``known`` are the
    bests of the first markets, which are not run again; ``n_jobs`` threads run the others, by default one a core.
    Raises ConfigError where the objective is no metric or the signals of "shifts" cannot be known, and DataError as
    ``surrogate`` does.
    """
    for name, value, least in (("n", n, 1), ("seed", seed, 0)):
        if not isinstance(value, int | np.integer) or value < least:
            raise ConfigError(f"null: {name} is {value!r}; expected a whole number >= {least}")
    if method not in NULL_METHODS:
        hint = closest(method, NULL_METHODS)
        raise ConfigError(
            f"null: unknown method {method!r}; expected {', '.join(NULL_METHODS)}"
            + (f"; did you mean {hint!r}?" if hint else "")
        )
    optimization = prepared.config.optimization
    refuse_no_metric(RunConfig.of(prepared.config))
    length = _length(prepared.data)
    best_of = _shifted(prepared, seed) if method == SHIFTS else _surrogates(prepared, method, seed, length)
    best = known[:n].tolist()

    def so_far() -> NullSweep:
        return NullSweep.of(
            optimization.objective,
            observed,
            np.array(best, np.float64),
            direction=optimization.direction,
            method=method,
            block_length=length,
            seed=int(seed),
        )

    for one in in_order(best_of, range(len(best), n), n_jobs or usable_cores()):
        best.append(one)
        told(so_far())
    return so_far()


def null_of_run(run: GridRun, progress: Progress | None = None, n_jobs: int | None = None) -> NullSweep | None:
    """The surrogate markets that a run's configuration asks for, None where it asks for none.

    They are kept beside the table as they are done; an interrupted run that is resumed runs those that are missing,
    and a larger number those beyond it.
    """
    asked = run.sweeps.config.common.statistics
    if not asked.null_markets:
        return None
    prepared, objective = run.prepared, run.prepared.config.optimization.objective
    values = column_of(run.stored, objective)
    if np.isnan(values).all():
        raise ConfigError(f"statistics.null_markets: no row has {objective}, so none is the best")
    largest = prepared.config.optimization.direction == MAXIMIZE
    observed = float(np.nanmax(values) if largest else np.nanmin(values))
    before = read_null(run.directory, run.manifest)
    same = before is not None and (before.method, before.seed) == (asked.null_method, asked.null_seed)
    known = before.best if same and before is not None else _NONE
    if progress is not None:
        progress.say(f"the same sweep on {asked.null_markets:,} surrogate markets ({asked.null_method})")
        done, each = min(len(known), asked.null_markets), len(prepared.grid)
        progress.begin(asked.null_markets * each, done=done * each, bars_per_container=prepared.data.n_bars)
    last = [time.monotonic()]
    waiting: list[NullSweep] = []

    def told(null: NullSweep) -> None:
        waiting[:] = [null]
        if progress is not None:
            progress.advance(len(prepared.grid))
        if time.monotonic() - last[0] >= _SECONDS_PER_WRITE:
            last[0] = time.monotonic()
            write_null(run.directory, run.manifest, null)

    try:
        with interrupts.taken():
            found = null_sweep(
                prepared,
                observed,
                asked.null_markets,
                asked.null_method,
                asked.null_seed,
                n_jobs=n_jobs,
                known=known,
                told=told,
            )
    except BaseException:
        if waiting:
            write_null(run.directory, run.manifest, waiting[0])
        raise
    finally:
        if progress is not None:
            progress.end()
    write_null(run.directory, run.manifest, found)
    return found


def refuse_null(config: RunConfig, ranked_by: str | None = None) -> None:
    """Refuse a run whose surrogate markets could not be run once it has ended: before it begins."""
    if not config.common.statistics.null_markets:
        return
    if not config.is_plain:
        raise ConfigError("statistics.null_markets: several strategies or sets of data; expected one of each")
    if ranked_by is not None:
        raise ConfigError(f"statistics.null_markets: the run is ranked by the function {ranked_by}; expected a metric")
    refuse_no_metric(config)


def refuse_elsewhere(config: Config, what: str) -> None:
    """Refuse surrogate markets where nobody would run them."""
    if config.statistics.null_markets:
        raise ConfigError(f"statistics.null_markets: {what} runs no surrogate markets; expected 0, or `grid`")


def refuse_no_metric(config: RunConfig) -> None:
    """Refuse a run whose best row is not known without a search, or is not that of a metric."""
    optimization = config.common.optimization
    if optimization.objective not in METRIC_NAMES or optimization.draws:
        raise ConfigError(
            f"null: the sweep is ranked by {optimization.objective} with method {optimization.method}; expected a "
            "metric and a grid, whose best row is known without a search"
        )
    if optimization.result_constraints:
        raise ConfigError("null: the sweep has result_constraints, which surrogate markets do not know; expected none")


def _seed(seed: int, k: int) -> int:
    return int(np.random.SeedSequence((seed, k)).generate_state(1, np.uint64)[0])


def _length(data: MarketData) -> float:
    """A length of blocks for the size of returns of the first symbol."""
    with np.errstate(invalid="ignore", divide="ignore"):
        moves = np.abs(np.diff(np.log(data.with_history.close[0])))
    try:
        return max(1.0, optimal_block_length(moves).stationary)
    except StatisticsError:
        return 1.0


def _surrogates(prepared: Prepared, method: str, seed: int, length: float) -> Callable[[int], float]:
    module = prepared.runner.module

    def best_of(k: int) -> float:
        market = surrogate(prepared.data, method, _seed(seed, k), length)
        return _best(prepared, lambda inputs: (module, market, inputs))

    return best_of


def _shifted(prepared: Prepared, seed: int) -> Callable[[int], float]:
    signals = ShiftedSignals.of(prepared, [inputs for _, inputs in blocks_of(prepared)])

    def best_of(k: int) -> float:
        market = signals.moved(_seed(seed, k))
        return _best(prepared, lambda inputs: (signals.module, market, signals.inputs(inputs)))

    return best_of


def _best(prepared: Prepared, market: Callable[[BatchInputs], tuple[Runnable, MarketData, BatchInputs]]) -> float:
    optimization = prepared.config.optimization
    place, largest = METRIC_NAMES.index(optimization.objective), optimization.direction == MAXIMIZE
    found = -np.inf
    for _, inputs in blocks_of(prepared):
        metrics = np.empty((len(inputs.symbol), len(METRIC_NAMES)))
        run_containers(*market(inputs), NO_RING, metrics)
        values = metrics[:, place] if largest else -metrics[:, place]
        values = values[~np.isnan(values)]
        found = max(found, values.max(initial=-np.inf))
    if found == -np.inf:
        return float("nan")
    return float(found if largest else -found)
