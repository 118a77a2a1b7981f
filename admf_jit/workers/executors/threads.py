"""Threads of this process: compiled code runs without the interpreter's lock. Nothing is watched."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from admf_jit.workers.batch import BatchOutcome, BatchTask, load_task, run_task
from admf_jit.workers.bisection import BatchPart
from admf_jit.workers.executors import SECONDS_BETWEEN_CHECKS, Result


class ThreadExecutor:
    """Parts of batches on ``n_jobs`` threads of this process."""

    def __init__(self, n_jobs: int) -> None:
        self._pool = ThreadPoolExecutor(n_jobs, thread_name_prefix="containers")
        self._running: dict[Future[BatchOutcome], BatchPart] = {}

    def __len__(self) -> int:
        return len(self._running)

    def submit(self, part: BatchPart, task: BatchTask) -> None:
        """Hand the part to whichever thread is free first."""
        # Loaded here, in one thread.
        self._running[self._pool.submit(run_task, task, load_task(task))] = part

    def results(self) -> Iterator[Result]:
        """What has finished by now."""
        done, _ = wait(self._running, SECONDS_BETWEEN_CHECKS, FIRST_COMPLETED)
        for future in done:
            yield self._running.pop(future), future.result()

    def close(self) -> None:
        """Start nothing more, and wait for what runs: nobody can end a thread."""
        self._pool.shutdown(cancel_futures=True)
