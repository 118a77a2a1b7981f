"""Calendars of exchanges: which dates have a session, and when it opens, pauses and closes.

They come from the package exchange_calendars, an extra that is imported when a calendar is named and not before. What
depends on a calendar knows its sessions by a checksum, so that another version of that package which knows of other
sessions makes other data.
"""

import functools
import hashlib
import warnings
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.sessions import NS_PER_DAY, offset_table, utc_offset
from admf_jit.errors import DataError, closest

EXTRA = "pip install admf_jit[calendars]"
#: A stretch that every calendar knows: to ask what holds for all of it.
_KNOWN = ("2022-06-01", "2022-06-30")
#: Sessions around those of the years asked for: the night before the first one has bars too.
_MARGIN = np.timedelta64(7, "D")
_SAID = 200


class CalendarRef(NamedTuple):
    """A calendar as data name it: the exchange's code, and the SHA-256 of its sessions in the years of the data.

    ``begins`` is the time of the clock, in ns since midnight, at which sessions open on the evening before their date;
    0 where they open on their date.
    """

    name: str
    sessions: str
    begins: int


@dataclass(frozen=True, eq=False)
class TradingCalendar:
    """Sessions of an exchange, in order, for all years that some data touch.

    ``day`` (n,) has their dates in days since 1970-01-01; ``starts`` and ``ends`` (2 n,) the stretches of time that the
    market is open, in ns since the epoch, UTC: two to a session, the second one empty where it has no break.
    ``years`` are those that are known in full.
    """

    name: str
    timezone: str
    day: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    years: tuple[int, ...]
    #: As that of a ``CalendarRef``.
    begins: int

    @functools.cached_property
    def _before(self) -> NDArray[np.int64]:
        """Open time before each stretch."""
        return np.concatenate([[0], np.cumsum(self.ends - self.starts)[:-1]]).astype(np.int64)

    def open_time(self, time: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return for how long the market had been open at each `time` (n,), in ns from a point that is the same."""
        place = np.searchsorted(self.starts, time, "right") - 1
        known = np.maximum(place, 0)
        within = np.clip(time - self.starts[known], 0, self.ends[known] - self.starts[known])
        return np.where(place >= 0, self._before[known] + within, 0).astype(np.int64)

    def open_times(self) -> NDArray[np.int64]:
        """Return how long each session is open, (n,)."""
        return np.asarray((self.ends - self.starts).reshape(-1, 2).sum(axis=1), np.int64)

    def sessions_before(self, day: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many sessions have a date before each `day` (n,)."""
        return np.asarray(np.searchsorted(self.day, day, "left"), np.int64)

    def is_session(self, day: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell of each `day` (n,) whether it is the date of a session."""
        return np.asarray(np.isin(day, self.day), np.bool_)

    def in_years(self, first: int, last: int) -> NDArray[np.bool_]:
        """Tell of each session whether its date lies in one of the years from `first` to `last`."""
        years = years_of(self.day * NS_PER_DAY)
        return np.asarray((years >= first) & (years <= last), np.bool_)

    def checksum(self, first: int, last: int) -> str:
        """Return the SHA-256 of the sessions in some years."""
        chosen = self.in_years(first, last)
        digest = hashlib.sha256(self.timezone.encode())
        for column in (self.day[chosen], *(edge.reshape(-1, 2)[chosen] for edge in (self.starts, self.ends))):
            digest.update(np.ascontiguousarray(column, "<i8").tobytes())
        return digest.hexdigest()


def years_of(moments: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the year of each moment (n,), in ns since the epoch."""
    return moments.astype("datetime64[ns]").astype("datetime64[Y]").astype(np.int64) + 1970


def calendar_name(name: str) -> str:
    """Return the code of the exchange that is called `name`, such as XNYS for NYSE; DataError for an unknown one."""
    library = _library(name)
    known = library.get_calendar_names(include_aliases=True)
    if name not in known:
        upper = {one.upper(): one for one in known}
        hint = upper.get(name.upper()) or closest(name.upper(), sorted(upper))
        raise DataError(
            f"calendar: {name!r} is not a known calendar such as XNYS, XLON, CMES or 24/7"
            + (f"; did you mean {upper.get(hint, hint)!r}?" if hint else "")
        )
    return str(library.resolve_alias(name))


def calendar_zone(name: str) -> str:
    """Return the IANA zone of a calendar, by its code."""
    return _known(name).timezone


@functools.lru_cache(maxsize=16)
def trading_calendar(name: str, first: int, last: int) -> TradingCalendar:
    """Return a calendar, by its code, for the years from `first` to `last`; DataError where it does not know them."""
    known = _known(name)
    begin, end = np.datetime64(f"{first:04d}-01-01"), np.datetime64(f"{last:04d}-12-31")
    earliest = begin - _MARGIN if known.oldest is None else max(begin - _MARGIN, known.oldest)
    latest = end + _MARGIN if known.newest is None else min(end + _MARGIN, known.newest)
    if earliest > end or latest < begin:
        raise DataError(f"calendar: {name} knows no session in {first} to {last}, the years of the data")
    table = _built(name, str(earliest), str(latest)).schedule
    opens, closes = (_nanoseconds(table[key]) for key in ("open", "close"))
    break_start, break_end = (_nanoseconds(table[key], closes) for key in ("break_start", "break_end"))
    day = table.index.to_numpy().astype("datetime64[D]").astype(np.int64)
    years = [
        year
        for year in range(first, last + 1)
        if earliest <= np.datetime64(f"{year:04d}-01-01") and latest >= np.datetime64(f"{year:04d}-12-31")
    ]
    return TradingCalendar(
        name,
        known.timezone,
        day,
        np.stack([opens, break_end], axis=1).reshape(-1),
        np.stack([break_start, closes], axis=1).reshape(-1),
        tuple(years),
        _evening(opens, day, known.timezone),
    )


def _evening(opens: NDArray[np.int64], day: NDArray[np.int64], timezone: str) -> int:
    """Return the earliest time of the evening before at which sessions open, in ns since midnight; 0 for none."""
    clock = opens + utc_offset(opens, timezone) - day * NS_PER_DAY
    return int(clock.min()) + NS_PER_DAY if len(clock) and clock.min() < 0 else 0


def calendar_of(name: str, time: NDArray[np.int64], timezone: str) -> TradingCalendar:
    """Return the calendar called `name` for the years of some bars, whose days are counted in `timezone`.

    A zone whose clock differs from that of the exchange raises DataError.
    """
    found = trading_calendar(name, *_years_around(time))
    ours, theirs = (offset_table(zone, int(time[0]), int(time[-1])) for zone in (timezone, found.timezone))
    if not all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True)):
        raise DataError(
            f"calendar: sessions of {name} are dates of {found.timezone}, and timezone says {timezone}; leave timezone "
            "out, or name another calendar (zone_of_times is the zone in which times are written)"
        )
    return found


def ref_of(calendar: TradingCalendar, time: NDArray[np.int64]) -> CalendarRef:
    """Return how data with these times name a calendar."""
    return CalendarRef(calendar.name, calendar.checksum(*_years_around(time)), calendar.begins)


def _years_around(time: NDArray[np.int64]) -> tuple[int, int]:
    """Return the years of the first and the last moment, in whatever zone dates are counted."""
    first, last = years_of(np.array([time[0] - NS_PER_DAY, time[-1] + NS_PER_DAY]))
    return int(first), int(last)


def _library(name: str) -> Any:
    try:
        import exchange_calendars
    except ImportError:
        raise DataError(f"calendar: {name} needs the package exchange_calendars; {EXTRA}") from None
    return exchange_calendars


class _Known(NamedTuple):
    """What holds for all years of a calendar; None where it has no first or last date."""

    timezone: str
    oldest: np.datetime64 | None
    newest: np.datetime64 | None


@functools.lru_cache(maxsize=64)
def _known(name: str) -> _Known:
    calendar = _built(name, *_KNOWN)
    bounds = (calendar.bound_min(), calendar.bound_max())
    return _Known(str(calendar.tz), *(None if bound is None else np.datetime64(bound, "D") for bound in bounds))


def _built(name: str, start: str, end: str) -> Any:
    library = _library(name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pandas, which are for that package
            return library.get_calendar(name, start=start, end=end)
    except Exception as problem:  # rules of some calendars break for some years
        said = " ".join(str(problem).split())[:_SAID]
        raise DataError(
            f"calendar: exchange_calendars {library.__version__} has no {name} from {start} to {end}: {said}"
        ) from None


def _nanoseconds(column: Any, instead: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """Return moments of a table, those that are missing replaced."""
    moments = column.dt.tz_convert(None).to_numpy().astype("datetime64[ns]")
    numbers = moments.astype(np.int64)
    return numbers if instead is None else np.where(np.isnat(moments), instead, numbers)
