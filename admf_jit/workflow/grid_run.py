"""One sweep from configuration to table: batches out, rows in, everything on the disk."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from admf_jit import interrupts
from admf_jit.config import Config, admission_limit
from admf_jit.data import MarketData
from admf_jit.errors import ConfigError, warn
from admf_jit.parameter_grid import Grid
from admf_jit.parameter_grid.survivors import Condition
from admf_jit.results import (
    Places,
    Progress,
    RunDirectory,
    StoredTable,
    default_directory,
    machine,
    swept_types,
    versions,
)
from admf_jit.strategies.cache import kernels_digest
from admf_jit.strategies.declaration import Definition
from admf_jit.wording import counted
from admf_jit.workers import faults
from admf_jit.workers.executors import Cluster
from admf_jit.workers.executors.choice import ExecutorChoice, choose_executor
from admf_jit.workers.plan import Plan, plan_batches, seconds_of_container, usable_cores
from admf_jit.workflow.figures import WorkerFigures
from admf_jit.workflow.isolation import MINIMAL
from admf_jit.workflow.prepare import Prepared, prepare
from admf_jit.workflow.search import load_search, search_facts
from admf_jit.workflow.sweep import Sweep

if TYPE_CHECKING:
    import pyarrow as pa


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
    executor: Any = None,
) -> GridRun:
    """Run every container that ``config``'s search proposes and that is not in the directory yet; return all rows.

    ``out`` is the run's directory (by default what ``default`` says, the next free ``runs/<name>-<n>``). ``conditions``
    are constraints that Python functions decide, ``facts`` go into the manifest. ``executor`` is a client of Dask's
    whose cluster runs the batches, whatever ``config`` says. Raises AdmfError for bad input; what a container does
    wrong becomes its row. An interrupt ends it with what has come back on the disk; a second one ends it at once.
    """
    started = time.perf_counter()
    chosen = _executor(config, executor)
    prepared = prepare(config, definition=definition, data=data, conditions=conditions)
    search = load_search(prepared)
    _ = prepared.runner.module
    ready = time.perf_counter()
    path = Path(out) if out is not None else default(config.name, resume=resume)
    values = ({name: value} for name, values in prepared.grid.axis_values.items() for value in values)
    # Before there is a directory: a cluster that is not there leaves none.
    with closing(chosen.connected(config, n_jobs, partial(_note, progress))) as running:
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
        if progress is not None and isolation.requested == MINIMAL and isolation.used != MINIMAL:
            progress.note(f"isolation minimal is not possible, so it is full: {isolation.reason}")
        for damage in directory.damaged:
            _warn(damage, progress)
        if (fewer := _fewer(config, len(prepared.grid))) is not None:
            _note(progress, fewer)
        cluster = running.cluster
        with directory:
            plan = plan_of(prepared, n_jobs or running.n_jobs, batch_size, cluster)
            figures = WorkerFigures()
            if progress is not None:
                figures.incidents.report = progress.note
                if running.name is not None:
                    progress.note(running.described(plan.n_jobs))
            memory = None if cluster is None else cluster.memory_of_job
            sweep = Sweep(prepared, plan, directory, figures, progress, memory)
            executor_name = running.name_for(plan.n_jobs)
            n_proposed = sweep.run(search, running.create(executor_name, plan.n_jobs))
            done = time.perf_counter()
            timings = {
                "prepare_seconds": ready - started,
                "compile_seconds": prepared.runner.seconds,
                "compiled_from_cache": prepared.runner.from_cache,
                "containers_seconds": done - ready,
                "worker_seconds": figures.seconds,
            }
            stored = directory.finish(
                expected=n_proposed,
                damaged=directory.damaged,
                timings=timings,
                workers=figures.facts(plan, executor_name, cluster),
                accounting=figures.account(prepared),
            )
    failed = stored.num_rows - directory.manifest["counts"].get("ok", 0)
    return GridRun(path, stored, failed, directory.manifest, prepared)


def _fewer(config: Config, n: int) -> str | None:
    """Why a search has fewer trials than it was asked for, if it has."""
    asked = config.optimization.n_trials
    if asked is None or n >= asked:
        return None
    return (
        f"optimization.n_trials is {asked:,}, and {counted(n, 'container')} will run: the space and its constraints "
        "have no more points, or the draw found none in 100,000 tries"
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
        len(prepared.grid),
        n_jobs=n_jobs,
        batch_size=size,
        cap=cap,
        admitted=admitted,
        seconds=seconds,
        on_hosts=cluster is not None,
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
        **search_facts(config),
        "isolation": prepared.isolation.facts(),
        "versions": versions(kernels_digest=kernels_digest()),
        "machine": machine(),
    }


def _places(grid: Grid) -> Iterator[Places]:
    for begin in range(0, len(grid), _PLACES):
        some = grid.select(np.arange(begin, min(begin + _PLACES, len(grid))))
        yield Places(some.container_id, some.index, some.swept)


def _executor(config: Config, given: Any) -> ExecutorChoice:
    """The executor of a sweep, which keeps the limits that it asks for; ``given`` is a client that the caller has."""
    chosen = choose_executor(config.infrastructure.executor, given)
    if config.infrastructure.distributed:
        resources = config.containers.resources_for(config.strategy.type)
        config.infrastructure.refuse_overcommitment(resources.memory_limit)
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
