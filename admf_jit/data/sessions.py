"""Trading sessions: which local day a bar belongs to, and where a zone's clock stands against UTC."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
from numpy.typing import NDArray

from admf_jit.errors import DataError, closest

NS_PER_SECOND = 1_000_000_000
NS_PER_DAY = 86_400 * NS_PER_SECOND
_BEFORE_ALL = -(2**63) + 1
#: Bars that are worked on at a time: what comes of them in between stays in the processor's cache, and takes no memory
#: that grows with the data.
_BARS_AT_A_TIME = 16_384


def pieces(n_bars: int) -> Iterator[slice]:
    """Cut bars into pieces that are worked on one after the other."""
    for begin in range(0, n_bars, _BARS_AT_A_TIME):
        yield slice(begin, min(begin + _BARS_AT_A_TIME, n_bars))


def zone(name: str) -> ZoneInfo:
    """Return the IANA zone called `name`; an unknown one raises DataError with the nearest known name."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, TypeError, KeyError):  # a zone that is not there is a KeyError
        pass
    hint = closest(str(name), sorted(available_timezones()))
    raise DataError(
        f"timezone: {name!r} is not a known IANA zone such as 'America/New_York' or 'UTC'"
        + (f"; did you mean {hint!r}?" if hint else "")
    )


class OffsetTable(NamedTuple):
    """Where a zone's clock stands: from `starts[k]` on (ns since the epoch, UTC) it is `offsets[k]` ns ahead of UTC."""

    starts: NDArray[np.int64]
    offsets: NDArray[np.int64]


def offset_table(timezone: str, first: int, last: int) -> OffsetTable:
    """Return the zone's offsets from `first` to `last` (ns since the epoch, UTC); `starts[0]` is before any time."""
    return _offset_table(timezone, _year(first), _year(last))


@lru_cache(maxsize=1_000)
def _offset_table(timezone: str, first: int, last: int) -> OffsetTable:
    """Return the zone's offsets from the year `first` to the year `last`."""
    zone(timezone)
    if timezone == "UTC":
        return _frozen([_BEFORE_ALL], [0])
    years = range(first, last + 1)
    starts, offsets = [_BEFORE_ALL], [_offset_at(zone(timezone), _first_second(years[0]))]
    for year in years:
        for second, offset in _changes(timezone, year):
            if _BEFORE_ALL < second * NS_PER_SECOND < -_BEFORE_ALL:  # a year at either end is not held in full
                starts.append(second * NS_PER_SECOND)
                offsets.append(offset)
    return _frozen(starts, offsets)


def _frozen(starts: list[int], offsets: list[int]) -> OffsetTable:
    table = OffsetTable(np.array(starts, np.int64), np.array(offsets, np.int64) * NS_PER_SECOND)
    for column in table:
        column.flags.writeable = False  # everybody gets the same
    return table


def _year(moment: int) -> int:
    held = max(min(moment, -_BEFORE_ALL), _BEFORE_ALL)  # the number below these is no time to NumPy
    return int(np.datetime64(held, "ns").astype("datetime64[Y]").astype(np.int64)) + 1970


def _first_second(year: int) -> int:
    return int(np.datetime64(f"{year:04d}-01-01", "s").astype(np.int64))


@lru_cache(maxsize=10_000)
def _changes(timezone: str, year: int) -> tuple[tuple[int, int], ...]:
    """Return the seconds of a year, UTC, at which the zone's clock changes, each with the new offset in seconds."""
    local_zone = zone(timezone)
    days = range(_first_second(year), _first_second(year + 1) + 1, 86_400)
    offsets = [_offset_at(local_zone, day) for day in days]
    found = []
    for day, before, after in zip(days, offsets, offsets[1:], strict=False):
        if before != after:
            low, high = day, day + 86_400
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if _offset_at(local_zone, middle) == before else (low, middle)
            found.append((high, after))
    return tuple(found)


def _offset_at(local_zone: ZoneInfo, seconds: int) -> int:
    offset = datetime.fromtimestamp(seconds, UTC).astimezone(local_zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def utc_offset(time: NDArray[np.int64], timezone: str) -> NDArray[np.int64]:
    """Nanoseconds that the zone's clock is ahead of UTC at each `time` (ns since the epoch, UTC)."""
    offset = np.empty(len(time), np.int64)
    table = _table_for(time, timezone)
    for piece in pieces(len(time)):
        offset[piece] = _offset_of(time[piece], table)
    return offset


def before_midnight(begins: int) -> int:
    """Nanoseconds by which a day begins before its midnight, where it does so at the clock `begins` of the evening."""
    return NS_PER_DAY - begins if begins else 0


def local_day(time: NDArray[np.int64], timezone: str, begins: int = 0) -> NDArray[np.int64]:
    """Days since 1970-01-01 on the zone's own calendar, one per bar; never falls from one bar to the next.

    With `begins`, in ns since midnight, a day begins at that time of the evening before. A clock set back over midnight
    would repeat the evening before: those bars stay in the day already begun.
    """
    day = (time + utc_offset(time, timezone) + before_midnight(begins)) // NS_PER_DAY
    return np.asarray(np.maximum.accumulate(day), np.int64) if len(day) else day


def local_clock(time: NDArray[np.int64], timezone: str) -> NDArray[np.int64]:
    """Return the zone's wall clock at each `time` (n_bars,) as ns since midnight: 15:55 is the same number all
    year.

    On a day on which the clock changes this is what the clock shows, not the time since midnight: an hour that
    comes twice has the same numbers twice.
    """
    return axis_columns(time, timezone)[1]


def session_numbers(time: NDArray[np.int64], timezone: str, begins: int = 0) -> NDArray[np.int64]:
    """Number the local trading days 0, 1, 2, ... and return the number of each bar; days without bars do not
    count.
    """
    return axis_columns(time, timezone, begins)[0]


def axis_columns(
    time: NDArray[np.int64], timezone: str, begins: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return what follows from the times (n_bars,): the number of each bar's session, and the zone's clock.

    Where days begin in the evening before (`local_day`), the clock of that evening is negative: it counts from the
    midnight of the day that the bar belongs to.
    """
    session, clock = np.empty(len(time), np.int64), np.empty(len(time), np.int64)
    for piece, numbers, shown in axis_pieces(time, timezone, begins):
        session[piece], clock[piece] = numbers, shown
    return session, clock


def axis_pieces(
    time: NDArray[np.int64], timezone: str, begins: int = 0
) -> Iterator[tuple[slice, NDArray[np.int64], NDArray[np.int64]]]:
    """Yield the number of each bar's session and its clock, a piece of the bars at a time."""
    number, today = -1, None
    table = _table_for(time, timezone)
    for piece in pieces(len(time)):
        local = time[piece] + _offset_of(time[piece], table)
        found = _rising_days(local, before_midnight(begins), today)
        if found is not None:
            days, lengths = found
            clock = local - np.repeat(days * NS_PER_DAY, lengths)
        else:
            day = (local + before_midnight(begins)) // NS_PER_DAY
            clock = local - day * NS_PER_DAY
            if today is not None:
                day[0] = max(day[0], today)  # as in `local_day`
            np.maximum.accumulate(day, out=day)
            bounds = np.concatenate([[0], np.flatnonzero(day[1:] != day[:-1]) + 1, [len(day)]])
            days, lengths = day[bounds[:-1]], bounds[1:] - bounds[:-1]
        number += today is None or bool(days[0] != today)
        yield piece, np.repeat(np.arange(number, number + len(days)), lengths), clock
        number, today = number + len(days) - 1, int(days[-1])


def _rising_days(
    local: NDArray[np.int64], before: int, today: int | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Return the days of bars that have many each, and how many: looked for by their midnights.

    None where the clock was set back, or where there are nearly as many days as bars.
    """
    first, last = ((int(local[place]) + before) // NS_PER_DAY for place in (0, -1))
    if (last - first) * 8 > len(local) or first < (first if today is None else today):
        return None
    if (local[1:] < local[:-1]).any():
        return None
    days = np.arange(first, last + 1)
    begins = np.searchsorted(local, days[1:] * NS_PER_DAY - before)
    bounds = np.concatenate([[0], begins, [len(local)]])
    lengths = bounds[1:] - bounds[:-1]
    return days[lengths > 0], lengths[lengths > 0]


def _table_for(time: NDArray[np.int64], timezone: str) -> OffsetTable:
    """Return the zone's offsets over these times."""
    return offset_table(timezone, int(time.min()), int(time.max())) if len(time) else offset_table(timezone, 0, 0)


def _offset_of(time: NDArray[np.int64], table: OffsetTable) -> NDArray[np.int64] | np.int64:
    """Return `utc_offset` of some of the times of a table, as one number where the clock does not change."""
    first, last = np.searchsorted(table.starts, (time.min(), time.max()), "right") - 1
    if first == last:
        return np.int64(table.offsets[first])
    return np.asarray(table.offsets[np.searchsorted(table.starts, time, "right") - 1])
