"""Results and progress of a batch in memory that two processes see: the one that runs it, and the one that watches."""

from __future__ import annotations

import contextlib
import mmap
import os
import tempfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.workers.watch import Progress, Start
from admf_kernels.constants import NOT_FINISHED, OUTCOME_COLUMNS, RUNNING

#: Numbers of 8 bytes before the results: process id, private bytes and nanoseconds of processor time at the start.
_HEADER = 3


class SharedResults:
    """Metrics float64 (n, n_results) and outcomes int64 (n, len(OUTCOME_COLUMNS)) of n containers.

    They lie in a forked process's anonymous memory, or in ``memory`` that another process has mapped too.
    """

    def __init__(self, n: int, n_results: int, memory: mmap.mmap | None = None) -> None:
        mapped = mmap.mmap(-1, size_of(n, n_results)) if memory is None else memory
        self._header: NDArray[np.int64] = np.frombuffer(mapped, np.int64, _HEADER)
        begin, count = 8 * _HEADER, n * n_results
        self.metrics: NDArray[np.float64] = np.frombuffer(mapped, np.float64, count, begin).reshape(n, n_results)
        begin, count = begin + 8 * count, n * len(OUTCOME_COLUMNS)
        self.outcomes: NDArray[np.int64] = np.frombuffer(mapped, np.int64, count, begin).reshape(n, -1)
        if self._header[0] == 0:
            self.outcomes[:] = NOT_FINISHED

    def note_start(self, process: int, start: Start) -> None:
        """Say that a process, which had ``start`` then, begins with the containers now."""
        self._header[1:] = start.memory, int(1e9 * start.seconds)
        self._header[0] = process  # last, as whoever sees it reads the others

    @property
    def process(self) -> int:
        """Id of the process that has begun with the containers; 0 before."""
        return int(self._header[0])

    @property
    def start(self) -> Start:
        """What that process had then."""
        return Start(int(self._header[1]), self._header[2] / 1e9)

    def progress(self) -> Progress:
        """Which container is running: the one that says so, or the first that has not finished."""
        outcomes = self.outcomes[:, 0].copy()
        running = np.flatnonzero(outcomes == RUNNING)
        index = int(running[0]) if len(running) else int(np.count_nonzero(outcomes != NOT_FINISHED))
        return Progress(index, int(self.outcomes[:, 1].sum()))


def size_of(n: int, n_results: int) -> int:
    """Bytes of the results of n containers."""
    return 8 * (_HEADER + n * (n_results + len(OUTCOME_COLUMNS)))


class NamedMemory:
    """Memory of this process that others map by its ``path``, until it is closed.

    On Linux it is a file without a name in any folder, so that nothing is left of a process that is killed.
    """

    def __init__(self, size: int) -> None:
        self._file: Any
        self._named = not hasattr(os, "memfd_create")
        if self._named:
            self._file = tempfile.NamedTemporaryFile(prefix="admf_jit-", buffering=0, delete=False)  # noqa: SIM115
            self.path = self._file.name
        else:
            self._file = os.fdopen(os.memfd_create("admf_jit-results"), "r+b", buffering=0)
            self.path = f"/proc/{os.getpid()}/fd/{self._file.fileno()}"
        self._file.truncate(size)
        self.mapped = mmap.mmap(self._file.fileno(), size)

    def close(self) -> None:
        """Close the file; what is mapped stays for those that have it."""
        self._file.close()
        if self._named:
            with contextlib.suppress(OSError):
                os.unlink(self.path)


def map_path(path: str) -> mmap.mmap:
    """Map the memory that another process has under ``path``."""
    with open(path, "r+b", buffering=0) as file:
        return mmap.mmap(file.fileno(), 0)
