"""Timeframes: the spelling of a bar's length ("1m", "4h", "1d", "1mo") and how it is read off the times."""

import re
import reprlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.sessions import NS_PER_DAY, NS_PER_SECOND
from admf_jit.errors import DataError

_HOUR = NS_PER_DAY // 24
#: The days from the last business day of a month to that of the next are 26 to 33.
_SHORTEST_MONTH = 26
#: A week begins later where its first days are holidays.
_WEEK, _SHORTEST_WEEK = 7, 4
#: Fewer bars do not show that a symbol has longer ones.
_REGULAR_BARS = 10
#: Bars that are compared at a time, so that what comes of them takes no memory that grows with the data.
_AT_A_TIME = 65_536
_MILLISECOND = NS_PER_SECOND // 1000
_UNITS = (
    ("w", 7 * NS_PER_DAY),
    ("d", NS_PER_DAY),
    ("h", 3600 * NS_PER_SECOND),
    ("m", 60 * NS_PER_SECOND),
    ("s", NS_PER_SECOND),
    ("ms", _MILLISECOND),
    ("us", 1000),
    ("ns", 1),
)
_SPELLINGS = {
    **{spelling: "m" for spelling in ("m", "min", "mins", "minute", "minutes", "t")},
    **{spelling: "h" for spelling in ("h", "hr", "hour", "hours")},
    **{spelling: "d" for spelling in ("d", "day", "days", "daily")},
    **{spelling: "w" for spelling in ("w", "wk", "week", "weeks", "weekly")},
    **{spelling: "mo" for spelling in ("mo", "mon", "month", "months", "monthly")},
    **{spelling: spelling for spelling in ("ms", "us", "ns")},
    **{spelling: "s" for spelling in ("s", "sec", "second", "seconds")},
}


def spell(step: int) -> str:
    """Return the name of a step in ns: whole months for 28 to 31 days each, else the largest unit that
    divides it.
    """
    months = round(step / (30.4375 * NS_PER_DAY))
    if step % NS_PER_DAY == 0 and months and 28 * months <= step // NS_PER_DAY <= 31 * months:
        return f"{months}mo"
    unit, length = next((unit, length) for unit, length in _UNITS if step % length == 0)
    return f"{step // length}{unit}"


def infer(time: NDArray[np.int64]) -> str:
    """Return the timeframe of two or more rising times: the name of the step that their bars are apart."""
    return spell(bar_step(time))


def bar_step(time: NDArray[np.int64]) -> int:
    """Return how long the bars that open at `time` are, in ns: the greatest step that all distances are multiples of.

    Gaps do not matter then, nor how many. Left out are distances that make up less than a fiftieth together, and, where
    one distance is more than half of them, shorter ones that all come first after a longer break: the first bar of a
    session may be short. Distances of days may be an hour off, by a clock that changes; weeks and months, which are not
    all as long, are taken by their median.
    """
    lengths, counts = _distances(time)
    days = np.rint(lengths / NS_PER_DAY).astype(np.int64)
    if (days >= 1).all() and (np.abs(lengths - days * NS_PER_DAY) <= _HOUR).all():
        days, counts = _joined(days, counts)
        median = int(days[np.searchsorted(np.cumsum(counts), (int(counts.sum()) + 1) // 2)])
        months = median >= 28 and int(days[0]) >= _SHORTEST_MONTH
        weeks = median == _WEEK and int(days[0]) >= _SHORTEST_WEEK
        return (median if months or weeks else _common_step(days, counts)) * NS_PER_DAY
    frequent = int(counts.argmax())
    if frequent and counts[frequent] * 2 > counts.sum() and _begin_sessions(time, int(lengths[frequent])):
        return int(lengths[frequent])
    return _common_step(lengths, counts)


def _begin_sessions(time: NDArray[np.int64], step: int) -> bool:
    """Tell whether every distance below `step` is that of the first two bars, or comes after one above it."""
    distances = np.diff(time)
    short = np.flatnonzero(distances < step)
    return bool((distances[short[short > 0] - 1] > step).all())


def _distances(time: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the different distances of neighbouring bars, and how often each is there."""
    found = [np.unique(np.diff(time[begin : begin + _AT_A_TIME + 1]), return_counts=True)
             for begin in range(0, len(time) - 1, _AT_A_TIME)]  # fmt: skip
    return _joined(np.concatenate([lengths for lengths, _ in found]), np.concatenate([counts for _, counts in found]))


def _joined(lengths: NDArray[np.int64], counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    distinct, place = np.unique(lengths, return_inverse=True)
    return distinct, np.bincount(place, weights=counts).astype(np.int64)


def _common_step(lengths: NDArray[np.int64], counts: NDArray[np.int64]) -> int:
    """Return the step of distances (in any unit), each as often as `counts` says."""
    total = int(counts.sum())
    often = np.argsort(-counts, kind="stable")
    enough = 1 + int(np.searchsorted(np.cumsum(counts[often]), total - total // 50))
    return int(np.gcd.reduce(lengths[often[:enough]]))


def common_timeframe(
    names: Sequence[str], times: Sequence[NDArray[np.int64]], origin: str, asked: str | None = None
) -> str:
    """Return the timeframe of symbols `names` on one axis, of two or more bars each: the step common to all of them.

    A symbol without trades at many times is as long as the others. One whose bars are regular and longer raises
    DataError: a bar would be put beside shorter ones that end before it does. With `asked`, a person says what the bars
    are: see `stated`.
    """
    steps = [bar_step(time) for time in times]
    least = min(steps)
    shortest = names[steps.index(least)]
    for name, time, step in zip(names, times, steps, strict=True):
        if step > least and len(time) >= _REGULAR_BARS and is_regular(time, step):
            raise DataError(
                f"{origin}: {shortest!r} has {spell(least)} bars, but no two bars of {name!r} are closer "
                f"than {spell(int(np.diff(time).min()))}; symbols on one time axis must have bars of one length"
            )
    found = spell(least)
    if not found.endswith("mo"):
        found = spell(int(np.gcd.reduce(np.array(steps, np.int64))))
    return found if asked is None else stated(asked, found, times[steps.index(least)], origin)


def is_regular(time: NDArray[np.int64], step: int) -> bool:
    """Tell whether at least four of five distances are `step` itself, give or take a clock's change."""
    distances = np.diff(time)
    slack = _HOUR if step >= NS_PER_DAY else 0
    return bool(np.count_nonzero(np.abs(distances - step) <= slack) * 5 >= 4 * len(distances))


def stated(asked: str, found: str, time: NDArray[np.int64], name: str) -> str:
    """Return the timeframe that was `asked` for, if bars at `time` whose step is `found` can be of that length.

    They can where it divides the step of bars that are few and far between, and where it is the most frequent
    distance. Anything else raises DataError.
    """
    wanted = normalise(asked)
    if wanted == found:
        return found
    length, step = duration(wanted), duration(found)
    if length is not None and step is not None:
        if step % length == 0 and not (len(time) > 3 and is_regular(time, step)):
            return wanted
        lengths, counts = _distances(time)
        if length % step == 0 and int(lengths[counts.argmax()]) == length:
            return wanted
    raise DataError(f"timeframe: {asked!r} was asked for, but {name} has {found} bars")


def normalise(text: str) -> str:
    """Return the one spelling of a timeframe ("1min", "60m" and "D" are "1m", "1h" and "1d"), or raise
    DataError.
    """
    match = re.fullmatch(r"\s*([0-9]{0,9})\s*([A-Za-z]+)\s*", text) if isinstance(text, str) else None
    written = match.group(2) if match else ""
    unit = "mo" if written == "M" else _SPELLINGS.get(written.lower())
    count = int(match.group(1) or 1) if match else 0
    if unit is None or count < 1:
        raise DataError(f"timeframe: {reprlib.repr(text)} is not a bar length such as 1m, 5m, 1h, 1d, 1w or 1mo")
    if unit == "mo":
        return f"{count}mo"
    return spell(count * dict(_UNITS)[unit])


def duration(timeframe: str) -> int | None:
    """Return the length in ns of a bar of this timeframe, spelled as by `normalise`; None for months, which differ."""
    match = re.fullmatch(r"(\d+)([a-z]+)", timeframe)
    assert match is not None
    length = dict(_UNITS).get(match.group(2))
    return None if length is None else int(match.group(1)) * length
