"""Batches over worker processes: how large, how many at once, and results as they come."""

from __future__ import annotations

import functools
import math
import os
import threading
import time
from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass

from admf_jit.errors import WorkerError
from admf_jit.workers.batch import BatchOutcome, BatchTask, run_task

_BATCHES_PER_WORKER = 8
_LARGEST_BATCH = 512
#: Batches handed out per worker, so that one waits while one runs.
_DISPATCHED_PER_WORKER = 2
_SECONDS_BETWEEN_LOOKS = 1.0


@dataclass(frozen=True)
class Plan:
    """How a sweep is spread: worker processes, containers a batch, batches handed out at a time."""

    n_jobs: int
    batch_size: int
    dispatched: int

    @property
    def in_flight(self) -> int:
        """Most containers that are handed out and not finished at any moment."""
        return self.batch_size * self.dispatched


def plan_batches(n_containers: int, *, n_jobs: int | None, batch_size: int | None, cap: int | None) -> Plan:
    """Choose workers and batches for ``n_containers``, never with more than ``cap`` of them in flight.

    Batches are small enough that every worker gets several, so that none idles for long at the end.
    """
    jobs = n_jobs if n_jobs and n_jobs > 0 else usable_cores()
    limit = cap if cap is not None else n_containers
    jobs = max(1, min(jobs, n_containers, limit))
    size = batch_size or max(1, min(_LARGEST_BATCH, math.ceil(n_containers / (jobs * _BATCHES_PER_WORKER))))
    size = max(1, min(size, limit // jobs))
    dispatched = 1 if jobs == 1 else max(jobs, min(jobs * _DISPATCHED_PER_WORKER, limit // size))
    return Plan(jobs, size, dispatched)


def usable_cores() -> int:
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_batches(
    tasks: Iterable[tuple[int, BatchTask]], plan: Plan, *, ordered: bool
) -> Generator[tuple[int, BatchOutcome], None, None]:
    """Yield (number, outcome) for every numbered batch: in their order, or with ``ordered`` off as they finish.

    One worker means this process itself; more are joblib's loky workers, which live on for the next sweep.
    """
    if plan.n_jobs == 1:
        for number, task in tasks:
            yield number, run_task(task)
        return
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import BrokenProcessPool

    parallel = Parallel(
        n_jobs=plan.n_jobs,
        backend="loky",
        return_as="generator" if ordered else "generator_unordered",
        batch_size=1,
        pre_dispatch=plan.dispatched,
        max_nbytes=None,
    )
    outcomes = parallel(delayed(_run_numbered)(number, task) for number, task in tasks)
    # Closing the generator is what stops the workers when the caller is interrupted.
    with closing(outcomes):
        try:
            yield from outcomes
        except BrokenProcessPool as problem:
            raise WorkerError(
                "a worker process died (killed, out of memory, crashed); what was finished is kept: go on with --resume"
            ) from problem


def _run_numbered(number: int, task: BatchTask) -> tuple[int, BatchOutcome]:
    _end_with_parent()
    return number, run_task(task)


@functools.cache
def _end_with_parent() -> None:
    """End this worker within seconds of its parent's death, however that came: nobody is left to stop it."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="watch-parent").start()
