"""Planning a sweep: how long it will take, how many workers that is worth, and how large batches are."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass

from admf_jit.strategies.generate import ORDER_ENGINE, PLAIN_ENGINE

#: Nanoseconds per bar and container, by engine: what `make bench` measures, on the high side.
_NANOSECONDS = {
    f"minimal {PLAIN_ENGINE}": 1.5,
    f"minimal {ORDER_ENGINE}": 30.0,
    f"minimal in blocks between fills {PLAIN_ENGINE}": 5.0,
    f"minimal in blocks between fills {ORDER_ENGINE}": 40.0,
    PLAIN_ENGINE: 14.0,
    ORDER_ENGINE: 90.0,
}
_NANOSECONDS_OF_OTHERS = 200.0
#: A second process is worth its start from this much work on: to fork one takes milliseconds, a worker half a second.
_WORTH_WORKERS = 0.1 if hasattr(os, "fork") else 1.2
#: Work of the smallest batch: several times what it takes to fork a process for it.
_SHORTEST_BATCH = 0.1
#: The same with one process at a time, where none has to wait for another at the end.
_SHORTEST_BATCH_ALONE = 0.12
#: Work of the largest batch, so that rows reach the disk and progress is seen while it goes on.
_LONGEST_BATCH = 1.0
_LARGEST_BATCH = 8192
#: The same where it is not known how long a container takes.
_LARGEST_UNKNOWN = 512
#: A batch is at most so large a part of what is left for each worker. The smaller, the more processes are forked; the
#: larger, the longer all may wait at the end for one whose containers take longer than others.
_SHARE_OF_WORKER = 2 / 3
#: Processor time of a batch in the machine that hands it out, to a scheduler elsewhere, and on the host that runs it:
#: measured with 1,000 batches of two short containers (`benchmarks/NOTES.md`).
SECONDS_OF_A_TASK = 2e-3
SECONDS_ON_A_HOST = 10e-3
#: The part of a host's time that its containers shall have.
EFFICIENCY = 0.95
#: Of the time of the machine that hands out batches, tasks shall take this part at the most: rows need the rest.
_SHARE_OF_TASKS = 0.5
#: Batches submitted per worker, so that one waits while one runs.
_DISPATCHED_PER_WORKER = 2


@dataclass(frozen=True)
class Plan:
    """Worker processes, containers a batch at most and at least, and batches submitted at a time."""

    n_jobs: int
    batch_size: int
    dispatched: int
    smallest_batch: int | None = None

    @property
    def in_flight(self) -> int:
        """Most containers that are submitted and not finished at any moment."""
        return self.batch_size * self.dispatched

    def sizes(self, n_containers: int) -> Iterator[int]:
        """Sizes of the batches of ``n_containers``: smaller and smaller at the end, so that all workers end together.

        Without a smallest batch, all are of one size.
        """
        smallest = self.batch_size if self.smallest_batch is None else min(self.smallest_batch, self.batch_size)
        left = n_containers
        while left > 0:
            share = math.ceil(_SHARE_OF_WORKER * left / self.n_jobs) if self.n_jobs > 1 else self.batch_size
            size = min(left, self.batch_size, max(smallest, share))
            left -= size
            yield size


def seconds_of_container(engine: str, n_bars: int) -> float:
    """How long one container will take on one core, roughly: whether a batch takes milliseconds or seconds."""
    return _NANOSECONDS.get(engine, _NANOSECONDS_OF_OTHERS) * n_bars / 1e9


def plan_batches(
    n_containers: int,
    *,
    n_jobs: int | None,
    batch_size: int | None,
    cap: int | None,
    admitted: int | None = None,
    seconds: float | None = None,
    on_hosts: bool = False,
) -> Plan:
    """Choose workers and batches for ``n_containers``, never with more than ``cap`` of them in flight.

    No more than ``admitted`` processes run containers at a time. ``seconds`` is what one container will take. Work that
    is over before workers are up is left to one process, unless ``n_jobs`` says otherwise. ``on_hosts`` says that
    batches are tasks of a cluster, which are longer.
    """
    jobs = requested_jobs(n_jobs)
    if seconds is not None and not n_jobs and n_containers * seconds < _WORTH_WORKERS:
        jobs = 1
    limit = cap if cap is not None else n_containers
    jobs = max(1, min(jobs, n_containers, limit, jobs if admitted is None else admitted))
    smallest = None
    size = batch_size
    if size is None:
        # A fourth of its part for each worker, unless that is so little work that the start of a batch would be felt.
        shortest = _SHORTEST_BATCH if jobs > 1 else _SHORTEST_BATCH_ALONE
        shortest = seconds_of_task(jobs) if on_hosts else shortest
        longest_work = max(_LONGEST_BATCH, shortest)
        smallest = 1 if seconds is None else max(1, math.ceil(shortest / seconds))
        longest = _LARGEST_UNKNOWN if seconds is None else min(_LARGEST_BATCH, math.ceil(longest_work / seconds))
        size = max(smallest, math.ceil(n_containers / (4 * jobs)))
        if jobs == 1 or size == smallest:
            # All about as long, and as many for each worker.
            size = smallest = math.ceil(n_containers / (jobs * max(1, n_containers // (jobs * size))))
        size = min(longest, size)
    size = max(1, min(size, limit // jobs))
    dispatched = 1 if jobs == 1 else max(jobs, min(jobs * _DISPATCHED_PER_WORKER, limit // size))
    return Plan(jobs, size, dispatched, smallest)


def seconds_of_task(n_jobs: int) -> float:
    """How much work a task of a cluster has to be, so that ``n_jobs`` of them at a time keep their hosts busy.

    What the host needs for a task beside its containers is at most a twentieth of its time, and whoever hands tasks out
    has half of its own time for rows.
    """
    of_host = SECONDS_ON_A_HOST * EFFICIENCY / (1.0 - EFFICIENCY)
    return max(of_host, n_jobs * SECONDS_OF_A_TASK / _SHARE_OF_TASKS)


def requested_jobs(n_jobs: int | None) -> int:
    """How many processes at a time are requested: all cores, unless a number above 0 says otherwise."""
    return n_jobs if n_jobs and n_jobs > 0 else usable_cores()


def usable_cores() -> int:
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
