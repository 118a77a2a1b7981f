"""Sources: what a person names as data, read to market data before a part of it is chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Union

from admf_jit.data.ingest import ingest
from admf_jit.data.kept import kept
from admf_jit.data.market_data import VALUE_COLUMNS, MarketData, build
from admf_jit.data.merge import merge
from admf_jit.data.readers import CSV_SUFFIXES, PARQUET_SUFFIXES, from_frame, read_csv, read_parquet
from admf_jit.data.sample import generate_sample
from admf_jit.data.store import open_store
from admf_jit.errors import DataError, closest

if TYPE_CHECKING:
    import pandas as pd

OneSource = Union[str, Path, "pd.DataFrame"]
Source = OneSource | Sequence[OneSource] | Mapping[str, OneSource]


def read_source(
    source: Source, timeframe: str | None, timezone: str | None, name: str | None, *, keep: bool = True
) -> MarketData:
    """Read one source, or several on one axis; a mapping tells the symbol of each, a list takes theirs.

    With ``keep``, what came of a file is kept in the cache folder for the next time.
    """
    if isinstance(source, Mapping):
        for key in source:
            if not isinstance(key, str) or not key:
                raise DataError(f"data: {key!r} is not a symbol: the keys of a mapping are texts")
        parts = [_only(_read(one, timeframe, timezone, key, keep), key) for key, one in source.items()]
    elif isinstance(source, list | tuple):
        parts = [_read(one, timeframe, timezone, None, keep) for one in source]
    else:
        return _read(source, timeframe, timezone, name, keep)
    if not parts:
        raise DataError("data: no source is named")
    return merge(parts)


def _only(data: MarketData, symbol: str) -> MarketData:
    """Return the bars that a mapping gives for `symbol`: under that name in the data, or the data's only ones."""
    if symbol in data.symbols:
        return replace(data.select(symbol), name=symbol)
    if data.n_symbols > 1:
        raise DataError(f"data: {symbol!r} is not in {data.name}, which has {', '.join(data.symbols)}")
    return build(
        symbol,
        (symbol,),
        data.time,
        {column: getattr(data, column) for column in VALUE_COLUMNS},
        timezone=data.timezone,
        timeframe=data.timeframe,
        notes=data.notes,
    )


def _read(source: Source, timeframe: str | None, timezone: str | None, name: str | None, keep: bool) -> MarketData:
    if not isinstance(source, str | Path):
        return _read_frame(source, timezone, name)
    if str(source) == "sample":
        return _in_zone(generate_sample(timeframe), timezone)
    path = Path(source).expanduser()
    if path.is_dir():
        return _in_zone(open_store(path, verify=True), timezone)
    if not path.exists():
        raise DataError(_not_found(path))
    if not path.is_file():
        raise DataError(f"{path}: is neither a file nor a directory, such as a pipe or a device")
    suffix = path.suffix.lower()
    if suffix in (*CSV_SUFFIXES, *PARQUET_SUFFIXES):

        def read() -> MarketData:
            return ingest(read_csv(path) if suffix in CSV_SUFFIXES else read_parquet(path), timezone)

        return kept(path, timezone, read) if keep else read()
    known = ", ".join((*CSV_SUFFIXES, *PARQUET_SUFFIXES))
    raise DataError(f"{path}: cannot tell the format from {path.suffix or 'no suffix'!r}; known are {known}")


def _read_frame(frame: object, timezone: str | None, name: str | None) -> MarketData:
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise DataError(f'data: expected a path, "sample" or a pandas DataFrame, not {type(frame).__name__}')
    return ingest(from_frame(frame, "data frame", name or "data"), timezone)


def _not_found(path: Path) -> str:
    folder = path.parent
    names = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    hint = closest(path.name, [*names, "sample"])
    return f"data: {str(path)!r} does not exist" + (f"; did you mean {hint!r}?" if hint else "")


def _in_zone(data: MarketData, timezone: str | None) -> MarketData:
    """Return the data with its sessions counted on another zone's calendar."""
    if timezone in (None, data.timezone):
        return data
    values = {column: getattr(data, column) for column in VALUE_COLUMNS}
    return build(
        data.name,
        data.symbols,
        data.time,
        values,
        timezone=timezone,
        timeframe=data.timeframe,
        notes=data.notes,
    )
