"""Rows from many files and from memory, in one order, a group at a time: never all of them at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from admf_jit.results.arrow_columns import picked, pool, to_numbers
from admf_jit.results.parts import ROWS_PER_GROUP, PartReader, read_rows, scan

if TYPE_CHECKING:
    import pyarrow as pa

#: Beyond so many slices a table is put in order row by row. Few batches are neighbours of no other.
_MOST_SLICES = 1000
#: Bytes of groups that are kept until all their rows are put in order. A million rows are some 330 MB, which is what it
#: takes where every batch has rows of every group.
_KEPT_BYTES = 384 * 1024**2
#: The same while a run goes on. Where batches come by index it is enough; every fork takes longer the more there is.
_KEPT_BYTES_WHILE_RUNNING = 64 * 1024**2


class Source(Protocol):
    """Some rows."""

    def rows(self, places: NDArray[np.int64]) -> pa.Table:
        """The rows at rising places."""


class TableSource:
    """Rows in memory."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def rows(self, places: NDArray[np.int64]) -> pa.Table:
        """The rows at rising places."""
        return taken(self._table, places)


class FileSources:
    """Files of rows, some groups of which are in memory at a time; ``load`` reads the group of a number."""

    def __init__(self, load: Callable[[Path, int], pa.Table]) -> None:
        self._load = load
        self._kept: OrderedDict[tuple[Path, int], pa.Table] = OrderedDict()
        self._taken: dict[tuple[Path, int], int] = {}

    @classmethod
    def of_a_run(cls, table_schema: pa.Schema) -> Self:
        """Files of the run with these columns. A file of one group is held to its checksum whenever it is loaded."""

        def load(path: Path, number: int) -> pa.Table:
            with PartReader(path) as part:
                if part.n_groups > 1:
                    return part.group(number)
            return read_rows(path, table_schema)

        return cls(load)

    def source(self, path: Path) -> FileSource:
        """The rows of one file."""
        return FileSource(path, self)

    def index(self, path: Path) -> NDArray[np.int64]:
        """The index of each row of a file. What is not held to its checksum when it is loaded is held to it here."""
        with PartReader(path) as part:
            if part.n_groups == 1:
                return to_numbers(part.column("index"))
        found: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
        scan(path, lambda table: found.append(to_numbers(table.column("index"))))
        return np.concatenate(found)

    def rows(self, path: Path, number: int, places: NDArray[np.int64]) -> pa.Table:
        """The rows at rising places of a group of a file, each of which is asked for once."""
        key = path, number
        group = self._kept.pop(key, None)
        if group is None:
            group = self._load(path, number)
        self._taken[key] = self._taken.get(key, 0) + len(places)
        if self._taken[key] < group.num_rows:
            self._keep(key, group, _KEPT_BYTES)
        return taken(group, places)

    def keep(self, path: Path, table: pa.Table) -> None:
        """Have the rows of a file of one group, which was written just now, in memory for a while."""
        self._keep((path, 0), table, _KEPT_BYTES_WHILE_RUNNING)

    def _keep(self, key: tuple[Path, int], group: pa.Table, most: int) -> None:
        self._kept[key] = group
        while len(self._kept) > 1 and sum(table.nbytes for table in self._kept.values()) > most:
            self._kept.popitem(last=False)


class FileSource:
    """The rows of one file."""

    def __init__(self, path: Path, files: FileSources) -> None:
        self._path = path
        self._files = files

    def rows(self, places: NDArray[np.int64]) -> pa.Table:
        """The rows at rising places."""
        import pyarrow as pa

        groups, begins = np.unique(places // ROWS_PER_GROUP, return_index=True)
        parts = np.split(places % ROWS_PER_GROUP, begins[1:])
        found = [self._files.rows(self._path, int(group), part) for group, part in zip(groups, parts, strict=True)]
        return found[0] if len(found) == 1 else pa.concat_tables(found)


class Rows(NamedTuple):
    """Rows in the order in which they are wanted: the number of the source of each, and its place there, int64 (n,)."""

    source: NDArray[np.int64]
    place: NDArray[np.int64]


class Joined:
    """All rows of sources that come one after the other, once: by index, or with ``ordered`` false as they came.

    By index, a group can be had as soon as all its rows are there: group g is rows g ``ROWS_PER_GROUP`` and following.
    """

    def __init__(self, *, ordered: bool) -> None:
        self._ordered = ordered
        self._sources: list[tuple[Source, NDArray[np.int64]]] = []
        #: So many rows were given out, those with a lower index.
        self.n_given = 0
        self._found = np.zeros(ROWS_PER_GROUP, np.bool_)

    def add(self, source: Source, index: NDArray[np.int64]) -> None:
        """Take a source, whose rows have these indices, int64 (n,)."""
        self._sources.append((source, index))
        self._find(index)

    def whole_groups(self) -> Iterator[pa.Table]:
        """The next groups by index, as far as all their rows are there."""
        while self._ordered and self._found.all():
            yield from self.groups(self._once(self._is_next))
            self.n_given += ROWS_PER_GROUP
            self._sources = [some for some in self._sources if self._is_left(some[1]).any()]
            self._found[:] = False
            for _, index in self._sources:
                self._find(index)

    def rest(self) -> Rows:
        """All rows that were not given out."""
        return self._once(self._is_left)

    def groups(self, rows: Rows) -> Iterator[pa.Table]:
        """These rows, ``ROWS_PER_GROUP`` at a time."""
        import pyarrow as pa

        for begin in range(0, len(rows.place), ROWS_PER_GROUP):
            sources, places = (column[begin : begin + ROWS_PER_GROUP] for column in rows)
            tables = []
            order = np.empty(len(places), np.int64)
            done = 0
            for number in np.unique(sources):
                mine = np.flatnonzero(sources == number)
                mine = mine[np.argsort(places[mine], kind="stable")]
                tables.append(self._sources[number][0].rows(places[mine]))
                order[mine] = np.arange(done, done + len(mine))
                done += len(mine)
            yield taken(pa.concat_tables(tables), order)

    def _find(self, index: NDArray[np.int64]) -> None:
        """Note which rows of the next group these are."""
        self._found[index[self._is_next(index)] - self.n_given] = True

    def _is_next(self, index: NDArray[np.int64]) -> NDArray[np.bool_]:
        return (index >= self.n_given) & (index < self.n_given + ROWS_PER_GROUP)

    def _is_left(self, index: NDArray[np.int64]) -> NDArray[np.bool_]:
        # A file that somebody forged may have indices below 0: they are no row of the grid, and counted all the same.
        return (index < 0) | (index >= self.n_given)

    def _once(self, wanted: Callable[[NDArray[np.int64]], NDArray[np.bool_]]) -> Rows:
        """The rows whose index is wanted. A run that was killed before it removed its parts has each row twice."""
        sources, places, indices = ([np.zeros(0, np.int64)] for _ in range(3))
        for number, (_, index) in enumerate(self._sources):
            found = np.flatnonzero(wanted(index))
            sources.append(np.full(len(found), number))
            places.append(found)
            indices.append(index[found])
        _, first = np.unique(np.concatenate(indices), return_index=True)
        rows = first if self._ordered else np.sort(first)
        return Rows(np.concatenate(sources)[rows], np.concatenate(places)[rows])


def taken(table: pa.Table, rows: NDArray[np.int64]) -> pa.Table:
    """Return these rows of a table in this order; the table itself, and no work, where they are all in theirs."""
    import pyarrow as pa

    if np.array_equal(rows, np.arange(table.num_rows)):
        return table
    # Rows come by batches, which are neighbours most of the time: slices share their memory.
    begins = np.flatnonzero(np.diff(rows, prepend=rows[:1] - 2) != 1)
    whole = table.combine_chunks(pool())
    if len(begins) > _MOST_SLICES or not len(begins):
        return pa.Table.from_arrays([picked(column.chunk(0), rows) for column in whole.columns], schema=whole.schema)
    lengths = np.diff(begins, append=len(rows))
    return pa.concat_tables(whole.slice(int(rows[begin]), int(n)) for begin, n in zip(begins, lengths, strict=True))
