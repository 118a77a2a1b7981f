"""A run from configuration to table: batches of each sweep out, rows in, everything on the disk."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from admf_jit import interrupts
from admf_jit.config import Config, RunConfig, admission_limit, refuse_phases
from admf_jit.data import MarketData
from admf_jit.errors import ConfigError, warn
from admf_jit.parameter_grid.survivors import Condition
from admf_jit.results import (
    Progress,
    RunDirectory,
    StoredTable,
    default_directory,
    machine,
    versions,
)
from admf_jit.results.manifest import MANIFEST_NAME, read_manifest
from admf_jit.results.period_rows import PERIODS, Periods
from admf_jit.results.selection import HALVING
from admf_jit.strategies.cache import kernels_digest
from admf_jit.strategies.declaration import Definition
from admf_jit.wording import counted
from admf_jit.workers import faults
from admf_jit.workers.executors import Cluster
from admf_jit.workers.executors.choice import ExecutorChoice, choose_executor
from admf_jit.workers.plan import Plan, plan_batches, seconds_of_container, usable_cores
from admf_jit.workflow.figures import WorkerFigures, accounting_of, together
from admf_jit.workflow.flat_periods import flatten_periods, refuse_flat
from admf_jit.workflow.halving import RUNGS, halve
from admf_jit.workflow.isolation import MINIMAL
from admf_jit.workflow.periods import periods_of
from admf_jit.workflow.prepared import Prepared
from admf_jit.workflow.prepared_run import AtHand, PreparedRun, PreparedSweep, prepare_run
from admf_jit.workflow.search import Search, load_search, search_facts
from admf_jit.workflow.sweep import Sweep
from admf_jit.workflow.trials import record_run

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class GridRun:
    """A finished run: its directory, its rows where they lie, how many of them failed, and its manifest."""

    directory: Path
    stored: StoredTable = field(repr=False)
    failed: int
    manifest: dict[str, Any]
    sweeps: PreparedRun = field(repr=False)

    @property
    def prepared(self) -> Prepared:
        """Its sweep, or the first of several."""
        return self.sweeps.sweeps[0].prepared

    @cached_property
    def table(self) -> pa.Table:
        """All rows, in memory."""
        return self.stored.read()


@interrupts.taken()
def run_grid(
    config: Config | RunConfig,
    *,
    out: Path | None = None,
    n_jobs: int | None = None,
    resume: bool = False,
    batch_size: int | None = None,
    progress: Progress | None = None,
    definition: Definition | None = None,
    data: MarketData | None = None,
    conditions: Sequence[Condition] = (),
    at_hand: AtHand | None = None,
    facts: Mapping[str, Any] | None = None,
    default: Callable[..., Path] = default_directory,
    executor: Any = None,
) -> GridRun:
    """Run every container that the searches of ``config`` propose and that has no row yet; return all rows.

    ``out`` is the run's directory (by default what ``default`` says, the next free ``runs/<name>-<n>``). ``conditions``
    are constraints that Python functions decide, ``at_hand`` is the same of several strategies or sets of data,
    ``facts`` go into the manifest. ``executor`` is a client of Dask's
    whose cluster runs the batches, whatever ``config`` says. Raises AdmfError for bad input; what a container does
    wrong becomes its row. An interrupt ends it with what has come back on the disk; a second one ends it at once.
    """
    started = time.perf_counter()
    whole = RunConfig.of(config) if isinstance(config, Config) else config
    refuse_phases(whole.common)
    refuse_flat(whole)
    chosen = _executor(whole, executor)
    if definition is not None or data is not None or conditions:
        at_hand = AtHand(
            {} if definition is None else {None: definition}, {} if data is None else {None: data}, {None: conditions}
        )
    path = Path(out) if out is not None else default(whole.common.name, resume=resume)
    if whole.common.optimization.method == HALVING:
        rung = partial(run_grid, n_jobs=n_jobs, batch_size=batch_size, progress=progress, executor=executor)
        at_hand, told = halve(whole, path, resume, at_hand or AtHand(), rung)
        facts = {**(facts or {}), **told}
    run = prepare_run(whole, at_hand)
    searches = [load_search(sweep.prepared) for sweep in run.sweeps]
    for sweep in run.sweeps:
        _ = sweep.prepared.runner.module
    ready = time.perf_counter()
    stored_before = read_manifest(path) if resume and (path / MANIFEST_NAME).exists() else None
    periods, left_out = periods_of(run, stored_before)
    if left_out is not None:
        _note(progress, left_out)
    # Before there is a directory: a cluster that is not there leaves none.
    with closing(chosen.connected(_largest(whole), n_jobs, partial(_note, progress))) as running:
        directory = RunDirectory.create(
            path,
            {**_manifest(run), **({PERIODS: periods} if periods else {}), **(facts or {})},
            swept=run.swept_types(),
            metrics=run.result_names,
            resume=resume,
            ordered=whole.common.workflow.reproducibility.deterministic_ordering,
            places=run.places,
            beside=(RUNGS,),
        )
        for text in (*whole.common.unused_limits, *directory.damaged):
            _warn(text, progress)
        with directory:
            work = _Work(running, directory, n_jobs, batch_size, progress)
            done = [work.run(run, sweep, search) for sweep, search in zip(run.sweeps, searches, strict=True)]
            flatten_periods(run, directory, n_jobs, progress)
            finished = time.perf_counter()
            runners = [sweep.prepared.runner for sweep in run.sweeps]
            timings = {
                "prepare_seconds": ready - started,
                "compile_seconds": sum(runner.seconds for runner in runners),
                "compiled_from_cache": all(runner.from_cache for runner in runners),
                "containers_seconds": finished - ready,
                "worker_seconds": sum(one.figures.seconds for one in done),
            }
            stored = directory.finish(
                expected=sum(one.proposed for one in done),
                told=lambda rows: record_run(run, rows, directory.manifest, partial(_warn, progress=progress)),
                damaged=directory.damaged,
                timings=timings,
                workers=work.facts(done),
                accounting=accounting_of([(one.figures, sweep) for one, sweep in zip(done, run.sweeps, strict=True)]),
            )
    failed = stored.num_rows - directory.manifest["counts"].get("ok", 0)
    return GridRun(path, stored, failed, directory.manifest, run)


def is_begun(path: Path) -> bool:
    """Whether a directory holds a run to go on with, be it the early rungs of its search alone."""
    return (path / MANIFEST_NAME).exists() or (path / RUNGS).is_dir()


@dataclass(frozen=True)
class _Done:
    """A sweep that came to its end: how many containers it proposed, and how they were run."""

    proposed: int
    plan: Plan
    executor: str
    figures: WorkerFigures


@dataclass(frozen=True)
class _Work:
    """What all sweeps of a run are run with."""

    running: ExecutorChoice
    directory: RunDirectory
    n_jobs: int | None
    batch_size: int | None
    progress: Progress | None

    def run(self, run: PreparedRun, sweep: PreparedSweep, search: Search) -> _Done:
        """Run a sweep to its end."""
        prepared, running, progress = sweep.prepared, self.running, self.progress
        cluster = running.cluster
        isolation = prepared.isolation
        title = f"{sweep.title}: " if sweep.title else ""
        if progress is not None and isolation.requested == MINIMAL and isolation.used != MINIMAL:
            progress.note(f"{title}isolation minimal is not possible, so it is full: {isolation.reason}")
        plan = plan_of(prepared, self.n_jobs or running.n_jobs, self.batch_size, cluster)
        figures = WorkerFigures()
        if progress is not None:
            figures.incidents.report = progress.note
            if running.name is not None:
                progress.note(title + running.described(plan.n_jobs))
            elif title:
                progress.say(f"{title}{counted(len(prepared.grid), 'container')}")
        memory = None if cluster is None else cluster.memory_of_job
        rows = run.rows_of(sweep, self.directory)
        periods = self.directory.manifest.get(PERIODS)
        ends = () if periods is None else Periods.of(periods["sweeps"][run.sweeps.index(sweep)]).ends
        one = Sweep(prepared, plan, rows, figures, progress, memory, ends)
        name = running.name_for(plan.n_jobs)
        proposed = one.run(search, running.create(name, plan.n_jobs))
        if (fewer := _fewer(prepared.config, proposed)) is not None:
            _note(progress, title + fewer)
        return _Done(proposed, plan, name, figures)

    def facts(self, done: Sequence[_Done]) -> dict[str, Any]:
        """What the workers of all sweeps report, for the manifest."""
        return together([one.figures for one in done]).facts(done[0].plan, done[0].executor, self.running.cluster)


def _fewer(config: Config, n: int) -> str | None:
    """Why a search has fewer trials than it was asked for, if it has."""
    asked = config.optimization.n_trials
    if asked is None or n >= asked or config.optimization.method == HALVING:
        return None
    return (
        f"optimization.n_trials is {asked:,}, and {counted(n, 'container')} were run: the space and its constraints "
        "have no more points, or the search found none for long"
    )


def _warn(text: str, progress: Progress | None) -> None:
    if progress is None:
        warn(text)
    else:
        progress.note(f"warning: {text}")


def _note(progress: Progress | None, text: str) -> None:
    if progress is not None:
        progress.note(text)


def plan_of(prepared: Prepared, n_jobs: int | None, batch_size: int | None, cluster: Cluster | None = None) -> Plan:
    """How the grid is spread over workers and batches, on this machine or those of a cluster."""
    config = prepared.config
    cap = config.containers_in_flight
    if cluster is None:
        admitted = admission_limit(prepared.resources, psutil.virtual_memory().total, usable_cores())
    else:
        admitted = cluster.n_jobs
        cap = min((one for one in (cap, cluster.containers) if one is not None), default=None)
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
        prepared.grid.most,
        n_jobs=n_jobs,
        batch_size=size,
        cap=cap,
        admitted=admitted,
        seconds=seconds,
        on_hosts=cluster is not None,
    )


def _manifest(run: PreparedRun) -> dict[str, Any]:
    return {
        "name": run.config.common.name,
        "config": run.config.resolved(),
        "containers": len(run),
        **run.facts(),
        **search_facts(run.config.common),
        "versions": versions(kernels_digest=kernels_digest()),
        "machine": machine(),
    }


def _largest(run: RunConfig) -> Config:
    """The configuration of the sweep whose containers may take the most memory: what a host holds is reckoned by it."""

    def memory(config: Config) -> int:
        return config.containers.resources_for(config.strategy.type).memory_limit or 0

    return max((one.config for one in run.sweeps), key=memory)


def _executor(run: RunConfig, given: Any) -> ExecutorChoice:
    """The executor of a run, which keeps the limits that it asks for; ``given`` is a client that the caller has."""
    infrastructure = run.common.infrastructure
    chosen = choose_executor(infrastructure.executor, given)
    for config in (one.config for one in run.sweeps):
        if infrastructure.distributed:
            resources = config.containers.resources_for(config.strategy.type)
            infrastructure.refuse_overcommitment(resources.memory_limit)
        text = None if chosen.watched else config.refuse_limits(f"executor {chosen.name}")
        if text is not None:
            raise ConfigError(text)
    if not chosen.watched and faults.planned:
        raise ConfigError(
            f"infrastructure.backend: is {chosen.name}, and inject_faults would end all of its containers; "
            "expected processes"
        )
    return chosen
