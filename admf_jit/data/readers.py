"""Readers: a file of any known format to a table of cells as they were written."""

import json
from pathlib import Path
from typing import Any

from admf_jit.config.reading import ReadingOptions
from admf_jit.data.columns import identify
from admf_jit.data.frames import from_arrow, from_frame, from_object, is_columns, is_records, is_rows
from admf_jit.data.opening import (
    CSV_SUFFIXES,
    FEATHER_SUFFIXES,
    JSON_SUFFIXES,
    PARQUET_SUFFIXES,
    READ_SUFFIXES,
    Packed,
)
from admf_jit.data.room import want_of_room
from admf_jit.data.spellings import PRICES, field_of
from admf_jit.data.streamed import NotFixedError, column_by_column
from admf_jit.data.table import Table
from admf_jit.data.text_reader import read_text
from admf_jit.errors import DataError

_SAMPLE = 200


def read_file(file: Packed, options: ReadingOptions) -> Table:
    """Read one file by the format that its suffix tells."""
    suffix = file.suffix
    if suffix in PARQUET_SUFFIXES:
        return _read_parquet(file, options)
    if suffix in FEATHER_SUFFIXES:
        return _read_feather(file, options)
    if suffix in JSON_SUFFIXES:
        return _read_json(file, options)
    if suffix in CSV_SUFFIXES or _is_text_without_suffix(file):
        return read_text(file, options)
    known = ", ".join(READ_SUFFIXES)
    shown = Path(file.member or file.path).suffix or "no suffix"
    raise DataError(f"{file.origin}: cannot tell the format from {shown!r}; known are {known}")


def _is_text_without_suffix(file: Packed) -> bool:
    """Tell a file such as `AAA.gz`, whose name says nothing of what is packed."""
    return file.suffix == "" and Path(file.member or file.path).suffix != ""


def _read_parquet(file: Packed, options: ReadingOptions) -> Table:
    import pyarrow.parquet as pq

    try:
        stream = file.open() if file.member is not None else None
        with pq.ParquetFile(stream or str(file.path), memory_map=stream is None) as parquet:
            metadata = parquet.metadata
            full = want_of_room(metadata.num_rows, metadata.num_columns)
            if full:
                raise DataError(f"{file.origin}: {full}")
            levels = _has_levels(parquet.schema_arrow.metadata)
            table = _needed(parquet, file, options) if not levels else parquet.read()
    except DataError:
        raise
    except Exception as error:  # whatever metadata that nobody expects makes Arrow stumble over
        raise _unreadable(file, "Parquet", error) from None
    return _from_arrow(table, levels, file, options, "Parquet")


def _needed(parquet: Any, file: Packed, options: ReadingOptions) -> Any:
    """Read the columns that are used, and no others."""
    names = parquet.schema_arrow.names
    if len(set(names)) < len(names) or any("." in name for name in names):
        return parquet.read()
    batch = next(parquet.iter_batches(batch_size=_SAMPLE), None)

    def samples(place: int) -> list[object]:
        found: list[object] = [] if batch is None else batch.column(place).to_pylist()
        return found

    fields = identify(names, file.origin, options, samples, (), file.stem)
    # What is left out is named in the notes: an empty column has its name and takes no room.
    table = _read_columns(parquet, [names[place] for place in fields.used], [names[place] for place in fields.numbers])
    return table if table.num_columns == len(names) else _with_placeholders(table, names, fields.used)


def _read_columns(parquet: Any, names: list[str], as_numbers: list[str]) -> Any:
    """Read columns of different names, those of numbers and moments each in one piece."""
    import pyarrow as pa

    try:
        return pa.table(column_by_column(parquet, names, as_numbers), names=names)
    except NotFixedError:
        return parquet.read(columns=names)


def _with_placeholders(table: Any, names: list[str], used: list[int]) -> Any:
    import pyarrow as pa

    empty = pa.nulls(table.num_rows)
    columns = [table.column(used.index(place)) if place in used else empty for place in range(len(names))]
    return pa.Table.from_arrays(columns, names=names)


def _has_levels(metadata: dict[bytes, bytes] | None) -> bool:
    """Tell whether pandas has left a note that the columns have several levels."""
    try:
        noted = json.loads((metadata or {}).get(b"pandas", b"{}"))
        indexes = noted.get("column_indexes", [])
    except (ValueError, AttributeError, RecursionError):
        return False
    return isinstance(indexes, list) and len(indexes) > 1


def _read_feather(file: Packed, options: ReadingOptions) -> Table:
    import pyarrow as pa
    import pyarrow.feather as feather

    try:
        with file.reading(), file.open() as stream:
            content = pa.BufferReader(stream.read())
        table = feather.read_table(content, memory_map=False)
    except DataError:
        raise
    except Exception as error:  # as of Parquet
        raise _unreadable(file, "Feather", error) from None
    full = want_of_room(table.num_rows, table.num_columns)
    if full:
        raise DataError(f"{file.origin}: {full}")
    return _from_arrow(table, _has_levels(table.schema.metadata), file, options, "Feather")


def _from_arrow(table: Any, levels: bool, file: Packed, options: ReadingOptions, format_name: str) -> Table:
    if not levels:
        return from_arrow(table, file.origin, file.stem, options)
    try:
        frame = table.to_pandas()
    except Exception as error:  # whatever note of pandas makes it stumble over
        raise _unreadable(file, format_name, error) from None
    return from_frame(frame, file.origin, file.stem, options)


def _unreadable(file: Packed, format_name: str, error: Exception) -> DataError:
    reason = (str(error).splitlines() or [""])[0][:200]
    return DataError(f"{file.origin}: is not a readable {format_name} file ({type(error).__name__}: {reason})")


def _read_json(file: Packed, options: ReadingOptions) -> Table:
    with file.reading(), file.open() as stream:
        content = bytes(stream.read())
    try:
        found = _parsed(content)
        return from_object(_bars_in(found, file), file.origin, file.stem, options)
    except (ValueError, RecursionError, TypeError, AttributeError) as error:
        raise _unreadable(file, "JSON", error) from None


def _parsed(content: bytes) -> Any:
    """Return one JSON document, or the list of those that stand on a line each."""
    text = content.decode("utf-8-sig")
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            raise
        return [json.loads(line) for line in lines]


def _bars_in(found: Any, file: Packed) -> Any:
    """Return what a document says of bars: records, rows, columns, or the one place in a mapping that has them."""
    if is_rows(found) or is_records(found):
        return found
    if isinstance(found, dict):
        columns = {name: column for name, column in found.items() if isinstance(column, list)}
        if is_columns(columns):
            return columns
        if {"columns", "data"} <= set(found) and is_rows(found["data"]):
            rows = [dict(zip(found["columns"], row, strict=True)) for row in found["data"]]
            index = found.get("index")
            if not isinstance(index, list) or len(index) != len(rows):
                return rows
            return [{"": moment, **row} for moment, row in zip(index, rows, strict=True)]
        if _are_rows_by_time(found):
            return [{"": moment, **entry} for moment, entry in found.items()]
        mappings = all(isinstance(entry, dict) for entry in found.values())
        if mappings and is_columns({name: list(entry) for name, entry in found.items()}):
            # A mapping of the index to the cells for each column, as pandas writes it.
            index = list(next(iter(found.values())))
            return {"": index, **{name: list(entry.values()) for name, entry in found.items()}}
        places = [entry for entry in found.values() if is_rows(entry) or is_records(entry) or _are_rows_by_time(entry)]
        if len(places) == 1:
            return _bars_in(places[0], file)
    raise DataError(f'{file.origin}: holds no records of bars, such as [{{"time": ..., "open": ..., ...}}, ...]')


def _are_rows_by_time(entry: Any) -> bool:
    """Tell a mapping of times to the bars of these times."""
    if not isinstance(entry, dict) or len(entry) < 2 or not all(isinstance(one, dict) for one in entry.values()):
        return False
    return sum(field_of(name) in PRICES for name in next(iter(entry.values()))) >= 3
