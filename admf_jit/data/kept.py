"""Files that were read before: what came of them is kept in the cache folder as a store, and mapped from there.

To read and check a file takes seconds, and needs pandas. A kept store is named by the SHA-256 of the file's bytes and
of all else that decides what comes of them, and is held to its own checksums before it is used: a file that was edited
is read anew, and so is one whose store was damaged.

Files of text are kept when they are read: that takes three times as long as to open a store. Parquet files are read
nearly as fast as one is opened, so they are kept when they are first run, which needs a store anyway.
"""

import contextlib
import functools
import hashlib
import importlib.metadata
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from admf_jit.data.cache_folder import store_folder
from admf_jit.data.market_data import MarketData
from admf_jit.data.store import move_to_store, open_store
from admf_jit.errors import DataError

DAYS_KEPT = 30
#: All kept stores together; when one is added, those that were not used for the longest time go.
MOST_BYTES = 8 * 1024**3
USED_NAME = ".used"
PRUNED_NAME = ".pruned"
#: To look at all kept stores takes as long as to write a small one: for those, once in a while.
_SMALL = 64 * 1024**2
_SECONDS_BETWEEN_LOOKS = 3600
_SECONDS_A_DAY = 86_400
_STORE_NAME = re.compile(r"[0-9a-f]{32}(-again)?")
_PACKAGES = ("numpy", "pandas", "pyarrow")


@dataclass
class Later:
    """Where data that were read are kept in the cache once somebody runs them; `mapped` is what was kept."""

    store: Path
    mapped: MarketData | None = None

    def keep(self, data: MarketData) -> MarketData:
        """Return the data mapped from their store, which is written if it is missing; as they are if it cannot be."""
        if self.mapped is None:
            self.mapped = _opened(self.store) or _kept_at([data], self.store)
        return self.mapped


def kept(paths: Sequence[Path], request: str, read: Callable[[], MarketData], *, at_once: bool = True) -> MarketData:
    """Return what ``read`` makes of the files and the ``request``, or what it made of the same bytes before.

    It is kept now, or with ``at_once`` False when it is run: by ``MarketData.later``.
    """
    try:
        stamps = _stamps(paths)
        key = _key(paths, request)
    except OSError:
        return read()  # which says what is wrong with the file
    store = store_folder() / key
    found = _opened(store)
    if found is not None:
        return found
    alone = [read()]  # in no variable, so that `move_to_store` holds it and nobody else
    try:
        if _stamps(paths) != stamps:  # it was written to in the meantime: nobody knows what was read
            return alone.pop()
    except OSError:
        return alone.pop()
    if not at_once:
        object.__setattr__(alone[0], "later", Later(store))
        return alone.pop()
    return _kept_at(alone, store)


def _opened(store: Path) -> MarketData | None:
    """Return what is kept at ``store``; None for a damaged store, or one of another time zone database."""
    if store.is_dir():
        with contextlib.suppress(DataError):
            found = open_store(store, verify=True, own=True)
            note_use(store)
            return found
    return None


def _kept_at(alone: list[MarketData], store: Path) -> MarketData:
    data = move_to_store(alone.pop(), store)
    if data.directory is not None:
        with contextlib.suppress(OSError):
            take_in(store)
    return data


def _stamps(paths: Sequence[Path]) -> list[tuple[int, ...]]:
    """Return what changes when a file is written to or replaced; nobody can set the time of its last change."""
    states = [path.stat() for path in paths]
    return [(state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns) for state in states]


def _key(paths: Sequence[Path], request: str) -> str:
    digest = hashlib.sha256(f"{request}\0{_reader_digest()}".encode())
    for path in dict.fromkeys(paths):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        # The name tells the symbol where the file does not, and the folder's where the name is a date.
        folder = path.resolve().parent.name if len(paths) > 1 else ""
        digest.update(f"\0{content}\0{folder}\0{path.name}".encode(errors="surrogateescape"))
    return digest.hexdigest()[:32]


@functools.cache
def _reader_digest() -> str:
    """SHA-256 of the code that reads files, and of the versions of what it reads them with."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    for package in _PACKAGES:
        # To look for a version takes milliseconds, and a module that is loaded knows its own.
        version = getattr(sys.modules.get(package), "__version__", None) or importlib.metadata.version(package)
        digest.update(f"{package} {version}\n".encode())
    return digest.hexdigest()


def take_in(store: Path) -> None:
    """Note that ``store`` was added to those that are kept, and make room where that is due."""
    note_use(store)
    note = store.parent / PRUNED_NAME
    with contextlib.suppress(OSError):
        recently = note.exists() and time.time() - note.stat().st_mtime < _SECONDS_BETWEEN_LOOKS
        if not recently or _bytes_of(store) > _SMALL:
            note.touch()
            prune_stores(store.parent, spared=store)


def note_use(store: Path) -> None:
    """Note that a kept store was used today, for ``prune_stores``."""
    note = store / USED_NAME
    with contextlib.suppress(OSError):
        if not note.exists() or time.time() - note.stat().st_mtime > _SECONDS_A_DAY:
            note.touch()


def prune_stores(folder: Path, *, spared: Path | None = None, now: float | None = None) -> list[Path]:
    """Delete the kept stores that nobody has used for a month, and the longest unused ones of more than ``MOST_BYTES``.

    Returns what went. ``spared`` stays, and so does everything that is no kept store. A process that has mapped a store
    goes on with it; one that comes later reads its file again. `now` is in seconds since the epoch.
    """
    oldest = (time.time() if now is None else now) - DAYS_KEPT * _SECONDS_A_DAY
    by_age = sorted((_last_use(store), store) for store in folder.iterdir() if _STORE_NAME.fullmatch(store.name))
    sizes = {store: _bytes_of(store) for _, store in by_age}
    total = sum(sizes.values())
    gone = []
    for used, store in by_age:
        if store == spared or (used >= oldest and total <= MOST_BYTES):
            continue
        # Out of the way at once: nobody finds half of one.
        doomed = store.with_name(f".{store.name}-{os.getpid()}")
        with contextlib.suppress(OSError):
            store.rename(doomed)
            shutil.rmtree(doomed, ignore_errors=True)
            total -= sizes[store]
            gone.append(store)
    return gone


def _last_use(store: Path) -> float:
    note = store / USED_NAME
    with contextlib.suppress(OSError):
        return (note if note.exists() else store).stat().st_mtime
    return 0.0


def _bytes_of(store: Path) -> int:
    with contextlib.suppress(OSError):
        return sum(entry.stat().st_size for entry in os.scandir(store))
    return 0
