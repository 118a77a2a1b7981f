"""Features: columns of a table of its own, joined to bars as of their opening, and never from later."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.config.reading import ReadingOptions
from admf_jit.data.bar_columns import OWN
from admf_jit.data.frames import refuse_lazy
from admf_jit.data.header import Header
from admf_jit.data.market_data import MarketData
from admf_jit.data.own_columns import own_columns, own_note, own_values
from admf_jit.data.symbol_columns import symbol_columns
from admf_jit.data.time_axis import moment_text
from admf_jit.data.time_columns import time_columns
from admf_jit.data.times import NOT_A_TIME, parse_times
from admf_jit.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

_SAMPLE = 200
_SHOWN = 8
_JOINED = "joined as of each bar's opening"


def with_features(data: MarketData, source: Any) -> MarketData:
    """Return the bars with the columns of numbers of another table, joined by time.

    ``source`` is a frame of pandas or polars, an Arrow table, or the path of a CSV, Parquet or Feather file, with a
    time for each row. A bar gets the row of the newest time that is no later than its opening, whatever that row
    holds: a value that is missing there is NaN. A table with a column of symbols is joined symbol by symbol, one
    without to all. Times without a zone are on the clock of the data's zone. Raises DataError where the table cannot be
    read so.
    """
    frame, origin = _frame(source)
    table = _Features(frame, origin, data.timezone)
    whole = data.with_history
    values = {OWN + name: np.full(whole.close.shape, np.nan) for name in table.values}
    taken = [name for name in table.values if name in whole.extra]
    if taken:
        raise DataError(f"{origin}: column {taken[0]!r} is in the data already; give one of them another name")
    joined = False
    for row, symbol in enumerate(whole.symbols):
        rows = table.rows_of(symbol)
        newest = np.searchsorted(table.time[rows], whole.time, side="right") - 1
        known = (newest >= 0) & ~np.isnan(whole.close[row])
        joined |= bool(known.any())
        for name, numbers in table.values.items():
            values[OWN + name][row, known] = numbers[rows[newest[known]]]
    if not joined:
        raise DataError(f"{origin}: {table.why_not_joined(whole)}")
    notes = [*table.notes, *(_note(whole, name, values[OWN + name]) for name in table.values)]
    unknown = table.unknown(whole.symbols)
    if unknown:
        notes.append(f"features of symbols that the data does not have: {', '.join(unknown[:_SHOWN])}")
    other = whole.with_columns({**whole.values, **values}, tuple(notes))
    return other.evaluated_from(data.n_history)


def is_joined(data: MarketData, name: str) -> bool:
    """Whether a column came from a table of features."""
    return any(note.startswith(f"column {name!r} {_JOINED}") for note in data.notes)


def _note(data: MarketData, name: str, values: NDArray[np.float64]) -> str:
    return own_note(name, values[~np.isnan(data.close)], _JOINED)


def _frame(source: Any) -> "tuple[pd.DataFrame, str]":
    import pandas as pd

    if isinstance(source, pd.DataFrame | pd.Series):
        frame = source.to_frame() if isinstance(source, pd.Series) else source
        if frame.index.names == [None] and not isinstance(frame.index, pd.DatetimeIndex):
            return frame, "features"
        return frame.reset_index(names=[name or "time" for name in frame.index.names]), "features"
    if hasattr(source, "__arrow_c_stream__"):
        import pyarrow as pa

        return pa.table(source).to_pandas(), "features"
    if not isinstance(source, str | Path):
        refuse_lazy(source, "features")
        raise DataError(f"features: expected a frame or the path of a file, not {type(source).__name__}")
    path = Path(source).expanduser()
    readers = {".csv": pd.read_csv, ".parquet": pd.read_parquet, ".feather": pd.read_feather}
    reader: Any = next((one for suffix, one in readers.items() if suffix in path.suffixes), None)
    if reader is None:
        raise DataError(f"features: {str(source)!r}: expected a file of {', '.join(readers)}")
    try:
        return reader(path), str(path)
    except Exception as error:  # whatever the library that reads it raises
        reason = (str(error).splitlines() or [""])[0][:200]
        raise DataError(f"features: {path} cannot be read ({type(error).__name__}: {reason})") from None


class _Features:
    """The rows of a table of features: their `time` (n_rows,), ns, and the numbers of each column, (n_rows,)."""

    def __init__(self, frame: "pd.DataFrame", origin: str, timezone: str) -> None:
        self.origin = origin
        names = [str(name) for name in frame.columns]
        columns = {place: frame.iloc[:, place].reset_index(drop=True) for place in range(len(names))}

        def samples(place: int) -> list[object]:
            head = columns[place].iloc[:_SAMPLE]
            return [None if gone else cell for cell, gone in zip(head.tolist(), head.isna().tolist(), strict=True)]

        header = Header(names, origin, ReadingOptions(extra="all"), samples, [None] * len(names), "")
        places, zone = time_columns(header, set())
        if len(places) != 1:
            raise DataError(f"{origin}: a date and a time of day are two columns; put them into one")
        symbol, _ = symbol_columns(header, set(places))
        reserved = {*places, *([] if symbol is None else [symbol])}
        wanted = own_columns(header, set(), reserved)
        if not wanted:
            raise DataError(f"{origin}: has no column of numbers besides its times; there are {header.listed()}")
        self.symbols = None if symbol is None else columns[symbol].astype(str).to_numpy(object)
        self.notes = list(header.notes)
        self.time = self._times(columns[places[0]], names[places[0]], zone or timezone)
        self.values, problems = own_values(columns, wanted, names, None)
        if problems:
            bad = problems[0]
            raise DataError(f"{origin}: row {bad.position}, column {bad.column!r}: {bad.value}: {bad.rule}")
        left = [name for place, name in enumerate(names) if place not in reserved | set(wanted.values())]
        if left:
            self.notes.append("columns of features not used: " + ", ".join(left[:_SHOWN]))

    def _times(self, column: "pd.Series[Any]", label: str, zone: str) -> NDArray[np.int64]:
        times = parse_times(column, label, self.origin, zone=zone)
        unread = np.flatnonzero(times.nanoseconds == NOT_A_TIME)
        if len(unread):
            raise DataError(f"{self.origin}: row {unread[0]}, column {label!r}: {column[unread[0]]!r}: expected a time")
        if times.timezone is None:
            self.notes.append(f"times of features have no zone and are taken as {zone}")
        return times.nanoseconds

    def rows_of(self, symbol: str) -> NDArray[np.int64]:
        """The rows of a symbol by rising time; two of the same time raise DataError."""
        rows = np.arange(len(self.time)) if self.symbols is None else np.flatnonzero(self.symbols == symbol)
        rows = rows[np.argsort(self.time[rows], kind="stable")]
        same = np.flatnonzero(np.diff(self.time[rows]) == 0)
        if len(same):
            first, second = sorted(rows[same[0] : same[0] + 2].tolist())
            raise DataError(
                f"{self.origin}: rows {first} and {second} have the same time: expected one row a time"
                + ("" if self.symbols is not None else ", or a column of symbols")
            )
        return rows

    def why_not_joined(self, data: MarketData) -> str:
        """Why no bar gets any of its rows, and what to do about it."""
        known = {symbol: self.rows_of(symbol) for symbol in data.symbols}
        newer = [self.time[rows[0]] for rows in known.values() if len(rows)]
        if not newer:
            unknown = ", ".join(self.unknown(data.symbols)[:_SHOWN])
            return f"no row is of a symbol of the data ({', '.join(data.symbols[:_SHOWN])}): it has {unknown or 'none'}"
        return (
            f"every row is newer than every bar: the first is of {moment_text(min(newer))}, and the last bar opens at "
            f"{moment_text(data.time[-1])}. A bar gets the newest row that is no later than its opening, so all would "
            "be missing: expected rows from before the bars, or later bars; or are the times in another zone?"
        )

    def unknown(self, symbols: tuple[str, ...]) -> list[str]:
        """Symbols of the table that are none of the data's."""
        known = [] if self.symbols is None else dict.fromkeys(self.symbols.tolist())
        return [str(symbol) for symbol in known if symbol not in symbols]
