"""Columns that are filled part by part: what is read takes its room once, and no second time to be put together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LEAST_ROWS = 1024


@dataclass
class Streamed:
    """The columns of a table: those of numbers and moments as arrays (n,), all others as an Arrow table."""

    arrays: dict[str, NDArray[Any]]
    rest: Any
    n_rows: int


class NotFixedError(Exception):
    """A column of whole numbers has cells without one."""


class _Growing:
    """An array that grows; room that nobody has written to takes no memory."""

    def __init__(self, dtype: np.dtype[Any], n_rows: int) -> None:
        self.values: NDArray[Any] = np.empty(max(n_rows, _LEAST_ROWS), dtype)

    def put(self, part: NDArray[Any], begin: int) -> None:
        end = begin + len(part)
        if end > len(self.values):
            grown = np.empty(max(end, len(self.values) * 2), self.values.dtype)
            grown[:begin] = self.values[:begin]
            self.values = grown
        self.values[begin:end] = part


def streamed(batches: Iterable[Any], schema: Any, n_rows: int, as_numbers: Iterable[str] = ()) -> Streamed:
    """Read the batches of an Arrow `schema`, of about `n_rows` in all.

    Whole numbers stay what they are, but for the columns `as_numbers`, which become doubles; without a value a double
    is NaN and a moment NaT. A whole number without a value raises NotFixedError.
    """
    import pyarrow as pa

    doubles = set(as_numbers)
    growing: dict[str, _Growing] = {}
    chunks: dict[str, list[Any]] = {}
    for field in schema:
        dtype = _dtype(field.type, field.name in doubles)
        if dtype is None:
            chunks[field.name] = []
        else:
            growing[field.name] = _Growing(dtype, n_rows)
    total = 0
    for batch in batches:
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if name in chunks:
                chunks[name].append(column)
                continue
            if column.null_count and pa.types.is_integer(column.type):
                raise NotFixedError
            growing[name].put(column.to_numpy(zero_copy_only=False), total)
        total += batch.num_rows
    rest = {name: pa.chunked_array(found, schema.field(name).type) for name, found in chunks.items()}
    arrays = {name: array.values[:total] for name, array in growing.items()}
    return Streamed(arrays, pa.table(rest), total)


def column_by_column(parquet: Any, names: Sequence[str], as_numbers: Iterable[str] = ()) -> list[Any]:
    """Read columns of an open Parquet file, each as ``streamed`` does, as Arrow arrays.

    What a row group has of one column is all that is in memory twice, and one thread decodes it: several take more of
    the processor's time in all.
    """
    import pyarrow as pa

    schema, doubles, n_rows = parquet.schema_arrow, set(as_numbers), parquet.metadata.num_rows
    columns: list[Any] = []
    for name in names:
        kind = schema.field(name).type
        dtype = _dtype(kind, name in doubles)
        groups = (
            parquet.read_row_group(group, columns=[name], use_threads=False).column(0)
            for group in range(parquet.num_row_groups)
        )
        if dtype is None:
            columns.append(pa.chunked_array([chunk for group in groups for chunk in group.chunks], kind))
            continue
        growing, total = _Growing(dtype, n_rows), 0
        for group in groups:
            if group.null_count and pa.types.is_integer(kind):
                raise NotFixedError
            for chunk in group.chunks:
                growing.put(chunk.to_numpy(zero_copy_only=False), total)
                total += len(chunk)
        columns.append(pa.array(growing.values[:total]))
    return columns


def _dtype(kind: Any, as_number: bool) -> np.dtype[Any] | None:
    """Return the array's type of a column that has one."""
    import pyarrow as pa

    if pa.types.is_integer(kind):
        return np.dtype(np.float64 if as_number else kind.to_pandas_dtype())
    if pa.types.is_floating(kind):
        return np.dtype(np.float64)
    if pa.types.is_timestamp(kind) and kind.tz is None:
        return np.dtype(f"datetime64[{kind.unit}]")
    return None
