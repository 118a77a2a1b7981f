"""A batch in a process that is forked for it and watched: whatever it does ends that process alone.

The fork costs a few milliseconds, since all that the batch needs is loaded and mapped before it. Metrics and outcomes
lie in memory that both processes see, so the watching one knows how far the containers have come; errors come
through a pipe as JSON. Where the system has no fork, the batch runs in this process, unwatched.
"""

from __future__ import annotations

import ctypes
import faulthandler
import gc
import json
import os
import select
import signal
import sys
import warnings
from collections.abc import Callable
from contextlib import closing
from typing import Any, NoReturn

from admf_jit import interrupts
from admf_jit.workers.batch import BatchOutcome, BatchTask, LoadedTask, load_task, run_task
from admf_jit.workers.limited import Report, outcome_of, reported, run_limited
from admf_jit.workers.limits import Ended, ended_by
from admf_jit.workers.shared_results import SharedResults
from admf_jit.workers.watch import Watch

CAN_FORK = hasattr(os, "fork")
_PR_SET_PDEATHSIG = 1
_INTERRUPTS = (signal.SIGINT, signal.SIGTERM)


def run_forked(task: BatchTask) -> BatchOutcome | Ended:
    """Run a batch in a forked process; its outcome, or how the process ended before the batch did."""
    if task.limits is None or not CAN_FORK:
        return run_task(task)
    with interrupts.taken(), interrupts.waiting(), closing(ForkedBatch(task)) as batch:
        return wait_for(batch, interrupts.check)


def wait_for(batch: ForkedBatch, check: Callable[[], None]) -> BatchOutcome | Ended:
    """The outcome of a batch that runs; ``check`` is called all the while, and may raise."""
    poller = select.poll()
    poller.register(batch.read_end, select.POLLIN)
    while True:
        outcome = batch.read() if poller.poll(batch.pause * 1000.0) else batch.check()
        if outcome is not None:
            return outcome
        check()


class ForkedBatch:
    """A batch in the process that is forked for it here. ``close`` ends that process if it is still running.

    The caller polls ``read_end``: it calls ``read`` where there is something to read, and ``check`` whenever ``pause``
    seconds have gone by without. Either returns the batch's outcome once that is known.
    """

    def __init__(self, task: BatchTask, loaded: LoadedTask | None = None) -> None:
        assert task.limits is not None
        loaded = loaded or load_task(task)
        n = len(task.inputs.symbol)
        self._task = task
        self._loaded = loaded
        self._shared = SharedResults(n, task.n_results)
        self._chunks: list[bytes] = []
        self._reaped = True
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
                    _run_and_exit(self._work, write_end, parent)
                self._reaped = False
            finally:
                os.close(write_end)
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
            self._watch = Watch(self._child, n, self._shared.progress, task.limits, in_turn=task.in_turn)
        except BaseException:
            self.close()
            raise

    @property
    def pause(self) -> float:
        """Seconds until the next check."""
        return self._watch.pause

    def read(self) -> BatchOutcome | Ended | None:
        """Read from the process; the batch's outcome, if that was the last of it."""
        chunk = os.read(self.read_end, 1 << 16)
        if chunk:
            self._chunks.append(chunk)
            return None
        _, status = os.waitpid(self._child, 0)
        self._reaped = True
        code = os.waitstatus_to_exitcode(status)
        if code != 0 or not self._chunks:
            return ended_by(code, self._watch.running())
        outcome: BatchOutcome | Ended = self._outcome(json.loads(b"".join(self._chunks)))
        return outcome

    def check(self) -> Ended | None:
        """Whether the process has to end now, and why."""
        return self._watch.check()

    def close(self) -> None:
        """End the process, if it is still running, and close the pipe."""
        if not self._reaped:
            self._reaped = True
            os.kill(self._child, signal.SIGKILL)
            os.waitpid(self._child, 0)
        os.close(self.read_end)

    def _work(self) -> Report:
        """Run the batch in the forked process."""
        return _run(self._task, self._loaded, self._shared)

    # A trace has another kind of outcome.
    def _outcome(self, report: Report) -> Any:
        return outcome_of(report, self._shared, os.getpid(), self._loaded.function.from_cache, self._loaded.columns)


def _run(task: BatchTask, loaded: LoadedTask, shared: SharedResults) -> Report:
    return run_limited(task, loaded.data, shared)


def _fork() -> int:
    with warnings.catch_warnings():
        # Python warns of forks beside threads. The child takes no lock but those that the fork itself makes anew, and
        # a child that hung all the same would be seen, ended and run again.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _run_and_exit(work: Callable[[], Report], write_end: int, parent: int) -> NoReturn:
    """Do the work of the forked process, which leaves without any of the parent's clean-up."""
    code = 1
    # What is here stays here: to look through it for garbage would copy every page of it.
    gc.freeze()
    try:
        _detach(parent)
        report = reported(work)
        with open(write_end, "wb", closefd=False) as pipe:
            pipe.write(json.dumps(report).encode())
        code = 0
    finally:
        os._exit(code)


def _detach(parent: int) -> None:
    """Leave the terminal's Ctrl-C, end once the parent does, and say nothing of crashes."""
    import resource

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
