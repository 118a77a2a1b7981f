"""Batches over worker processes: how large, how many at once, and results as they come."""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np

from admf_jit.workers.batch import BatchOutcome, BatchTask
from admf_jit.workers.lanes import HereLanes, Lanes, WorkerLanes
from admf_jit.workers.limits import Ended
from admf_jit.workers.pieces import Assembly, Piece

_BATCHES_PER_WORKER = 8
_LARGEST_BATCH = 512
#: Batches handed out per worker, so that one waits while one runs.
_DISPATCHED_PER_WORKER = 2


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


@dataclass
class Incidents:
    """What went wrong with worker processes during a sweep: counts of endings by status, and pools that were lost."""

    endings: dict[str, int] = field(default_factory=dict)
    lost_pools: int = 0
    report: Callable[[str], None] = field(default=lambda text: None, repr=False)

    def take(self, piece: Piece, ended: Ended) -> None:
        """Count the ending of a piece's process and report it."""
        self.endings[ended.status] = self.endings.get(ended.status, 0) + 1
        among = "" if len(piece) == 1 else f"one of {len(piece)} containers, all of which are run again: "
        self.report(f"{among}{ended.error}")


def run_batches(
    tasks: Iterable[tuple[int, BatchTask]], plan: Plan, incidents: Incidents | None = None
) -> Generator[tuple[int, BatchOutcome], None, None]:
    """Yield (number, outcome) for every numbered batch, as they finish.

    A process that ends early costs nothing but time: its containers are run again in smaller pieces, until what is
    guilty stands alone and is a failed row. Raises WorkerError when processes keep being ended from outside.
    """
    incidents = incidents if incidents is not None else Incidents()
    lanes: Lanes = HereLanes() if plan.n_jobs == 1 else WorkerLanes(plan.n_jobs)
    queue = _Queue(tasks)
    # Closing the lanes is what stops the workers when the caller is interrupted.
    with closing(lanes):
        while True:
            while len(lanes) < plan.dispatched and (piece := queue.next(lanes_are_empty=not len(lanes))) is not None:
                lanes.submit(piece, queue.task(piece))
            if not len(lanes):
                return
            for piece, answer in lanes.answers():
                if isinstance(answer, Ended):
                    incidents.take(piece, answer)
                finished = queue.take(piece, answer)
                if finished is not None:
                    yield piece.batch, finished
            if lanes.lost_pools > incidents.lost_pools:
                incidents.lost_pools = lanes.lost_pools
                incidents.report("a worker process was ended from outside; what it was running is run again")


class _Queue:
    """Pieces that wait to be run, those of earlier batches first, and the batches that they belong to."""

    def __init__(self, tasks: Iterable[tuple[int, BatchTask]]) -> None:
        self._source = iter(tasks)
        self._again: deque[Piece] = deque()
        self._assemblies: dict[int, Assembly] = {}
        self._in_quarantine = False

    def task(self, piece: Piece) -> BatchTask:
        """The work of a piece."""
        return self._assemblies[piece.batch].task.part(piece.places)

    def next(self, *, lanes_are_empty: bool) -> Piece | None:
        """The next piece to run, or None while there is none. A piece in quarantine runs with nothing beside it."""
        if self._in_quarantine:
            return None
        if self._again:
            self._in_quarantine = self._again[0].in_quarantine
            if self._in_quarantine and not lanes_are_empty:
                self._in_quarantine = False
                return None
            return self._again.popleft()
        for number, task in self._source:
            self._assemblies[number] = Assembly(task)
            return Piece(number, np.arange(len(task.inputs.symbol)))
        return None

    def take(self, piece: Piece, answer: BatchOutcome | Ended | None) -> BatchOutcome | None:
        """Take what came of a piece; the batch's outcome, if that was the last that it lacked."""
        self._in_quarantine = False
        assembly = self._assemblies[piece.batch]
        self._again += assembly.take(piece, answer)
        if assembly.missing:
            return None
        del self._assemblies[piece.batch]
        return assembly.outcome()
