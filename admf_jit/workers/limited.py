"""A batch within the limits of its containers, in a process that somebody watches."""

from __future__ import annotations

import contextlib
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from admf_jit.errors import WorkerError
from admf_jit.results.row import MEMORY_LIMIT, explained
from admf_jit.workers.batch import BatchOutcome, BatchTask, private_bytes
from admf_jit.workers.columns import ColumnCounts
from admf_jit.workers.faults import run_with_faults
from admf_jit.workers.limits import Ended, Limits
from admf_jit.workers.measured import run_all
from admf_jit.workers.shared_results import SharedResults

if TYPE_CHECKING:
    from admf_jit.data import MarketData

#: What a process may take beside its containers: the rows of results, errors and their text.
_OWN_NEEDS = 8 * 1024**2
#: What a process says of a batch that it ran: plain values, which JSON and pickle carry.
Report = dict[str, Any]


def run_limited(task: BatchTask, data: MarketData, shared: SharedResults) -> Report:
    """Run a batch in this process into ``shared``, with no more memory than its containers may have."""
    assert task.limits is not None
    before = private_bytes()
    with memory_limited(task.limits):
        started = time.perf_counter()
        if task.inputs.fault is None:
            errors, n_events = run_all(task, data, shared.metrics, shared.outcomes)
        else:
            errors, n_events = run_with_faults(task, data, shared.metrics, shared.outcomes)
        seconds = time.perf_counter() - started
    after = private_bytes()
    return {
        "errors": errors,
        "events": n_events,
        "seconds": seconds,
        "private_bytes": after,
        "grown": max(0, after - before),
    }


def reported(work: Callable[[], Report]) -> Report:
    """What ``work`` reports, or what ended it. Never raises."""
    try:
        return work()
    except MemoryError:
        return {"ended": explained(MEMORY_LIMIT, "no memory was left for what comes after the containers")}
    except BaseException:
        return {"defect": traceback.format_exc()}


def outcome_of(
    report: Report, shared: SharedResults, process: int, from_cache: bool, columns: ColumnCounts
) -> BatchOutcome | Ended:
    """The outcome that a process has reported, with its results. Raises WorkerError for a defect of this package."""
    if "defect" in report:
        raise WorkerError(f"a defect of this package, please report it:\n{report['defect']}")
    if "ended" in report:
        return Ended(MEMORY_LIMIT, report["ended"])
    return BatchOutcome(
        shared.metrics,
        tuple(report["errors"]),
        report["events"],
        report["seconds"],
        from_cache,
        process,
        report["private_bytes"],
        report["grown"],
        columns,
    )


@contextlib.contextmanager
def memory_limited(limits: Limits) -> Iterator[None]:
    """Refuse this process more memory than its containers may have: an array that does not fit is a MemoryError.

    Where the system has no such limit, the watch measures memory all the same.
    """
    if sys.platform != "linux":
        yield
        return
    import resource

    try:
        with open("/proc/self/status") as file:
            used = next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmData:"))
    except (OSError, StopIteration):
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = used + limits.memory + _OWN_NEEDS
    resource.setrlimit(resource.RLIMIT_DATA, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
