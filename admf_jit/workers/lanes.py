"""Where pieces run: in processes forked from this one, or by joblib's loky workers, which live on for the next sweep.

Workers fork a process for each piece too (``workers.watched``), so that what a container does ends no worker. They cost
half a second each to start, and are for processes that cannot be forked, or that are so large that it would take long.
A worker that is killed all the same takes the whole pool with it: its pieces are lost, and the next get a new pool.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from admf_jit.errors import WorkerError
from admf_jit.workers.batch import BatchOutcome, BatchTask, LoadedTask, load_task, private_bytes, run_task
from admf_jit.workers.limits import Ended
from admf_jit.workers.pieces import Piece
from admf_jit.workers.watch import SECONDS_STOPPED
from admf_jit.workers.watched import CAN_FORK, WatchedBatch, run_watched

if TYPE_CHECKING:
    from concurrent.futures import Future

#: Whoever waits for answers looks so often whether there was an interrupt.
_SECONDS_BETWEEN_LOOKS = 0.1
#: A process with more private memory than this is not forked for every piece: that takes a millisecond for 60 MiB.
MOST_FORKED_BYTES = 1024**3
#: Idle workers wait this long for another sweep.
_SECONDS_IDLE = 300
#: More lost pools than this, and it is not the containers that are ill.
_MOST_LOST_POOLS = 50

Answer = tuple[Piece, BatchOutcome | Ended | None]


class Lanes(Protocol):
    """Runs pieces, several at a time; ``lost_pools`` counts how often all workers had to be started anew."""

    lost_pools: int

    def __len__(self) -> int:
        """How many pieces are handed out and not answered."""

    def submit(self, piece: Piece, task: BatchTask) -> None:
        """Hand a piece out."""

    def answers(self) -> Iterator[Answer]:
        """What has come back by now; None for a piece that was lost with its worker. Waits a moment at the most."""

    def rest(self) -> None:
        """Nothing is left to run: keep what the next sweep can use."""

    def close(self) -> None:
        """Stop whatever still runs."""


def choose_lanes(n_jobs: int) -> Lanes:
    """The cheapest lanes that can run ``n_jobs`` pieces at a time."""
    if CAN_FORK and (n_jobs == 1 or private_bytes() <= MOST_FORKED_BYTES):
        return ForkLanes(n_jobs)
    return HereLanes() if n_jobs == 1 else WorkerLanes(n_jobs)


class HereLanes:
    """One piece at a time, by this process, which cannot be forked."""

    def __init__(self) -> None:
        self._answers: list[Answer] = []
        self.lost_pools = 0

    def __len__(self) -> int:
        return len(self._answers)

    def submit(self, piece: Piece, task: BatchTask) -> None:
        """Run the piece at once."""
        self._answers.append((piece, run_watched(task)))

    def answers(self) -> Iterator[Answer]:
        """What has been run."""
        answers, self._answers = self._answers, []
        yield from answers

    def rest(self) -> None:
        """Nothing runs outside of ``submit``."""

    def close(self) -> None:
        """Nothing runs outside of ``submit``."""


class ForkLanes:
    """Pieces in processes that are forked from this one, ``n_jobs`` at a time.

    Everything that is loaded and computed here, the columns of indicators above all, is there once for all of them.
    """

    def __init__(self, n_jobs: int) -> None:
        self._free = list(range(n_jobs))
        self._waiting: deque[tuple[Piece, BatchTask, LoadedTask]] = deque()
        self._running: dict[int, tuple[int, Piece, WatchedBatch]] = {}
        self._poller = select.poll()
        self.lost_pools = 0

    def __len__(self) -> int:
        return len(self._running) + len(self._waiting)

    def submit(self, piece: Piece, task: BatchTask) -> None:
        """Start the piece, or let it wait for the next lane that is free.

        What it needs is loaded and computed now, while others run: no lane waits for that. Those that have nothing to
        do yet help.
        """
        self._waiting.append((piece, task, load_task(task, max(1, len(self._free)))))
        self._start()

    def answers(self) -> Iterator[Answer]:
        """What has come back by now."""
        deadline = time.monotonic() + _SECONDS_BETWEEN_LOOKS
        answers: list[Answer] = []
        while self._running and not answers and time.monotonic() < deadline:
            pause = min(batch.pause for _, _, batch in self._running.values())
            readable = {read_end for read_end, _ in self._poller.poll(pause * 1000.0)}
            for read_end, (lane, piece, batch) in list(self._running.items()):
                answer = batch.take() if read_end in readable else batch.look()
                if answer is not None:
                    self._end(read_end)
                    answers.append((piece, answer if isinstance(answer, Ended) else replace(answer, process=lane)))
        # Before anything is made of the answers: no lane waits for that.
        self._start()
        yield from answers

    def rest(self) -> None:
        """No process outlives its piece."""

    def close(self) -> None:
        """End what still runs."""
        self._waiting.clear()
        for read_end in list(self._running):
            self._end(read_end)

    def _start(self) -> None:
        while self._free and self._waiting:
            piece, task, loaded = self._waiting.popleft()
            batch = WatchedBatch(task, loaded)
            self._running[batch.read_end] = self._free.pop(), piece, batch
            self._poller.register(batch.read_end, select.POLLIN)

    def _end(self, read_end: int) -> None:
        lane, _, batch = self._running.pop(read_end)
        self._free.append(lane)
        self._poller.unregister(read_end)
        batch.close()


class ThreadLanes:
    """Pieces on threads of this process: compiled code runs without the interpreter's lock. Nothing is watched."""

    def __init__(self, n_jobs: int) -> None:
        from concurrent.futures import ThreadPoolExecutor

        self._pool = ThreadPoolExecutor(n_jobs, thread_name_prefix="containers")
        self._running: dict[Future[BatchOutcome], Piece] = {}
        self.lost_pools = 0

    def __len__(self) -> int:
        return len(self._running)

    def submit(self, piece: Piece, task: BatchTask) -> None:
        """Hand the piece to whichever thread is free first."""
        # What is loaded once is loaded here, where nobody else does.
        self._running[self._pool.submit(run_task, task, load_task(task))] = piece

    def answers(self) -> Iterator[Answer]:
        """What has come back."""
        from concurrent.futures import FIRST_COMPLETED, wait

        done, _ = wait(self._running, _SECONDS_BETWEEN_LOOKS, FIRST_COMPLETED)
        for future in done:
            yield self._running.pop(future), future.result()

    def rest(self) -> None:
        """No thread outlives a sweep."""
        self._pool.shutdown()

    def close(self) -> None:
        """Start nothing more, and wait for what runs: nobody can end a thread."""
        self._pool.shutdown(cancel_futures=True)


class WorkerLanes:
    """Pieces on loky's worker processes."""

    def __init__(self, n_jobs: int) -> None:
        self._n_jobs = n_jobs
        self._running: dict[Future[BatchOutcome | Ended], Piece] = {}
        self._lost: list[Piece] = []
        self._stopped_since: dict[int, float] = {}
        self._pool: Any = None
        self.lost_pools = 0

    def __len__(self) -> int:
        return len(self._running) + len(self._lost)

    def submit(self, piece: Piece, task: BatchTask) -> None:
        """Hand the piece to whichever worker is free first."""
        from joblib.externals.loky.process_executor import BrokenProcessPool

        try:
            self._running[self._workers().submit(run_watched, task)] = piece
        except BrokenProcessPool:
            self._lost.append(piece)
        except OSError as problem:
            if problem.errno == errno.ENOSPC:
                problem.filename = "/dev/shm"  # where semaphores are, which is no disk
            raise
        except UnboundLocalError as problem:
            # loky stumbles in its own clean-up where the system refuses it a pipe.
            raise (problem.__context__ if isinstance(problem.__context__, OSError) else problem) from None

    def answers(self) -> Iterator[Answer]:
        """What has come back, or was lost."""
        from concurrent.futures import FIRST_COMPLETED, wait

        from joblib.externals.loky.process_executor import BrokenProcessPool

        lost, self._lost = self._lost, []
        done, _ = wait(self._running, _SECONDS_BETWEEN_LOOKS, FIRST_COMPLETED)
        answers: list[Answer] = []
        for future in done:
            piece = self._running.pop(future)
            try:
                answers.append((piece, future.result()))
            except BrokenProcessPool:
                lost.append(piece)
        if lost:
            self._count_lost_pool()
            lost += self._running.values()
            self._running.clear()
        else:
            self._end_stopped_workers()
        yield from answers
        for piece in lost:
            yield piece, None

    def rest(self) -> None:
        """Leave the workers to the next sweep."""
        # Whoever waits for the end of a stopped worker, as the interpreter does when it leaves, waits for ever.
        self._end_stopped_workers(patience=0.0)
        self._pool = None

    def close(self) -> None:
        """End all workers, unless they were left to the next sweep: at once, whatever they are doing."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            for process in _processes(pool):
                _kill(process)
            pool.shutdown(wait=True, kill_workers=True)

    def _workers(self) -> Any:
        """The pool, a new one where the last was lost."""
        from joblib.externals.loky import get_reusable_executor
        from joblib.externals.loky.backend import resource_tracker

        # Before there is a semaphore: one that the tracker is not told of is removed by nobody.
        resource_tracker.ensure_running()
        self._pool = get_reusable_executor(
            max_workers=self._n_jobs,
            timeout=_SECONDS_IDLE,
            kill_workers=True,
            initializer=_end_with_parent,
            initargs=(os.getpid(),),
        )
        return self._pool

    def _count_lost_pool(self) -> None:
        self.lost_pools += 1
        self._stopped_since.clear()
        if self.lost_pools > _MOST_LOST_POOLS:
            raise WorkerError(
                f"worker processes were ended from outside {self.lost_pools} times, and are not started again; what "
                "was finished is kept: go on with --resume"
            )

    def _end_stopped_workers(self, patience: float = SECONDS_STOPPED) -> None:
        """Kill a worker that a signal has stopped and that nobody lets go on, so that its piece is run again."""
        import psutil

        now = time.monotonic()
        for process in _processes(self._pool):
            try:
                stopped = psutil.Process(process).status() == psutil.STATUS_STOPPED
            except psutil.NoSuchProcess:
                continue
            if not stopped:
                self._stopped_since.pop(process, None)
            elif now - self._stopped_since.setdefault(process, now) >= patience:
                _kill(process)


def _processes(pool: Any) -> list[int]:
    """The workers of a pool, by their process ids."""
    return list(getattr(pool, "_processes", None) or ())


def _kill(process: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def _end_with_parent(parent: int) -> None:
    """End this worker within seconds of its parent's death, however that came: nobody is left to stop it."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="watch-parent").start()
