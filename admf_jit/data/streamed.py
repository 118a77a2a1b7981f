"""Columns that are filled batch by batch: what is read takes its room once, and no second time to be put together."""

from collections.abc import Iterable
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
