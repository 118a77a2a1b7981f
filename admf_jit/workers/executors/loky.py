"""Worker processes of joblib's loky, which live on for the next part, and for the next sweep.

They need no fork, and cost half a second each to start. Each is a pool of its own, so that one that is ended takes no
other with it, and it is known which part of a batch it was running.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import gc
import os
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any

from admf_jit.errors import WorkerError
from admf_jit.workers.batch import BatchOutcome, BatchTask
from admf_jit.workers.bisection import BatchPart
from admf_jit.workers.executors import SECONDS_BETWEEN_CHECKS, Result
from admf_jit.workers.executors.loky_worker import run_shared, start_worker
from admf_jit.workers.limited import outcome_of
from admf_jit.workers.limits import Ended, ended_by
from admf_jit.workers.shared_results import NamedMemory, SharedResults, size_of
from admf_jit.workers.watch import SECONDS_STOPPED, Watch

#: Idle workers end after so many seconds.
_SECONDS_IDLE = 300
#: A worker that grew by more than this during a batch is replaced by a new one.
_MOST_GROWTH = 64 * 1024**2
#: More workers than this that ended before they had begun with a batch, and it is not the machine's load.
_MOST_LOST = 50


class LokyExecutor:
    """Parts of batches in ``n_jobs`` worker processes that are watched from here."""

    def __init__(self, n_jobs: int) -> None:
        self._n_jobs = n_jobs
        self._free: list[_Worker] = []
        self._waiting: deque[tuple[BatchPart, BatchTask]] = deque()
        self._running: dict[Future[Any], _Run] = {}
        self._lost = 0

    def __len__(self) -> int:
        return len(self._running) + len(self._waiting)

    def submit(self, part: BatchPart, task: BatchTask) -> None:
        """Hand the part to a worker, or let it wait for the next that is free."""
        self._waiting.append((part, task))
        self._start()

    def results(self) -> Iterator[Result]:
        """What has finished by now."""
        pause = min((run.pause for run in self._running.values()), default=0.0)
        done, _ = wait(self._running, pause, FIRST_COMPLETED)
        results: list[Result] = []
        for future, run in list(self._running.items()):
            outcome = run.outcome() if future in done else run.check()
            if outcome is None and future not in done:
                continue
            del self._running[future]
            if outcome is None:
                self._count_lost()
                self._waiting.appendleft((run.part, run.task))
            else:
                results.append((run.part, outcome))
            if run.worker_is_reusable(outcome):
                self._free.append(run.worker)
            else:
                run.worker.end()
                gc.collect()  # its pool has pipes and semaphores, and references itself
        # Before the caller works on the results, so that no worker waits for that.
        self._start()
        yield from results

    def close(self) -> None:
        """End the workers that still run, and leave the others to the next sweep."""
        self._waiting.clear()
        running, self._running = self._running, {}
        for run in running.values():
            run.worker.end()
        _idle.extend(self._free)
        self._free = []
        # The interpreter waits for its workers when it exits, and for a stopped one for ever.
        _end_stopped(_idle)

    def _start(self) -> None:
        from joblib.externals.loky.process_executor import BrokenProcessPool

        while self._waiting and len(self._running) < self._n_jobs:
            worker = self._free.pop() if self._free else _new_worker()
            try:
                run = _Run(worker, *self._waiting[0])
            except BrokenProcessPool:  # it was killed while it had nothing to do
                self._count_lost()
                continue
            self._waiting.popleft()
            self._running[run.future] = run

    def _count_lost(self) -> None:
        self._lost += 1
        if self._lost > _MOST_LOST:
            raise WorkerError(
                f"worker processes ended {self._lost} times before they could run anything, and are not started "
                "again; what was finished is kept: go on with --resume"
            )


class _Run:
    """A part of a batch on a worker: ``outcome`` is its result, ``check`` says whether the worker has to end."""

    def __init__(self, worker: _Worker, part: BatchPart, task: BatchTask) -> None:
        self.worker = worker
        self.part = part
        self.task = task
        n = len(task.inputs.symbol)
        self._memory = NamedMemory(size_of(n, task.n_results))
        self._shared = SharedResults(n, task.n_results, self._memory.mapped)
        self._watch: Watch | None = None
        self._stopped_since: float | None = None
        try:
            self.future = worker.submit(run_shared, task, self._memory.path)
        except BaseException:
            self._memory.close()
            worker.end()
            raise

    @property
    def pause(self) -> float:
        """Seconds until the next check."""
        return SECONDS_BETWEEN_CHECKS if self._watch is None else self._watch.pause

    def outcome(self) -> BatchOutcome | Ended | None:
        """The result of the part; None if the worker ended before it had begun with it."""
        from joblib.externals.loky.process_executor import BrokenProcessPool

        self._memory.close()
        try:
            report, from_cache, columns = self.future.result()
        except BrokenProcessPool:
            if not self._shared.process:
                return None
            return ended_by(self.worker.exit_code(self._shared.process), self._running())
        return outcome_of(report, self._shared, self._shared.process, from_cache, columns)

    def check(self) -> Ended | None:
        """Whether the worker has to end now, and why."""
        assert self.task.limits is not None
        if self._watch is None:
            if not self._shared.process:
                self._end_if_stopped()
                return None
            self._watch = self._new_watch()
        ended = None if self._watch is None else self._watch.check()
        if ended is not None:
            self._memory.close()
        return ended

    def worker_is_reusable(self, outcome: BatchOutcome | Ended | None) -> bool:
        """Whether the worker may run another part."""
        if not isinstance(outcome, BatchOutcome) or self.task.own_process:
            return False
        return outcome.grown <= _MOST_GROWTH

    def _new_watch(self) -> Watch | None:
        import psutil

        assert self.task.limits is not None
        try:
            return Watch(
                self._shared.process,
                len(self.part),
                self._shared.progress,
                self.task.limits,
                in_turn=self.task.in_turn,
                start=self._shared.start,
            )
        except psutil.NoSuchProcess:  # which its pool is about to notice
            return None

    def _running(self) -> int | None:
        running = self._shared.progress().running
        return running if self.task.in_turn and running < len(self.part) else None

    def _end_if_stopped(self) -> None:
        """End a worker that a signal stopped before it began, and that is not resumed."""
        now = time.monotonic()
        if not self.worker.is_stopped():
            self._stopped_since = None
        elif self._stopped_since is None:
            self._stopped_since = now
        elif now - self._stopped_since >= SECONDS_STOPPED:
            self.worker.kill()


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    """Name what is full where the system refuses loky something."""
    try:
        yield
    except OSError as problem:
        if problem.errno == errno.ENOSPC:
            problem.filename = "/dev/shm"  # where semaphores are, which is no disk
        raise
    except UnboundLocalError as problem:
        # loky's own clean-up fails where the system refuses it a pipe.
        raise (problem.__context__ if isinstance(problem.__context__, OSError) else problem) from None


class _Worker:
    """One worker process: a pool of loky's with one place, which starts another process where the last one ended."""

    def __init__(self) -> None:
        from joblib.externals.loky.backend import resource_tracker
        from joblib.externals.loky.process_executor import ProcessPoolExecutor

        # Before there is a semaphore: the tracker removes only those that it has registered.
        resource_tracker.ensure_running()
        self.parent = os.getpid()
        with _refusals():
            self._pool = ProcessPoolExecutor(
                max_workers=1, timeout=_SECONDS_IDLE, initializer=start_worker, initargs=(self.parent,)
            )
        self._processes: dict[int, Any] = {}

    def submit(self, function: Any, *arguments: Any) -> Future[Any]:
        """Run a function in the worker. Raises OSError where the system refuses what it needs."""
        with _refusals():
            future: Future[Any] = self._pool.submit(function, *arguments)
        self._note_processes()
        return future

    def exit_code(self, process: int) -> int | None:
        """How a process of this worker's ended, as the system says; None where that is not known."""
        found = self._processes.get(process)
        code: int | None = None if found is None else found.exitcode
        return code

    def is_stopped(self) -> bool:
        """Whether a signal has stopped the process, and it was not resumed."""
        import psutil

        self._note_processes()
        for process in list(self._processes):
            try:
                if psutil.Process(process).status() == psutil.STATUS_STOPPED:
                    return True
            except psutil.NoSuchProcess:
                continue
        return False

    def kill(self) -> None:
        """End the process at once."""
        import psutil

        self._note_processes()
        for number, process in self._processes.items():
            if process.exitcode is None:  # the number of one that is gone may be another's by now
                with contextlib.suppress(psutil.NoSuchProcess):
                    psutil.Process(number).kill()

    def end(self) -> None:
        """End the process at once, and the pool with it."""
        self.kill()
        self._pool.shutdown(wait=True, kill_workers=True)

    def _note_processes(self) -> None:
        # loky forgets a process that has ended; whoever asks how it ended comes later.
        self._processes.update(self._pool._processes)


#: Workers of this process that have nothing to do.
_idle: list[_Worker] = []


def _new_worker() -> _Worker:
    """An idle worker of this process, or a new one."""
    while _idle:
        worker = _idle.pop()
        if worker.parent == os.getpid():
            return worker
    return _Worker()


@atexit.register  # while there still is what a pool needs to end
def end_idle_workers() -> None:
    """End all workers that have nothing to do."""
    while _idle:
        worker = _idle.pop()
        if worker.parent == os.getpid():
            worker.end()


def _end_stopped(workers: list[_Worker]) -> None:
    for worker in [worker for worker in workers if worker.is_stopped()]:
        workers.remove(worker)
        worker.end()
