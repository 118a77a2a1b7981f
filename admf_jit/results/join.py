"""Rows from many files and from memory, in one order, a group at a time: never all of them at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from admf_jit.results.arrow_columns import picked, to_numbers
from admf_jit.results.parts import ROWS_PER_GROUP, PartReader, read_rows, scan

if TYPE_CHECKING:
    import pyarrow as pa

#: Beyond so many slices a table is put in order row by row. Few batches are neighbours of no other.
_MOST_SLICES = 1000
#: Bytes of groups that are kept until all their rows are put in order. A million rows are some 330 MB, which is what it
#: takes where every batch has rows of every group.
_KEPT_BYTES = 384 * 1024**2


class Source(Protocol):
    """Some rows."""

    def index(self) -> NDArray[np.int64]:
        """The index of each row, int64 (n,)."""

    def rows(self, places: NDArray[np.int64]) -> pa.Table:
        """The rows at rising places."""


class TableSource:
    """Rows in memory."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def index(self) -> NDArray[np.int64]:
        """The index of each row."""
        return to_numbers(self._table.column("index"))

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
            self._kept[key] = group
            while len(self._kept) > 1 and sum(table.nbytes for table in self._kept.values()) > _KEPT_BYTES:
                self._kept.popitem(last=False)
        return taken(group, places)


class FileSource:
    """The rows of one file."""

    def __init__(self, path: Path, files: FileSources) -> None:
        self._path = path
        self._files = files

    def index(self) -> NDArray[np.int64]:
        """The index of each row."""
        return self._files.index(self._path)

    def rows(self, places: NDArray[np.int64]) -> pa.Table:
        """The rows at rising places."""
        import pyarrow as pa

        groups, begins = np.unique(places // ROWS_PER_GROUP, return_index=True)
        parts = np.split(places % ROWS_PER_GROUP, begins[1:])
        found = [self._files.rows(self._path, int(group), part) for group, part in zip(groups, parts, strict=True)]
        return found[0] if len(found) == 1 else pa.concat_tables(found)


class Joined:
    """All rows of some sources once, by index, or with ``ordered`` false in the order of the sources."""

    def __init__(self, sources: Sequence[Source], *, ordered: bool) -> None:
        self._sources = sources
        indices = [source.index() for source in sources]
        index = np.concatenate([np.zeros(0, np.int64), *indices])
        # A run killed between writing the table and removing the parts has each row twice.
        _, first = np.unique(index, return_index=True)
        rows = first if ordered else np.sort(first)
        ends = np.cumsum([0, *map(len, indices)])
        self._source = np.searchsorted(ends, rows, side="right") - 1
        self._place = rows - ends[self._source]
        self.n_rows = len(rows)

    def groups(self) -> Iterator[pa.Table]:
        """The rows, ``ROWS_PER_GROUP`` at a time."""
        import pyarrow as pa

        for begin in range(0, self.n_rows, ROWS_PER_GROUP):
            sources, places = (rows[begin : begin + ROWS_PER_GROUP] for rows in (self._source, self._place))
            tables = []
            order = np.empty(len(places), np.int64)
            done = 0
            for number in np.unique(sources):
                mine = np.flatnonzero(sources == number)
                mine = mine[np.argsort(places[mine], kind="stable")]
                tables.append(self._sources[number].rows(places[mine]))
                order[mine] = np.arange(done, done + len(mine))
                done += len(mine)
            yield taken(pa.concat_tables(tables), order)


def taken(table: pa.Table, rows: NDArray[np.int64]) -> pa.Table:
    """Return these rows of a table in this order; the table itself, and no work, where they are all in theirs."""
    import pyarrow as pa

    if np.array_equal(rows, np.arange(table.num_rows)):
        return table
    # Rows come by batches, which are neighbours most of the time: slices share their memory.
    begins = np.flatnonzero(np.diff(rows, prepend=rows[:1] - 2) != 1)
    whole = table.combine_chunks()
    if len(begins) > _MOST_SLICES or not len(begins):
        return pa.Table.from_arrays([picked(column.chunk(0), rows) for column in whole.columns], schema=whole.schema)
    lengths = np.diff(begins, append=len(rows))
    return pa.concat_tables(whole.slice(int(rows[begin]), int(n)) for begin, n in zip(begins, lengths, strict=True))
