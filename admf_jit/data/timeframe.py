"""Timeframes: the spelling of a bar's length ("1m", "4h", "1d", "1mo") and how it is read off the times."""

import re
import reprlib

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.sessions import NS_PER_DAY, NS_PER_SECOND
from admf_jit.errors import DataError

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
    """Return the timeframe of two or more rising times: the name of their median step (the lower of two
    medians).
    """
    return spell(median_step(time))


def median_step(time: NDArray[np.int64]) -> int:
    """Return the median distance of neighbouring bars in ns: a distance that occurs, never a mean of two."""
    steps = np.diff(time)
    middle = (len(steps) - 1) // 2
    return int(np.partition(steps, middle)[middle])


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
