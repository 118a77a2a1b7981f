"""Batches over worker processes: how many at once, and results as they come."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np

from admf_jit import interrupts
from admf_jit.workers.batch import BatchOutcome, BatchTask
from admf_jit.workers.lanes import Lanes
from admf_jit.workers.limits import Ended
from admf_jit.workers.pieces import Assembly, Piece
from admf_jit.workers.plan import Plan


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
    tasks: Iterable[tuple[int, BatchTask]],
    plan: Plan,
    incidents: Incidents | None = None,
    *,
    lanes: Lanes,
) -> Generator[tuple[int, BatchOutcome], None, None]:
    """Yield (number, outcome) for every numbered batch, as they finish on ``lanes``, which are closed in the end.

    A process that ends early costs nothing but time: its containers are run again in smaller pieces, until what is
    guilty stands alone and is a failed row. Raises WorkerError when processes keep being ended from outside. An
    interrupt waits until everything that has come back was handed on.
    """
    incidents = incidents if incidents is not None else Incidents()
    queue = _Queue(tasks)
    # Lanes that are closed before they rest end their workers: the caller was interrupted.
    with interrupts.waiting(), closing(lanes):
        while True:
            interrupts.check()
            while len(lanes) < plan.dispatched and (piece := queue.next(lanes_are_empty=not len(lanes))) is not None:
                lanes.submit(piece, queue.task(piece))
            if not len(lanes):
                lanes.rest()
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
