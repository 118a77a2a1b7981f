"""The folder of a container that goes on: bars as they were taken, what was said of them, and now and then its state.

A bar is written down before the engine gets it, and what comes of it after. Whatever ends the process, the bars behind
the newest snapshot are run again from there: the same code says the same, and what was written already is left out.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from admf_jit.errors import ResultsError
from admf_jit.live.bars import Bar
from admf_jit.results.atomic import remove_leftovers, write_atomically, write_json_atomically
from admf_jit.results.lock import DirectoryLock

LIVE_NAME, BARS_NAME, EVENTS_NAME, SNAPSHOT_NAME = "live.json", "bars.ndjson", "events.ndjson", "snapshot.bin"
_TAIL = 1 << 16


class TakenBar(NamedTuple):
    """The bars of a time that were written down, and the place behind them in the feed."""

    bars: tuple[Bar, ...]
    behind: int


class Journal:
    """The files of ``directory``, which nobody else writes to from ``create`` or ``resume`` to ``close``."""

    def __init__(self, directory: Path, identity: Mapping[str, Any], lock: DirectoryLock) -> None:
        self.directory = directory
        self.identity = identity
        self._lock = lock
        self._bars = os.open(directory / BARS_NAME, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._events = os.open(directory / EVENTS_NAME, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    @classmethod
    def create(cls, directory: Path, identity: Mapping[str, Any]) -> Journal:
        """Begin in a folder that is empty or not there. ``identity`` says what the container is."""
        lock = _locked(directory)
        try:
            if (directory / LIVE_NAME).exists():
                raise ResultsError(
                    f"{directory}: holds a live run; expected --resume to go on with it, or another --out"
                )
            others = [path.name for path in directory.iterdir() if path.name != ".lock"]
            if others:
                raise ResultsError(f"{directory}: holds other files, such as {min(others)}; expected an empty folder")
            write_json_atomically(directory / LIVE_NAME, identity)
            return cls(directory, identity, lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def resume(cls, directory: Path, identity: Mapping[str, Any]) -> Journal:
        """Go on in a folder, whose container has to be the one that ``identity`` says."""
        if not (directory / LIVE_NAME).is_file():
            raise ResultsError(f"{directory}: no {LIVE_NAME} in it; expected the folder of a live run, or no --resume")
        lock = _locked(directory)
        try:
            known = read_identity(directory)
            for key in ("container", "history", "strategy", "versions", "broker"):
                if known.get(key) != identity[key]:
                    raise ResultsError(
                        f"{directory}: {key} is {_brief(known.get(key))} there, and {_brief(identity[key])} now: it "
                        "would not go on as it began; expected what it began with"
                    )
            remove_leftovers(directory)
            for name in (BARS_NAME, EVENTS_NAME):
                _cut_torn_line(directory / name)
            return cls(directory, known, lock)
        except BaseException:
            lock.release()
            raise

    def take(self, bars: Sequence[Bar], behind: int) -> None:
        """Write the bars of a time down. Raises ResultsError where that cannot be: then they were not taken."""
        _append(self._bars, self.directory / BARS_NAME, json.dumps([*bars, behind]).encode() + b"\n")

    def say(self, lines: bytes) -> None:
        """Write down what was said."""
        _append(self._events, self.directory / EVENTS_NAME, lines)

    def save(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Replace the snapshot in one step. Raises ResultsError where the system refuses; the one before is left."""
        content = packed(state)
        os.fsync(self._bars)
        os.fsync(self._events)
        write_atomically(self.directory / SNAPSHOT_NAME, lambda path: path.write_bytes(content))

    def snapshot(self) -> dict[str, NDArray[Any]] | None:
        """The newest snapshot, if there is one."""
        path = self.directory / SNAPSHOT_NAME
        if not path.exists():
            return None
        try:
            return unpacked(path.read_bytes())
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise ResultsError(
                f"{path}: cannot be read ({problem}); without that file all bars are run again, in {BARS_NAME}"
            ) from None

    def taken(self, after: int) -> Iterator[TakenBar]:
        """The bars that were written down, without the first ``after``."""
        with (self.directory / BARS_NAME).open("rb") as file:
            for number, line in enumerate(file):
                if number >= after:
                    yield taken_of(json.loads(line))

    def last_sequence(self) -> int:
        """Sequence number of the newest event that was written down, or -1."""
        for line in _backwards(self.directory / EVENTS_NAME):
            fields = json.loads(line)
            if "sequence" in fields:
                return int(fields["sequence"])
        return -1

    def newest(self) -> list[bytes]:
        """The lines of the events of the newest bar that has any."""
        found: list[bytes] = []
        bar = None
        for line in _backwards(self.directory / EVENTS_NAME):
            fields = json.loads(line)
            if "sequence" in fields:
                if fields["bar"] != (fields["bar"] if bar is None else bar):
                    break
                bar = fields["bar"]
                found.append(line + b"\n")
        return found[::-1]

    def close(self) -> None:
        """Let others write."""
        os.close(self._bars)
        os.close(self._events)
        self._lock.release()


def taken_of(written: Sequence[Any]) -> TakenBar:
    """What a line of the bars says."""
    *bars, behind = written
    taken = (Bar(*bar) for bar in bars)
    return TakenBar(tuple(bar._replace(own=tuple(bar.own)) for bar in taken), behind)


def packed(state: Mapping[str, NDArray[Any]]) -> bytes:
    """Arrays of whole and floating-point numbers, under what they are and a digest of all that."""
    head = json.dumps({name: [array.dtype.str, list(array.shape)] for name, array in state.items()}).encode()
    content = b"\n".join([head, b"".join(array.tobytes() for array in state.values())])
    return hashlib.sha256(content).hexdigest().encode() + b"\n" + content


def unpacked(stored: bytes) -> dict[str, NDArray[Any]]:
    """What was ``packed``. Raises ValueError where it is damaged."""
    digest, _, content = stored.partition(b"\n")
    if hashlib.sha256(content).hexdigest().encode() != digest:
        raise ValueError("its content is not what was written")
    head, _, data = content.partition(b"\n")
    state: dict[str, NDArray[Any]] = {}
    place = 0
    for name, (kind, shape) in json.loads(head).items():
        count = math.prod(shape)
        state[name] = np.frombuffer(data, np.dtype(kind), count, place).reshape(shape)
        place += state[name].nbytes
    return state


def read_identity(directory: Path) -> dict[str, Any]:
    """What a folder says that its container is."""
    path = directory / LIVE_NAME
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise ResultsError(f"{path}: cannot be read ({problem})") from None
    if not isinstance(found, dict) or "container" not in found:
        raise ResultsError(f"{path}: expected what a live run is")
    return found


def _locked(directory: Path) -> DirectoryLock:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise ResultsError(f"{directory}: cannot be made a directory ({problem.strerror})") from None
    return DirectoryLock(directory)


def _append(descriptor: int, path: Path, content: bytes) -> None:
    try:
        written = os.write(descriptor, content)
        while written < len(content):
            written += os.write(descriptor, content[written:])
    except OSError as problem:
        raise ResultsError(
            f"{path}: cannot be written ({problem.strerror}); make room, and go on with --resume"
        ) from problem


def _cut_torn_line(path: Path) -> None:
    """Drop the end of a file that was cut off in the middle of a line."""
    if not path.exists():
        return
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        place = size
        while place > 0:
            begin = max(0, place - _TAIL)
            file.seek(begin)
            found = file.read(place - begin).rfind(b"\n")
            if found >= 0:
                place = begin + found + 1
                break
            place = begin
        if place < size:
            file.truncate(place)


def _backwards(path: Path) -> Iterator[bytes]:
    """The lines of a file from its end on."""
    with path.open("rb") as file:
        place = file.seek(0, os.SEEK_END)
        rest = b""
        while place > 0:
            begin = max(0, place - _TAIL)
            file.seek(begin)
            first, *whole = (file.read(place - begin) + rest).split(b"\n")
            yield from (line for line in reversed(whole) if line)
            rest, place = first, begin
        if rest:
            yield rest


def _brief(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 100 else f"{text[:97]}..."
