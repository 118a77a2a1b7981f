"""One batch of containers in one call of compiled code, and the outcome of each.

A worker process gets nothing of its parent but numbers, the folder of the market data and the path of the strategy's
generated module.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from admf_jit.errors import WorkerError
from admf_jit.results.spread import SPREAD_NAMES, SPREAD_OF
from admf_jit.strategies.llvm_memory import give_back_llvm_memory
from admf_jit.strategies.numba_runtime import start_runtime
from admf_jit.strategies.shared import SharedColumns, SharedStrategy, StrategyOverColumns
from admf_jit.workers.actions import actions_of
from admf_jit.workers.columns import ColumnCounts, column_problems, fill_columns, group_begins
from admf_jit.workers.failures import MESSAGES, RAISED, failure, said_by
from admf_jit.workers.limits import Limits
from admf_jit.workers.minimal import bars_of, indicator_bars_of, prime_shared, run_shared
from admf_jit.workers.output import without_output
from admf_jit.workers.over_columns import bars_and_columns
from admf_kernels.constants import EVENT_DTYPE, METRIC_NAMES, OUTCOME_COLUMNS, PERIOD_FIELDS, Intrabar, Outcome

if TYPE_CHECKING:
    from admf_jit.data import MarketData
    from admf_jit.strategies.compiled import CompiledModule, LoadedModule

    #: What a batch runs.
    Runnable = CompiledModule | SharedStrategy | StrategyOverColumns

#: Columns of a batch's results: the metrics, then what only a container of bounds has.
RESULT_NAMES = (*METRIC_NAMES, *SPREAD_NAMES)
_SPREAD_COLUMNS = [METRIC_NAMES.index(name) for name in SPREAD_OF]


@dataclass(frozen=True)
class BatchInputs:
    """What decides the results of n containers, one row each.

    symbol int64 (n,), parameters float64 (n, n_parameters), settings SETTINGS_DTYPE (n,), random_state
    int64 (n, 12), bounds bool (n,): whether a container is run a second time under `target_first`. fault int64 (n,) or
    None: the fault of each container (``workers.faults``).
    """

    symbol: NDArray[np.int64]
    parameters: NDArray[np.float64]
    settings: NDArray[np.record]
    random_state: NDArray[np.int64]
    bounds: NDArray[np.bool_]
    fault: NDArray[np.int64] | None = None

    def rows(self, rows: slice | NDArray[np.int64]) -> BatchInputs:
        """The inputs of some of the containers."""
        return BatchInputs(
            self.symbol[rows],
            self.parameters[rows],
            self.settings[rows],
            self.random_state[rows],
            self.bounds[rows],
            None if self.fault is None else self.fault[rows],
        )


@dataclass(frozen=True)
class BatchOutcome:
    """The results of n containers: metrics float64 (n, n_results), an error or None each, and the work's cost.

    ``process`` is the worker's, on the machine ``host`` where there are several, ``grown`` the private memory that the
    process which ran the batch gained by it, in bytes, ``columns`` how many columns of indicators were computed for it,
    and how many were reused.
    """

    metrics: NDArray[np.float64]
    errors: tuple[str | None, ...]
    n_events: int
    seconds: float
    from_cache: bool
    process: int
    private_bytes: int
    grown: int = 0
    columns: ColumnCounts = ColumnCounts()
    host: str = ""


@dataclass(frozen=True)
class BatchTask:
    """A batch as it is sent to a worker: what it runs, its limits, and whether one container runs after the other.

    Without limits it is run unwatched, in the worker itself. The first ``n_history`` bars of the store only warm
    indicators up; ``digest`` is that of the data with this said. ``n_results``
    says whether results have the metrics alone, or all of ``RESULT_NAMES``, and behind these the periods that end
    before the bars ``ends``. Where ``measures`` are asked for, they stand between the two. With ``own_process`` no
    other batch may run in the process that runs it.
    """

    store: Path
    digest: str
    module: Runnable
    inputs: BatchInputs
    limits: Limits | None = None
    in_turn: bool = True
    n_results: int = len(METRIC_NAMES)
    n_history: int = 0
    own_process: bool = False
    ends: tuple[int, ...] = ()
    measures: tuple[str, ...] = ()

    def part(self, rows: NDArray[np.int64]) -> BatchTask:
        """The same for some of the containers, or for all in their order."""
        if len(rows) == len(self.inputs.symbol):
            return self
        return replace(self, inputs=self.inputs.rows(rows))


class LoadedTask(NamedTuple):
    """What a batch needs in this process before it can run, and how many columns that took."""

    function: LoadedModule
    data: MarketData
    columns: ColumnCounts


def load_task(task: BatchTask, n_threads: int = 1) -> LoadedTask:
    """Load a batch's compiled module, map its market data and compute its columns, where they are not here yet.

    Columns are computed on so many threads at the most, all of which have ended then: a process is forked next.
    """
    from admf_jit.data.higher_columns import higher_columns
    from admf_jit.data.store import open_store

    data = _mapped.get(task.digest)
    if data is None:
        data = open_store(task.store).evaluated_from(task.n_history)
        if data.digest != task.digest:
            raise WorkerError(
                f"{task.store}: holds other bars than when this sweep began (digest {data.digest}, expected "
                f"{task.digest}); start it anew"
            )
        keep_mapped(data)
    higher_columns(data, task.module.series)
    actions_of(data, task.inputs.settings)
    start_runtime()
    function = task.module.load()
    columns = ColumnCounts()
    if isinstance(task.module, SharedStrategy | StrategyOverColumns):
        columns = fill_columns(task.module.shared, data, task.inputs.symbol, task.inputs.parameters, n_threads)
    if _primed.get(task.digest) != task.module:
        _primed.clear()
        _primed[task.digest] = task.module
        _prime(task, data)
    give_back_llvm_memory()
    return LoadedTask(function, data, columns)


def _prime(task: BatchTask, data: MarketData) -> None:
    """Call compiled code for no container.

    At the first call Numba resolves the types of all arguments, which takes two milliseconds: better once here than in
    every process that is forked for a batch.
    """
    module, none = task.module, slice(0, 0)
    if isinstance(module, SharedStrategy):
        prime_shared(module, data)
    else:
        bars = _bars_for(module, data, task.inputs)
        results = np.empty((0, len(METRIC_NAMES))), np.zeros((0, len(OUTCOME_COLUMNS)), np.int64)
        rows = task.inputs.rows(none)
        module.load().function(*bars, rows.symbol, *_own(rows), NO_RING, True, *results)


#: The data's digest and the module that were primed last.
_primed: dict[str, Runnable] = {}


def run_task(task: BatchTask, loaded: LoadedTask | None = None) -> BatchOutcome:
    """Run a batch in this process, over the memory map of the store. Never raises for what a container does."""
    from admf_jit.workers.measured import run_all

    started = time.perf_counter()
    function, data, columns = loaded or load_task(task)
    metrics = np.empty((len(task.inputs.symbol), task.n_results))
    errors, n_events = run_all(task, data, metrics)
    seconds = time.perf_counter() - started
    return BatchOutcome(
        metrics, errors, n_events, seconds, function.from_cache, os.getpid(), private_bytes(), columns=columns
    )


def keep_mapped(data: MarketData) -> None:
    """Let batches over this data find it mapped. By its digest: another store may get the path of one."""
    while len(_mapped) >= _MOST_STORES and data.digest not in _mapped:
        del _mapped[next(iter(_mapped))]
    _mapped[data.digest] = data


#: Digest -> data.
_mapped: dict[str, MarketData] = {}
#: Stores that stay mapped; the longest mapped go first. A batch that runs over one keeps its own reference.
_MOST_STORES = 8


def new_ring(length: int) -> NDArray[np.void]:
    """An empty ring of ``length`` events, a power of two."""
    return np.zeros(length, EVENT_DTYPE)


#: The ring of containers whose events nobody reads: their engines have a short one of their own.
NO_RING = new_ring(0)


def run_containers(
    module: Runnable,
    data: MarketData,
    inputs: BatchInputs,
    ring: NDArray[np.void],
    results: NDArray[np.float64],
    outcomes: NDArray[np.int64] | None = None,
    *,
    ends: tuple[int, ...] = (),
) -> tuple[tuple[str | None, ...], int]:
    """Run containers, those of bounds twice, into ``results``: (an error or None each, events).

    ``results`` is float64 (n, len(METRIC_NAMES)), or (n, len(RESULT_NAMES)) where any container may have bounds. The
    row of such a container is that of `stop_first`, with the spread of both runs; it fails if either does.
    ``outcomes`` is filled as each container of the first run ends, for a watching process. Nobody reads the events of
    the second run. Behind these columns stand the periods that end before the bars ``ends``, of the first run:
    ``PERIOD_FIELDS`` each, NaN for a container that fails.
    """
    width = results.shape[1] - len(ends) * len(PERIOD_FIELDS)
    has_spread = width != len(METRIC_NAMES)
    # Compiled code writes rows of metrics and periods: where there is nothing else, it writes to the results.
    rows = np.empty((len(results), results.shape[1] - len(SPREAD_NAMES))) if has_spread else results
    errors, n_events = _run_once(module, data, inputs, ring, rows, outcomes, ends)
    if not has_spread:
        return tuple(errors), n_events
    metrics = rows[:, : len(METRIC_NAMES)]
    results[:, len(METRIC_NAMES) : width] = np.nan
    results[:, width:] = rows[:, len(METRIC_NAMES) :]
    twice = np.flatnonzero(inputs.bounds)
    if len(twice):
        second = inputs.rows(twice)  # copies, as the rows are an array
        second.settings["intrabar"] = Intrabar.TARGET_FIRST
        second_results = np.empty((len(twice), len(METRIC_NAMES)))
        with without_output():
            second_errors, more_events = _run_once(module, data, second, NO_RING, second_results)
        n_events += more_events
        for row, second_metrics, error in zip(twice, second_results, second_errors, strict=True):
            if errors[row] is None and error is not None:
                errors[row] = f"under intrabar target_first, the second run of bounds: {error}"
                metrics[row] = results[row, width:] = np.nan
            if errors[row] is None:
                both = [sorted((metrics[row, column], second_metrics[column])) for column in _SPREAD_COLUMNS]
                results[row, len(METRIC_NAMES) : width] = np.concatenate(both)
    results[:, : len(METRIC_NAMES)] = metrics
    return tuple(errors), n_events


def _run_once(
    module: Runnable,
    data: MarketData,
    inputs: BatchInputs,
    ring: NDArray[np.void],
    metrics: NDArray[np.float64],
    outcomes: NDArray[np.int64] | None = None,
    ends: tuple[int, ...] = (),
) -> tuple[list[str | None], int]:
    if outcomes is None:
        outcomes = np.zeros((len(inputs.symbol), len(OUTCOME_COLUMNS)), np.int64)
    metrics.fill(np.nan)
    metrics[:, len(METRIC_NAMES) :: len(PERIOD_FIELDS)] = ends
    errors, n_events = _call(module, data, inputs, ring, metrics, outcomes)
    if ends:
        metrics[[error is not None for error in errors], len(METRIC_NAMES) :] = np.nan
    return errors, n_events


def _call(
    module: Runnable,
    data: MarketData,
    inputs: BatchInputs,
    ring: NDArray[np.void],
    metrics: NDArray[np.float64],
    outcomes: NDArray[np.int64],
) -> tuple[list[str | None], int]:
    if isinstance(module, SharedStrategy):
        module.guarded.bind()
        columns = inputs.symbol, inputs.parameters, inputs.settings, inputs.random_state
        errors = run_shared(module, data, *columns, metrics, outcomes)
        _note_problems(module.shared, data, inputs, metrics, outcomes, errors)
        return errors, 0
    _, outcomes = run_inputs(module, data, inputs, ring, trap=True, metrics=metrics, outcomes=outcomes)
    errors = [
        describe_failure(module, data, inputs, ring, k, outcomes[k]) if outcomes[k, 0] else None
        for k in range(len(outcomes))
    ]
    if isinstance(module, StrategyOverColumns):
        _note_problems(module.shared, data, inputs, metrics, outcomes, errors)
    return errors, int(outcomes[:, 2].sum())


def _note_problems(
    shared: SharedColumns,
    data: MarketData,
    inputs: BatchInputs,
    metrics: NDArray[np.float64],
    outcomes: NDArray[np.int64],
    errors: list[str | None],
) -> None:
    """Make failures of containers that have come beyond a bar at which an indicator of the user's own raised."""
    for row, bar, message in column_problems(shared, data, inputs.symbol, inputs.parameters):
        if outcomes[row, 0] == Outcome.DONE or outcomes[row, 1] >= bar:
            metrics[row] = np.nan
            outcomes[row, :2] = int(Outcome.STRATEGY_RAISED), bar
            errors[row] = failure(Outcome.STRATEGY_RAISED, message, data, bar, inputs.settings[row])


def run_inputs(
    module: CompiledModule | StrategyOverColumns,
    data: MarketData,
    inputs: BatchInputs,
    ring: NDArray[np.void],
    *,
    trap: bool,
    metrics: NDArray[np.float64] | None = None,
    outcomes: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Call the compiled batch function; metrics (n, len(METRIC_NAMES)) and outcomes (n, len(OUTCOME_COLUMNS)).

    With ``trap`` off, an exception of the strategy is raised here. Both are filled where they are given; metrics are
    NaN then, but for the ends of periods.
    """
    n = len(inputs.symbol)
    if metrics is None:
        metrics = np.full((n, len(METRIC_NAMES)), np.nan)
    if outcomes is None:
        outcomes = np.zeros((n, len(OUTCOME_COLUMNS)), np.int64)
    run_batch: Callable[..., None] = module.load().function
    if isinstance(module, StrategyOverColumns):
        begins = group_begins(inputs.symbol, inputs.parameters[:, module.shared.parameters])
        for part in map(slice, begins[:-1], begins[1:]):
            rows = inputs.rows(part)
            bars = _bars_for(module, data, rows)
            run_batch(*bars, np.zeros_like(rows.symbol), *_own(rows), ring, trap, metrics[part], outcomes[part])
    else:
        run_batch(*_bars_for(module, data, inputs), inputs.symbol, *_own(inputs), ring, trap, metrics, outcomes)
    return metrics, outcomes


def _bars_for(module: CompiledModule | StrategyOverColumns, data: MarketData, inputs: BatchInputs) -> tuple[Any, ...]:
    """The leading arguments of ``run_batch``; where columns are shared, for containers that share the first one's."""
    from admf_jit.data.higher_columns import higher_columns

    if isinstance(module, StrategyOverColumns):
        return bars_and_columns(module.shared, data, int(inputs.symbol[0]), inputs.parameters[0], inputs.settings)
    bars = *bars_of(data), *indicator_bars_of(data)
    return (*bars, *higher_columns(data, module.series), data.delisting_prices, actions_of(data, inputs.settings))


def _own(inputs: BatchInputs) -> tuple[NDArray[np.float64], NDArray[np.record], NDArray[np.int64]]:
    return inputs.parameters, inputs.settings, inputs.random_state


def describe_failure(
    module: CompiledModule | StrategyOverColumns,
    data: MarketData,
    inputs: BatchInputs,
    ring: NDArray[np.void],
    k: int,
    outcome: NDArray[np.int64],
) -> str:
    """Why container k failed; where its strategy raised, by running it again with the exception let through."""
    kind = Outcome(int(outcome[0]))
    message = MESSAGES.get(kind, RAISED)
    compiled = module.compiled if isinstance(module, StrategyOverColumns) else module
    if kind is Outcome.STRATEGY_RAISED:
        try:
            with without_output():
                run_inputs(module, data, inputs.rows(slice(k, k + 1)), ring, trap=False)
        except Exception as problem:
            message = said_by(compiled, problem)
    elif kind is Outcome.UNKNOWN_DIRECTION:
        message = compiled.place_return_value(message)
    return failure(kind, message, data, int(outcome[1]), inputs.settings[k])


def private_bytes() -> int:
    """Memory of this process that it shares with no other, in bytes; 0 where the system does not say."""
    try:
        with open("/proc/self/statm") as file:
            _, resident, shared, *_ = file.read().split()
    except OSError:
        return 0
    return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")
