"""This process, one part of a batch after the other. Nothing is watched."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from admf_jit.workers.batch import BatchTask, run_task
from admf_jit.workers.bisection import BatchPart
from admf_jit.workers.executors import Result


class InlineExecutor:
    """Parts of batches in this process itself, as a debugger or a profiler wants them, one at a time."""

    def __init__(self, n_jobs: int) -> None:
        self._waiting: deque[tuple[BatchPart, BatchTask]] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def submit(self, part: BatchPart, task: BatchTask) -> None:
        """Let the part wait for ``results``."""
        self._waiting.append((part, task))

    def results(self) -> Iterator[Result]:
        """Run the next part."""
        part, task = self._waiting.popleft()
        yield part, run_task(task)

    def close(self) -> None:
        """Forget what waits."""
        self._waiting.clear()
