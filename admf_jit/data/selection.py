"""Choosing a part of market data: symbols by name, bars by a first and a last moment."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.sessions import before_midnight, zone
from admf_jit.errors import DataError, closest

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
#: Later than any bar can be, and less than the largest number of nanoseconds.
_FOREVER = 2**63 - 2


def some(names: Sequence[str], most: int = 8) -> str:
    """Return the first names, and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def symbol_rows(known: Sequence[str], asked: str | Sequence[str] | None) -> list[int]:
    """Return the row of each symbol asked for, all of them for None; unknown or repeated ones raise
    DataError.
    """
    if asked is None:
        return list(range(len(known)))
    names = [asked] if isinstance(asked, str) else list(asked)
    if not names:
        raise DataError(f"symbols: the list is empty; known are {', '.join(known)}")
    for name in names:
        if name not in known:
            hint = closest(str(name), known)
            raise DataError(
                f"symbols: {name!r} is not in the data, which has {', '.join(known)}"
                + (f"; did you mean {hint!r}?" if hint else "")
            )
    if len(set(names)) < len(names):
        raise DataError(f"symbols: {', '.join(names)} names a symbol twice")
    return [list(known).index(name) for name in names]


def bar_range(
    time: NDArray[np.int64], timezone: str, start: str | date | None, end: str | date | None, begins: int = 0
) -> tuple[int, int]:
    """Return the half-open range of bars from `start` to `end`, both included; a date as `end` takes its
    whole day. With `begins` days begin in the evening before: `sessions.local_day`.
    """
    first, last = 0, len(time)
    if start is not None:
        first = int(np.searchsorted(time, _nanoseconds("start", start, timezone, begins, next_day=False), "left"))
    if end is not None:
        # An included moment ends where the next nanosecond begins; a date's end is the next midnight already.
        after = _nanoseconds("end", end, timezone, begins, next_day=True) + (not _is_date(end))
        last = int(np.searchsorted(time, after, "left"))
    return first, last


def first_of_history(first: int, history: str | int) -> int:
    """Place of the first bar of the history of bar ``first``; DataError for what is none of its spellings."""
    if history == "all":
        return 0
    if history == "none":
        return first
    if isinstance(history, int) and not isinstance(history, bool) and history >= 0:
        return max(0, first - history)
    raise DataError(f"history: expected all, none or a whole number of bars >= 0, not {history!r}")


def _is_date(bound: str | date) -> bool:
    if isinstance(bound, str):
        return len(bound.strip()) <= len("2024-01-31")
    return not isinstance(bound, datetime)


def _nanoseconds(key: str, bound: str | date, timezone: str, begins: int, *, next_day: bool) -> int:
    """Return the moment in ns since the epoch, UTC; a date is when its day begins, with `next_day` the next."""
    moment = _parse(key, bound)
    try:
        if next_day and _is_date(bound):
            moment += timedelta(days=1)
        if _is_date(bound):
            moment -= timedelta(microseconds=before_midnight(begins) / 1000)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone(timezone))
        nanoseconds = (moment.astimezone(UTC) - _EPOCH) // _TICK * 1000 + int(getattr(bound, "nanosecond", 0))
    except OverflowError:  # 9999-12-31 says that there is no end
        nanoseconds = _FOREVER if moment.year > _EPOCH.year else -_FOREVER
    return max(-_FOREVER, min(_FOREVER, nanoseconds))


def _parse(key: str, bound: str | date) -> datetime:
    if isinstance(bound, datetime):
        return datetime(*bound.timetuple()[:6], bound.microsecond, tzinfo=bound.tzinfo, fold=bound.fold)
    if isinstance(bound, date):
        return datetime(bound.year, bound.month, bound.day)
    try:
        return datetime.fromisoformat(bound.strip())
    except (ValueError, AttributeError):
        raise DataError(f"{key}: {bound!r} is not a date or time such as 2024-01-31 or 2024-01-31T15:30:00Z") from None
