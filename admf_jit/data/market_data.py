"""Market data in memory: the OHLCV columns of one or more symbols on one time axis."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.gaps import Gap, find_gaps
from admf_jit.data.selection import bar_range, symbol_rows
from admf_jit.data.sessions import NS_PER_DAY, local_clock, session_numbers
from admf_jit.data.timeframe import infer
from admf_jit.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

PRICE_COLUMNS = ("open", "high", "low", "close")
VALUE_COLUMNS = (*PRICE_COLUMNS, "volume")
AXIS_COLUMNS = ("time", "session", "clock")
COLUMNS = (*AXIS_COLUMNS, *VALUE_COLUMNS)
DTYPES = {**dict.fromkeys(AXIS_COLUMNS, "<i8"), **dict.fromkeys(VALUE_COLUMNS, "<f8")}
#: The clock is left out: it follows from the times and the zone, which the digest has.
_DIGESTED = ("time", "session", *VALUE_COLUMNS)


@dataclass(frozen=True, eq=False)
class MarketData:
    """Validated OHLCV bars of one or more symbols on one time axis, read-only.

    Read-only and laid out as (n_symbols, n_bars), C-contiguous, because every worker maps the same bytes and
    compiled code is typed for exactly that. Where a symbol has no bar its prices are NaN and its volume is 0; at
    every time some symbol has one. Two data sets are the same data if and only if their `digest` is
    the same.
    """

    name: str
    symbols: tuple[str, ...]
    timeframe: str  #: "1m", "5m", "1h", "1d", "1mo", ...: the median step
    timezone: str  #: IANA zone on whose calendar sessions are counted
    time: NDArray[np.int64]  #: (n_bars,), opening time of the bar, ns since the epoch, UTC
    session: NDArray[np.int64]  #: (n_bars,), number of the local trading day, from 0
    clock: NDArray[np.int64]  #: (n_bars,), the zone's wall clock at the opening, ns since its midnight
    open: NDArray[np.float64]  #: (n_symbols, n_bars), as are the other four
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.float64]
    digest: str  #: SHA-256 hex over symbols, timeframe, timezone and the bytes of all columns
    missing_bars: tuple[int, ...]  #: for each symbol, bars of the axis that it does not have
    gaps: tuple[Gap, ...] = ()
    directory: Path | None = None  #: the store that the columns are mapped from
    notes: tuple[str, ...] = field(default=())  #: what was assumed or left out on the way in, in plain words

    @property
    def n_bars(self) -> int:
        """Bars of each symbol."""
        return len(self.time)

    @property
    def n_symbols(self) -> int:
        """Symbols on the time axis."""
        return len(self.symbols)

    @property
    def has_missing_bars(self) -> bool:
        """Whether any symbol lacks a bar of the axis."""
        return any(self.missing_bars)

    @property
    def bars_per_year(self) -> float:
        """Bars in 365.25 days at the data's own pace: the factor that annualises returns per bar."""
        return (self.n_bars - 1) * (365.25 * NS_PER_DAY) / float(self.time[-1] - self.time[0])

    def select(
        self,
        symbols: str | Sequence[str] | None = None,
        start: str | date | datetime | None = None,
        end: str | date | datetime | None = None,
    ) -> "MarketData":
        """Return the chosen symbols, in the order asked for, between `start` and `end`, both included.

        A date without a time means that whole day; a time without a zone is read on the clock of `timezone`.
        Times at which none of the chosen symbols has a bar are left out: one symbol alone has its own bars and no
        others. Sessions count from 0 again, and the digest is that of the part. An unknown symbol, a bound that is no
        date, or fewer than two bars left raise DataError. Asking for everything returns the same object,
        still mapped.
        """
        rows = symbol_rows(self.symbols, symbols)
        first, last = bar_range(self.time, self.timezone, start, end)
        if (first, last) == (0, self.n_bars) and rows == list(range(self.n_symbols)):
            return self
        bars: NDArray[np.int64] = np.arange(first, last)
        if self.has_missing_bars:
            bars = bars[~np.isnan(self.close[rows, first:last]).all(axis=0)]
        chosen = tuple(self.symbols[row] for row in rows)
        if len(bars) < 2:
            whose = f" of {', '.join(chosen)}" if self.has_missing_bars else ""
            raise DataError(
                f"{self.name}: start {start!r} and end {end!r} leave {len(bars)} bars{whose} "
                f"of {self.n_bars} ({self._moment(0)} to {self._moment(-1)}); at least 2 are needed"
            )
        return build(
            self.name,
            chosen,
            self.time[bars],
            {column: getattr(self, column)[rows][:, bars] for column in VALUE_COLUMNS},
            timezone=self.timezone,
            timeframe=self.timeframe,
            notes=self.notes,
        )

    def frame(self, symbol: str | None = None) -> "pd.DataFrame":
        """Return the bars as a pandas frame, indexed by time in `timezone`.

        One symbol: columns open to volume. All of several (`symbol=None`): long format with a `symbol`
        column, one symbol after the other, which `load` reads back to the same digest. Bars that a symbol does
        not have are left out.
        """
        import pandas as pd

        index = pd.DatetimeIndex(self.time.astype("datetime64[ns]"), name="time", tz="UTC").tz_convert(self.timezone)
        rows = symbol_rows(self.symbols, symbol)
        frames = [
            pd.DataFrame({column: getattr(self, column)[row, bars] for column in VALUE_COLUMNS}, index=index[bars])
            for row, bars in ((row, ~np.isnan(self.close[row])) for row in rows)
        ]
        if symbol is not None or self.n_symbols == 1:
            return frames[0]
        for name, frame in zip(self.symbols, frames, strict=True):
            frame.insert(0, "symbol", name)
        return pd.concat(frames)

    def _moment(self, bar: int) -> str:
        return str(np.datetime64(int(self.time[bar]), "ns").astype("datetime64[s]")) + "Z"


def build(
    name: str,
    symbols: tuple[str, ...],
    time: NDArray[np.int64],
    values: dict[str, NDArray[np.float64]],
    *,
    timezone: str,
    timeframe: str | None = None,
    notes: tuple[str, ...] = (),
) -> MarketData:
    """Return MarketData of columns already validated: `time` (n_bars,), the five `values` (n_symbols,
    n_bars).

    Sessions, the clock, gaps, missing bars, the timeframe (unless given) and the digest are derived here, so
    that they cannot disagree.
    """
    timeframe = timeframe or infer(time)
    columns: dict[str, Any] = {
        "time": time,
        "session": session_numbers(time, timezone),
        "clock": local_clock(time, timezone),
        **values,
    }
    columns = {column: _read_only(columns[column], DTYPES[column]) for column in COLUMNS}
    return MarketData(
        name=name,
        symbols=symbols,
        timeframe=timeframe,
        timezone=timezone,
        **columns,
        digest=digest(symbols, timeframe, timezone, columns),
        missing_bars=count_missing(columns["close"]),
        gaps=find_gaps(columns["time"], timezone),
        notes=notes,
    )


def count_missing(close: NDArray[np.float64]) -> tuple[int, ...]:
    """Return for each symbol of `close` (n_symbols, n_bars) the bars that it does not have: those that are NaN."""
    return tuple(int(count) for count in np.isnan(close).sum(axis=1))


def digest(
    symbols: Sequence[str],
    timeframe: str,
    timezone: str,
    columns: dict[str, NDArray[Any]],
    let_go: Callable[[], None] = lambda: None,
) -> str:
    """Return the SHA-256 of the data: what decides a result, and nothing else (not the name, not where it
    came from). ``let_go`` is called after each column.
    """
    header = "\x1f".join(["admf_jit market data 1", timeframe, timezone, *symbols])
    total = hashlib.sha256(header.encode() + b"\x00")
    for column in _DIGESTED:
        total.update(np.ascontiguousarray(columns[column], DTYPES[column]).reshape(-1).view(np.uint8).data)
        let_go()
    return total.hexdigest()


def _read_only(column: NDArray[Any], dtype: str) -> NDArray[Any]:
    copy = np.array(column, dtype=dtype, order="C", copy=True)
    copy.flags.writeable = False
    return copy
