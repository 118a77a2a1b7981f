"""Batches over an executor: how many at once, and results as they come."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field

import numpy as np

from admf_jit import interrupts
from admf_jit.workers.batch import BatchOutcome, BatchTask
from admf_jit.workers.bisection import BatchPart, PartialBatch
from admf_jit.workers.executors import Executor
from admf_jit.workers.limits import Ended
from admf_jit.workers.plan import Plan


@dataclass
class Incidents:
    """What went wrong with worker processes during a sweep: counts of endings by status."""

    endings: dict[str, int] = field(default_factory=dict)
    report: Callable[[str], None] = field(default=lambda text: None, repr=False)

    def count(self, part: BatchPart, ended: Ended) -> None:
        """Count the ending of a part's process and report it."""
        self.endings[ended.status] = self.endings.get(ended.status, 0) + 1
        among = "" if len(part) == 1 else f"one of {len(part)} containers, all of which are run again: "
        self.report(f"{among}{ended.error}")


def run_batches(
    tasks: Iterable[tuple[int, BatchTask]], plan: Plan, executor: Executor, incidents: Incidents | None = None
) -> Generator[tuple[int, BatchOutcome], None, None]:
    """Yield (number, outcome) for every numbered batch, as they finish on ``executor``, which the caller closes.

    A process that ends early costs nothing but time: its containers are run again in smaller parts, until the failing
    one runs alone and is a failed row. An interrupt waits until everything that has come back was handed on.
    """
    incidents = incidents if incidents is not None else Incidents()
    queue = _Queue(tasks)
    with interrupts.waiting():
        while True:
            interrupts.check()
            while len(executor) < plan.dispatched and (part := queue.next()) is not None:
                executor.submit(part, queue.task(part))
            if not len(executor):
                return
            for part, outcome in executor.results():
                if isinstance(outcome, Ended):
                    incidents.count(part, outcome)
                finished = queue.merge(part, outcome)
                if finished is not None:
                    yield part.batch, finished


class _Queue:
    """Parts that wait to be run, those of earlier batches first, and the batches that they belong to."""

    def __init__(self, tasks: Iterable[tuple[int, BatchTask]]) -> None:
        self._source = iter(tasks)
        self._again: deque[BatchPart] = deque()
        self._batches: dict[int, PartialBatch] = {}

    def task(self, part: BatchPart) -> BatchTask:
        """The work of a part."""
        return self._batches[part.batch].task.part(part.rows)

    def next(self) -> BatchPart | None:
        """The next part to run, or None while there is none."""
        if self._again:
            return self._again.popleft()
        for number, task in self._source:
            self._batches[number] = PartialBatch(task)
            return BatchPart(number, np.arange(len(task.inputs.symbol)))
        return None

    def merge(self, part: BatchPart, outcome: BatchOutcome | Ended) -> BatchOutcome | None:
        """Merge the result of a part; the batch's outcome, if no part of it is missing any more."""
        batch = self._batches[part.batch]
        self._again += batch.merge(part, outcome)
        if batch.missing:
            return None
        del self._batches[part.batch]
        return batch.outcome()
