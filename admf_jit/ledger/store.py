"""The file of the ledger: SQLite, entries that are only added, each with the hash that chains it to the one before.

Processes that write at once wait for each other, and a kill leaves the file as it was before or after an addition: a
write is one transaction, under SQLite's own lock, which the system gives back for a process that is no more.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from admf_jit.errors import LedgerError
from admf_jit.ledger.counting import Trials, merged, new_among, nothing
from admf_jit.ledger.entries import BEGINNING, Entry, chained, digest_bytes, trials_in

_APPLICATION = 0x61646D66
_VERSION = 1
#: So long a process waits for others that write.
_SECONDS_FOR_OTHERS = 60.0
#: An entry is one value in the file, which may have a thousand million bytes.
_MOST_IN_AN_ENTRY = 1 << 20
#: Data whose trials a process remembers, so that each of many backtests reads what is new alone.
_MOST_REMEMBERED = 4
_REMEMBERING = threading.Lock()
_TABLES = """
CREATE TABLE entries (
    number INTEGER PRIMARY KEY CHECK (number > 0),
    entry BLOB NOT NULL,
    hash BLOB NOT NULL,
    data BLOB GENERATED ALWAYS AS (substr(entry, 1, 32)) VIRTUAL
);
CREATE INDEX entries_of_data ON entries (data);
CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), entries INTEGER NOT NULL, hash BLOB NOT NULL);
INSERT INTO head VALUES (1, 0, zeroblob(32));
CREATE TRIGGER entries_stay BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER entries_keep BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
"""


@dataclass(frozen=True)
class Fault:
    """Where the chain is broken: the number of the entry, and what is wrong with it."""

    entry: int
    problem: str


@dataclass(frozen=True)
class Verified:
    """What was found in the whole ledger: entries, the hash of the last, and the first fault, if there is one."""

    entries: int
    head: str
    fault: Fault | None


@dataclass(frozen=True)
class _Remembered:
    """Trials on some data, as far as the entry of a number, which had a hash."""

    number: int
    hash: bytes
    trials: Trials


class Ledger:
    """The ledger in a file, which is made when the first entry is added.

    Every call opens the file and closes it again: nothing of it is open when a process is forked.
    """

    _remembered: dict[tuple[Path, str], _Remembered] = {}  # noqa: RUF012 - of all ledgers of the process

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, entries: Sequence[Entry]) -> tuple[str, dict[str, Trials]]:
        """Add what is new in some entries, and return the hash of the last entry and all trials on their data.

        Containers that are there already are left out, and an entry of nothing else is not added. All are added or
        none. Raises LedgerError where the file cannot be written or is no ledger.
        """
        with self._opened(create=True) as connection, _transaction(connection):
            end = connection.execute("SELECT entries, hash FROM head").fetchone()
            if end is None:
                raise LedgerError(f"{self.path}: does not say which entry is the last; expected a ledger of trials")
            count, before = end
            found = {one.data: self._read(connection, one.data) for one in entries}
            added = dict.fromkeys(found, nothing())
            ends = {data: (known.number, known.hash) for data, known in found.items()}
            for entry in entries:
                new = new_among(new_among(entry.trials, found[entry.data].trials), added[entry.data])
                for first in range(0, len(new), _MOST_IN_AN_ENTRY):
                    part = replace(entry, trials=new[first : first + _MOST_IN_AN_ENTRY])
                    content, count = part.encoded(), count + 1
                    before = chained(before, content)
                    connection.execute(
                        "INSERT INTO entries (number, entry, hash) VALUES (?, ?, ?)", (count, content, before)
                    )
                if len(new):
                    added[entry.data] = merged(added[entry.data], new)
                    ends[entry.data] = count, before
            found = {data: _Remembered(*ends[data], merged(known.trials, added[data])) for data, known in found.items()}
            connection.execute("UPDATE head SET entries = ?, hash = ?", (count, before))
        for data, known in found.items():
            self._remember(data, known)
        return before.hex(), {data: known.trials for data, known in found.items()}

    def trials(self, data: str) -> Trials:
        """All trials on the data of a digest, TRIAL (n,), by rising container."""
        if not self.path.exists():
            return nothing()
        with self._opened() as connection:
            found = self._read(connection, data)
        self._remember(data, found)
        return found.trials

    def entries(self) -> Iterator[tuple[int, Entry, str]]:
        """Yield the number, content and hash of every entry, in order."""
        if not self.path.exists():
            return
        with self._opened() as connection:
            for number, content, found in connection.execute("SELECT number, entry, hash FROM entries ORDER BY number"):
                try:
                    yield number, Entry.decoded(content), bytes(found).hex()
                except LedgerError as problem:
                    raise LedgerError(f"{self.path}: entry {number}: {problem}") from None

    def verify(self) -> Verified:
        """Hash every entry again; the first that was changed, or before which one is missing, is the fault."""
        if not self.path.exists():
            return Verified(0, BEGINNING.hex(), None)
        with self._opened() as connection:
            connection.execute("BEGIN")  # so that all of it is of one moment
            count, last = connection.execute("SELECT entries, hash FROM head").fetchone() or (0, b"")
            there, before = 0, BEGINNING
            fault = None
            for content, found in connection.execute("SELECT entry, hash FROM entries ORDER BY number"):
                there += 1
                before = chained(before, content)
                if before != found:
                    fault = _fault_at(connection, there)
                    break
            largest = connection.execute("SELECT max(number) FROM entries").fetchone()[0] or 0
            if fault is None and largest != there:
                fault = _fault_at(connection, there)
            if fault is None and (there, before) != (count, last):
                fault = _fault_at_the_end(there, count)
            if fault is None:
                indexed = connection.execute("SELECT count(*) FROM entries INDEXED BY entries_of_data").fetchone()[0]
                fault = None if indexed == there else Fault(there, f"the index has {indexed:,} entries of {there:,}")
        return Verified(there, before.hex(), fault)

    def has(self, hashes: Iterable[str]) -> dict[str, bool]:
        """Which hashes of entries are in the chain."""
        wanted = list(hashes)
        if not self.path.exists():
            return dict.fromkeys(wanted, False)
        with self._opened() as connection:
            there = {bytes(found).hex() for (found,) in connection.execute("SELECT hash FROM entries")}
        return {one: one in there for one in wanted}

    def _read(self, connection: sqlite3.Connection, data: str) -> _Remembered:
        """The trials on some data: what is remembered of them, and what was added since."""
        known = self._remembered.get((self.path, data), _Remembered(0, BEGINNING, nothing()))
        if known.number:
            row = connection.execute("SELECT hash FROM entries WHERE number = ?", (known.number,)).fetchone()
            if row is None or row[0] != known.hash:  # another file has the name now
                known = _Remembered(0, BEGINNING, nothing())
        number, last, parts = known.number, known.hash, [known.trials]
        question = "SELECT number, entry, hash FROM entries WHERE data = ? AND number > ? ORDER BY number"
        for number, content, last in connection.execute(question, (digest_bytes(data), known.number)):  # noqa: B007
            try:
                parts.append(trials_in(content))
            except ValueError as problem:
                raise LedgerError(f"{self.path}: entry {number}: {problem}; `ledger verify` says more") from None
        if len(parts) == 1:
            return known
        return _Remembered(number, last, merged(parts[0], new_among(np.concatenate(parts[1:]), parts[0])))

    def _remember(self, data: str, known: _Remembered) -> None:
        with _REMEMBERING:
            self._remembered.pop((self.path, data), None)
            self._remembered[self.path, data] = known
            while len(self._remembered) > _MOST_REMEMBERED:
                self._remembered.pop(next(iter(self._remembered)))

    @contextmanager
    def _opened(self, *, create: bool = False) -> Iterator[sqlite3.Connection]:
        """The file as a database, for as long as the block takes; LedgerError for what the system or SQLite refuses."""
        connection = None
        try:
            if create:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=_SECONDS_FOR_OTHERS, isolation_level=None)
            _check(connection, self.path, create=create)
            yield connection
        except (sqlite3.Error, OSError) as problem:
            raise LedgerError(
                f"{self.path}: the ledger of trials cannot be used ({problem}); expected a file that can be written, "
                "on a drive of this machine"
            ) from None
        finally:
            if connection is not None:
                connection.close()


def _check(connection: sqlite3.Connection, path: Path, *, create: bool) -> None:
    """Make the tables of a new file; LedgerError where it is of something else, or of a newer version."""
    # In one transaction: another process may be making the tables.
    _patiently(lambda: connection.execute("BEGIN"))
    application, version, tables = (
        connection.execute(text).fetchone()[0]
        for text in ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_master")
    )
    connection.execute("COMMIT")
    if (application, version) == (_APPLICATION, _VERSION):
        return
    if application not in (0, _APPLICATION) or (application == 0 and tables):
        raise LedgerError(f"{path}: is a database of something else; expected a ledger of trials")
    if version:
        raise LedgerError(f"{path}: is a ledger of version {version}; expected {_VERSION}: update admf_jit")
    if not create:
        raise LedgerError(f"{path}: is an empty file; expected a ledger of trials")
    _patiently(lambda: connection.execute("PRAGMA journal_mode = WAL"))
    with _transaction(connection):
        if connection.execute("PRAGMA user_version").fetchone()[0]:
            return  # another process was faster
        for statement in _TABLES.strip().split(";\n"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {_VERSION}")


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of the block or nothing of it, by one process at a time."""
    _patiently(lambda: connection.execute("BEGIN IMMEDIATE"))
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _patiently(action: Callable[[], object]) -> None:
    """Do what SQLite refuses at once, and not after the time it waits, while another process opens the file."""
    deadline = time.monotonic() + _SECONDS_FOR_OTHERS
    while True:
        try:
            action()
            return
        except sqlite3.OperationalError as problem:
            busy = problem.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _fault_at(connection: sqlite3.Connection, place: int) -> Fault:
    """What is wrong with the entry at a place, counted from 1."""
    numbers = connection.execute("SELECT number FROM entries ORDER BY number LIMIT 1 OFFSET ?", (place - 1,))
    number = int(numbers.fetchone()[0])
    if number > place:
        gone = f"entry {place:,}" if number == place + 1 else f"entries {place:,} to {number - 1:,}"
        return Fault(place, f"{gone} missing: entry {number:,} follows entry {place - 1:,}")
    return Fault(number, f"entry {number:,} was changed: its hash is not that of its content after entry {place - 1:,}")


def _fault_at_the_end(there: int, count: int) -> Fault:
    if there < count:
        return Fault(there + 1, f"the last {count - there:,} of {count:,} entries missing")
    return Fault(there, f"the last entry is not the one that was noted as the last, entry {count:,}")
