"""Channels, trends, statistics and volatility, from docs/trading-model.md section 7: one function an indicator."""

import math
from collections.abc import Callable
from fractions import Fraction

from tests.reference.indicator_steps import (
    Columns,
    Values,
    each,
    ema,
    exact_sum,
    highest,
    lowest,
    mean,
    rolling,
    total,
    wilder,
)

Outputs = dict[str, Values]


def sar(b: Columns, step: float, most: float) -> Values:
    step = min(step, most)
    up, down = b.high[1] - b.high[0], b.low[0] - b.low[1]
    long = not (down > up and down > 0)
    stop, extreme = (b.low[0], b.high[1]) if long else (b.high[0], b.low[1])
    factor, values = step, [None]
    for t in range(1, len(b)):
        before = max(t - 1, 1)
        tops, bottoms = (b.high[before], b.high[t]), (b.low[before], b.low[t])
        if long and b.low[t] <= stop or not long and b.high[t] >= stop:
            value = max(extreme, *tops) if long else min(extreme, *bottoms)
            long, factor = not long, step
            extreme = b.high[t] if long else b.low[t]
            stop = value + step * (extreme - value)
        else:
            value = stop
            if (b.high[t] > extreme) if long else (b.low[t] < extreme):
                extreme, factor = (b.high[t] if long else b.low[t]), min(factor + step, most)
            stop = stop + factor * (extreme - stop)
        stop = min(stop, *bottoms) if long else max(stop, *tops)
        values.append(value)
    return values


def _atr(b: Columns, n: int, seed: int) -> Values:
    return wilder(list(b.reach) if seed else [None, *b.reach[1:]], n)


def supertrend(b: Columns, n: int, width: float, seed: int) -> Outputs:
    lines: Values = []
    directions: Values = []
    upper = lower = 0.0
    for t, reach in enumerate(_atr(b, n, seed)):
        if reach is None:
            lines.append(None)
            directions.append(None)
            continue
        middle = (b.high[t] + b.low[t]) / 2
        top, bottom = middle + width * reach, middle - width * reach
        direction = directions[-1] if t > 0 else None
        if direction is None:
            upper, lower, direction = top, bottom, -1.0 if seed else 1.0
        else:
            upper = top if top < upper or b.close[t - 1] > upper else upper
            lower = bottom if bottom > lower or b.close[t - 1] < lower else lower
            if direction < 0 and b.close[t] > upper:
                direction = 1.0
            elif direction > 0 and b.close[t] < lower:
                direction = -1.0
        lines.append(lower if direction > 0 else upper)
        directions.append(direction)
    return {"line": lines, "direction": directions}


def keltner(b: Columns, n: int, atr_period: int, width: float, seed: int) -> Outputs:
    middle, reach = ema(b.x, n, seed), _atr(b, atr_period, seed)
    return {
        "upper": each(lambda m, r: m + width * r, middle, reach),
        "middle": each(lambda m, _: m, middle, reach),
        "lower": each(lambda m, r: m - width * r, middle, reach),
    }


def ichimoku(b: Columns, fast: int, slow: int, span: int, displacement: int) -> Outputs:
    fast_middle, slow_middle, span_middle = (
        each(lambda top, bottom: (top + bottom) / 2, highest(b.high, n), lowest(b.low, n)) for n in (fast, slow, span)
    )
    cloud = each(lambda c, s: (c + s) / 2, fast_middle, slow_middle)
    ago = displacement - 1
    moved = [([None] * ago + values)[: len(b)] for values in (cloud, span_middle)]
    rows = [fast_middle, slow_middle, *moved]
    names = ("conversion", "base", "span_a", "span_b")
    return {name: each(lambda x, _: x, row, moved[1]) for name, row in zip(names, rows, strict=True)}


def linreg(b: Columns, n: int) -> Outputs:
    lines: list[tuple[Fraction, Fraction] | None] = [None] * (n - 1)
    for t in range(n - 1, len(b)):
        xs = [Fraction(x) for x in b.x[t - n + 1 : t + 1]]
        level = sum(xs, Fraction()) / n
        # Twice the distance of each bar from the middle is whole.
        slope = 2 * sum((2 * k - n + 1) * x for k, x in enumerate(xs)) / sum((2 * k - n + 1) ** 2 for k in range(n))
        lines.append((slope, level - slope * Fraction(n - 1, 2)))
    slope, start = ([None if line is None else float(line[k]) for line in lines] for k in (0, 1))
    value = [None if line is None else float(line[1] + line[0] * (n - 1)) for line in lines]
    return {"value": value, "slope": slope, "intercept": start, "forecast": each(lambda v, s: v + s, value, slope)}


def _pairs(x: list[float], y: list[float], n: int, of: Callable[[list[float], list[float]], float]) -> Values:
    return [None if t < n - 1 else of(x[t - n + 1 : t + 1], y[t - n + 1 : t + 1]) for t in range(len(x))]


def correlation(b: Columns, n: int) -> Values:
    def of(x: list[float], y: list[float]) -> float:
        mx, my = exact_sum(x) / n, exact_sum(y) / n
        xx, yy = sum((Fraction(a) - mx) ** 2 for a in x), sum((Fraction(a) - my) ** 2 for a in y)
        xy = sum((Fraction(a) - mx) * (Fraction(c) - my) for a, c in zip(x, y, strict=True))
        return float(xy) / (math.sqrt(xx) * math.sqrt(yy)) if xx > 0 and yy > 0 else 0.0

    return _pairs(b.x, b.volume, n, of)


def beta(b: Columns, n: int) -> Values:
    def change(x: list[float], t: int) -> float:
        return x[t] / x[t - 1] - 1 if x[t - 1] != 0 else 0.0

    def of(x: list[float], y: list[float]) -> float:
        mx, my = exact_sum(x) / n, exact_sum(y) / n
        yy = sum((Fraction(a) - my) ** 2 for a in y)
        xy = sum((Fraction(a) - mx) * (Fraction(c) - my) for a, c in zip(x, y, strict=True))
        return float(xy / yy) if yy > 0 else 0.0

    moved = [[change(column, t) for t in range(1, len(b))] for column in (b.x, b.volume)]
    return [None, *_pairs(moved[0], moved[1], n, of)]


def quantile(b: Columns, n: int, share: float) -> Values:
    def of(window: list[float]) -> float:
        ordered, place = sorted(window), share * (n - 1)
        k = int(place)
        after = ordered[min(k + 1, n - 1)]
        return ordered[k] + (place - k) * (after - ordered[k])

    return rolling(b.x, n, of)  # type: ignore[arg-type]


def median(b: Columns, n: int) -> Values:
    return quantile(b, n, 0.5)


def percent_rank(b: Columns, n: int) -> Values:
    return rolling(b.x, n + 1, lambda w: 100 * sum(x <= w[-1] for x in w[:-1]) / n)  # type: ignore


def variance(b: Columns, n: int) -> Values:
    def of(window: list[float]) -> float:
        centre = exact_sum(window) / n
        return float(sum((Fraction(x) - centre) ** 2 for x in window) / n)

    return rolling(b.x, n, of)  # type: ignore[arg-type]


def _bands(b: Columns, n: int, width: float) -> tuple[Values, Values]:
    return rolling(b.x, n, mean), each(lambda v: width * math.sqrt(v), variance(b, n))


def bollinger_b(b: Columns, n: int, width: float) -> Values:
    return each(lambda m, r, x: (x - (m - r)) / (2 * r) if r > 0 else 0.5, *_bands(b, n, width), b.x)


def bollinger_width(b: Columns, n: int, width: float) -> Values:
    return each(lambda m, r: 2 * r / m, *_bands(b, n, width))


def _yearly(values: Values, n: int, per_year: float, share: float = 1.0) -> Values:
    return each(lambda s: math.sqrt(max(per_year * s / (n * share), 0.0)), rolling(values, n, total))


def realized_volatility(b: Columns, n: int, per_year: float) -> Values:
    moved: Values = [None] + [math.log(x / before) ** 2 for before, x in zip(b.x[:-1], b.x[1:], strict=True)]
    return _yearly(moved, n, per_year)


def parkinson(b: Columns, n: int, per_year: float) -> Values:
    return _yearly(each(lambda h, lo: math.log(h / lo) ** 2, b.high, b.low), n, per_year, 4 * math.log(2))


def garman_klass(b: Columns, n: int, per_year: float) -> Values:
    def of(o: float, h: float, lo: float, c: float) -> float:
        return 0.5 * math.log(h / lo) ** 2 - (2 * math.log(2) - 1) * math.log(c / o) ** 2

    return _yearly(each(of, b.open, b.high, b.low, b.close), n, per_year)


def _drift_free(b: Columns) -> Values:
    def of(o: float, h: float, lo: float, c: float) -> float:
        return math.log(h / c) * math.log(h / o) + math.log(lo / c) * math.log(lo / o)

    return each(of, b.open, b.high, b.low, b.close)


def rogers_satchell(b: Columns, n: int, per_year: float) -> Values:
    return _yearly(_drift_free(b), n, per_year)


def yang_zhang(b: Columns, n: int, per_year: float) -> Values:
    def spread(window: list[float]) -> float:
        centre = sum(window) / n
        return sum((x - centre) ** 2 for x in window) / (n - 1)

    gaps: Values = [None] + [math.log(b.open[t] / b.close[t - 1]) for t in range(1, len(b))]
    bodies: Values = [None] + [math.log(b.close[t] / b.open[t]) for t in range(1, len(b))]
    inside: Values = [None, *_drift_free(b)[1:]]
    k = 0.34 / (1.34 + (n + 1) / (n - 1))
    return each(
        lambda g, c, i: math.sqrt(per_year * (g + k * c + (1 - k) * i)),
        rolling(gaps, n, spread),  # type: ignore[arg-type]
        rolling(bodies, n, spread),  # type: ignore[arg-type]
        rolling(inside, n, mean),
    )


def anchored_vwap(b: Columns, first: int) -> Values:
    values: Values = [None] * first
    turnover = traded = Fraction()
    for t in range(first, len(b)):
        turnover += Fraction(b.typical[t]) * Fraction(b.volume[t])
        traded += Fraction(b.volume[t])
        values.append(float(turnover / traded) if traded else b.typical[t])
    return values


def point_of_control(b: Columns, n: int, rows: int) -> Values:
    values: Values = [None] * (n - 1)
    for t in range(n - 1, len(b)):
        bars = range(t - n + 1, t + 1)
        bottom, top = min(b.low[i] for i in bars), max(b.high[i] for i in bars)
        step, traded = (top - bottom) / rows, [0.0] * rows
        for i in bars:
            if step > 0:
                traded[min(max(int((b.typical[i] - bottom) / step), 0), rows - 1)] += b.volume[i]
        values.append(bottom + (traded.index(max(traded)) + 0.5) * step if step > 0 else bottom)
    return values


def hurst(b: Columns, n: int) -> Values:
    def of(window: list[float]) -> float:
        moved = [x - before for before, x in zip(window[:-1], window[1:], strict=True)]
        centre = (window[-1] - window[0]) / n
        away = [0.0] + [window[k] - window[0] - k * centre for k in range(1, n + 1)]
        deviation = math.sqrt(sum((x - centre) ** 2 for x in moved) / n)
        span = max(away) - min(away)
        return math.log(span / deviation) / math.log(n / 2) if span > 0 and deviation > 0 else 0.5

    return rolling(b.x, n + 1, of)  # type: ignore[arg-type]
