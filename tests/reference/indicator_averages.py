"""Moving averages and what is made of them, from docs/trading-model.md section 7: one function an indicator."""

import math

from tests.reference.indicator_steps import (
    Columns,
    Values,
    changes,
    each,
    ema,
    highest,
    lowest,
    mean,
    rolling,
    total,
    weighted,
    wilder,
)


def rma(b: Columns, n: int) -> Values:
    return wilder(b.x, n)


def ema_tradingview(b: Columns, n: int) -> Values:
    return ema(b.x, n, 1)


def atr_tradingview(b: Columns, n: int) -> Values:
    return wilder(b.reach, n)


def macd_tradingview(b: Columns, fast: int, slow: int, smoothing: int) -> dict[str, Values]:
    line = each(lambda f, s: f - s, ema(b.x, fast, 1), ema(b.x, slow, 1))
    signal = ema(line, smoothing, 1)
    return {"line": line, "signal": signal, "histogram": each(lambda x, s: x - s, line, signal)}


def dema(b: Columns, n: int, seed: int) -> Values:
    first = ema(b.x, n, seed)
    return each(lambda e1, e2: 2 * e1 - e2, first, ema(first, n, seed))


def tema(b: Columns, n: int, seed: int) -> Values:
    first = ema(b.x, n, seed)
    second = ema(first, n, seed)
    return each(lambda e1, e2, e3: 3 * e1 - 3 * e2 + e3, first, second, ema(second, n, seed))


def trix(b: Columns, n: int, seed: int) -> Values:
    third = ema(ema(ema(b.x, n, seed), n, seed), n, seed)
    return each(lambda e, before: 100 * ((e - before) / before), third, [None, *third[:-1]])


def t3(b: Columns, n: int, v: float) -> Values:
    averages = [ema(b.x, n)]
    for _ in range(5):
        averages.append(ema(averages[-1], n))
    c1, c2 = -(v**3), 3 * v**2 + 3 * v**3
    c3, c4 = -6 * v**2 - 3 * v - 3 * v**3, 1 + 3 * v + v**3 + 3 * v**2
    return each(lambda e3, e4, e5, e6: c1 * e6 + c2 * e5 + c3 * e4 + c4 * e3, *averages[2:])


def kama(b: Columns, n: int, fast: int, slow: int) -> Values:
    path = rolling(changes(b.x, lambda x, before: abs(x - before)), n, total)
    values: Values = []
    for t, length in enumerate(path):
        if length is None:
            values.append(None)
            continue
        way = abs(b.x[t] - b.x[t - n])
        efficiency = way / length if length > way else 1.0
        rate = efficiency * (2 / (fast + 1) - 2 / (slow + 1)) + 2 / (slow + 1)
        before = b.x[t - 1] if values[-1] is None else values[-1]
        values.append(before + rate**2 * (b.x[t] - before))
    return values


def trima(b: Columns, n: int) -> Values:
    half = (n + 1) // 2

    def triangle(window: list[float]) -> float:
        from fractions import Fraction

        weights = [min(k, n + 1 - k, half) for k in range(1, n + 1)]
        return float(sum(w * Fraction(x) for w, x in zip(weights, window, strict=True)) / sum(weights))

    return rolling(b.x, n, triangle)  # type: ignore[arg-type]


def hma(b: Columns, n: int) -> Values:
    inner = each(lambda fast, slow: 2 * fast - slow, rolling(b.x, n // 2, weighted), rolling(b.x, n, weighted))
    return rolling(inner, math.isqrt(n), weighted)


def alma(b: Columns, n: int, offset: float, sigma: float) -> Values:
    middle, width = offset * (n - 1), n / sigma
    weights = [math.exp(-((i - middle) ** 2) / (2 * width**2)) for i in range(n)]
    return rolling(
        b.x,
        n,
        lambda window: math.fsum(w * (x or 0) for w, x in zip(weights, window, strict=True)) / math.fsum(weights),
    )


def vwma(b: Columns, n: int) -> Values:
    turnover = rolling([x * v for x, v in zip(b.x, b.volume, strict=True)], n, total)
    return each(lambda m, v, x: m / v if v > 0 else x, turnover, rolling(b.volume, n, total), b.x)


def midpoint(b: Columns, n: int) -> Values:
    return each(lambda top, bottom: (top + bottom) / 2, highest(b.x, n), lowest(b.x, n))


def midprice(b: Columns, n: int) -> Values:
    return each(lambda top, bottom: (top + bottom) / 2, highest(b.high, n), lowest(b.low, n))


def apo(b: Columns, fast: int, slow: int, seed: int) -> Values:
    return each(lambda f, s: f - s, ema(b.x, fast, seed), ema(b.x, slow, seed))


def ppo(b: Columns, fast: int, slow: int, seed: int) -> Values:
    return each(lambda f, s: 100 * ((f - s) / s), ema(b.x, fast, seed), ema(b.x, slow, seed))


def cci(b: Columns, n: int) -> Values:
    def index(window: list[float]) -> float:
        centre = mean(window)
        distance = sum(abs(p - centre) for p in window) / n
        return (window[-1] - centre) / (0.015 * distance) if distance > 0 else 0.0

    return rolling(b.typical, n, index)  # type: ignore[arg-type]
