"""Files that are either wholly there or not there at all, whatever kills the process."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from admf_jit.errors import ResultsError

TEMPORARY_PREFIX = ".writing-"


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary neighbour of `path`, then put it in place in one step.

    The content reaches the disk before the name does, so that not even a power cut leaves half a file under
    `path`. Raises ResultsError when the system refuses, as a full disk does.
    """
    try:
        _write_and_replace(path, write)
    except OSError as problem:
        reason = os.strerror(problem.errno) if problem.errno else str(problem)
        raise ResultsError(
            f"{path}: cannot be written ({reason}); what was written before is kept, and --resume goes on from there"
        ) from problem


def _write_and_replace(path: Path, write: Callable[[Path], None]) -> None:
    descriptor, name = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, suffix=path.suffix, dir=path.parent)
    os.close(descriptor)
    temporary = Path(name)
    try:
        write(temporary)
        temporary.chmod(0o644)
        _flush_to_disk(temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _flush_to_disk(path.parent)


def remove_leftovers(directory: Path) -> None:
    """Delete the temporary files of writers that were killed in the middle."""
    for leftover in directory.glob(f"{TEMPORARY_PREFIX}*"):
        leftover.unlink(missing_ok=True)


def _flush_to_disk(path: Path) -> None:
    if path.is_dir() and os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
