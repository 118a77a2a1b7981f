"""The columns of a table of results, and the conversion of rows to Arrow."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from admf_jit.errors import ConfigError, ResultsError
from admf_jit.results.arrow_columns import from_numbers, to_array, to_nulls, to_numbers, to_text
from admf_jit.results.block import ResultBlock
from admf_kernels.constants import COUNT_NAMES

if TYPE_CHECKING:
    import pyarrow as pa

LEADING = {
    "index": "int64",
    "container_id": "string",
    "seed": "int64",
    "status": "string",
    "error": "string",
}
TRAILING = {"result_hash": "string"}
# Counts, shown and stored as whole numbers; null where a failed container has none.
INTEGER_METRICS = frozenset({"n_trades", "max_drawdown_duration", "risk_breaches", "liquidations", *COUNT_NAMES})
_TYPE_NAMES = {bool: "bool", int: "int64", float: "double", str: "string"}


def swept_types(rows: Iterable[Mapping[str, bool | int | float | str | None]]) -> dict[str, str]:
    """Return the column type of every swept name: "bool", "int64", "double" or "string".

    None, which a setting may be, has any of them. Whole numbers and fractions under one name make a "double" column.
    Any other mixture raises ConfigError: a column has one type, and turning True into 1 would change what was asked
    for.
    """
    found: dict[str, set[str]] = {}
    for row in rows:
        for name, value in row.items():
            types = found.setdefault(name, set())
            if value is not None:
                types.add(_TYPE_NAMES[str if isinstance(value, str) else type(value)])
    return {name: _common_type(name, types) for name, types in found.items()}


def _common_type(name: str, types: set[str]) -> str:
    if types == {"int64", "double"}:
        return "double"
    if len(types) > 1:
        raise ConfigError(
            f"optimization.parameters.{name}: values of the types {', '.join(sorted(types))}; "
            "expected values of one type"
        )
    return next(iter(types), "double")


def check_names(swept: Iterable[str], metrics: Iterable[str]) -> None:
    """Refuse a swept name that every table of results already uses, since one of the two would be lost."""
    taken = {*LEADING, *TRAILING, *metrics}
    for name in swept:
        if name in taken:
            raise ConfigError(
                f"optimization.parameters.{name}: {name!r} is a column of every table of results; "
                "expected another name for the parameter"
            )


def schema(swept: Mapping[str, str], metrics: Sequence[str]) -> pa.Schema:
    """Return the Arrow schema of a table: leading columns, swept columns, metrics, hash."""
    import pyarrow as pa

    metric_types = {name: "int64" if name in INTEGER_METRICS else "double" for name in metrics}
    columns = {**LEADING, **swept, **metric_types, **TRAILING}
    return pa.schema([(name, pa.type_for_alias(type_name)) for name, type_name in columns.items()])


def to_table(block: ResultBlock, table_schema: pa.Schema) -> pa.Table:
    """Return the results as an Arrow table, one row each in the order given.

    Raises ResultsError when a result's swept values or metrics are not the columns of the schema.
    """
    import pyarrow as pa

    inner = table_schema.names[len(LEADING) : -len(TRAILING)]
    n_swept = max(len(inner) - len(block.names), 0)
    swept, metrics = inner[:n_swept], inner[n_swept:]
    if len(block) and (list(block.swept) != swept or list(block.names) != metrics):
        unlike = sorted({*block.swept, *block.names} ^ {*inner})
        raise ResultsError(f"container {block.index[0]}: columns {unlike} do not fit the run's table")
    columns = [to_array(getattr(block, name), table_schema.field(name).type) for name in LEADING]
    columns += [to_array(block.swept[name], table_schema.field(name).type) for name in swept if len(block)]
    columns += [
        from_numbers(column, table_schema.field(name).type)
        for name, column in zip(block.names, block.metrics.T, strict=True)
    ]
    columns.append(to_array(block.result_hash, table_schema.field("result_hash").type))
    return pa.Table.from_arrays(columns, schema=table_schema)


class Checksum:
    """The SHA-256 of rows that come a table at a time, of their content: however they are cut up or compressed."""

    def __init__(self, table_schema: pa.Schema) -> None:
        self._schema = table_schema
        # Of each column: where it has no values, its texts' lengths, and its values.
        self._digests = [[hashlib.sha256() for _ in range(3)] for _ in table_schema]
        self._n_rows = 0

    def update(self, table: pa.Table) -> None:
        """Take more rows, of the same columns."""
        import numpy as np
        import pyarrow as pa

        for field, (missing, lengths, values) in zip(self._schema, self._digests, strict=True):
            column = table.column(field.name)
            missing.update((self._n_rows + np.flatnonzero(to_nulls(column))).tobytes())
            if pa.types.is_string(field.type):
                for chunk in column.chunks:
                    places, text = to_text(chunk)
                    lengths.update(np.diff(places).tobytes())
                    values.update(text)
            else:
                values.update(to_numbers(column).tobytes())
        self._n_rows += table.num_rows

    def hexdigest(self) -> str:
        """The checksum of all rows that were taken."""
        whole = hashlib.sha256(str(self._n_rows).encode())
        for field, digests in zip(self._schema, self._digests, strict=True):
            whole.update(f"\0{field.name}\0{field.type}\0".encode())
            for digest in digests:
                whole.update(digest.digest())
        return whole.hexdigest()


def checksum(table: pa.Table) -> str:
    """Return the checksum of all rows of a table."""
    rows = Checksum(table.schema)
    rows.update(table)
    return rows.hexdigest()
