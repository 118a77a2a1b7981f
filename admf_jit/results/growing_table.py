"""The table of a run while that goes on: a group of rows is written as soon as all of them are there."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from admf_jit.errors import ResultsError
from admf_jit.results.arrow_columns import to_numbers
from admf_jit.results.join import FileSources, Joined, TableSource
from admf_jit.results.parts import RowsWriter

if TYPE_CHECKING:
    import pyarrow as pa


class GrowingTable:
    """The file at `path`, which has that name once all rows are in it; ``close`` drops it before.

    Rows are in the order of their index, or with `ordered` false in that in which they came: then nothing is written
    before the end. After an error it is of no use any more.
    """

    def __init__(self, path: Path, table_schema: pa.Schema, grid: str, *, ordered: bool) -> None:
        self._path = path
        self._schema = table_schema
        self._grid = grid
        self._files = FileSources.of_a_run(table_schema)
        self._rows = Joined(ordered=ordered)
        self._writer: RowsWriter | None = None
        #: How many rows of each status were written.
        self.counts: Counter[str] = Counter()

    def add_file(self, file: Path) -> None:
        """Take the rows of a file that was there before."""
        self._rows.add(self._files.source(file), self._files.index(file))

    def add_written(self, file: Path, table: pa.Table) -> None:
        """Take the rows of `table`, a group at the most, which are in `file` since just now."""
        self._files.keep(file, table)
        self._rows.add(self._files.source(file), to_numbers(table.column("index")))

    def add_table(self, table: pa.Table) -> None:
        """Take rows that are in memory alone."""
        self._rows.add(TableSource(table), to_numbers(table.column("index")))

    def write_whole_groups(self) -> None:
        """Write the groups that are whole by now; ResultsError when the system refuses."""
        for group in self._rows.whole_groups():
            self._write(group)

    def finish(self, expected: int) -> None:
        """Write all other rows. ResultsError when there are not `expected` rows in all, or the system refuses."""
        rest = self._rows.rest()
        n_rows = self._rows.n_given + len(rest.place)
        if n_rows != expected:
            raise ResultsError(f"{self._path.parent}: {n_rows} rows; expected {expected}, one per container")
        for group in self._rows.groups(rest):
            self._write(group)
        self._open().finish()

    def close(self) -> None:
        """Drop what is written and not finished."""
        if self._writer is not None:
            self._writer.close()

    def _write(self, group: pa.Table) -> None:
        self.counts.update(group.column("status").to_pylist())
        self._open().append(group)

    def _open(self) -> RowsWriter:
        if self._writer is None:
            self._writer = RowsWriter(self._path, self._schema, self._grid)
        return self._writer
