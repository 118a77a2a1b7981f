"""Parquet files of rows: the parts written while a run goes on, and the one table at its end."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from admf_jit.data.room import want_of_room
from admf_jit.errors import ResultsError
from admf_jit.results.arrow_columns import pool
from admf_jit.results.atomic import Replacement, refusal_explained
from admf_jit.results.columns import Checksum

if TYPE_CHECKING:
    import pyarrow as pa

_CHECKSUM_KEY = b"admf_jit.rows_sha256"
_GRID_KEY = b"admf_jit.grid_sha256"
ROWS_PER_GROUP = 65_536
#: How files are compressed: the results, and parts, which are soon read again; that takes half the time.
FOR_GOOD = "zstd"
FOR_A_WHILE = "lz4"
RESUME_HINT = "; resume the run, which makes them again"


def write_rows(path: Path, table: pa.Table, grid: str = "", *, compression: str = FOR_GOOD) -> None:
    """Write a table to `path` in one step; ResultsError when the system refuses. See `RowsWriter`."""
    with contextlib.closing(RowsWriter(path, table.schema, grid, compression=compression)) as writer:
        for group in groups_of(table):
            writer.append(group)
        writer.finish()


def groups_of(table: pa.Table) -> Iterator[pa.Table]:
    """A table `ROWS_PER_GROUP` rows at a time."""
    for begin in range(0, table.num_rows, ROWS_PER_GROUP):
        yield table.slice(begin, ROWS_PER_GROUP)


class RowsWriter:
    """A file of rows that is written a group at a time and has its name once finished; ``close`` drops it before.

    The checksum of the rows and the `grid` they belong to are in its metadata. Equal rows give equal bytes: no clock,
    no chunk layout and no encoder's choice goes into the file. Numbers are stored plain, because a dictionary would
    take two bit patterns that compare equal for one. Raises ResultsError when the system refuses, as a full disk does.
    """

    def __init__(self, path: Path, table_schema: pa.Schema, grid: str = "", *, compression: str = FOR_GOOD) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        plain = table_schema.remove_metadata()
        self._path = path
        self._grid = grid
        self._checksum = Checksum(plain)
        with refusal_explained(path), contextlib.ExitStack() as undo:
            self._file = Replacement(path)
            undo.callback(self._file.drop)
            self._sink = undo.enter_context(pa.OSFile(str(self._file.temporary), "wb"))
            self._parquet = pq.ParquetWriter(
                self._sink,
                plain,
                compression=compression,
                compression_level=1 if compression == FOR_GOOD else None,
                use_dictionary=["status", "error"],
                version="2.6",
                data_page_version="1.0",
                memory_pool=pool(),
            )
            undo.pop_all()

    def append(self, group: pa.Table) -> None:
        """Write `ROWS_PER_GROUP` rows, or as the last group fewer."""
        whole = group.combine_chunks(pool()).replace_schema_metadata(None)
        self._checksum.update(whole)
        with refusal_explained(self._path):
            self._parquet.write_table(whole, row_group_size=ROWS_PER_GROUP)

    def finish(self) -> None:
        """Give the file, which now has all its rows, its name."""
        said = _checksum(self._checksum, self._grid)
        with refusal_explained(self._path):
            self._parquet.add_key_value_metadata({_CHECKSUM_KEY.decode(): said, _GRID_KEY.decode(): self._grid})
            self._parquet.close()
            self._sink.close()
            self._file.put_in_place()

    def close(self) -> None:
        """Drop a file that was not finished."""
        with contextlib.suppress(OSError):
            self._parquet.close()
        with contextlib.suppress(OSError):
            self._sink.close()
        self._file.drop()


def _checksum(rows: Checksum, grid: str) -> str:
    return hashlib.sha256(f"{grid}\0{rows.hexdigest()}".encode()).hexdigest()


class DamagedError(ResultsError):
    """A file of rows is not what was written: truncated, with a flipped bit, or edited."""


class PartReader:
    """A file of rows, read a group or a column at a time; DamagedError where it cannot be. Used in a `with` block."""

    def __init__(self, path: Path) -> None:
        import pyarrow.parquet as pq

        self.path = path
        with _readable(path):
            # Not mapped: the file may be replaced while rows are in use. `read_table` would import pandas.
            self._file: Any = pq.ParquetFile(path, memory_map=False)
            self.n_groups: int = self._file.metadata.num_row_groups
            self.n_rows: int = self._file.metadata.num_rows
            self.schema: pa.Schema = self._file.schema_arrow.remove_metadata()
            said = self._file.metadata.metadata or {}
            self.grid: str = said.get(_GRID_KEY, b"").decode()
            self.checksum: str = said.get(_CHECKSUM_KEY, b"").decode()
            sizes = [self._file.metadata.row_group(number).num_rows for number in range(self.n_groups)]
        if any(size != ROWS_PER_GROUP for size in sizes[:-1]) or max(sizes, default=0) > ROWS_PER_GROUP:
            self._file.close()
            raise DamagedError(f"{path}: not in groups of {ROWS_PER_GROUP:,} rows")
        self.refuse_without_room(max(sizes, default=0))

    def refuse_without_room(self, n_rows: int) -> None:
        """ResultsError where so many rows do not fit into memory."""
        full = want_of_room(n_rows, len(self.schema))
        if full:
            self._file.close()
            raise ResultsError(f"{self.path}: {full}")

    def group(self, number: int) -> pa.Table:
        """A group of rows."""
        with _readable(self.path):
            return self._file.read_row_group(number).replace_schema_metadata(None)

    def column(self, name: str) -> pa.ChunkedArray:
        """One column of all rows."""
        with _readable(self.path):
            return self._file.read(columns=[name]).column(name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except (OSError, pa.ArrowException, ValueError, KeyError, OverflowError, MemoryError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DamagedError(f"{path}: not readable as Parquet ({reason})") from None


def scan(path: Path, take: Callable[[pa.Table], None]) -> str:
    """Read a file a group at a time, and return the grid that its rows belong to.

    DamagedError, after ``take`` was called with some groups, when they are not what was written.
    """
    with PartReader(path) as part, _readable(path):
        checksum = Checksum(part.schema)
        for number in range(part.n_groups):
            table = part.group(number)
            checksum.update(table)
            take(table)
        if part.checksum != _checksum(checksum, part.grid):
            raise DamagedError(f"{path}: rows do not match their checksum {part.checksum!r}")
    return part.grid


def read_part(path: Path) -> tuple[pa.Table, str]:
    """Return the rows of a file and the grid they belong to; DamagedError when they are not what was written."""
    with PartReader(path) as part:
        part.refuse_without_room(part.n_rows)
        table_schema = part.schema
    tables: list[pa.Table] = []
    grid = scan(path, tables.append)
    return _together(tables, table_schema), grid


def read_rows(path: Path, table_schema: pa.Schema) -> pa.Table:
    """Return the rows of a file; ResultsError when it is damaged or has other columns than the run."""
    tables: list[pa.Table] = []
    with PartReader(path) as part:
        part.refuse_without_room(part.n_rows)
    scan_rows(path, table_schema, tables.append)
    return _together(tables, table_schema).combine_chunks()


def _together(tables: list[pa.Table], table_schema: pa.Schema) -> pa.Table:
    import pyarrow as pa

    # `empty_table` imports pandas, which takes longer than a short sweep.
    return pa.concat_tables(tables) if tables else table_schema.empty_table()


def scan_rows(path: Path, table_schema: pa.Schema, take: Callable[[pa.Table], None] = lambda table: None) -> str:
    """`scan` that refuses rows with other columns than the run, before ``take`` is called with any of them."""

    def check_and_take(table: pa.Table) -> None:
        check_schema(path, table, table_schema)
        take(table)

    try:
        with PartReader(path) as part:
            found = part.schema
        if found != table_schema:
            # A damaged file may look like one with other columns.
            scan(path, lambda table: None)
            check_schema(path, found.empty_table(), table_schema)
        return scan(path, check_and_take)
    except DamagedError as error:
        raise DamagedError(f"{error}{RESUME_HINT}") from None


def check_schema(path: Path, table: pa.Table, table_schema: pa.Schema) -> None:
    """Refuse rows with other columns than the run; their checksum says who wrote them no more than a name does."""
    if table.schema != table_schema:
        found, expected = _listed(table.schema), _listed(table_schema)
        raise ResultsError(f"{path}: columns {found}; expected those of the run, {expected}")
    check_leading(path, table)


def check_leading(path: Path, table: pa.Table) -> None:
    """Refuse rows that lack what every row of a run has."""
    for name in ("index", "container_id", "seed", "status", "result_hash"):
        if table.column(name).null_count:
            raise ResultsError(f"{path}: rows without {name}; expected rows of a run")


def _listed(table_schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} ({field.type})" for field in table_schema)[:1000]
