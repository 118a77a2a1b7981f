"""The lock that keeps a second writer out of a run directory."""

import os
import socket
from pathlib import Path
from typing import IO

from admf_jit.errors import ResultsError

LOCK_NAME = ".lock"


class DirectoryLock:
    """Exclusive right to write into a directory, held until `release` or the end of the process.

    The operating system holds the lock (`flock`), not the file's existence, so a killed run never leaves a
    stale one. Where there is no `flock` (Windows) nothing is locked; see LIMITATIONS.md.
    """

    def __init__(self, directory: Path) -> None:
        self._file: IO[str] = open(directory / LOCK_NAME, "a+", encoding="utf-8")  # noqa: SIM115
        try:
            _lock(self._file)
        except OSError:
            self._file.seek(0)
            holder = self._file.read().strip() or "another process"
            self._file.close()
            raise ResultsError(
                f"{directory}: {holder} is writing to this run directory; expected to be the only writer. "
                "Wait for it to end, or choose another directory with --out."
            ) from None
        self._file.truncate(0)
        self._file.write(f"process {os.getpid()} on {socket.gethostname()}")
        self._file.flush()

    def release(self) -> None:
        """Give the right to write back. A second call does nothing."""
        self._file.close()


def _lock(file: IO[str]) -> None:
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
