"""Market data in memory: the OHLCV columns of one or more symbols on one time axis."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.annualisation import Annualisation, annualise
from admf_jit.data.bar_columns import (
    OWN,
    VALUE_COLUMNS,
    as_fields,
    count_missing,
    digest,
    dtype_of,
    read_only,
)
from admf_jit.data.by_calendar import NOTE, annualise_by, follows_calendar, outside_note, refuse_foreign
from admf_jit.data.calendars import CalendarRef, TradingCalendar, calendar_name, calendar_of, ref_of
from admf_jit.data.delisting import Delisted, check_delisted, ends_of, in_part, prices_of
from admf_jit.data.framed import framed
from admf_jit.data.gaps import Gaps, find_gaps
from admf_jit.data.given import Given
from admf_jit.data.local_time import to_utc
from admf_jit.data.selection import bar_range, first_of_history, symbol_rows
from admf_jit.data.sessions import axis_columns, utc_offset
from admf_jit.data.shown import shown_as_html
from admf_jit.data.timeframe import infer, stated
from admf_jit.errors import DataError
from admf_jit.wording import counted

if TYPE_CHECKING:
    import pandas as pd

    from admf_jit.data.kept import Later

_SHOWN = 8


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
    timeframe: str  #: "1m", "5m", "1h", "1d", "1mo", ...: the step common to all bars
    timezone: str  #: IANA zone on whose calendar sessions are counted
    time: NDArray[np.int64]  #: (n_bars,), opening time of the bar, ns since the epoch, UTC
    session: NDArray[np.int64]  #: (n_bars,), number of the local trading day, from 0
    clock: NDArray[np.int64]  #: (n_bars,), the zone's wall clock at the opening, ns since its midnight
    open: NDArray[np.float64]  #: (n_symbols, n_bars), as are the other four
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.float64]
    missing_bars: tuple[int, ...]  #: for each symbol, bars of the axis that it does not have
    known_digest: str | None = None  #: the digest, where it has been computed
    known_gaps: Gaps | None = None  #: holes of the axis, where they have been looked for
    directory: Path | None = None  #: the store that the columns are mapped from
    notes: tuple[str, ...] = field(default=())  #: what was assumed or left out on the way in, in plain words
    history: "MarketData | None" = None  #: the same bars with those before them, which only warm indicators up
    allow_nonpositive: bool = False  #: whether prices may be zero or negative
    stated_bars_per_year: float | None = None  #: what the user says a year has; None: counted
    delisted: Delisted = field(default_factory=dict)  #: price of each symbol that ends, where the user states one

    calendar: CalendarRef | None = None  #: that of their exchange, where the user names one
    #: Columns of one's own by name, sorted: (n_symbols, n_bars) each, NaN where there is no value.
    extra: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    given: Given | None = None  #: signals or orders from outside, one column a container
    #: Where the cache keeps these bars once they are run; no data that is made from these has it.
    later: "Later | None" = field(default=None, init=False, repr=False)

    def __repr__(self) -> str:
        shown = ", ".join(self.symbols[:_SHOWN]) + (f" and {self.n_symbols - _SHOWN} more" * (self.n_symbols > _SHOWN))
        first, last = (self._moment(bar) for bar in (0, -1))
        of = f"of {self.calendar.name} " if self.calendar else ""
        lines = [
            f"MarketData({self.name!r}: {shown}; {self.n_bars:,} bars of {self.timeframe}, {first} to {last}, "
            f"sessions {of}in {self.timezone})"
        ]
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes[:_SHOWN])])

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return shown_as_html(self)

    @cached_property
    def digest(self) -> str:
        """SHA-256 hex over symbols, timeframe, timezone and the bytes of all columns; computed when it is asked for."""
        if self.known_digest is not None:
            return self.known_digest
        if self.history is not None:
            return hashlib.sha256(f"{self.history.digest} from bar {self.n_history}".encode()).hexdigest()
        return digest(
            self.symbols,
            self.timeframe,
            self.timezone,
            self.columns,
            stated_bars_per_year=self.stated_bars_per_year,
            delisted=self.delisted,
            calendar=self.calendar,
            given=self.given,
        )

    @property
    def columns(self) -> dict[str, NDArray[Any]]:
        """All columns by name: those of the axis, those of bars, and those of one's own, such as `x.prediction`."""
        return {column: getattr(self, column) for column in ("time", "session", "clock")} | self.values

    @property
    def values(self) -> dict[str, NDArray[np.float64]]:
        """The columns (n_symbols, n_bars) by name: prices, volume, and those of one's own, such as `x.prediction`."""
        own = {OWN + name: values for name, values in self.extra.items()}
        return {column: getattr(self, column) for column in VALUE_COLUMNS} | own

    @property
    def n_bars(self) -> int:
        """Bars of each symbol."""
        return len(self.time)

    @property
    def with_history(self) -> "MarketData":
        """The bars that indicators take: these, after the bars of the history."""
        return self if self.history is None else self.history

    @property
    def n_history(self) -> int:
        """Bars before the first one, which only warm indicators up."""
        return self.with_history.n_bars - self.n_bars

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
        """Bars that make a year, as stated or else as counted: the factor that annualises returns per bar."""
        return self.annualisation.bars_per_year

    @cached_property
    def annualisation(self) -> Annualisation:
        """Bars per year, and what they were taken from."""
        if self.stated_bars_per_year is not None:
            return Annualisation(self.stated_bars_per_year, "as stated")
        if self.trading_calendar is not None and follows_calendar(self.timeframe):
            return annualise_by(self.trading_calendar, self.time, self.session, self.timeframe)
        return annualise(self.time, self.session, self.clock, self.timeframe, self.timezone)

    @cached_property
    def gaps(self) -> Gaps:
        """Holes of the time axis that the market's timetable does not explain."""
        if self.known_gaps is not None:
            return self.known_gaps
        return find_gaps(self.time, self.timezone, self.timeframe, self.session, self.trading_calendar)

    @cached_property
    def trading_calendar(self) -> TradingCalendar | None:
        """Sessions of the calendar that is named; DataError where they are not those that the data knew."""
        if self.calendar is None:
            return None
        time = self.with_history.time
        found = calendar_of(self.calendar.name, time, self.timezone)
        if ref_of(found, time) != self.calendar:
            raise DataError(
                f"calendar: {self.name} knows other sessions of {self.calendar.name} than exchange_calendars has now; "
                f"load it again with calendar {self.calendar.name}"
            )
        return found

    @cached_property
    def delisting_prices(self) -> NDArray[np.float64]:
        """Price at which a position in each symbol is closed once its bars have ended; NaN: its last close."""
        return prices_of(self.delisted, self.symbols)

    def select(
        self,
        symbols: str | Sequence[str] | None = None,
        start: str | date | datetime | None = None,
        end: str | date | datetime | None = None,
        history: str | int = "all",
    ) -> "MarketData":
        """Return the chosen symbols, in the order asked for, between `start` and `end`, both included.

        Bars before `start` warm indicators up, and nothing else: `history` says how many are kept for that, `"all"`,
        `"none"` or a number. They are those of `with_history`.
        A date without a time means that whole day; a time without a zone is read on the clock of `timezone`.
        Times at which none of the chosen symbols has a bar are left out: one symbol alone has its own bars and no
        others. Sessions count from 0 again, and the digest is that of the part. An unknown symbol, a bound that is no
        date, or fewer than two bars left raise DataError. Evaluator for everything returns the same object,
        still mapped.
        """
        rows = symbol_rows(self.symbols, symbols)
        whole = self.with_history
        first, last = bar_range(whole.time, self.timezone, start, end, self.calendar.begins if self.calendar else 0)
        first = max(first, self.n_history)
        oldest = first_of_history(first, history)
        every_symbol = rows == list(range(self.n_symbols))
        if every_symbol and (oldest, first, last) == (0, self.n_history, whole.n_bars):
            return self
        if every_symbol and (oldest, last) == (0, whole.n_bars) and last - first >= 2:
            return whole.evaluated_from(first)
        return whole._part(rows, history, first, last, f"start {start!r} and end {end!r}")

    def evaluated_from(self, n_history: int) -> "MarketData":
        """Return these bars without the first ``n_history``, which become the history."""
        if n_history == 0:
            return self
        columns = {column: values[..., n_history:] for column, values in self.columns.items()}
        columns["session"] = columns["session"] - columns["session"][0]
        for column in columns:
            columns[column] = np.ascontiguousarray(columns[column])
            columns[column].flags.writeable = False
        return replace(
            self,
            **as_fields(columns),
            known_digest=None,
            missing_bars=count_missing(columns["close"]),
            known_gaps=None,
            history=self,
            given=None if self.given is None else self.given.from_bar(n_history),
        )

    def with_given(self, given: Given) -> "MarketData":
        """Return the same bars with signals or orders from outside, which have those of the history too."""
        whole = replace(self.with_history, given=given, known_digest=None, directory=None)
        return whole.evaluated_from(self.n_history)

    def without_history(self) -> "MarketData":
        """Return these bars alone, as data of their own: a store holds no history."""
        if self.history is None:
            return self
        calendar = None if self.trading_calendar is None else ref_of(self.trading_calendar, self.time)
        return replace(self, known_digest=None, directory=None, history=None, calendar=calendar)

    def part(self, first: int, last: int) -> "MarketData":
        """Return the bars from `first` to `last - 1`, 2 at least, with all of these before them as their history."""
        return self._part(list(range(self.n_symbols)), "all", first, last, f"bars {first} to {last - 1}")

    def _part(self, rows: list[int], history: str | int, first: int, last: int, asked: str) -> "MarketData":
        """The bars from ``first`` to ``last - 1`` of some symbols, with those before them that ``history`` asks for."""
        bars: NDArray[np.int64] = np.arange(last)
        if self.has_missing_bars:
            bars = bars[~np.isnan(self.close[rows, :last]).all(axis=0)]
        n_before = int(np.searchsorted(bars, first))
        oldest = first_of_history(n_before, history)
        bars, n_history = bars[oldest:], n_before - oldest
        chosen = tuple(self.symbols[row] for row in rows)
        if len(bars) - n_history < 2:
            whose = f" of {', '.join(chosen)}" if self.has_missing_bars else ""
            raise DataError(
                f"{self.name}: {asked} leave {counted(len(bars) - n_history, 'bar')}{whose} "
                f"of {self.n_bars} ({self._moment(0)} to {self._moment(-1)}); at least 2 are needed"
            )
        values = {column: values[rows][:, bars] for column, values in self.values.items()}
        ends = ends_of(self.symbols, self.time, self.close) if self.delisted else {}
        delisted, unused = in_part(self.delisted, chosen, ends, int(self.time[bars[-1]]))
        changed = {"delisted": delisted, "notes": (*self.notes, *unused)}
        return self._rebuilt(chosen, self.time[bars], values, **changed).evaluated_from(n_history)

    def in_zone(self, timezone: str) -> "MarketData":
        """Return the data with its sessions counted on the calendar of another zone.

        Bars that all open at midnight keep their dates: they open at midnight of the new zone.
        """
        if timezone == self.timezone:
            return self
        time = self.with_history.time
        if not self.with_history.clock.any():
            time = to_utc(time + utc_offset(time, self.timezone), timezone).nanoseconds
        return self._changed(time, timezone=timezone)

    def of_timeframe(self, timeframe: str) -> "MarketData":
        """Return the data with bars of `timeframe`, which a person states; DataError where they cannot be that."""
        name = stated(timeframe, self.timeframe, self.with_history.time, self.name)
        return self if name == self.timeframe else self._changed(timeframe=name)

    def with_bars_per_year(self, bars_per_year: float | None) -> "MarketData":
        """Return the data with a number of bars per year that a person states; None leaves it as it is."""
        if bars_per_year is None or bars_per_year == self.stated_bars_per_year:
            return self
        if not (isinstance(bars_per_year, int | float) and 0 < bars_per_year < math.inf):
            raise DataError(f"bars_per_year: {bars_per_year!r} is not a number above 0")
        return self._changed(stated_bars_per_year=float(bars_per_year))

    def with_delisted(self, delisted: Delisted | None) -> "MarketData":
        """Return the data with the prices at which a person says symbols that end were delisted; None leaves it."""
        if delisted is None:
            return self
        whole = self.with_history
        checked = check_delisted(delisted, whole.symbols, whole.time, whole.close)
        return self if checked == self.delisted else self._changed(delisted=checked)

    def with_calendar(self, name: str | None) -> "MarketData":
        """Return the data with the calendar of an exchange that a person names; None leaves it as it is.

        A note says which bars lie outside of its sessions. An unknown calendar, one of another zone, and one in whose
        sessions no bar lies raise DataError.
        """
        if name is None:
            return self
        time = self.with_history.time
        calendar = calendar_of(calendar_name(name), time, self.timezone)
        refuse_foreign(calendar, time, self.timeframe, self.name)
        return self if self.calendar == ref_of(calendar, time) else self._changed(calendar=calendar.name)

    def with_columns(self, values: dict[str, NDArray[np.float64]], notes: tuple[str, ...]) -> "MarketData":
        """Return the same bars with other columns of one's own among the `values`, and `notes` about them."""
        return self._rebuilt(self.symbols, self.time, values, notes=(*self.notes, *notes))

    def _changed(self, time: NDArray[np.int64] | None = None, **changed: Any) -> "MarketData":
        """Return the same bars, and their history, with something else said of them."""
        whole = self.with_history
        other = whole._rebuilt(whole.symbols, whole.time if time is None else time, whole.values, **changed)
        return other.evaluated_from(self.n_history)

    def _rebuilt(
        self, symbols: tuple[str, ...], time: NDArray[np.int64], values: dict[str, NDArray[np.float64]], **changed: Any
    ) -> "MarketData":
        """Return other bars with all else that is known of these, but for what is `changed`."""
        if self.given is not None:
            raise DataError(f"{self.name}: has {self.given.said} for these bars: take a part of the bars before")
        same = ("timezone", "timeframe", "notes", "allow_nonpositive", "stated_bars_per_year", "delisted")
        known = {key: getattr(self, key) for key in same} | {"calendar": self.calendar and self.calendar.name}
        return build(self.name, symbols, time, values, **{**known, **changed})

    def frame(self, symbol: str | None = None) -> "pd.DataFrame":
        """Return the bars as a pandas frame, indexed by time in `timezone`.

        One symbol: columns open to volume, and those of one's own (`x.close` for one called as a price). All of several
        (`symbol=None`): long format with a `symbol` column, one symbol after the other, which `load` reads back to the
        same digest. Bars that a symbol does not have are left out.
        """
        rows = symbol_rows(self.symbols, symbol)
        return framed(self.time, self.timezone, self.values, rows, self.symbols if symbol is None else ())

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
    allow_nonpositive: bool = False,
    stated_bars_per_year: float | None = None,
    delisted: Delisted | None = None,
    calendar: str | None = None,
    own: bool = False,
) -> MarketData:
    """Return MarketData of columns already validated: `time` (n_bars,), the five `values` (n_symbols,
    n_bars), and those of one's own with names such as `x.prediction`.

    Sessions, the clock, missing bars and the timeframe (unless given) are derived here, so
    that they cannot disagree. With `own`, nobody else uses the arrays: they become the columns without a copy.
    """
    timeframe = timeframe or infer(time)
    columns: dict[str, Any] = {"time": time, **values}
    columns = {column: read_only(array, dtype_of(column), copy=not own) for column, array in columns.items()}
    known = None if calendar is None else calendar_of(calendar, columns["time"], timezone)
    ref = None if known is None else ref_of(known, columns["time"])
    if known is not None:
        note = outside_note(known, columns["time"], timeframe)
        notes = (*(said for said in notes if not said.startswith(NOTE)), *([note] if note else []))
    axis = axis_columns(columns["time"], timezone, 0 if ref is None else ref.begins)
    derived = dict(zip(("session", "clock"), axis, strict=True))
    columns |= {column: read_only(array, dtype_of(column), copy=False) for column, array in derived.items()}
    return MarketData(
        name=name,
        symbols=symbols,
        timeframe=timeframe,
        timezone=timezone,
        **as_fields(columns),
        missing_bars=count_missing(columns["close"]),
        notes=notes,
        allow_nonpositive=allow_nonpositive,
        stated_bars_per_year=stated_bars_per_year,
        delisted=delisted or {},
        calendar=ref,
    )
