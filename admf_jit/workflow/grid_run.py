"""One sweep from configuration to table: batches out, rows in, everything on the disk."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
from numpy.typing import NDArray

from admf_jit import interrupts
from admf_jit.config import Config, admission_limit
from admf_jit.data import MarketData
from admf_jit.errors import ConfigError, WorkerError, warn
from admf_jit.parameter_grid import Containers, Grid
from admf_jit.parameter_grid.survivors import Condition
from admf_jit.results import (
    Places,
    Progress,
    ResultBlock,
    RunDirectory,
    StoredTable,
    default_directory,
    machine,
    make_canonical,
    swept_types,
    versions,
)
from admf_jit.strategies.cache import kernels_digest
from admf_jit.strategies.declaration import Definition
from admf_jit.workers import faults
from admf_jit.workers.batch import BatchOutcome, BatchTask
from admf_jit.workers.dispatch import Incidents, run_batches
from admf_jit.workers.executors.choice import ExecutorChoice, choose_executor
from admf_jit.workers.plan import Plan, plan_batches, seconds_of_container, usable_cores
from admf_jit.workflow.isolation import MINIMAL
from admf_jit.workflow.prepare import Prepared, prepare

if TYPE_CHECKING:
    import pyarrow as pa


#: A process whose private memory grew by more than this, beyond a container's known state, is reported.
_MUCH_GROWTH = 64 * 1024**2
#: Containers of a grid that are laid out at a time where nothing is run.
_PLACES = 65_536


@dataclass(frozen=True)
class GridRun:
    """A finished sweep: its directory, its rows where they lie, how many of them failed, and its manifest."""

    directory: Path
    stored: StoredTable = field(repr=False)
    failed: int
    manifest: dict[str, Any]
    prepared: Prepared = field(repr=False)

    @cached_property
    def table(self) -> pa.Table:
        """All rows, in memory."""
        return self.stored.read()


@dataclass
class _WorkerFigures:
    """What the workers report about themselves."""

    containers: dict[int, int] = field(default_factory=dict)
    from_cache: dict[int, bool] = field(default_factory=dict)
    private_bytes: int = 0
    grown: int = 0
    events: int = 0
    columns_computed: int = 0
    columns_reused: int = 0
    seconds: float = 0.0
    incidents: Incidents = field(default_factory=Incidents)
    growing: list[dict[str, int]] = field(default_factory=list)

    def take(self, outcome: BatchOutcome, containers: Containers, state: int) -> None:
        process = outcome.process
        self.containers[process] = self.containers.get(process, 0) + len(outcome.errors)
        self.from_cache[process] = outcome.from_cache
        self.private_bytes = max(self.private_bytes, outcome.private_bytes)
        self.grown = max(self.grown, outcome.grown)
        if outcome.grown > _MUCH_GROWTH + 2 * state:
            # Its process ended with the batch, and the memory with it; the next batch has a new one.
            first, last = int(containers.index[0]), int(containers.index[-1])
            self.growing.append({"first": first, "last": last, "bytes": outcome.grown})
            growth = f"{outcome.grown / 2**20:,.0f} MiB"
            self.incidents.report(f"the process of containers {first} to {last} grew by {growth} and was replaced")
        self.events += outcome.n_events
        self.columns_computed += outcome.columns.computed
        self.columns_reused += outcome.columns.reused
        self.seconds += outcome.seconds

    def facts(self, plan: Plan, executor: str) -> dict[str, Any]:
        hits = sum(self.from_cache.values())
        return {
            "executor": executor,
            "processes": len(self.containers),
            "cache_hits": hits,
            "cache_misses": len(self.from_cache) - hits,
            "batch_size": plan.batch_size,
            "in_flight": plan.in_flight,
            "events": self.events,
            "columns_computed": self.columns_computed,
            "columns_reused": self.columns_reused,
            "largest_private_bytes": self.private_bytes,
            "ended_early": self.incidents.endings,
            "grown": self.growing,
        }

    def account(self, prepared: Prepared) -> dict[str, Any]:
        """What the containers of a strategy used in this session, and what they were allowed."""
        return {
            prepared.definition.name: {
                "containers": sum(self.containers.values()),
                "worker_seconds": self.seconds,
                "largest_batch_bytes": self.grown,
                **prepared.resources.model_dump(mode="json"),
            }
        }


@interrupts.taken()
def run_grid(
    config: Config,
    *,
    out: Path | None = None,
    n_jobs: int | None = None,
    resume: bool = False,
    batch_size: int | None = None,
    progress: Progress | None = None,
    definition: Definition | None = None,
    data: MarketData | None = None,
    conditions: Sequence[Condition] = (),
    facts: Mapping[str, Any] | None = None,
    default: Callable[..., Path] = default_directory,
) -> GridRun:
    """Run every container of ``config``'s grid that is not in the directory yet, and return all rows.

    ``out`` is the run's directory (by default what ``default`` says, the next free ``runs/<name>-<n>``). ``conditions``
    are constraints that Python functions decide, ``facts`` go into the manifest. Raises AdmfError for bad input; what a
    container does wrong becomes its row. An interrupt ends it with what has come back on the disk; a second one ends it
    at once.
    """
    started = time.perf_counter()
    if config.infrastructure.distributed:
        raise ConfigError(
            "infrastructure.distributed: is true, and this version runs a sweep on one machine (plan checks several); "
            "expected false"
        )
    chosen = _executor(config)
    prepared = prepare(config, definition=definition, data=data, conditions=conditions)
    _ = prepared.runner.module
    ready = time.perf_counter()
    path = Path(out) if out is not None else default(config.name, resume=resume)
    values = ({name: value} for name, values in prepared.grid.axis_values.items() for value in values)
    directory = RunDirectory.create(
        path,
        {**_manifest(prepared), **(facts or {})},
        swept=swept_types(values),
        metrics=prepared.result_names,
        resume=resume,
        ordered=config.workflow.reproducibility.deterministic_ordering,
        places=lambda: _places(prepared.grid),
    )
    isolation = prepared.isolation
    if progress is not None and isolation.asked == MINIMAL and isolation.used != MINIMAL:
        progress.note(f"isolation minimal is not possible, so it is full: {isolation.reason}")
    for damage in directory.damaged:
        _warn(damage, progress)
    with directory:
        plan = plan_of(prepared, n_jobs or chosen.n_jobs, batch_size)
        figures = _WorkerFigures()
        if progress is not None:
            figures.incidents.report = progress.note
            if chosen.name is not None:
                progress.note(chosen.described(plan.n_jobs))
        _run_containers(prepared, plan, chosen, directory, figures, progress)
        done = time.perf_counter()
        timings = {
            "prepare_seconds": ready - started,
            "compile_seconds": prepared.runner.seconds,
            "compiled_from_cache": prepared.runner.from_cache,
            "containers_seconds": done - ready,
            "worker_seconds": figures.seconds,
        }
        stored = directory.finish(
            expected=len(prepared.grid),
            damaged=directory.damaged,
            timings=timings,
            workers=figures.facts(plan, chosen.named(plan.n_jobs)),
            accounting=figures.account(prepared),
        )
    failed = stored.num_rows - directory.manifest["counts"].get("ok", 0)
    return GridRun(path, stored, failed, directory.manifest, prepared)


def _warn(text: str, progress: Progress | None) -> None:
    if progress is None:
        warn(text)
    else:
        progress.note(f"warning: {text}")


def plan_of(prepared: Prepared, n_jobs: int | None, batch_size: int | None) -> Plan:
    """How the grid is spread over workers and batches."""
    config = prepared.config
    admitted = admission_limit(prepared.resources, psutil.virtual_memory().total, usable_cores())
    size = batch_size or config.optimization.batch_size
    if prepared.in_processes:
        if size not in (None, 1):
            raise ConfigError(
                f"optimization.batch_size: is {size}, and execution.optimization_phase.isolation is process, which "
                "gives every container a process of its own; expected 1, or no batch size"
            )
        size = 1
    seconds = seconds_of_container(prepared.isolation.engine(prepared.engine), prepared.data.n_bars)
    return plan_batches(
        len(prepared.grid),
        n_jobs=n_jobs,
        batch_size=size,
        cap=config.containers_in_flight,
        admitted=admitted,
        seconds=seconds,
    )


def _manifest(prepared: Prepared) -> dict[str, Any]:
    config, data = prepared.config, prepared.data
    return {
        "name": config.name,
        "config": config.model_dump(mode="json"),
        "containers": len(prepared.grid),
        "data": {
            "digest": data.digest,
            "name": data.name,
            "source": config.data.source,
            "symbols": list(data.symbols),
            "timeframe": data.timeframe,
            "timezone": data.timezone,
            "bars": data.n_bars,
            "bars_per_year": data.bars_per_year,
            "bars_per_year_basis": data.annualisation.basis,
            "gaps": data.gaps.count,
            "notes": list(data.notes),
        },
        "strategy": {"name": prepared.definition.name, "digest": prepared.digest},
        "isolation": prepared.isolation.facts(),
        "versions": versions(kernels_digest=kernels_digest()),
        "machine": machine(),
    }


def _run_containers(
    prepared: Prepared,
    plan: Plan,
    chosen: ExecutorChoice,
    directory: RunDirectory,
    figures: _WorkerFigures,
    progress: Progress | None,
) -> None:
    completed = directory.completed()
    if progress is not None:
        progress.begin(len(prepared.grid), done=len(completed), bars_per_container=prepared.data.n_bars)
    waiting: dict[int, Containers] = {}
    tasks = _tasks(prepared, plan, completed, directory, waiting)
    executor = chosen.create(plan.n_jobs)
    try:
        with (
            interrupts.waiting(),
            closing(executor),
            closing(run_batches(tasks, plan, executor, figures.incidents)) as outcomes,
        ):
            for number, outcome in outcomes:
                containers = waiting.pop(number)
                first = prepared.grid.container(int(containers.index[0]))
                figures.take(outcome, containers, prepared.state_bytes(first))
                directory.add(_rows(prepared.result_names, containers, outcome))
                if progress is not None:
                    progress.advance(len(containers))
    except OSError as problem:
        # Out of processes, file handles, memory or shared memory: nothing that a container did.
        raise WorkerError(
            f"the system refuses what worker processes need ({problem}); what was finished is kept, and --resume goes "
            "on from there"
        ) from problem


def _places(grid: Grid) -> Iterator[Places]:
    for begin in range(0, len(grid), _PLACES):
        some = grid.select(np.arange(begin, min(begin + _PLACES, len(grid))))
        yield Places(some.container_id, some.index, some.swept)


def _executor(config: Config) -> ExecutorChoice:
    """The executor of a sweep, which keeps the limits that it asks for."""
    chosen = choose_executor(config.infrastructure.backend)
    if not chosen.watched:
        text = config.refuse_limits(f"executor {chosen.name}")
        if text is not None:
            raise ConfigError(text)
        if faults.planned:
            raise ConfigError(
                f"infrastructure.backend: is {chosen.name}, and inject_faults would end all of its containers; "
                "expected processes"
            )
    return chosen


def _tasks(
    prepared: Prepared,
    plan: Plan,
    completed: NDArray[np.int64],
    directory: RunDirectory,
    waiting: dict[int, Containers],
) -> Iterator[tuple[int, BatchTask]]:
    """Batches of containers not yet completed; what cannot run at all becomes its row here."""
    limits = prepared.limits(plan.n_jobs)
    names = prepared.result_names
    left = np.ones(len(prepared.grid), np.bool_)
    left[completed[(completed >= 0) & (completed < len(left))]] = False
    indices = np.flatnonzero(left).astype(np.int64, copy=False)
    if prepared.isolation.used == MINIMAL:
        indices = prepared.grid.side_by_side(indices)
    begin = 0
    for number, size in enumerate(plan.sizes(len(indices))):
        containers = prepared.grid.select(indices[begin : begin + size])
        begin += size
        refusals = prepared.refusals(containers)
        if refusals:
            refused = np.isin(np.arange(len(containers)), list(refusals))
            rows = containers.part(np.flatnonzero(refused))
            directory.add(_block(names, rows, list(refusals.values()), np.full((len(rows), len(names)), np.nan)))
            containers = containers.part(np.flatnonzero(~refused))
        if len(containers):
            waiting[number] = containers
            yield number, prepared.task(containers, limits)


def _rows(names: Sequence[str], containers: Containers, outcome: BatchOutcome) -> ResultBlock:
    return _block(names, containers, outcome.errors, outcome.metrics)


def _block(
    names: Sequence[str], containers: Containers, errors: Sequence[str | None], metrics: NDArray[np.float64]
) -> ResultBlock:
    make_canonical(metrics)
    index, ids, seeds = containers.index, containers.container_id, containers.seed
    return ResultBlock(index, ids, seeds, containers.swept, errors, names, metrics)
