"""Bars, volume, sums of changes and candles, from docs/trading-model.md section 7: one function an indicator."""

import math
from collections.abc import Callable

from tests.reference.indicator_steps import (
    Columns,
    Values,
    each,
    ema,
    highest,
    lowest,
    mean,
    ratio,
    rolling,
    total,
    weighted,
)

Outputs = dict[str, Values]


def typical_price(b: Columns) -> Values:
    return list(b.typical)


def median_price(b: Columns) -> Values:
    return each(lambda h, lo: (h + lo) / 2, b.high, b.low)


def weighted_close(b: Columns) -> Values:
    return each(lambda h, lo, c: (h + lo + 2 * c) / 4, b.high, b.low, b.close)


def bop(b: Columns) -> Values:
    return each(lambda o, h, lo, c: ratio(c - o, h - lo, 0.0), b.open, b.high, b.low, b.close)


def heikin_ashi(b: Columns) -> Outputs:
    opens, closes = [], []
    for o, h, lo, c in zip(b.open, b.high, b.low, b.close, strict=True):
        opens.append((opens[-1] + closes[-1]) / 2 if opens else (o + c) / 2)
        closes.append(((o + h) + (lo + c)) / 4)
    return {
        "open": opens,
        "close": closes,
        "high": each(max, b.high, opens, closes),
        "low": each(min, b.low, opens, closes),
    }


def cmf(b: Columns, n: int) -> Values:
    rows = zip(b.high, b.low, b.close, b.volume, strict=True)
    flow = [((c - lo) - (h - c)) / (h - lo) * v if h > lo else 0.0 for h, lo, c, v in rows]
    return each(lambda f, v: ratio(f, v, 0.0), rolling(flow, n, total), rolling(b.volume, n, total))


def vortex(b: Columns, n: int) -> Outputs:
    up: Values = [None] + [abs(b.high[t] - b.low[t - 1]) for t in range(1, len(b))]
    down: Values = [None] + [abs(b.low[t] - b.high[t - 1]) for t in range(1, len(b))]
    reach = rolling([None, *b.reach[1:]], n, total)
    return {
        name: each(lambda m, r: ratio(m, r, 0.0), rolling(moved, n, total), reach)
        for name, moved in (("plus", up), ("minus", down))
    }


def ease_of_movement(b: Columns, n: int, scale: float) -> Values:
    middle = [(h + lo) / 2 for h, lo in zip(b.high, b.low, strict=True)]
    ease: Values = [None]
    for t in range(1, len(b)):
        ease.append(ratio((middle[t] - middle[t - 1]) * (b.high[t] - b.low[t]), b.volume[t], 0.0))
    return each(lambda m: scale * m, rolling(ease, n, mean))


def awesome(b: Columns, fast: int, slow: int) -> Values:
    middle = [(h + lo) / 2 for h, lo in zip(b.high, b.low, strict=True)]
    return each(lambda f, s: f - s, rolling(middle, fast, mean), rolling(middle, slow, mean))


def choppiness(b: Columns, n: int) -> Values:
    return each(
        lambda way, top, bottom: 100 * math.log(way / (top - bottom)) / math.log(n) if top > bottom else 100.0,
        rolling([None, *b.reach[1:]], n, total),
        highest(b.high, n),
        lowest(b.low, n),
    )


def dpo(b: Columns, n: int) -> Values:
    ago = n // 2 + 1
    return each(lambda x, m: x - m, ([None] * ago + b.x)[: len(b)], rolling(b.x, n, mean))


def _change(x: list[float], n: int) -> Values:
    return [None if t < n else 100 * (x[t] - x[t - n]) / x[t - n] for t in range(len(x))]


def coppock(b: Columns, n: int, short: int, long: int) -> Values:
    return rolling(each(lambda s, z: z + s, _change(b.x, short), _change(b.x, long)), n, weighted)


def kst(b: Columns, *given: int) -> Outputs:
    rocs, smas, signal = given[:4], given[4:8], given[8]
    means = [rolling(_change(b.x, roc), sma, mean) for roc, sma in zip(rocs, smas, strict=True)]
    line = each(lambda one, two, three, four: one + 2 * two + 3 * three + 4 * four, *means)
    smooth = rolling(line, signal, mean)
    return {"line": each(lambda x, _: x, line, smooth), "signal": smooth}


def mass_index(b: Columns, smoothing: int, n: int) -> Values:
    span = ema([h - lo for h, lo in zip(b.high, b.low, strict=True)], smoothing)
    return rolling(each(lambda e, e2: ratio(e, e2, 1.0), span, ema(span, smoothing)), n, total)


def fisher(b: Columns, n: int) -> Outputs:
    middle = [(h + lo) / 2 for h, lo in zip(b.high, b.low, strict=True)]
    place, values, triggers = 0.0, [], []
    for x, top, bottom in zip(middle, highest(middle, n), lowest(middle, n), strict=True):
        if top is None or bottom is None:
            values.append(None)
            triggers.append(None)
            continue
        share = (x - bottom) / (top - bottom) - 0.5 if top > bottom else 0.0
        place = min(max(0.66 * share + 0.67 * place, -0.999), 0.999)
        before = values[-1] if values else None
        values.append(0.5 * math.log((1 + place) / (1 - place)) + 0.5 * (before or 0.0))
        triggers.append(before)
    return {"value": each(lambda v, _: v, values, triggers), "trigger": triggers}


def force_index(b: Columns, n: int, seed: int) -> Values:
    force: Values = [None] + [(b.x[t] - b.x[t - 1]) * b.volume[t] for t in range(1, len(b))]
    return ema(force, n, seed)


def elder_ray(b: Columns, n: int, seed: int) -> Outputs:
    average = ema(b.x, n, seed)
    return {
        "bull": each(lambda h, e: h - e, b.high, average),
        "bear": each(lambda lo, e: lo - e, b.low, average),
    }


def _signs(b: Columns, first: int, of: Callable[[int], float]) -> Values:
    return [None if t < first else of(t) for t in range(len(b))]


def engulfing(b: Columns) -> Values:
    def of(t: int) -> float:
        o, c, o1, c1 = b.open[t], b.close[t], b.open[t - 1], b.close[t - 1]
        covers = max(o, c) >= max(o1, c1) and min(o, c) <= min(o1, c1) and abs(c - o) > abs(c1 - o1)
        if covers and c > o and c1 < o1:
            return 1.0
        return -1.0 if covers and c < o and c1 > o1 else 0.0

    return _signs(b, 1, of)


def harami(b: Columns) -> Values:
    def of(t: int) -> float:
        o, c, o1, c1 = b.open[t], b.close[t], b.open[t - 1], b.close[t - 1]
        within = max(o, c) < max(o1, c1) and min(o, c) > min(o1, c1)
        return (1.0 if c1 < o1 else -1.0) if within else 0.0

    return _signs(b, 1, of)


def doji(b: Columns, share: float) -> Values:
    return _signs(b, 0, lambda t: float(abs(b.close[t] - b.open[t]) <= share * (b.high[t] - b.low[t])))


def _shadows(b: Columns, t: int) -> tuple[float, float, float]:
    o, c = b.open[t], b.close[t]
    return abs(c - o), b.high[t] - max(o, c), min(o, c) - b.low[t]


def hammer(b: Columns, shadow: float) -> Values:
    def of(t: int) -> float:
        body, above, below = _shadows(b, t)
        return float(body > 0 and below >= shadow * body and above <= body / 2)

    return _signs(b, 0, of)


def shooting_star(b: Columns, shadow: float) -> Values:
    def of(t: int) -> float:
        body, above, below = _shadows(b, t)
        return -float(body > 0 and above >= shadow * body and below <= body / 2)

    return _signs(b, 0, of)


def _star(b: Columns, share: float, way: int) -> Values:
    def of(t: int) -> float:
        o, c, span = b.open[t - 2], b.close[t - 2], b.high[t - 2] - b.low[t - 2]
        first, second = abs(c - o), abs(b.close[t - 1] - b.open[t - 1])
        if (o - c) * way <= 0 or first < span / 2 or second > share * first:
            return 0.0
        turns = (b.close[t] - b.open[t]) * way > 0 and (b.close[t] - (o + c) / 2) * way > 0
        return float(way) if turns else 0.0

    return _signs(b, 2, of)


def morning_star(b: Columns, share: float) -> Values:
    return _star(b, share, 1)


def evening_star(b: Columns, share: float) -> Values:
    return _star(b, share, -1)


def _three(b: Columns, way: int) -> Values:
    def of(t: int) -> float:
        goes = all((b.close[i] - b.open[i]) * way > 0 for i in (t - 2, t - 1, t))
        steps = all(
            (b.close[i] - b.close[i - 1]) * way > 0
            and min(b.open[i - 1], b.close[i - 1]) <= b.open[i] <= max(b.open[i - 1], b.close[i - 1])
            for i in (t - 1, t)
        )
        return float(way) if goes and steps else 0.0

    return _signs(b, 2, of)


def three_soldiers(b: Columns) -> Values:
    return _three(b, 1)


def three_crows(b: Columns) -> Values:
    return _three(b, -1)


def inside_bar(b: Columns) -> Values:
    return _signs(b, 1, lambda t: float(b.high[t] <= b.high[t - 1] and b.low[t] >= b.low[t - 1]))


def outside_bar(b: Columns) -> Values:
    return _signs(b, 1, lambda t: float(b.high[t] > b.high[t - 1] and b.low[t] < b.low[t - 1]))
