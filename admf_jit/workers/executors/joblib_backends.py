"""Backends of joblib: the one that `joblib.parallel_config` sets, and an executor for any of them."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

from admf_jit.workers.batch import BatchOutcome, BatchTask, run_task
from admf_jit.workers.bisection import BatchPart
from admf_jit.workers.executors import Result
from admf_jit.workers.forked import run_forked
from admf_jit.workers.limits import Ended


class ActiveBackend(NamedTuple):
    """A backend that `joblib.parallel_config` has set: joblib's name for it, the backend, and its number of jobs."""

    name: str
    backend: Any
    n_jobs: int | None


def active_backend() -> ActiveBackend | None:
    """The backend of the `joblib.parallel_config` around the caller, or None outside of one that names a backend.

    Inside of joblib's own workers there is none: what joblib sets there is for calls of its own.
    """
    parallel = sys.modules.get("joblib.parallel")  # whoever has set a backend has loaded it
    config = getattr(getattr(parallel, "_backend", None), "config", None)
    if parallel is None or config is None or config["backend"] is parallel.default_parallel_config["backend"]:
        return None
    backend, n_jobs = parallel.get_active_backend()
    if backend.nesting_level:
        return None
    names = (name for name, kind in parallel.BACKENDS.items() if kind is type(backend))
    jobs = backend.effective_n_jobs(-1 if n_jobs is None else n_jobs)
    return ActiveBackend(next(names, type(backend).__name__), backend, jobs)


class JoblibExecutor:
    """Parts of batches by `joblib.Parallel` on a backend, as many at a time as were submitted.

    What runs in the main thread of a process that can fork is watched there; nothing else is.
    """

    def __init__(self, backend: Any, n_jobs: int) -> None:
        from joblib import Parallel

        # Arrays of more than a megabyte would go through files.
        self._parallel = Parallel(n_jobs=n_jobs, backend=backend, batch_size=1, pre_dispatch="all", max_nbytes=None)
        self._parallel.__enter__()
        self._waiting: deque[tuple[BatchPart, BatchTask]] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def submit(self, part: BatchPart, task: BatchTask) -> None:
        """Let the part wait for ``results``."""
        self._waiting.append((part, task))

    def results(self) -> Iterator[Result]:
        """Run all that waits."""
        from joblib import delayed

        waiting, self._waiting = self._waiting, deque()
        outcomes = self._parallel(delayed(_run)(task) for _, task in waiting)
        yield from ((part, outcome) for (part, _), outcome in zip(waiting, outcomes, strict=True))

    def close(self) -> None:
        """Give the backend back."""
        self._parallel.__exit__(None, None, None)


def _run(task: BatchTask) -> BatchOutcome | Ended:
    if threading.current_thread() is threading.main_thread():
        return run_forked(task)
    return run_task(task)
