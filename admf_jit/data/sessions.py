"""Trading sessions: which local day a bar belongs to, and where a zone's clock stands against UTC."""

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
from numpy.typing import NDArray

from admf_jit.errors import DataError, closest

NS_PER_SECOND = 1_000_000_000
NS_PER_DAY = 86_400 * NS_PER_SECOND
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


def _offset_at(local_zone: ZoneInfo, seconds: int) -> int:
    offset = datetime.fromtimestamp(seconds, UTC).astimezone(local_zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def utc_offset(time: NDArray[np.int64], timezone: str) -> NDArray[np.int64]:
    """Nanoseconds that the zone's clock is ahead of UTC at each `time` (ns since the epoch, UTC).

    The zone is asked once per day, and once per bar only on the days on which its clock changes: asking for
    every bar of a long minute file would take longer than reading it.
    """
    local_zone = zone(timezone)
    offset = np.empty(len(time), np.int64)
    for piece in pieces(len(time)):
        offset[piece] = _offsets(time[piece], local_zone)
    return offset


def _offsets(time: NDArray[np.int64], local_zone: ZoneInfo) -> NDArray[np.int64]:
    day, position = np.unique(time // NS_PER_DAY, return_inverse=True)
    opening = np.array([_offset_at(local_zone, int(d) * 86_400) for d in day], np.int64)
    closing = np.array([_offset_at(local_zone, int(d) * 86_400 + 86_399) for d in day], np.int64)
    offset = opening[position]
    for bar in np.flatnonzero((opening != closing)[position]):
        offset[bar] = _offset_at(local_zone, int(time[bar] // NS_PER_SECOND))
    return np.asarray(offset * NS_PER_SECOND, np.int64)


def local_day(time: NDArray[np.int64], timezone: str) -> NDArray[np.int64]:
    """Days since 1970-01-01 on the zone's own calendar, one per bar; never falls from one bar to the next.

    A clock set back over midnight would repeat the evening before: those bars stay in the day already begun.
    """
    day = (time + utc_offset(time, timezone)) // NS_PER_DAY
    return np.asarray(np.maximum.accumulate(day), np.int64) if len(day) else day


def local_clock(time: NDArray[np.int64], timezone: str) -> NDArray[np.int64]:
    """Return the zone's wall clock at each `time` (n_bars,) as ns since midnight: 15:55 is the same number all
    year.

    On a day on which the clock changes this is what the clock shows, not the time since midnight: an hour that
    comes twice has the same numbers twice.
    """
    return np.asarray((time + utc_offset(time, timezone)) % NS_PER_DAY, np.int64)


def session_numbers(time: NDArray[np.int64], timezone: str) -> NDArray[np.int64]:
    """Number the local trading days 0, 1, 2, ... and return the number of each bar; days without bars do not
    count.
    """
    session = np.empty(len(time), np.int64)
    for piece, numbers in session_pieces(time, timezone):
        session[piece] = numbers
    return session


def session_pieces(time: NDArray[np.int64], timezone: str) -> Iterator[tuple[slice, NDArray[np.int64]]]:
    """Yield the number of each bar's session, a piece of the bars at a time."""
    number, today = -1, None
    for piece in pieces(len(time)):
        day = (time[piece] + utc_offset(time[piece], timezone)) // NS_PER_DAY
        if today is not None:
            day[0] = max(day[0], today)  # as in `local_day`
        day = np.maximum.accumulate(day)
        begins = np.diff(day, prepend=day[0] - 1 if today is None else today) != 0
        numbers = number + np.cumsum(begins, dtype=np.int64)
        yield piece, numbers
        number, today = int(numbers[-1]), int(day[-1])
