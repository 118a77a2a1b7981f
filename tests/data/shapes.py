"""Bars, and the shapes in which vendors write them: each text is made from the same numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DAY = 86_400 * 10**9
MINUTE = 60 * 10**9
#: 2024-01-15 is a Monday; the days of 13 and more prove which number is the month.
DAYS = [int(np.datetime64("2024-01-15", "ns").astype(np.int64)) + day * DAY for day in range(12)]
MINUTES = [int(np.datetime64("2024-03-07T14:30", "ns").astype(np.int64)) + minute * MINUTE for minute in range(40)]


class Bar(NamedTuple):
    time: int
    open: str
    high: str
    low: str
    close: str
    volume: int


def bars(times: Sequence[int] = DAYS, start: float = 180.0, digits: int = 2) -> list[Bar]:
    """Bars with prices of so many digits; no two are alike."""
    found = []
    for place, time in enumerate(times):
        middle = start + 0.37 * place * (-1) ** place
        prices = (middle - 0.05, middle + 0.6, middle - 0.61, middle + 0.12)
        found.append(Bar(time, *(f"{price:.{digits}f}" for price in prices), 1000 + 7 * place))
    return found


def text_of(time: int, pattern: str) -> str:
    """A moment of whole seconds, in UTC, by a format of strftime."""
    import datetime

    return (datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=time // 10**9)).strftime(pattern)


def rows(
    pattern: str | Callable[[int], str],
    separator: str = ",",
    times: Sequence[int] = DAYS,
    *,
    before: Sequence[str] = (),
    after: Sequence[str] = (),
    digits: int = 2,
    start: float = 180.0,
    order: Sequence[str] = ("time", "open", "high", "low", "close", "volume"),
    written: Callable[[str], str] = str,
) -> list[str]:
    """Lines of bars: cells `before`, those of `order`, and cells `after`."""
    lines = []
    for bar in bars(times, start, digits):
        time = pattern(bar.time) if callable(pattern) else text_of(bar.time, pattern)
        cells = [time if name == "time" else written(str(getattr(bar, name))) for name in order]
        lines.append(separator.join([*before, *cells, *after]))
    return lines


@dataclass(frozen=True)
class Expected:
    """What should come out of a shape."""

    symbols: tuple[str, ...] = ()
    times: Sequence[int] = tuple(DAYS)
    volume: bool = True
    digits: int = 2
    note: str = ""

    def column(self, name: str) -> NDArray[np.float64]:
        """The values of a column of the first symbol, as NumPy reads their texts."""
        return np.array([float(getattr(bar, name)) for bar in bars(self.times, digits=self.digits)])
