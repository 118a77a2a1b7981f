"""`load`: from whatever a person has to validated market data."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from admf_jit.data.market_data import MarketData
from admf_jit.data.sessions import zone
from admf_jit.data.source import Source, read_source
from admf_jit.data.timeframe import normalise
from admf_jit.errors import DataError


def load(
    source: Source,
    *,
    symbols: str | Sequence[str] | None = None,
    start: str | date | datetime | None = None,
    end: str | date | datetime | None = None,
    timeframe: str | None = None,
    timezone: str | None = None,
    history: str | int = "all",
    name: str | None = None,
    keep: bool = True,
) -> MarketData:
    """Load market data from a CSV or Parquet file, a pandas frame, a store's directory, or "sample".

    A list of these, or a mapping of symbols to them, is put on one time axis: the union of all times. Symbols
    keep the order in which they first appear: in the list or mapping, and in each source from its first row
    on. A bar that a symbol does not have has NaN prices and no volume (see `MarketData.missing_bars`). A
    mapping's key is the symbol to take from its source, or the name for a source's only one.

    Times without a zone are taken as UTC, and a note says so. `timezone` is the zone on whose calendar
    sessions are counted (by default the one the data is written in); it never moves a time. `timeframe` picks
    the sample's bars; for other sources it states what the bars must be. `symbols`, `start` and `end` choose
    a part, and `history` how many of the bars before `start` warm indicators up: see `MarketData.select`.
    Anything that breaks a rule raises DataError; nothing is repaired.

    With `keep`, what came of a file is kept in the cache folder, and the same bytes are not read a second time.
    """
    if timezone is not None:
        zone(timezone)
    data = read_source(source, timeframe, timezone, name, keep=keep)
    if timeframe is not None and normalise(timeframe) != data.timeframe:
        raise DataError(f"timeframe: {timeframe!r} was asked for, but {data.name} has {data.timeframe} bars")
    data = data.select(symbols, start, end, history)
    return data if name in (None, data.name) else replace(data, name=name)
