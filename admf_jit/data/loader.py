"""`load`: from whatever a person has to validated market data."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Union

from admf_jit.data.ingest import ingest
from admf_jit.data.market_data import VALUE_COLUMNS, MarketData, build
from admf_jit.data.readers import CSV_SUFFIXES, PARQUET_SUFFIXES, from_frame, read_csv, read_parquet
from admf_jit.data.sample import generate_sample
from admf_jit.data.sessions import zone
from admf_jit.data.store import open_store
from admf_jit.data.timeframe import normalise
from admf_jit.errors import DataError, closest

if TYPE_CHECKING:
    import pandas as pd


def load(
    source: Union[str, Path, "pd.DataFrame"],
    *,
    symbols: str | Sequence[str] | None = None,
    start: str | date | datetime | None = None,
    end: str | date | datetime | None = None,
    timeframe: str | None = None,
    timezone: str | None = None,
    name: str | None = None,
) -> MarketData:
    """Load market data from a CSV or Parquet file, a pandas frame, a store's directory, or "sample".

    Times without a zone are taken as UTC, and a note says so. `timezone` is the zone on whose calendar
    sessions are counted (by default the one the data is written in); it never moves a time. `timeframe` picks
    the sample's bars; for other sources it states what the bars must be. `symbols`, `start` and `end` choose
    a part: see `MarketData.select`. Anything that breaks a rule raises DataError; nothing is repaired.
    """
    if timezone is not None:
        zone(timezone)
    data = _read(source, timeframe, timezone, name)
    if timeframe is not None and normalise(timeframe) != data.timeframe:
        raise DataError(f"timeframe: {timeframe!r} was asked for, but {data.name} has {data.timeframe} bars")
    data = data.select(symbols, start, end)
    return data if name in (None, data.name) else replace(data, name=name)


def _read(
    source: Union[str, Path, "pd.DataFrame"], timeframe: str | None, timezone: str | None, name: str | None
) -> MarketData:
    if not isinstance(source, str | Path):
        return _read_frame(source, timezone, name)
    if str(source) == "sample":
        return _in_zone(generate_sample(timeframe), timezone)
    path = Path(source).expanduser()
    if path.is_dir():
        return _in_zone(open_store(path), timezone)
    if not path.exists():
        raise DataError(_not_found(path))
    if path.suffix.lower() in CSV_SUFFIXES:
        return ingest(read_csv(path), timezone)
    if path.suffix.lower() in PARQUET_SUFFIXES:
        return ingest(read_parquet(path), timezone)
    known = ", ".join((*CSV_SUFFIXES, *PARQUET_SUFFIXES))
    raise DataError(f"{path}: cannot tell the format from {path.suffix or 'no suffix'!r}; known are {known}")


def _read_frame(frame: "pd.DataFrame", timezone: str | None, name: str | None) -> MarketData:
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
