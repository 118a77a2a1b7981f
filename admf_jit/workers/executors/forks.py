"""Processes that are forked from this one, one for each part of a batch."""

from __future__ import annotations

import select
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import replace

from admf_jit.errors import ConfigError
from admf_jit.workers.batch import BatchTask, LoadedTask, load_task
from admf_jit.workers.bisection import BatchPart
from admf_jit.workers.executors import SECONDS_BETWEEN_CHECKS, Result
from admf_jit.workers.forked import CAN_FORK, ForkedBatch
from admf_jit.workers.limits import Ended


class ForkExecutor:
    """Parts of batches in processes that are forked from this one, ``n_jobs`` at a time.

    Everything that is loaded and computed here, the columns of indicators above all, is there once for all of them.
    """

    def __init__(self, n_jobs: int) -> None:
        if not CAN_FORK:
            raise ConfigError("infrastructure.backend: is forks, and this system cannot fork; expected loky")
        self._free = list(range(n_jobs))
        self._waiting: deque[tuple[BatchPart, BatchTask, LoadedTask]] = deque()
        self._running: dict[int, tuple[int, BatchPart, ForkedBatch]] = {}
        self._poller = select.poll()

    def __len__(self) -> int:
        return len(self._running) + len(self._waiting)

    def submit(self, part: BatchPart, task: BatchTask) -> None:
        """Start the part, or let it wait for the next process that ends.

        What it needs is loaded and computed now, while others run, on as many threads as have no process to run.
        """
        self._waiting.append((part, task, load_task(task, max(1, len(self._free)))))
        self._start()

    def results(self) -> Iterator[Result]:
        """What has finished by now."""
        deadline = time.monotonic() + SECONDS_BETWEEN_CHECKS
        results: list[Result] = []
        while self._running and not results and time.monotonic() < deadline:
            pause = min(batch.pause for _, _, batch in self._running.values())
            readable = {read_end for read_end, _ in self._poller.poll(pause * 1000.0)}
            for read_end, (slot, part, batch) in list(self._running.items()):
                outcome = batch.read() if read_end in readable else batch.check()
                if outcome is not None:
                    self._end(read_end)
                    results.append((part, outcome if isinstance(outcome, Ended) else replace(outcome, process=slot)))
        # Before the caller works on the results, so that no processor waits for that.
        self._start()
        yield from results

    def close(self) -> None:
        """End what still runs."""
        self._waiting.clear()
        for read_end in list(self._running):
            self._end(read_end)

    def _start(self) -> None:
        while self._free and self._waiting:
            part, task, loaded = self._waiting.popleft()
            batch = ForkedBatch(task, loaded)
            self._running[batch.read_end] = self._free.pop(), part, batch
            self._poller.register(batch.read_end, select.POLLIN)

    def _end(self, read_end: int) -> None:
        slot, _, batch = self._running.pop(read_end)
        self._free.append(slot)
        self._poller.unregister(read_end)
        batch.close()
