"""What definitions of indicators are made of (docs/trading-model.md section 7), in plain Python; None: no value yet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

Values = list[float | None]
Numbers = Sequence[float]


@dataclass(frozen=True)
class Columns:
    """Bars as lists; ``x`` is the source."""

    open: list[float]
    high: list[float]
    low: list[float]
    close: list[float]
    volume: list[float]
    session: list[int]
    x: list[float]

    def __len__(self) -> int:
        return len(self.close)

    @property
    def typical(self) -> list[float]:
        """l + ((h - l) + (c - l)) / 3."""
        return [lo + ((h - lo) + (c - lo)) / 3 for h, lo, c in zip(self.high, self.low, self.close, strict=True)]

    @property
    def reach(self) -> list[float]:
        """True range; of the first bar its own range."""
        ranges = [self.high[0] - self.low[0]]
        for t in range(1, len(self)):
            h, lo, before = self.high[t], self.low[t], self.close[t - 1]
            ranges.append(max(h - lo, abs(h - before), abs(lo - before)))
        return ranges


def exact_sum(window: Sequence[float | None]) -> Fraction:
    return sum((Fraction(x) for x in window if x is not None), Fraction())


def mean(window: Sequence[float | None]) -> float:
    return float(exact_sum(window) / len(window))


def total(window: Sequence[float | None]) -> float:
    return float(exact_sum(window))


def weighted(window: Sequence[float | None]) -> float:
    """Weights 1 (oldest) .. n, rounded once."""
    n = len(window)
    return float(sum((k * Fraction(x or 0.0) for k, x in enumerate(window, 1)), Fraction()) / (n * (n + 1) // 2))


def rolling(values: Sequence[float | None], n: int, of: Callable[[Sequence[float | None]], float]) -> Values:
    """``of`` every window of ``n`` values that has them all."""
    windows = [values[t - n + 1 : t + 1] if t >= n - 1 else [None] for t in range(len(values))]
    return [None if any(x is None for x in window) else of(window) for window in windows]


def smooth(values: Sequence[float | None], first: int, step: Callable[[float, float], float]) -> Values:
    """The mean of the first ``first`` values, and then ``step(average, value)``."""
    found: Values = []
    known: list[float] = []
    for x in values:
        if x is not None:
            known.append(x)
        if len(known) < first:
            found.append(None)
        elif len(known) == first:
            found.append(mean(known))
        else:
            assert x is not None and found[-1] is not None
            found.append(step(found[-1], x))
    return found


def ema(values: Sequence[float | None], n: int, seed: int = 0) -> Values:
    """Exponential average; with ``seed`` 1 it starts from the first value."""
    a = 2 / (n + 1)
    return smooth(values, 1 if seed else n, lambda e, x: e + a * (x - e))


def wilder(values: Sequence[float | None], n: int) -> Values:
    return smooth(values, n, lambda e, x: e + (x - e) / n)


def each(step: Callable[..., float], *series: Sequence[float | None]) -> Values:
    """``step`` of the values at every bar at which there are all of them."""
    return [None if any(x is None for x in row) else step(*row) for row in zip(*series, strict=True)]


def changes(values: Numbers, of: Callable[[float, float], float]) -> Values:
    """``of(value, value before)`` from bar 1 on."""
    return [None] + [of(x, before) for before, x in zip(values[:-1], values[1:], strict=True)]


def highest(values: Sequence[float | None], n: int) -> Values:
    return rolling(values, n, max)  # type: ignore[arg-type]


def lowest(values: Sequence[float | None], n: int) -> Values:
    return rolling(values, n, min)  # type: ignore[arg-type]


def ratio(top: float, bottom: float, otherwise: float) -> float:
    return top / bottom if bottom > 0 else otherwise
