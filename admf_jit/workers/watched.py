"""A batch in a process of its own, which is forked for it and watched: whatever it does ends that process alone.

The fork costs a few milliseconds, since all that the batch needs is loaded and mapped before it. Metrics and outcomes
lie in memory that both processes see, so the watching one knows how far the containers have come; errors come
through a pipe as JSON. Where the system has no fork, the batch runs in this process, unwatched.
"""

from __future__ import annotations

import ctypes
import faulthandler
import gc
import json
import mmap
import os
import resource
import select
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from admf_jit import interrupts
from admf_jit.errors import WorkerError
from admf_jit.results.row import MEMORY_LIMIT, explained
from admf_jit.workers.batch import (
    BatchOutcome,
    BatchTask,
    LoadedTask,
    load_task,
    new_ring,
    private_bytes,
    run_containers,
    run_task,
)
from admf_jit.workers.faults import run_with_faults
from admf_jit.workers.limits import Ended, Limits, ended_by
from admf_jit.workers.watch import Progress, Watch
from admf_kernels.constants import NOT_FINISHED, OUTCOME_COLUMNS, RUNNING

if TYPE_CHECKING:
    from admf_jit.data import MarketData

CAN_FORK = hasattr(os, "fork")
_PR_SET_PDEATHSIG = 1
_INTERRUPTS = (signal.SIGINT, signal.SIGTERM)
#: What a process may take beside its containers: the rows of results, errors and their text.
_OWN_NEEDS = 8 * 1024**2


def run_watched(task: BatchTask) -> BatchOutcome | Ended:
    """Run a batch in a forked process; what came of it, or how the process ended before the batch did."""
    if task.limits is None or not CAN_FORK:
        return run_task(task)
    with interrupts.taken(), interrupts.waiting(), closing(WatchedBatch(task)) as batch:
        poller = select.poll()
        poller.register(batch.read_end, select.POLLIN)
        while True:
            answer = batch.take() if poller.poll(batch.pause * 1000.0) else batch.look()
            if answer is not None:
                return answer
            interrupts.check()


class WatchedBatch:
    """A batch in the process that is forked for it here. ``close`` ends that, if it has not come to its end.

    The caller polls ``read_end``: it calls ``take`` where there is something to read, and ``look`` whenever ``pause``
    seconds have gone by without. Either says what came of the batch, once that is known.
    """

    def __init__(self, task: BatchTask, loaded: LoadedTask | None = None) -> None:
        assert task.limits is not None
        loaded = loaded or load_task(task)
        n = len(task.inputs.symbol)
        self._task = task
        self._loaded = loaded
        self._shared = _Shared(n, task.n_results)
        self._parts: list[bytes] = []
        self._gone = True
        self.read_end, write_end = os.pipe()
        try:
            parent = os.getpid()
            # An exception that a signal raised here would lose the child or, raised in the child before it leaves this
            # stack, would run the parent's clean-up there.
            before = signal.pthread_sigmask(signal.SIG_BLOCK, _INTERRUPTS)
            try:
                self._child = _fork()
                if self._child == 0:
                    os.close(self.read_end)
                    _run_and_leave(self._work, write_end, parent)
                self._gone = False
            finally:
                os.close(write_end)
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
            self._watch = Watch(self._child, n, self._shared.progress, task.limits, in_turn=task.in_turn)
        except BaseException:
            self.close()
            raise

    @property
    def pause(self) -> float:
        """Seconds until the next look."""
        return self._watch.pause

    def take(self) -> BatchOutcome | Ended | None:
        """Read what the process says; its answer, if that was the last of it."""
        part = os.read(self.read_end, 1 << 16)
        if part:
            self._parts.append(part)
            return None
        _, status = os.waitpid(self._child, 0)
        self._gone = True
        code = os.waitstatus_to_exitcode(status)
        if code != 0 or not self._parts:
            return ended_by(code, self._watch.running())
        return self._outcome(json.loads(b"".join(self._parts)))

    def look(self) -> Ended | None:
        """Whether the process has to end now, and why."""
        return self._watch.look()

    def close(self) -> None:
        """End the process, if it is still there, and give up the pipe."""
        if not self._gone:
            self._gone = True
            os.kill(self._child, signal.SIGKILL)
            os.waitpid(self._child, 0)
        os.close(self.read_end)

    def _work(self) -> dict[str, Any]:
        """What the forked process does, and says of it."""
        return _run(self._task, self._loaded.data, self._shared)

    def _outcome(self, said: dict[str, Any]) -> BatchOutcome | Ended:
        if "defect" in said:
            raise WorkerError(f"a defect of this package, please report it:\n{said['defect']}")
        if "ended" in said:
            return Ended(MEMORY_LIMIT, said["ended"])
        return BatchOutcome(
            self._shared.metrics,
            tuple(said["errors"]),
            said["events"],
            said["seconds"],
            self._loaded.function.from_cache,
            os.getpid(),
            said["private_bytes"],
            said["grown"],
            self._loaded.columns,
        )


class _Shared:
    """Metrics float64 (n, n_results) and outcomes int64 (n, len(OUTCOME_COLUMNS)) that two processes see."""

    def __init__(self, n: int, n_results: int) -> None:
        metrics = 8 * n * n_results
        self._map = mmap.mmap(-1, metrics + 8 * n * len(OUTCOME_COLUMNS))
        self.metrics: NDArray[np.float64] = np.frombuffer(self._map, np.float64, n * n_results).reshape(n, -1)
        outcomes = np.frombuffer(self._map, np.int64, n * len(OUTCOME_COLUMNS), offset=metrics)
        self.outcomes: NDArray[np.int64] = outcomes.reshape(n, -1)
        self.outcomes[:] = NOT_FINISHED

    def progress(self) -> Progress:
        """Which container is at work: the one that is said to run, or the first that has not come to its end."""
        outcomes = self.outcomes[:, 0].copy()
        at_work = np.flatnonzero(outcomes == RUNNING)
        running = int(at_work[0]) if len(at_work) else int(np.count_nonzero(outcomes != NOT_FINISHED))
        return Progress(running, int(self.outcomes[:, 1].sum()))


def _fork() -> int:
    with warnings.catch_warnings():
        # Python warns of forks beside threads. The child takes no lock but those that the fork itself makes anew, and
        # a child that stood still all the same would be seen, ended and run again.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _run_and_leave(work: Callable[[], dict[str, Any]], write_end: int, parent: int) -> NoReturn:
    """Do the work of the forked process, which leaves without any of the parent's clean-up."""
    code = 1
    # What is here stays here: to look through it for garbage would copy every page of it.
    gc.freeze()
    try:
        _come_of_age(parent)
        said: dict[str, Any]
        try:
            said = work()
        except MemoryError:
            said = {"ended": explained(MEMORY_LIMIT, "no memory was left for what comes after the containers")}
        except BaseException:
            said = {"defect": traceback.format_exc()}
        with open(write_end, "wb", closefd=False) as pipe:
            pipe.write(json.dumps(said).encode())
        code = 0
    finally:
        os._exit(code)


def _come_of_age(parent: int) -> None:
    """Be a process of its own: out of reach of the terminal's Ctrl-C, dead once its parent is, silent about crashes."""
    os.setsid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    for number in _INTERRUPTS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _INTERRUPTS)
    faulthandler.disable()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _run(task: BatchTask, data: MarketData, shared: _Shared) -> dict[str, Any]:
    ring = new_ring(task.ring_length)
    assert task.limits is not None
    before = private_bytes()
    limit_memory(task.limits)
    started = time.perf_counter()
    if task.inputs.fault is None:
        errors, n_events = run_containers(task.module, data, task.inputs, ring, shared.metrics, shared.outcomes)
    else:
        errors, n_events = run_with_faults(task, data, ring, shared.metrics, shared.outcomes)
    seconds = time.perf_counter() - started
    after = private_bytes()
    return {
        "errors": errors,
        "events": n_events,
        "seconds": seconds,
        "private_bytes": after,
        "grown": max(0, after - before),
    }


def limit_memory(limits: Limits) -> None:
    """Refuse this process more memory than its containers may have: an array that does not fit is a MemoryError."""
    try:
        with open("/proc/self/status") as file:
            used = next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmData:"))
    except (OSError, StopIteration):
        return  # the watch measures it all the same
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = used + limits.memory + _OWN_NEEDS
    resource.setrlimit(resource.RLIMIT_DATA, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
