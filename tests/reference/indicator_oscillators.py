"""Oscillators, directions and volume, from docs/trading-model.md section 7: one function an indicator."""

from fractions import Fraction

from tests.reference.indicator_steps import (
    Columns,
    Values,
    changes,
    each,
    ema,
    highest,
    lowest,
    mean,
    ratio,
    rolling,
    total,
    wilder,
)

Outputs = dict[str, Values]


def _wilder_sum(values: list[float], n: int, seed: int) -> Values:
    """The sum of the first n - 1 values (with seed 1: n), and from bar n on what is left of it plus the new value."""
    first, found, so_far = n + seed, [], 0.0
    for t, x in enumerate(values):
        if t > 0:
            so_far = so_far + x if t < first else so_far - so_far / n + x
        found.append(so_far if t >= n else None)
    return found


def _directions(b: Columns, n: int, seed: int) -> tuple[Values, Values]:
    up, down = [0.0], [0.0]
    for t in range(1, len(b)):
        rise, fall = b.high[t] - b.high[t - 1], b.low[t - 1] - b.low[t]
        up.append(rise if rise > fall and rise > 0 else 0.0)
        down.append(fall if fall > rise and fall > 0 else 0.0)
    reach = _wilder_sum(b.reach, n, seed)
    plus, minus = (
        each(lambda m, r: 100 * (m / r) if r > 0 else 0.0, _wilder_sum(moved, n, seed), reach) for moved in (up, down)
    )
    return plus, minus


def plus_di(b: Columns, n: int, seed: int) -> Values:
    return _directions(b, n, seed)[0]


def minus_di(b: Columns, n: int, seed: int) -> Values:
    return _directions(b, n, seed)[1]


def dx(b: Columns, n: int, seed: int) -> Values:
    return each(lambda p, m: 100 * ratio(abs(p - m), p + m, 0.0), *_directions(b, n, seed))


def adx(b: Columns, n: int, seed: int) -> Values:
    return wilder(dx(b, n, seed), n)


def adxr(b: Columns, n: int, seed: int) -> Values:
    now = adx(b, n, seed)
    return each(lambda a, before: (a + before) / 2, now, [None] * (n - 1) + now[: len(now) - (n - 1)])


def true_range(b: Columns) -> Values:
    return [None, *b.reach[1:]]


def natr(b: Columns, n: int, seed: int) -> Values:
    ranges: Values = list(b.reach) if seed else [None, *b.reach[1:]]
    return each(lambda a, c: 100 * (a / c), wilder(ranges, n), b.close)


def mfi(b: Columns, n: int) -> Values:
    price = b.typical
    flow = [p * v for p, v in zip(price, b.volume, strict=True)]
    up, down = ([0.0] * len(b), [0.0] * len(b))
    for t in range(1, len(b)):
        (up if price[t] > price[t - 1] else down)[t] = flow[t] if price[t] != price[t - 1] else 0.0
    rising, falling = rolling([None, *up[1:]], n, total), rolling([None, *down[1:]], n, total)
    return each(lambda u, d: 100 * ratio(u, u + d, 0.5), rising, falling)


def obv(b: Columns) -> Values:
    so_far, values = Fraction(b.volume[0]), [b.volume[0]]
    for t in range(1, len(b)):
        so_far += Fraction(b.volume[t]) * ((b.x[t] > b.x[t - 1]) - (b.x[t] < b.x[t - 1]))
        values.append(float(so_far))
    return values  # type: ignore[return-value]


def _flows(b: Columns) -> list[float]:
    rows = zip(b.high, b.low, b.close, b.volume, strict=True)
    return [((c - lo) - (h - c)) / (h - lo) * v if h > lo else 0.0 for h, lo, c, v in rows]


def ad(b: Columns) -> Values:
    so_far, values = Fraction(), []
    for flow in _flows(b):
        so_far += Fraction(flow)
        values.append(float(so_far))
    return values  # type: ignore[return-value]


def adosc(b: Columns, fast: int, slow: int) -> Values:
    lines = each(lambda f, s: f - s, ema(ad(b), fast, 1), ema(ad(b), slow, 1))
    return [None] * (slow - 1) + lines[slow - 1 :]


def _age(window: list[float], extreme: float) -> int:
    """Bars since the newest that is the extreme."""
    return next(ago for ago, x in enumerate(reversed(window)) if x == extreme)


def aroon(b: Columns, n: int) -> Outputs:
    up = rolling(b.high, n + 1, lambda w: 100 * (n - _age(w, max(w))) / n)  # type: ignore
    down = rolling(b.low, n + 1, lambda w: 100 * (n - _age(w, min(w))) / n)  # type: ignore
    return {"up": up, "down": down}


def aroonosc(b: Columns, n: int) -> Values:
    up = rolling(b.high, n + 1, lambda w: _age(w, max(w)))  # type: ignore
    down = rolling(b.low, n + 1, lambda w: _age(w, min(w)))  # type: ignore
    return each(lambda u, d: 100 * (d - u) / n, up, down)


def willr(b: Columns, n: int) -> Values:
    return each(
        lambda top, bottom, c: -100 * (top - c) / (top - bottom) if top > bottom else -50.0,
        highest(b.high, n),
        lowest(b.low, n),
        b.close,
    )


def cmo(b: Columns, n: int, seed: int) -> Values:
    gains, losses = (
        changes(b.x, lambda x, before: max(x - before, 0.0)),
        changes(b.x, lambda x, before: max(before - x, 0.0)),
    )
    up, down = (rolling(moved, n, total) if seed else wilder(moved, n) for moved in (gains, losses))
    return each(lambda u, d: 100 * ratio(u - d, u + d, 0.0), up, down)


def ultosc(b: Columns, short: int, middle: int, long: int) -> Values:
    pressure: Values = [None] + [b.close[t] - min(b.low[t], b.close[t - 1]) for t in range(1, len(b))]
    reach: Values = [None, *b.reach[1:]]
    shares = [
        each(lambda p, r: ratio(p, r, 0.5), rolling(pressure, n, total), rolling(reach, n, total))
        for n in (short, middle, long)
    ]
    return each(lambda a, m, z: 100 * ((4 * a + 2 * m + z) / 7), *shares)


def _strength(gain: float, loss: float) -> float:
    return 100 - 100 / (1 + gain / loss) if loss > 0 else (100.0 if gain > 0 else 50.0)


def stochrsi(b: Columns, n: int, window: int, smoothing: int) -> Outputs:
    gains = wilder(changes(b.x, lambda x, before: max(x - before, 0.0)), n)
    losses = wilder(changes(b.x, lambda x, before: max(before - x, 0.0)), n)
    strength = each(_strength, gains, losses)
    k = each(
        lambda r, top, bottom: 100 * (r - bottom) / (top - bottom) if top > bottom else 50.0,
        strength,
        highest(strength, window),
        lowest(strength, window),
    )
    d = rolling(k, smoothing, mean)
    return {"k": each(lambda now, _: now, k, d), "d": d}
