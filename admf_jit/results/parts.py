"""Parquet files of rows: the parts written while a run goes on, and the one table at its end."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from admf_jit.data.room import want_of_room
from admf_jit.errors import ResultsError
from admf_jit.results.atomic import write_atomically
from admf_jit.results.columns import checksum

if TYPE_CHECKING:
    import pyarrow as pa

_CHECKSUM_KEY = b"admf_jit.rows_sha256"
_GRID_KEY = b"admf_jit.grid_sha256"
_ROWS_PER_GROUP = 65_536


def write_rows(path: Path, table: pa.Table, grid: str = "") -> None:
    """Write a table to `path` in one step, with the checksum of its rows and the `grid` they belong to in its metadata.

    Equal tables give equal bytes: no clock, no chunk layout and no encoder's choice goes into the file.
    Numbers are stored plain, because a dictionary would take two bit patterns that compare equal for one.
    """
    import pyarrow.parquet as pq

    metadata = {_CHECKSUM_KEY: _checksum(table, grid).encode(), _GRID_KEY: grid.encode()}
    whole = table.combine_chunks().replace_schema_metadata(metadata)

    def write(target: Path) -> None:
        pq.write_table(
            whole,
            target,
            compression="zstd",
            compression_level=3,
            use_dictionary=["status", "error"],
            row_group_size=_ROWS_PER_GROUP,
            version="2.6",
            data_page_version="1.0",
        )

    write_atomically(path, write)


def _checksum(table: pa.Table, grid: str) -> str:
    return hashlib.sha256(f"{grid}\0{checksum(table)}".encode()).hexdigest()


class DamagedError(ResultsError):
    """A file of rows is not what was written: truncated, with a flipped bit, or edited."""


def read_part(path: Path) -> tuple[pa.Table, str]:
    """Return the rows of a file and the grid they belong to; DamagedError when they are not what was written."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # Not mapped: the file may be replaced while the table is in use. `read_table` would import pandas.
        with pq.ParquetFile(path, memory_map=False) as file:
            full = want_of_room(file.metadata.num_rows, file.metadata.num_columns)
            if full:
                raise ResultsError(f"{path}: {full}")
            table = file.read()
        metadata = table.schema.metadata or {}
        table = table.replace_schema_metadata(None)
        grid = metadata.get(_GRID_KEY, b"").decode()
        stored, found = metadata.get(_CHECKSUM_KEY, b"").decode(), _checksum(table, grid)
    except (OSError, pa.ArrowException, ValueError, KeyError, OverflowError, MemoryError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DamagedError(f"{path}: not readable as Parquet ({reason})") from None
    if stored != found:
        raise DamagedError(f"{path}: rows do not match their checksum {stored!r}")
    return table, grid


def read_rows(path: Path, table_schema: pa.Schema) -> pa.Table:
    """Return the rows of a file; ResultsError when it is damaged or has other columns than the run."""
    try:
        table, _ = read_part(path)
    except DamagedError as error:
        raise DamagedError(f"{error}; resume the run, which makes them again") from None
    check_schema(path, table, table_schema)
    return table


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
