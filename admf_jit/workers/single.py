"""One container alone, with the full trace of its events: in this process, or in one that is forked and watched."""

from __future__ import annotations

import contextlib
import io
import mmap
import os
import select
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit import interrupts
from admf_jit.data import MarketData
from admf_jit.strategies.compiled import CompiledModule
from admf_jit.workers.batch import BatchInputs, BatchTask, load_task, new_ring, run_containers
from admf_jit.workers.forked import CAN_FORK, ForkedBatch
from admf_jit.workers.limited import Report, memory_limited
from admf_jit.workers.limits import Ended
from admf_jit.workers.output import without_output
from admf_jit.workers.room_for_events import first_length, power_of_two
from admf_kernels.constants import EVENT_DTYPE, METRIC_NAMES, OUTCOME_COLUMNS

#: A pipe holds no more chunks than these, of 64 KiB.
_MOST_CHUNKS_LEFT = 16


@dataclass(frozen=True)
class TracedOutcome:
    """Metrics float64 (n_results,), the error or None, and every event in order: EVENT_DTYPE (n_events,)."""

    metrics: NDArray[np.float64]
    error: str | None
    events: NDArray[np.void]


def run_traced(
    module: CompiledModule, data: MarketData, inputs: BatchInputs, n_results: int = len(METRIC_NAMES)
) -> TracedOutcome:
    """Run the one container of ``inputs`` in this process, with a ring that keeps all its events.

    It is the code of a batch, to the instruction: a longer ring is only never overwritten. Where the first one was too
    short, it is run again. The events of a container of bounds are those of `stop_first`.
    """
    metrics = np.empty((1, n_results))
    outcomes = np.zeros((1, len(OUTCOME_COLUMNS)), np.int64)
    ring = new_ring(first_length(data))
    errors, _ = run_containers(module, data, inputs, ring, metrics, outcomes)
    n_events = int(outcomes[0, 2])
    if n_events > len(ring):
        ring = new_ring(power_of_two(n_events))
        with without_output():
            errors, _ = run_containers(module, data, inputs, ring, metrics, outcomes)
    return TracedOutcome(metrics[0], errors[0], ring[:n_events])


def run_traced_watched(task: BatchTask) -> TracedOutcome | Ended:
    """Run the one container of ``task`` in a process that is forked for it and held to its limits.

    What it prints comes out here, as it would without. An interrupt ends it. Where the system has no fork, it runs in
    this process, without limits.
    """
    if task.limits is None or not CAN_FORK:
        loaded = load_task(task)
        assert isinstance(task.module, CompiledModule)
        return run_traced(task.module, loaded.data, task.inputs, task.n_results)
    with interrupts.taken(), interrupts.waiting(), closing(_ForkedTrace(task)) as run:
        return _wait(run)


def _wait(run: _ForkedTrace) -> TracedOutcome | Ended:
    poller = select.poll()
    poller.register(run.read_end, select.POLLIN)
    poller.register(run.prints, select.POLLIN)
    last_check = time.monotonic()
    while True:
        ready = {descriptor for descriptor, _ in poller.poll(run.pause * 1000.0)}
        if run.prints in ready and not run.forward_prints():
            poller.unregister(run.prints)
        outcome = run.read() if run.read_end in ready else None
        if outcome is None and time.monotonic() - last_check >= run.pause:  # it may print all the time
            last_check = time.monotonic()
            outcome = run.check()
        if outcome is not None:
            _forward_rest(run)
            assert isinstance(outcome, TracedOutcome | Ended)
            return outcome
        interrupts.check()


def _forward_rest(run: _ForkedTrace) -> None:
    """Print what is left in the pipe, which is not much: a process that goes on printing is about to be ended."""
    poller = select.poll()
    poller.register(run.prints, select.POLLIN)
    for _ in range(_MOST_CHUNKS_LEFT):
        if not poller.poll(0) or not run.forward_prints():
            break


class _ForkedTrace(ForkedBatch):
    """A container in a forked process, whose events lie in memory that both processes see."""

    def __init__(self, task: BatchTask) -> None:
        self._events = _SharedEvents()
        self.prints, self._prints_to = os.pipe()
        self._text = io.IncrementalNewlineDecoder(_utf8(), translate=False)
        try:
            super().__init__(task)
        except BaseException:
            os.close(self.prints)
            raise
        finally:
            os.close(self._prints_to)

    def forward_prints(self) -> bool:
        """Print what the process has printed; False once it has ended and nothing is left."""
        chunk = os.read(self.prints, 1 << 16)
        text = self._text.decode(chunk, final=not chunk)
        if text and sys.stdout is not None:
            sys.stdout.write(text)
            sys.stdout.flush()
        return bool(chunk)

    def close(self) -> None:
        """End the process, if it is still there, and give up what was shared with it."""
        with contextlib.suppress(OSError):
            os.close(self.prints)
        super().close()

    def _work(self) -> Report:
        task, data = self._task, self._loaded.data
        assert task.limits is not None
        with (
            memory_limited(task.limits),
            open(self._prints_to, "w", encoding="utf-8", errors="backslashreplace", buffering=1) as prints,
        ):
            if sys.stdout is not None:
                sys.stdout = prints
            length = first_length(data)
            errors = self._run(data, length)
            n_events = int(self._shared.outcomes[0, 2])
            if n_events > length:
                length = power_of_two(n_events)
                with without_output():
                    errors = self._run(data, length)
        return {"errors": errors, "events": n_events, "length": length}

    def _run(self, data: MarketData, length: int) -> tuple[str | None, ...]:
        task, shared = self._task, self._shared
        ring = self._events.mapped(length)
        errors, _ = run_containers(task.module, data, task.inputs, ring, shared.metrics, shared.outcomes)
        return errors

    def _outcome(self, report: Report) -> Any:
        if "errors" not in report:
            return super()._outcome(report)
        events = self._events.mapped(report["length"])[: report["events"]]
        return TracedOutcome(self._shared.metrics[0].copy(), report["errors"][0], events)


class _SharedEvents:
    """A file in memory, as long as the events need: it takes no more than is written to."""

    def __init__(self) -> None:
        self._file: Any
        if hasattr(os, "memfd_create"):
            self._file = os.fdopen(os.memfd_create("admf_jit-events"), "r+b", buffering=0)
        else:
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115

    def mapped(self, length: int) -> NDArray[np.void]:
        """The first ``length`` events, EVENT_DTYPE (length,), which stay as long as they are looked at."""
        size = length * EVENT_DTYPE.itemsize
        if os.fstat(self._file.fileno()).st_size < size:
            self._file.truncate(size)
        return np.frombuffer(mmap.mmap(self._file.fileno(), size), EVENT_DTYPE, length)


def _utf8() -> Any:
    import codecs

    return codecs.getincrementaldecoder("utf-8")(errors="replace")
