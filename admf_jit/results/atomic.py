"""Files that are either wholly there or not there at all, whatever kills the process."""

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from admf_jit.errors import ResultsError

TEMPORARY_PREFIX = ".writing-"


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a `Replacement` of `path` and put that in place; ResultsError when the system refuses."""
    with refusal_explained(path):
        replacement = Replacement(path)
        try:
            write(replacement.temporary)
            replacement.put_in_place()
        except BaseException:
            replacement.drop()
            raise


def write_text_atomically(path: Path, text: str) -> None:
    """Put a file of text in place, in UTF-8; ResultsError when the system refuses."""
    write_atomically(path, lambda draft: draft.write_text(text, encoding="utf-8"))


def write_json_atomically(path: Path, content: Mapping[str, Any]) -> None:
    """Put a file of JSON in place, as people can read it; ResultsError when the system refuses."""
    write_text_atomically(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


class Replacement:
    """A temporary neighbour of `path`, filled by whoever made it, which then takes its place in one step.

    The content reaches the disk before the name does, so that not even a power cut leaves half a file under
    `path`. Raises OSError when the system refuses: see `refusal_explained`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        descriptor, name = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, suffix=path.suffix, dir=path.parent)
        os.close(descriptor)
        self.temporary = Path(name)

    def put_in_place(self) -> None:
        """Give the file, which nobody has open, its name."""
        self.temporary.chmod(0o644)
        _flush_to_disk(self.temporary)
        self.temporary.replace(self.path)
        _flush_to_disk(self.path.parent)

    def drop(self) -> None:
        """Remove the temporary file; nothing, once it is in place."""
        self.temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def refusal_explained(path: Path) -> Iterator[None]:
    """Turn an OSError, as of a full disk, into a ResultsError that names `path` and says how to go on."""
    try:
        yield
    except OSError as problem:
        reason = os.strerror(problem.errno) if problem.errno else str(problem)
        raise ResultsError(
            f"{path}: cannot be written ({reason}); what was written before is kept, and --resume goes on from there"
        ) from problem


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
