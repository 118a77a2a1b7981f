"""`load`: from whatever a person has to validated market data."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from pydantic import ValidationError

from admf_jit.config.problems import problems_of, refuse
from admf_jit.config.reading import ReadingOptions
from admf_jit.data.calendars import calendar_name, calendar_zone
from admf_jit.data.features import with_features
from admf_jit.data.market_data import MarketData
from admf_jit.data.sessions import zone
from admf_jit.data.source import Request, Source, read_source
from admf_jit.data.timeframe import normalise
from admf_jit.errors import ConfigError


def load(
    source: Source,
    *,
    symbols: str | Sequence[str] | None = None,
    start: str | date | datetime | None = None,
    end: str | date | datetime | None = None,
    timeframe: str | None = None,
    timezone: str | None = None,
    calendar: str | None = None,
    history: str | int = "all",
    bars_per_year: float | None = None,
    delisted: Mapping[str, float] | None = None,
    name: str | None = None,
    keep: bool = True,
    features: Any = None,
    **format: Any,
) -> MarketData:
    """Load market data from a file, a folder, a pattern, a frame, a store's directory, or "sample".

    Files are CSV and other text, Parquet, Feather and JSON, packed or not; frames are those of pandas and polars, Arrow
    tables, records, and rows such as those of ccxt.

    A list of these, or a mapping of symbols to them, is put on one time axis: the union of all times. Symbols
    keep the order in which they first appear: in the list or mapping, and in each source from its first row
    on. A bar that a symbol does not have has NaN prices and no volume (see `MarketData.missing_bars`). A
    mapping's key is the symbol to take from its source, or the name for a source's only one. Files of one symbol that
    follow one another, such as one a month, are one series.

    Times without a zone are taken as UTC, and a note says so. `timezone` is the zone on whose calendar
    sessions are counted (by default the one the data is written in), and that of times without a zone. `timeframe`
    picks the sample's bars; for other sources it states what the bars must be. `symbols`, `start` and `end` choose
    a part, and `history` how many of the bars before `start` warm indicators up: see `MarketData.select`.
    ``calendar`` names the calendar of the exchange, such as "XNYS", "NYSE" or "CMES" (of exchange_calendars, an extra):
    its zone is `timezone`, its holidays and early closes are no gaps, and its sessions make a year.
    Anything that breaks a rule raises DataError; nothing is repaired. `bars_per_year` says how many bars make a year
    for the metrics, where that should not be counted. ``delisted`` has prices of symbols whose bars end before those of
    the others: a position in one is closed at that price, 0 for a worthless one, and not at the last close.
    ``features`` is another table, a frame or the path of a file, whose columns of numbers are joined as of each bar's
    opening, backwards only: strategies see them as ``bar.x.name``.

    ``format`` are the reading options, as under `data.format`: ``columns``, ``header``, ``names``, ``skip_lines``,
    ``comment``, ``separator``, ``decimal``, ``thousands``, ``encoding``, ``date_format``, ``zone_of_times``, ``price``,
    ``rows_of_nan``, ``volume``, ``duplicates``, ``sort``, ``allow_nonpositive``, ``extra``. docs/data.md explains them.

    With `keep`, what came of a file is kept in the cache folder, and the same bytes are not read a second time. Parquet
    files, which are read nearly as fast, are kept when they are first run.
    """
    if timezone is not None:
        zone(timezone)
    if calendar is not None:
        calendar = calendar_name(calendar)
        timezone = timezone or calendar_zone(calendar)
    asked = None if symbols is None else (symbols,) if isinstance(symbols, str) else tuple(symbols)
    wanted = None if timeframe is None else normalise(timeframe)
    request = Request(reading_options(format), timezone, wanted, asked, keep)
    data = read_source(source, request, name)
    if wanted is not None:
        data = data.of_timeframe(wanted)
    data = data.with_delisted(delisted).with_calendar(calendar)
    if features is not None:
        data = with_features(data, features)
    data = data.select(symbols, start, end, history).with_bars_per_year(bars_per_year)
    return data if name in (None, data.name) else replace(data, name=name)


def reading_options(given: Mapping[str, Any]) -> ReadingOptions:
    """Return the checked options; what is wrong with one raises ConfigError that names it."""
    try:
        return ReadingOptions.model_validate({key: value for key, value in given.items() if value is not None})
    except ValidationError as error:
        problems = problems_of(error, ReadingOptions)
        if all(problem.path[0] not in ReadingOptions.model_fields for problem in problems):
            raise TypeError(f"load: {refuse(problems)}") from None
        raise ConfigError(str(refuse(problems))) from None
