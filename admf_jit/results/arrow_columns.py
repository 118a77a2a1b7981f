"""Arrow columns from plain values and back, by their buffers.

Arrow's own conversions look for pandas first, and importing it takes longer than a small grid. Everything here is laid
out as Arrow's columnar format says: a bit for each row that has a value, lowest bit first; a bit for each truth value;
texts as UTF-8, one after the other, with the place where each begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

#: A place in memory is noted for each letter meanwhile.
_TEXTS_AT_A_TIME = 4096
_DTYPES = {"int64": np.dtype(np.int64), "double": np.dtype(np.float64)}


def pool() -> pa.MemoryPool:
    """Where tables on their way to the disk are kept: the C library's memory.

    Arrow's own takes huge pages, which the system clears for every part anew: a fourth of the system's time for the
    main process.
    """
    import pyarrow as pa

    return pa.system_memory_pool()


def to_array(values: Sequence[Any] | NDArray[np.generic], arrow_type: pa.DataType) -> pa.Array:
    """Return plain values, None where a row has none, as an array of one of the types of a table of results."""
    import pyarrow as pa

    if isinstance(values, np.ndarray):
        whole = _bits(values) if pa.types.is_boolean(arrow_type) else values.astype(_DTYPES[str(arrow_type)])
        return pa.Array.from_buffers(arrow_type, len(values), [None, pa.py_buffer(whole)])
    missing = [value is None for value in values]
    validity = pa.py_buffer(_bits(not absent for absent in missing)) if any(missing) else None
    if pa.types.is_string(arrow_type) and validity is not None and all(missing):
        buffers = [validity, pa.py_buffer(np.zeros(len(values) + 1, np.int32)), pa.py_buffer(b"")]
    elif pa.types.is_string(arrow_type):
        lengths, content = _encoded(["" if value is None else value for value in values] if validity else values)
        places = np.zeros(len(lengths) + 1, np.int32)
        np.cumsum(lengths, out=places[1:])
        buffers = [validity, pa.py_buffer(places), pa.py_buffer(content)]
    elif pa.types.is_boolean(arrow_type):
        buffers = [validity, pa.py_buffer(_bits(values))]
    else:
        dtype = _DTYPES[str(arrow_type)]
        filled = [0 if value is None else value for value in values] if validity else values
        buffers = [validity, pa.py_buffer(np.array(filled, dtype))]
    return pa.Array.from_buffers(arrow_type, len(values), buffers)


def _encoded(texts: Sequence[str]) -> tuple[list[int], bytes]:
    """The lengths of texts in UTF-8, and all of them one after the other."""
    whole = "".join(texts)
    content = whole.encode()
    # As long as it was: a byte for each letter, as in ids and hashes.
    lengths = map(len, texts) if len(content) == len(whole) else (len(text.encode()) for text in texts)
    return list(lengths), content


def from_numbers(numbers: NDArray[np.float64], arrow_type: pa.DataType) -> pa.Array:
    """Return float64 (n,) as an array of doubles, or of whole numbers, none where there is a NaN."""
    import pyarrow as pa

    if str(arrow_type) == "double":
        return pa.Array.from_buffers(arrow_type, len(numbers), [None, pa.py_buffer(np.ascontiguousarray(numbers))])
    missing = np.isnan(numbers)
    validity = pa.py_buffer(np.packbits(~missing, bitorder="little")) if missing.any() else None
    whole = np.where(missing, 0.0, numbers).astype(np.int64)
    return pa.Array.from_buffers(arrow_type, len(numbers), [validity, pa.py_buffer(whole)])


def _bits(truths: Iterable[Any]) -> NDArray[np.uint8]:
    return np.packbits(np.fromiter(map(bool, truths), np.bool_), bitorder="little")


def to_numbers(column: pa.ChunkedArray) -> NDArray[Any]:
    """Return a column of numbers or truth values as a NumPy array, 0 or False where a row has none."""
    parts = [_numbers(chunk) for chunk in column.chunks]
    if not parts:
        return np.zeros(0, np.bool_ if str(column.type) == "bool" else _DTYPES[str(column.type)])
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _numbers(chunk: pa.Array) -> NDArray[Any]:
    numbers = _values(chunk)
    return np.where(_present(chunk), numbers, numbers.dtype.type(0)) if chunk.null_count else numbers


def _values(chunk: pa.Array) -> NDArray[Any]:
    """Whatever stands in the rows of a chunk, in those without a value too."""
    rows = slice(chunk.offset, chunk.offset + len(chunk))
    values = chunk.buffers()[1]
    if str(chunk.type) == "bool":
        return np.unpackbits(np.frombuffer(values, np.uint8), bitorder="little")[rows].view(np.bool_)
    return np.frombuffer(values, _DTYPES[str(chunk.type)])[rows]


def to_nulls(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Return which rows of a column have no value."""
    parts = [np.zeros(len(chunk), np.bool_) if not chunk.null_count else ~_present(chunk) for chunk in column.chunks]
    return np.concatenate(parts) if parts else np.zeros(0, np.bool_)


def to_text(chunk: pa.Array) -> tuple[NDArray[np.int32], memoryview]:
    """Return where each text of a column begins, and the last ends, int32 (n + 1,), and the UTF-8 that they are in."""
    _, places, text = chunk.buffers()
    if not len(chunk) or places is None:
        return np.zeros(1, np.int32), memoryview(b"")
    begins = np.frombuffer(places, np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
    return begins, memoryview(b"" if text is None else text)[int(begins[0]) : int(begins[-1])]


def picked(chunk: pa.Array, rows: NDArray[np.int64]) -> pa.Array:
    """Return these rows of an array of one of the types of a table of results, in this order.

    Arrow's own `take` imports all of its functions first, with their documentation: 6 MB, and longer than a small grid.
    """
    import pyarrow as pa

    present = _present(chunk)[rows] if chunk.null_count else np.ones(0, np.bool_)
    validity = None if present.all() else pa.py_buffer(np.packbits(present, bitorder="little"))
    if pa.types.is_string(chunk.type):
        begins, text = to_text(chunk)
        lengths = np.diff(begins)[rows]
        places = np.zeros(len(rows) + 1, np.int32)
        np.cumsum(lengths, out=places[1:])
        content = [pa.py_buffer(places), pa.py_buffer(_texts(begins - begins[0], text, rows))]
    elif pa.types.is_boolean(chunk.type):
        content = [pa.py_buffer(_bits(_values(chunk)[rows]))]
    else:
        content = [pa.py_buffer(_values(chunk)[rows])]
    return pa.Array.from_buffers(chunk.type, len(rows), [validity, *content])


def _texts(begins: NDArray[np.int32], text: memoryview, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
    letters, lengths = np.frombuffer(text, np.uint8), np.diff(begins)
    if len(letters) and (lengths == lengths[0]).all():  # ids, hashes, and a status that all rows have
        return letters.reshape(len(lengths), -1)[rows]
    found = [np.zeros(0, np.uint8)]
    for piece in np.split(rows, range(_TEXTS_AT_A_TIME, len(rows), _TEXTS_AT_A_TIME)):
        wanted = lengths[piece]
        ends = np.cumsum(wanted)
        found.append(letters[np.arange(wanted.sum()) + np.repeat(begins[piece] + wanted - ends, wanted)])
    return np.concatenate(found)


def _present(chunk: pa.Array) -> NDArray[np.bool_]:
    bits = np.frombuffer(chunk.buffers()[0], np.uint8)
    return np.unpackbits(bits, bitorder="little")[chunk.offset : chunk.offset + len(chunk)].view(np.bool_)
