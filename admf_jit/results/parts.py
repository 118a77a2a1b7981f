"""Parquet files of rows: the parts written while a run goes on, and the one table at its end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from admf_jit.errors import ResultsError
from admf_jit.results.atomic import write_atomically
from admf_jit.results.columns import checksum

if TYPE_CHECKING:
    import pyarrow as pa

_CHECKSUM_KEY = b"admf_jit.rows_sha256"
_ROWS_PER_GROUP = 65_536


def write_rows(path: Path, table: pa.Table) -> None:
    """Write a table to `path` in one step, with the checksum of its rows in the file's metadata.

    Equal tables give equal bytes: no clock, no chunk layout and no encoder's choice goes into the file.
    Numbers are stored plain, because a dictionary would take two bit patterns that compare equal for one.
    """
    import pyarrow.parquet as pq

    whole = table.combine_chunks().replace_schema_metadata({_CHECKSUM_KEY: checksum(table).encode()})

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


def read_rows(path: Path, table_schema: pa.Schema) -> pa.Table:
    """Return the rows of a file; ResultsError when it is damaged or has other columns than the run."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # Not mapped: the file may be replaced while the table is in use. `read_table` would import pandas.
        with pq.ParquetFile(path, memory_map=False) as file:
            table = file.read()
    except (OSError, pa.ArrowException) as error:
        raise ResultsError(f"{path}: not readable as Parquet ({error}); delete it and resume the run") from None
    stored = (table.schema.metadata or {}).get(_CHECKSUM_KEY, b"").decode()
    table = table.replace_schema_metadata(None)
    if table.schema != table_schema:
        raise ResultsError(f"{path}: columns {table.schema.names}; expected those of the run, {table_schema.names}")
    if stored != checksum(table):
        raise ResultsError(f"{path}: rows do not match their checksum {stored!r}; delete it and resume the run")
    return table
