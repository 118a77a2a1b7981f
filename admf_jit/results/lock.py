"""The lock that keeps a second writer out of a run directory."""

import os
import re
import socket
import time
from pathlib import Path
from typing import IO

from admf_jit.errors import ResultsError
from admf_jit.results.shared_memory import remove_shared_memory_of

LOCK_NAME = ".lock"
#: Processes that a killed writer had forked hold its lock until they are dead too, which they are about to be: as soon
#: as they get to run, which a busy machine may put off.
_SECONDS_FOR_THE_DEAD = 60.0
_LONGEST_NAME = 400


class DirectoryLock:
    """Exclusive right to write into a directory, held until `release` or the end of the process.

    The operating system holds the lock (`flock`), not the file's existence, so a killed run never leaves a stale one.
    The file says who writes, or wrote last: if that process is no more, whatever ended it, what it left in shared
    memory is removed. Where there is no `flock` (Windows) nothing is locked; see LIMITATIONS.md.
    """

    def __init__(self, directory: Path) -> None:
        path = directory / LOCK_NAME
        self._file: IO[str] = open(path, "a+", encoding="utf-8", errors="replace", opener=_open_plain)  # noqa: SIM115
        deadline = time.monotonic() + _SECONDS_FOR_THE_DEAD
        while not _lock(self._file):
            holder = self._holder()
            if _dead(holder) is None or time.monotonic() > deadline:
                self._file.close()
                raise ResultsError(
                    f"{directory}: {holder or 'another process'} is writing to this run directory; expected to be the "
                    "only writer. Wait for it to end, or choose another directory with --out."
                )
            time.sleep(0.02)
        dead = _dead(self._holder())
        if dead is not None:
            remove_shared_memory_of(dead)
        self._file.truncate(0)
        self._file.write(_name(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        """Give the right to write back. A second call does nothing."""
        if not self._file.closed:
            _unlock(self._file)
            self._file.close()

    def _holder(self) -> str:
        self._file.seek(0)
        return self._file.read(_LONGEST_NAME).strip()


def _open_plain(path: str, flags: int) -> int:
    """Open without following a link: the file is emptied, which must not befall another one that it points to."""
    try:
        return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o644)
    except OSError as problem:
        raise ResultsError(f"{path}: cannot be opened as the lock of this run ({problem.strerror})") from None


def _lock(file: IO[str]) -> bool:
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _unlock(file: IO[str]) -> None:
    """Give the lock back also where a process that was forked meanwhile still has the file open."""
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(file.fileno(), fcntl.LOCK_UN)


def _name(process: int) -> str:
    return f"process {process} on {socket.gethostname()}"


def _dead(holder: str) -> int | None:
    """The process that `holder` names, if it was one of this machine and is no more."""
    import psutil

    found = re.fullmatch(r"process ([0-9]{1,9}) on .*", holder)
    if found is None or holder != _name(int(found[1])):
        return None
    try:
        alive = psutil.Process(int(found[1])).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        alive = False
    return None if alive else int(found[1])
