"""Ingest: a table as it was read becomes validated market data, or one error that names its bad rows."""

import re
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.columns import Columns, identify
from admf_jit.data.market_data import VALUE_COLUMNS, MarketData, build
from admf_jit.data.merge import Bars, common_timeframe, on_one_axis
from admf_jit.data.table import Problem, Table, report
from admf_jit.data.times import NOT_A_TIME, Times, join_date_and_time, parse_times
from admf_jit.data.validate import check_readable, check_times, check_values, to_numbers
from admf_jit.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

NO_VOLUME = "no volume column: volume is 0 on every bar"
NO_ZONE = "times have no zone and are taken as UTC"


def ingest(table: Table, timezone: str | None = None) -> MarketData:
    """Return the market data of a table; sessions are counted in `timezone`, else in the zone the times are
    written in.

    Symbols come in the order of their first rows, on the union of their times; a bar that a symbol does not
    have is NaN (see `merge`). All faults of the rows are collected first and reported in one DataError:
    unreadable cells, times that do not rise, and bars that break a rule.
    """
    columns = identify(table.header, table.origin)
    if not len(table.row):
        raise DataError(f"{table.origin}: has no rows")
    text, label = _time_column(table, columns)
    times = parse_times(text, label, table.origin)
    values, problems = _values(table, columns)
    symbols, row_symbol = _symbols(table, columns, problems)
    problems += check_readable(text, times.nanoseconds, label)
    readable = times.nanoseconds != NOT_A_TIME
    rows = [np.flatnonzero((row_symbol == index) & readable) for index in range(len(symbols))]
    for positions in rows:
        problems += check_times(table, times.nanoseconds, positions, label)
    if problems:
        raise DataError(report(table, problems))
    for symbol, positions in zip(symbols, rows, strict=True):
        if len(positions) < 2:
            whose = f"{symbol!r} " if len(symbols) > 1 else ""
            raise DataError(f"{table.origin}: {whose}has a single bar; at least 2 are needed")
    series = [
        Bars(symbol, times.nanoseconds[positions], {column: values[column][positions] for column in VALUE_COLUMNS})
        for symbol, positions in zip(symbols, rows, strict=True)
    ]
    time, merged = on_one_axis(series)
    return build(
        table.name,
        symbols,
        time,
        merged,
        timezone=timezone or times.timezone or "UTC",
        timeframe=common_timeframe(series, table.origin),
        notes=_notes(columns, times, timezone),
    )


def _time_column(table: Table, columns: Columns) -> "tuple[pd.Series[Any], str]":
    first = columns.time[0]
    label = str(table.header[first])
    if len(columns.time) == 1:
        return table.columns[first], label
    second = columns.time[1]
    joined = join_date_and_time(table.columns[first], table.columns[second])
    return joined, f"{label} {table.header[second]}"


def _values(table: Table, columns: Columns) -> tuple[dict[str, NDArray[np.float64]], list[Problem]]:
    positions = dict(columns.prices)
    if columns.volume is not None:
        positions["volume"] = columns.volume
    labels = {column: str(table.header[position]) for column, position in positions.items()}
    values: dict[str, NDArray[np.float64]] = {"volume": np.zeros(len(table.row))}
    problems: list[Problem] = []
    for column, position in positions.items():
        values[column], unreadable = to_numbers(table.columns[position], labels[column])
        problems += unreadable
    numbers = np.ones(len(table.row), np.bool_)
    numbers[[problem.position for problem in problems]] = False
    return values, problems + check_values(values, {"volume": "volume", **labels}, numbers)


def _symbols(table: Table, columns: Columns, problems: list[Problem]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the symbols in order of appearance and the index of each row's symbol; empty cells are added to
    problems.
    """
    import pandas as pd

    if columns.symbol is None:
        return (_symbol_of(table.name),), np.zeros(len(table.row), np.int64)
    cells = table.columns[columns.symbol]
    label = str(table.header[columns.symbol])
    text = cells.astype("string").str.strip()
    codes, names = pd.factorize(text.mask(text == ""))
    problems += [Problem(int(p), label, "empty", "expected a symbol") for p in np.flatnonzero(codes < 0)]
    return tuple(str(name) for name in names), np.asarray(codes, np.int64)


def _symbol_of(name: str) -> str:
    """Return the symbol that a file's name tells: SPY for SPY_1m, else the name itself."""
    return re.sub(r"(?i)[_\- ](\d+(s|m|min|h|hour|d|day|w|mo)|hourly|daily|weekly|monthly)$", "", name) or name


def _notes(columns: Columns, times: Times, timezone: str | None) -> tuple[str, ...]:
    notes = []
    if times.timezone is None:
        notes.append(NO_ZONE)
    if times.note is not None and timezone is None:
        notes.append(times.note)
    if columns.volume is None:
        notes.append(NO_VOLUME)
    if columns.ignored:
        notes.append("columns not used: " + ", ".join(columns.ignored))
    return tuple(notes)
