"""What a worker process of loky's does: it runs one batch after the other and shows how far their containers are."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
import time

from admf_jit.workers.batch import BatchTask, load_task
from admf_jit.workers.columns import ColumnCounts
from admf_jit.workers.limited import Report, reported, run_limited
from admf_jit.workers.shared_results import SharedResults, map_path
from admf_jit.workers.watch import Start

_SECONDS_BETWEEN_CHECKS = 0.1


def start_worker(parent: int) -> None:
    """Prepare a new worker: its parent decides what an interrupt does, and it ends within seconds of the parent's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def end_with_parent() -> None:
        while os.getppid() == parent:
            time.sleep(_SECONDS_BETWEEN_CHECKS)
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True, name="watch-parent").start()


def run_shared(task: BatchTask, path: str) -> tuple[Report, bool, ColumnCounts]:
    """Run a batch into the memory under ``path``: its report, whether its code came from the cache, and its columns.

    Raises WorkerError where it cannot be loaded.
    """
    import psutil

    shared = SharedResults(len(task.inputs.symbol), task.n_results, map_path(path))
    loaded = load_task(task)
    faulthandler.disable()  # the parent says what a crash was, in the container's row
    shared.note_start(os.getpid(), Start.of(psutil.Process()))
    return reported(lambda: run_limited(task, loaded.data, shared)), loaded.function.from_cache, loaded.columns
