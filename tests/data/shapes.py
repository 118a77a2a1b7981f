"""Bars, and the shapes in which vendors write them: each text is made from the same numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from admf_jit.data import MarketData

NS_PER_DAY = 86_400 * 10**9
DAY = "%Y-%m-%d"
STAMP = "%Y-%m-%d %H:%M:%S"
HEADER = "Date,Open,High,Low,Close,Volume"
OHLC = ("open", "high", "low", "close")
MINUTE = 60 * 10**9
#: 2024-01-15 is a Monday; the days of 13 and more prove which number is the month.
DAYS = [int(np.datetime64("2024-01-15", "ns").astype(np.int64)) + day * NS_PER_DAY for day in range(12)]
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
        middle = start + 0.37 * (place % 50) * (-1) ** place
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


DAILY = Expected()
MINUTELY = Expected(times=MINUTES)
BASIC = [HEADER, *rows(DAY)]


def epoch(unit: int) -> Callable[[int], str]:
    """Write a moment as units since 1970, of so many ns each."""
    return lambda time: str(time // unit)


def comma(text: str) -> str:
    """Write a number with a decimal comma."""
    return text.replace(".", ",")


def check(data: MarketData, expected: Expected) -> None:
    """Hold one symbol to the bars that the text was made from."""
    if expected.symbols:
        assert data.symbols == expected.symbols
    assert data.n_symbols == 1
    assert data.time.tolist() == list(expected.times)
    for column in OHLC:
        assert np.array_equal(getattr(data, column)[0], expected.column(column)), column
    assert np.array_equal(data.volume[0], expected.column("volume") * expected.volume)
    assert expected.note in "\n".join(data.notes)
    assert len("\n".join(data.notes)) < 600


def written(folder: Path, name: str, lines: list[str], encoding: str = "utf-8", end: str = "\n") -> Path:
    path = folder / name
    path.write_bytes((end.join(lines) + end).encode(encoding))
    return path
