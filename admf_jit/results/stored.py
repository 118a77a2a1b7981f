"""The rows of a finished run where they lie: single columns and single rows of them, without all others in memory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from admf_jit.results.parts import ROWS_PER_GROUP, PartReader, read_rows, scan_rows

if TYPE_CHECKING:
    import pyarrow as pa


class StoredTable:
    """A file of rows; the part of an Arrow table's interface that a ranking needs."""

    def __init__(self, path: Path, table_schema: pa.Schema) -> None:
        self._path = path
        self.schema = table_schema
        self._columns: dict[str, pa.ChunkedArray] = {}
        self._group: tuple[int, pa.Table] | None = None
        with PartReader(path) as part:
            self.num_rows = part.n_rows

    def verify(self) -> None:
        """Hold the file to its checksum and the run's columns; ResultsError where it is damaged or has others."""
        scan_rows(self._path, self.schema)

    def read(self) -> pa.Table:
        """Return all rows, held to their checksum."""
        return read_rows(self._path, self.schema)

    def column(self, name: str) -> pa.ChunkedArray:
        """Return one column of all rows, which is kept in memory from then on."""
        if name not in self._columns:
            self._columns[name] = self.read_column(name)
        return self._columns[name]

    def read_column(self, name: str) -> pa.ChunkedArray:
        """Return one column of all rows, which is read again the next time unless it is kept."""
        if name in self._columns:
            return self._columns[name]
        with PartReader(self._path) as part:
            return part.column(name)

    def slice(self, place: int, length: int) -> pa.Table:
        """Return some rows that follow each other, within one group of ``ROWS_PER_GROUP``."""
        number, first = divmod(place, ROWS_PER_GROUP)
        if self._group is None or self._group[0] != number:
            with PartReader(self._path) as part:
                self._group = number, part.group(number)
        return self._group[1].slice(first, length)
