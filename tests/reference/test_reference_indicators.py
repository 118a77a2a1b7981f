"""The reference's indicators against pandas and sums done by hand."""

import random

import pandas as pd
import pytest

from tests.reference import indicators

GENERATOR = random.Random(11)
CLOSE = [100 + GENERATOR.gauss(0, 3) for _ in range(60)]
HIGH = [c + GENERATOR.random() for c in CLOSE]
LOW = [c - GENERATOR.random() for c in CLOSE]
SERIES, N = pd.Series(CLOSE), 7


def assert_same(values: indicators.Values, expected: pd.Series, warmup: int) -> None:
    assert values[:warmup] == [None] * warmup
    assert len(values) == len(expected)
    assert values[warmup:] == pytest.approx(list(expected)[warmup:], rel=1e-11, abs=1e-11)


def test_windows_are_those_of_pandas() -> None:
    rolling = SERIES.rolling(N)
    deviation = rolling.std(ddof=0)
    assert_same(indicators.sma(CLOSE, N), rolling.mean(), N - 1)
    assert_same(indicators.stdev(CLOSE, N), deviation, N - 1)
    assert_same(indicators.zscore(CLOSE, N), (SERIES - rolling.mean()) / deviation, N - 1)
    assert_same(indicators.highest(CLOSE, N), rolling.max(), N - 1)
    assert_same(indicators.lowest(CLOSE, N), rolling.min(), N - 1)
    weighted = rolling.apply(lambda w: sum((k + 1) * x for k, x in enumerate(w)) / (N * (N + 1) / 2), raw=True)
    assert_same(indicators.wma(CLOSE, N), weighted, N - 1)
    assert_same(indicators.roc(CLOSE, N), SERIES.pct_change(N), N)
    assert_same(indicators.momentum(CLOSE, N), SERIES.diff(N), N)


def seeded_ewm(series: pd.Series, first: int, n: int, alpha: float) -> pd.Series:
    """Exponential average of pandas from bar first + n - 1 on, started from the mean of n values."""
    started = series.copy()
    started.iloc[: first + n - 1] = float("nan")
    started.iloc[first + n - 1] = series.iloc[first : first + n].mean()
    return started.ewm(alpha=alpha, adjust=False).mean()


def test_exponential_averages_are_those_of_pandas() -> None:
    fast, slow = seeded_ewm(SERIES, 0, 5, 2 / 6), seeded_ewm(SERIES, 0, 9, 2 / 10)
    assert_same(indicators.ema(CLOSE, 5), fast, 4)
    line, signal, histogram = indicators.macd(CLOSE, 5, 9, 4)
    expected = seeded_ewm(fast - slow, 8, 4, 2 / 5)
    assert_same(line, fast - slow, 11)
    assert_same(signal, expected, 11)
    assert_same(histogram, fast - slow - expected, 11)


def test_wilder_averages_are_those_of_pandas() -> None:
    change = SERIES.diff()
    gain, loss = seeded_ewm(change.clip(lower=0), 1, N, 1 / N), seeded_ewm(-change.clip(upper=0), 1, N, 1 / N)
    assert_same(indicators.rsi(CLOSE, N), 100 - 100 / (1 + gain / loss), N)
    before = SERIES.shift()
    high, low = pd.Series(HIGH), pd.Series(LOW)
    ranges = pd.concat([high - low, (high - before).abs(), (low - before).abs()], axis=1).max(axis=1)
    assert_same(indicators.atr(HIGH, LOW, CLOSE, N), seeded_ewm(ranges, 1, N, 1 / N), N)


def test_rsi_by_hand() -> None:
    # changes +1 +1 -1 +2: gains (1+1)/2 = 1, losses 0 -> 100; gain 1 - 1/2 = .5, loss 0 + 1/2 = .5 -> 50;
    # gain .5 + (2 - .5)/2 = 1.25, loss .5 - .5/2 = .25 -> 100 - 100/6
    values = indicators.rsi([10.0, 11.0, 12.0, 11.0, 13.0], 2)
    assert values == [None, None, 100.0, 50.0, 100 - 100 / 6]
    assert indicators.rsi([10.0] * 4, 2) == [None, None, 50.0, 50.0]


def test_channels_and_bands() -> None:
    upper, middle, lower = indicators.donchian(HIGH, LOW, N)
    top, bottom = pd.Series(HIGH).rolling(N).max(), pd.Series(LOW).rolling(N).min()
    assert_same(upper, top, N - 1)
    assert_same(lower, bottom, N - 1)
    assert_same(middle, (top + bottom) / 2, N - 1)
    k, d = indicators.stochastic(HIGH, LOW, CLOSE, N, 3)
    place = 100 * (SERIES - bottom) / (top - bottom)
    assert_same(k, place, N + 1)
    assert_same(d, place.rolling(3).mean(), N + 1)
    bands = indicators.bollinger(CLOSE, N, 2.5)
    mean, deviation = SERIES.rolling(N).mean(), SERIES.rolling(N).std(ddof=0)
    for values, expected in zip(bands, (mean + 2.5 * deviation, mean, mean - 2.5 * deviation), strict=True):
        assert_same(values, expected, N - 1)


def test_nothing_moves() -> None:
    flat = [5.0] * 6
    assert indicators.zscore(flat, 3)[2:] == [0.0] * 4
    assert indicators.stochastic(flat, flat, flat, 3, 2)[0][3:] == [50.0] * 3


def test_vwap_by_hand() -> None:
    high, low, close = [3.0, 6.0, 9.0, 12.0], [1.0, 4.0, 7.0, 10.0], [2.0, 5.0, 8.0, 11.0]
    # typical prices 2 5 8 11; a session without volume yet has its typical price
    assert indicators.vwap(high, low, close, [10.0, 30.0, 0.0, 5.0], [0, 0, 1, 1]) == [
        2.0,
        170 / 40,
        8.0,
        11.0,
    ]
