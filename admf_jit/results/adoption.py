"""Rows of an earlier grid in the place and the columns that the same containers have in a new one.

A row is known by its `container_id`, which hashes all that decides its result: it is as good in any grid.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.errors import ResultsError
from admf_jit.results.arrow_columns import to_array
from admf_jit.results.join import FileSources
from admf_jit.results.parts import PartReader, check_leading, scan
from admf_jit.results.row import ENDED_EARLY
from admf_jit.results.spread import SPREAD_NAMES

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, eq=False)
class Places:
    """What a grid says of n containers: their ids and indices, and n values of each swept name."""

    container_id: Sequence[str]
    index: NDArray[np.int64]
    swept: Mapping[str, Sequence[Any] | NDArray[np.generic]]


def adoptable(path: Path, table: pa.Table, table_schema: pa.Schema, swept: Collection[str]) -> pa.Table:
    """Return what `adopt` takes of the rows of a file: the columns of a run that do not say what was swept.

    Raises ResultsError when they are not rows of a run. Columns of bounds may be missing.
    """
    expected = [field for field in table_schema if field.name not in swept]
    names = set(table.schema.names)
    missing = [field.name for field in expected if field.name not in names and field.name not in SPREAD_NAMES]
    if missing:
        raise ResultsError(f"{path}: rows without {', '.join(missing)}; expected rows of a run")
    table = table.select([field.name for field in expected if field.name in names])
    for field in table.schema:
        if field.type != table_schema.field(field.name).type:
            raise ResultsError(
                f"{path}: {field.name} is {field.type}; expected {table_schema.field(field.name).type}, as in a run"
            )
    check_leading(path, table)
    return table


def adopt(
    path: Path,
    files: Sequence[Path],
    grid: Callable[[], Iterable[Places]],
    table_schema: pa.Schema,
    swept: Collection[str],
) -> Iterator[pa.Table]:
    """Yield the rows of `files` as rows of the grid that `grid` tells a part at a time, by `table_schema`.

    Rows of containers that were ended at a limit are left out: the limits may be others now. Raises ResultsError,
    before anything is yielded, when the grid does not have one of the containers, since its row would be lost.
    """
    import pyarrow as pa

    rows = _rows_by_id(files, table_schema, swept)
    matches = [_matching(rows, places) for places in grid()]
    if rows:
        identifier, (number, place) = next(iter(rows.items()))
        index = _foreign(table_schema, swept).source(files[number]).rows(np.array([place])).column("index")[0].as_py()
        raise ResultsError(
            f"{path}: cannot resume, {len(rows):,} of its rows are not of this grid (the first is container {index}, "
            f"{identifier}). A run can be resumed with more values than it had, not with fewer; start a new run in "
            "another directory."
        )
    sources = _foreign(table_schema, swept)
    for places, found in zip(grid(), matches, strict=True):
        tables = []
        for number in np.unique(found[:, 1]):
            mine = found[found[:, 1] == number]
            mine = mine[np.argsort(mine[:, 2], kind="stable")]
            table = sources.source(files[number]).rows(mine[:, 2])
            tables.append(_moved(table, places, mine[:, 0], table_schema, swept))
        if tables:
            yield pa.concat_tables(tables)


def _rows_by_id(files: Sequence[Path], table_schema: pa.Schema, swept: Collection[str]) -> dict[str, tuple[int, int]]:
    """Where the row of each container that came to its end is: the number of its file, and its place there."""
    rows: dict[str, tuple[int, int]] = {}
    for number, file in enumerate(files):
        done = 0

        def take(table: pa.Table, file: Path = file, number: int = number) -> None:
            nonlocal done
            adoptable(file, table, table_schema, swept)
            ids, statuses = (table.column(name).to_pylist() for name in ("container_id", "status"))
            for place, (identifier, status) in enumerate(zip(ids, statuses, strict=True), done):
                if status not in ENDED_EARLY:
                    rows[identifier] = number, place
            done += table.num_rows

        scan(file, take)
    return rows


def _matching(rows: dict[str, tuple[int, int]], places: Places) -> NDArray[np.int64]:
    """Take from ``rows`` those that ``places`` has: int64 (n, 3), a place among those, a file and a place in it."""
    found = [(k, *rows.pop(identifier)) for k, identifier in enumerate(places.container_id) if identifier in rows]
    return np.array(found, np.int64).reshape(-1, 3)


def _foreign(table_schema: pa.Schema, swept: Collection[str]) -> FileSources:
    def load(file: Path, number: int) -> pa.Table:
        with PartReader(file) as part:
            return adoptable(file, part.group(number), table_schema, swept)

    return FileSources(load)


def _moved(
    table: pa.Table, places: Places, chosen: NDArray[np.int64], table_schema: pa.Schema, swept: Collection[str]
) -> pa.Table:
    """The rows of ``table`` with the indices and swept values of the chosen ones of ``places``."""
    import pyarrow as pa

    columns = []
    for field in table_schema:
        if field.name == "index":
            columns.append(to_array(places.index[chosen], field.type))
        elif field.name in swept:
            values = places.swept[field.name]
            some = values[chosen] if isinstance(values, np.ndarray) else [values[k] for k in chosen.tolist()]
            columns.append(to_array(some, field.type))
        elif field.name in table.schema.names:
            columns.append(table.column(field.name))
        else:  # a column of bounds, which no container of the earlier grid had
            columns.append(to_array(np.full(len(chosen), np.nan), field.type))
    return pa.Table.from_arrays(columns, schema=table_schema)
