"""Common indicators, compiled, against pandas or plain NumPy, by formulas that share nothing with the kernels."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit import ta
from admf_jit.data import MarketData
from admf_jit.strategies.indicators import KINDS, Indicator
from admf_jit.testing import indicator_values

Formula = Callable[[pd.DataFrame], dict[str, pd.Series]]


@cache
def market() -> MarketData:
    """Hourly bars of several sessions with rests, jumps and bars without volume."""
    generator = np.random.default_rng(12)
    n = 400
    changes = 0.01 * generator.standard_normal(n)
    changes[100:130] = 0.0
    changes[200] = 0.4
    close = 50.0 * np.cumprod(1.0 + changes)
    open_ = np.concatenate([[50.0], close[:-1]])
    top = np.maximum(open_, close) * (1.0 + 0.004 * generator.random(n))
    bottom = np.minimum(open_, close) * (1.0 - 0.004 * generator.random(n))
    volume = generator.integers(1, 5000, n).astype(float)
    volume[[0, 1, 60, 120]] = 0.0
    time = pd.date_range("2024-03-04", periods=n, freq="h", tz="UTC")
    frame = pd.DataFrame({"open": open_, "high": top, "low": bottom, "close": close, "volume": volume}, index=time)
    return aj.load(frame)


def smoothed(x: pd.Series, period: int, weight: float) -> pd.Series:
    """Exponential average whose first value is the mean of the first ``period`` values of ``x``."""
    start = x.first_valid_index()
    known = x.loc[start:].copy()
    seed = known.iloc[:period].mean()
    known = known.iloc[period - 1 :]
    known.iloc[0] = seed
    return known.ewm(alpha=weight, adjust=False).mean().reindex(x.index)


def ema(x: pd.Series, period: int) -> pd.Series:
    return smoothed(x, period, 2.0 / (period + 1))


def wilder(x: pd.Series, period: int) -> pd.Series:
    return smoothed(x, period, 1.0 / period)


def rsi(frame: pd.DataFrame) -> dict[str, pd.Series]:
    change = frame.close.diff()
    gain = wilder(change.clip(lower=0.0), 9)
    loss = wilder(-change.clip(upper=0.0), 9)
    return {"value": 100.0 * gain / (gain + loss)}


def atr(frame: pd.DataFrame) -> dict[str, pd.Series]:
    before = frame.close.shift()
    ranges = pd.concat([frame.high - frame.low, abs(frame.high - before), abs(frame.low - before)], axis=1)
    return {"value": wilder(ranges.max(axis=1).where(before.notna()), 7)}


def macd(frame: pd.DataFrame) -> dict[str, pd.Series]:
    line = ema(frame.close, 4) - ema(frame.close, 9)
    signal = ema(line, 3)
    return {"line": line, "signal": signal, "histogram": line - signal}


def bollinger(frame: pd.DataFrame) -> dict[str, pd.Series]:
    window = frame.close.rolling(15)
    middle, deviation = window.mean(), window.std(ddof=0)
    return {"upper": middle + 2.5 * deviation, "middle": middle, "lower": middle - 2.5 * deviation}


def donchian(frame: pd.DataFrame) -> dict[str, pd.Series]:
    upper, lower = frame.high.rolling(8).max(), frame.low.rolling(8).min()
    return {"upper": upper, "middle": (upper + lower) / 2.0, "lower": lower}


def stochastic(frame: pd.DataFrame) -> dict[str, pd.Series]:
    top, bottom = frame.high.rolling(10).max(), frame.low.rolling(10).min()
    k = 100.0 * (frame.close - bottom) / (top - bottom)
    return {"k": k, "d": k.rolling(4).mean()}


def vwap(frame: pd.DataFrame) -> dict[str, pd.Series]:
    typical = (frame.high + frame.low + frame.close) / 3.0
    day = pd.DatetimeIndex(frame.index).date
    volume = frame.volume.groupby(day).cumsum()
    return {"value": ((typical * frame.volume).groupby(day).cumsum() / volume).where(volume > 0.0, typical)}


def weighted(frame: pd.DataFrame) -> dict[str, pd.Series]:
    weights = np.arange(1.0, 7.0)
    return {"value": frame.close.rolling(6).apply(lambda x: np.dot(x, weights) / weights.sum(), raw=True)}


def zscore(frame: pd.DataFrame) -> dict[str, pd.Series]:
    window = frame.close.rolling(11)
    deviation = window.std(ddof=0)
    at_rest = frame.close.rolling(11).max() == frame.close.rolling(11).min()
    return {"value": ((frame.close - window.mean()) / deviation).mask(at_rest, 0.0)}


CASES: dict[str, tuple[Indicator, Formula]] = {
    "sma": (ta.sma(5), lambda f: {"value": f.close.rolling(5).mean()}),
    "ema": (ta.ema(12), lambda f: {"value": ema(f.close, 12)}),
    "wma": (ta.wma(6), weighted),
    "stdev": (ta.stdev(10), lambda f: {"value": f.close.rolling(10).std(ddof=0)}),
    "zscore": (ta.zscore(11), zscore),
    "highest": (ta.highest(13), lambda f: {"value": f.close.rolling(13).max()}),
    "lowest": (ta.lowest(13), lambda f: {"value": f.close.rolling(13).min()}),
    "rsi": (ta.rsi(9), rsi),
    "roc": (ta.roc(5), lambda f: {"value": f.close.pct_change(5)}),
    "momentum": (ta.momentum(5), lambda f: {"value": f.close.diff(5)}),
    "atr": (ta.atr(7), atr),
    "bollinger": (ta.bollinger(15, 2.5), bollinger),
    "macd": (ta.macd(4, 9, 3), macd),
    "donchian": (ta.donchian(8), donchian),
    "stochastic": (ta.stochastic(10, 4), stochastic),
    "vwap": (ta.vwap(), vwap),
}


def outputs_of(indicator: Indicator) -> dict[str, np.ndarray]:
    values = indicator_values(indicator, market())
    return values if isinstance(values, dict) else {"value": values}


def test_every_common_indicator_is_here() -> None:
    assert set(CASES) == {name for name, kind in KINDS.items() if kind.common} <= set(ta.__all__)


@pytest.mark.parametrize("name", CASES)
def test_values(name: str) -> None:
    indicator, formula = CASES[name]
    found = outputs_of(indicator)
    expected = formula(market().frame())
    assert set(found) == set(expected) == set(indicator.kind.outputs)
    warmup = indicator.warmup({})
    for output, values in found.items():
        assert np.isnan(values[:warmup]).all(), output
        assert not np.isnan(values[warmup:]).any(), f"{output} has its first value at bar {warmup}"
        # Standard deviations of a market at rest are rounding alone in pandas' running sums.
        np.testing.assert_allclose(values[warmup:], expected[output][warmup:], rtol=1e-9, atol=2e-6, err_msg=output)


@pytest.mark.parametrize("name", ["sma", "ema", "rsi", "roc", "highest"])
@pytest.mark.parametrize("source", ["open", "volume"])
def test_another_source(name: str, source: str) -> None:
    if name == "roc" and source == "volume":
        pytest.skip("a change from a volume of zero is not a number")
    _, formula = CASES[name]
    period = CASES[name][0].arguments[0]
    indicator = getattr(ta, name)(period, source=source)
    frame = market().frame()
    frame["close"] = frame[source]
    warmup = indicator.warmup({})
    found = outputs_of(indicator)["value"][warmup:]
    np.testing.assert_allclose(found, formula(frame)["value"][warmup:], rtol=1e-9, atol=1e-9)
