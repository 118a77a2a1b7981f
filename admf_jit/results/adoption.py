"""Rows of an earlier grid in the place and the columns that the same containers have in a new one.

A row is known by its `container_id`, which hashes all that decides its result: it is as good in any grid.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admf_jit.errors import ResultsError
from admf_jit.results.parts import check_leading
from admf_jit.results.row import ENDED_EARLY
from admf_jit.results.spread import SPREAD_NAMES

if TYPE_CHECKING:
    import pyarrow as pa

#: What a grid says of a container: its id, its place, and the values of the swept names.
Place = tuple[str, int, Mapping[str, Any]]


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
    path: Path, table: pa.Table, places: Iterable[Place], table_schema: pa.Schema, swept: Collection[str]
) -> pa.Table:
    """Return the rows of `table` as rows of the grid that `places` tells, by `table_schema` with its `swept` columns.

    Rows of containers that were ended at a limit are left out: the limits may be others now. Raises ResultsError when
    the grid does not have one of the containers, since its row would be lost.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    table = table.filter(pc.invert(pc.is_in(table.column("status"), pa.array(ENDED_EARLY))))
    rows = {identifier: row for row, identifier in enumerate(table.column("container_id").to_pylist())}
    found = [(rows.pop(identifier), index, values) for identifier, index, values in places if identifier in rows]
    if rows:
        row = next(iter(rows.values()))
        lost = f"the first is container {table.column('index')[row].as_py()}, {table.column('container_id')[row]}"
        raise ResultsError(
            f"{path}: cannot resume, {len(rows):,} of its rows are not of this grid ({lost}). A run can be resumed "
            "with more values than it had, not with fewer; start a new run in another directory."
        )
    taken = table.take(pa.array([row for row, _, _ in found], pa.int64()))
    columns = []
    for field in table_schema:
        if field.name == "index":
            columns.append(pa.array([index for _, index, _ in found], field.type))
        elif field.name in swept:
            columns.append(pa.array([values[field.name] for _, _, values in found], field.type))
        elif field.name in taken.schema.names:
            columns.append(taken.column(field.name))
        else:  # a column of bounds, which no container of the earlier grid had
            columns.append(pa.array([float("nan")] * len(found), field.type, from_pandas=False))
    return pa.Table.from_arrays(columns, schema=table_schema)
