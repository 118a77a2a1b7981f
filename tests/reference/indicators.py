"""Every indicator of docs/trading-model.md section 7, from its definition; None before its warm-up."""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

Values = list[float | None]


def _over_windows(x: Sequence[float], n: int, value: Callable[[Sequence[float]], float]) -> Values:
    return [None if t < n - 1 else value(x[t - n + 1 : t + 1]) for t in range(len(x))]


def _exact_mean(window: Sequence[float]) -> Fraction:
    return sum(map(Fraction, window), Fraction()) / len(window)


def _mean(window: Sequence[float]) -> float:
    return float(_exact_mean(window))


def _population_deviation(window: Sequence[float]) -> float:
    mean = _exact_mean(window)
    return math.sqrt(float(sum(((Fraction(x) - mean) ** 2 for x in window), Fraction()) / len(window)))


def _weighted_mean(window: Sequence[float]) -> float:
    n = len(window)
    return float(sum((k * Fraction(x) for k, x in enumerate(window, start=1)), Fraction()) / (n * (n + 1) // 2))


def _zscore(window: Sequence[float]) -> float:
    deviation = _population_deviation(window)
    return 0.0 if deviation == 0.0 else float(Fraction(window[-1]) - _exact_mean(window)) / deviation


def sma(x: Sequence[float], n: int) -> Values:
    """Mean of the last n."""
    return _over_windows(x, n, _mean)


def wma(x: Sequence[float], n: int) -> Values:
    """Mean of the last n with weights 1 (oldest) to n."""
    return _over_windows(x, n, _weighted_mean)


def stdev(x: Sequence[float], n: int) -> Values:
    """Population standard deviation of the last n."""
    return _over_windows(x, n, _population_deviation)


def zscore(x: Sequence[float], n: int) -> Values:
    """Distance from the mean of the last n in standard deviations; 0 when they do not deviate."""
    return _over_windows(x, n, _zscore)


def highest(x: Sequence[float], n: int) -> Values:
    """Largest of the last n."""
    return _over_windows(x, n, max)


def lowest(x: Sequence[float], n: int) -> Values:
    """Smallest of the last n."""
    return _over_windows(x, n, min)


def ema(x: Sequence[float], n: int) -> Values:
    """Exponential average that starts from the mean of the first n."""
    a = 2 / (n + 1)
    values: Values = [None] * min(n - 1, len(x))
    for t in range(n - 1, len(x)):
        previous = values[-1] if t > n - 1 else None
        values.append(_mean(x[:n]) if previous is None else previous + a * (x[t] - previous))
    return values


def _wilder(x: Sequence[float], n: int) -> Values:
    """Average of x[1], x[2], ...: the mean of the first n of them at bar n, then Wilder's smoothing."""
    values: Values = [None] * min(n, len(x))
    for t in range(n, len(x)):
        previous = values[-1] if t > n else None
        values.append(_mean(x[1 : n + 1]) if previous is None else previous + (x[t] - previous) / n)
    return values


def _strength(gain: float, loss: float) -> float:
    if loss == 0.0:
        return 50.0 if gain == 0.0 else 100.0
    return 100 - 100 / (1 + gain / loss)


def rsi(x: Sequence[float], n: int) -> Values:
    """Wilder's relative strength index."""
    changes = [0.0] + [x[t] - x[t - 1] for t in range(1, len(x))]
    gains = _wilder([max(change, 0.0) for change in changes], n)
    losses = _wilder([max(-change, 0.0) for change in changes], n)
    pairs = zip(gains, losses, strict=True)
    return [None if gain is None or loss is None else _strength(gain, loss) for gain, loss in pairs]


def atr(high: Sequence[float], low: Sequence[float], close: Sequence[float], n: int) -> Values:
    """Wilder's average true range."""
    ranges = [0.0]
    for t in range(1, len(close)):
        ranges.append(max(high[t] - low[t], abs(high[t] - close[t - 1]), abs(low[t] - close[t - 1])))
    return _wilder(ranges, n)


def bollinger(x: Sequence[float], n: int, k: float) -> tuple[Values, Values, Values]:
    """Upper, middle and lower band."""
    middle, deviation = sma(x, n), stdev(x, n)
    pairs = list(zip(middle, deviation, strict=True))
    upper: Values = [None if m is None or d is None else m + k * d for m, d in pairs]
    lower: Values = [None if m is None or d is None else m - k * d for m, d in pairs]
    return upper, middle, lower


def macd(x: Sequence[float], fast: int, slow: int, smoothing: int) -> tuple[Values, Values, Values]:
    """Line, signal and histogram, all three from the bar of the first signal on."""
    pairs = zip(ema(x, fast), ema(x, slow), strict=True)
    difference = [f - s for f, s in pairs if f is not None and s is not None]
    waiting = len(x) - len(difference)
    signal: Values = [None] * waiting + ema(difference, smoothing)
    padded: Values = [None] * waiting + difference
    line: Values = [None if s is None else d for d, s in zip(padded, signal, strict=True)]
    pairs_out = zip(line, signal, strict=True)
    histogram: Values = [None if d is None or s is None else d - s for d, s in pairs_out]
    return line, signal, histogram


def donchian(high: Sequence[float], low: Sequence[float], n: int) -> tuple[Values, Values, Values]:
    """Upper, middle and lower channel, the present bar included."""
    upper, lower = highest(high, n), lowest(low, n)
    pairs = zip(upper, lower, strict=True)
    middle: Values = [None if u is None or v is None else (u + v) / 2 for u, v in pairs]
    return upper, middle, lower


def roc(x: Sequence[float], n: int) -> Values:
    """Relative change over n bars."""
    return [None if t < n else x[t] / x[t - n] - 1 for t in range(len(x))]


def momentum(x: Sequence[float], n: int) -> Values:
    """Change over n bars."""
    return [None if t < n else x[t] - x[t - n] for t in range(len(x))]


def stochastic(
    high: Sequence[float], low: Sequence[float], close: Sequence[float], n: int, smoothing: int
) -> tuple[Values, Values]:
    """Place of the close in the range of the last n bars (k) and its mean (d), both from the first d on."""
    places = []
    for t in range(n - 1, len(close)):
        top, bottom = max(high[t - n + 1 : t + 1]), min(low[t - n + 1 : t + 1])
        places.append(50.0 if top == bottom else 100 * (close[t] - bottom) / (top - bottom))
    waiting = len(close) - len(places)
    d: Values = [None] * waiting + sma(places, smoothing)
    padded: Values = [None] * waiting + places
    k: Values = [None if mean is None else place for place, mean in zip(padded, d, strict=True)]
    return k, d


def vwap(
    high: Sequence[float],
    low: Sequence[float],
    close: Sequence[float],
    volume: Sequence[float],
    session: Sequence[int],
) -> Values:
    """Volume-weighted typical price since the session's first bar."""
    typical = [low_ + ((h - low_) + (c - low_)) / 3 for h, low_, c in zip(high, low, close, strict=True)]
    values: Values = []
    for t in range(len(close)):
        bars = [u for u in range(t + 1) if session[u] == session[t]]
        traded = sum((Fraction(volume[u]) for u in bars), Fraction())
        weighted = sum((Fraction(typical[u]) * Fraction(volume[u]) for u in bars), Fraction())
        values.append(typical[t] if traded == 0 else float(weighted / traded))
    return values
