"""Local times: what a zone's clock shows, as moments in UTC, and which zone shows a given clock.

A clock that is set back shows an hour twice. Rows are written in order, so the first pass ends where the clock falls;
where no fall tells the passes apart, the time is not read. A time that the clock skips in spring is not read either.
"""

from functools import lru_cache
from typing import NamedTuple
from zoneinfo import available_timezones

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.sessions import NS_PER_DAY, OffsetTable, offset_table, utc_offset

_HOUR = NS_PER_DAY // 24
#: Asked first when offsets are to be told a zone: the clocks of the large markets.
_LIKELY_ZONES = (
    "America/New_York", "Europe/London", "Europe/Berlin", "America/Chicago", "Asia/Kolkata", "Europe/Helsinki",
    "Australia/Sydney", "America/Los_Angeles", "America/Toronto", "America/Sao_Paulo", "Asia/Tokyo",
)  # fmt: skip
#: Offsets of a column that are compared with a zone's, before all of them are.
_SAMPLE = 400


class LocalTimes(NamedTuple):
    """Moments in ns since the epoch, UTC, and the rule that each time broke which is none (by its position)."""

    nanoseconds: NDArray[np.int64]
    unclear: dict[int, str]


def to_utc(wall: NDArray[np.int64], timezone: str, symbol: NDArray[np.int64] | None = None) -> LocalTimes:
    """Return the moments at which the clock of `timezone` shows `wall` (n,), ns since the epoch as if it were UTC.

    `symbol` (n,) numbers the series that the rows belong to: the order of the rows counts within each. Dates (every
    time is midnight) take the first moment of the day.
    """
    if not len(wall):
        return LocalTimes(wall, {})
    table = offset_table(timezone, int(wall.min()) - NS_PER_DAY, int(wall.max()) + NS_PER_DAY)
    if len(table.offsets) == 1:
        return LocalTimes(wall - table.offsets[0], {})
    newest = np.searchsorted(table.starts[1:] + table.offsets[1:], wall, "right")
    earlier = np.maximum(newest - 1, 0)
    # Shown twice: the clock was set back to before this time, which it had shown already.
    twice = (newest > 0) & (wall < table.starts[newest] + table.offsets[earlier])
    found = wall - table.offsets[newest]
    following = np.append(table.starts[1:], np.iinfo(np.int64).max)
    skipped = found >= following[newest]
    if not (twice.any() or skipped.any()):
        return LocalTimes(found, {})
    if not (wall % NS_PER_DAY).any():
        found[skipped] = following[newest[skipped]]
        found[twice] = wall[twice] - table.offsets[earlier[twice]]
        return LocalTimes(found, {})
    rule = f"the clock of {timezone} is set forward over this time, so that it does not exist there"
    unclear = {int(row): rule for row in np.flatnonzero(skipped)}
    if twice.any():
        unclear |= _tell_passes_apart(found, wall, np.flatnonzero(twice), newest, table, timezone, symbol)
    return LocalTimes(found, unclear)


def _tell_passes_apart(
    found: NDArray[np.int64],
    wall: NDArray[np.int64],
    rows: NDArray[np.int64],
    newest: NDArray[np.int64],
    table: OffsetTable,
    timezone: str,
    symbol: NDArray[np.int64] | None,
) -> dict[int, str]:
    """Move the `rows` of each first pass to their moments in `found`; return the rows that have no fall between."""
    series = np.zeros(len(wall), np.int64) if symbol is None else symbol
    falling, disorder = _directions(wall, series)
    rows = rows[np.lexsort((rows, newest[rows], series[rows]))]
    ends = np.flatnonzero((np.diff(series[rows]) != 0) | (np.diff(newest[rows]) != 0)) + 1
    groups = np.split(rows, ends)
    nights = np.bincount([series[group[0]] for group in groups], minlength=len(falling))
    unclear: dict[int, str] = {}
    for group in groups:
        whose = series[group[0]]
        rising = group[::-1] if falling[whose] else group
        falls = np.flatnonzero(np.diff(wall[rising]) <= 0)
        if len(falls) == 1 and disorder[whose] <= nights[whose]:
            first = rising[: falls[0] + 1]
            found[first] = wall[first] - table.offsets[newest[first] - 1]
        else:
            rule = (
                f"the clock of {timezone} shows this time twice, and the order of the rows does not tell which is "
                "meant; write times in UTC or with offsets"
            )
            unclear |= {int(row): rule for row in group}
    return unclear


def _directions(wall: NDArray[np.int64], series: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Tell for each series whether its rows run from new to old, and how many of its steps go the other way."""
    order = np.argsort(series, kind="stable")
    step = np.diff(wall[order])
    within = np.diff(series[order]) == 0
    n_series = int(series.max()) + 1
    whose = series[order[1:]]
    up = np.bincount(whose[within & (step > 0)], minlength=n_series)
    down = np.bincount(whose[within & (step < 0)], minlength=n_series)
    return down > up, np.minimum(up, down)


def zone_of_hours(offset: int) -> str | None:
    """Return the zone that is always `offset` ns ahead of UTC (Etc/GMT+5 is 5 h behind), None but for whole hours."""
    hours, rest = divmod(offset, _HOUR)
    if rest or not -12 <= hours <= 14:
        return None
    return "UTC" if hours == 0 else f"Etc/GMT{-hours:+d}"


def zone_of_offsets(time: NDArray[np.int64], offset: NDArray[np.int64]) -> str | None:
    """Return a zone whose clock is `offset` (n,) ns ahead of UTC at each `time` (n,), None where there is none."""
    change = np.flatnonzero(np.diff(offset))
    places = np.unique(np.concatenate([[0, len(time) - 1], change, change + 1]))
    sample = places[np.linspace(0, len(places) - 1, min(len(places), _SAMPLE)).astype(np.int64)]
    for name in _zones():
        if all(_shows(name, time[rows], offset[rows]) for rows in (sample[:1], sample[-1:], sample, slice(None))):
            return name
    return None


def _shows(name: str, time: NDArray[np.int64], offset: NDArray[np.int64]) -> bool:
    return bool((utc_offset(time, name) == offset).all())


@lru_cache(maxsize=1)
def _zones() -> tuple[str, ...]:
    """Return the zones in the order in which they are tried."""
    places = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix")))
    return tuple(dict.fromkeys((*_LIKELY_ZONES, *places)))
