"""Strategies that look ahead in ways that people do by mistake, and the same ideas done right.

Each idea is a pair of functions of a frame of bars and a number, which return a value for every bar: what is above zero
is held long. The first one sees bars that have not come yet.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

import admf_jit as aj
from admf_jit.data import MarketData

Idea = Callable[[pd.DataFrame, int], Any]


def trading(values: Any) -> type:
    """Return the strategy that holds while the value of the bar is above zero."""
    signal = np.ascontiguousarray(np.asarray(values, np.float64))

    @aj.strategy
    class Trading:
        def on_bar(self, bar: Any, position: Any) -> int:
            return aj.LONG if signal[bar.index] > 0.0 else aj.FLAT  # type: ignore[no-any-return]

    return Trading


def maker(idea: Idea, number: int) -> Callable[[MarketData], type]:
    """Return the function of bars that makes the strategy of an idea."""
    return lambda bars: trading(idea(bars.frame(), number))


def _trend(frame: pd.DataFrame, last: int) -> Any:
    x = np.arange(len(frame))
    slope, level = np.polyfit(x[:last], frame.close.to_numpy()[:last], 1)
    return frame.close.to_numpy() - (level + slope * x)


def _monthly(frame: pd.DataFrame, n: int) -> Any:
    points = frame.close.where(np.arange(len(frame)) % (n + 2) == 0)
    return points


def _week(frame: pd.DataFrame, n: int) -> Any:
    return np.arange(len(frame)) // (n + 2)


def _zscore(frame: pd.DataFrame, n: int) -> Any:
    return (frame.close - frame.close.mean()) / frame.close.std() + 0.1 * n


def _expanding_zscore(frame: pd.DataFrame, n: int) -> Any:
    return (frame.close - frame.close.expanding(20).mean()) / frame.close.expanding(20).std() + 0.1 * n


def _zero_phase(frame: pd.DataFrame, n: int) -> Any:
    once = frame.close.ewm(span=n + 2).mean()
    return frame.close - once[::-1].ewm(span=n + 2).mean()[::-1]


def _pivots(frame: pd.DataFrame, n: int) -> Any:
    lowest = frame.low.rolling(2 * n + 1, center=True).min()
    return (frame.low == lowest).astype(float).rolling(5, min_periods=1).max()


def _late_pivots(frame: pd.DataFrame, n: int) -> Any:
    lowest = frame.low.rolling(2 * n + 1, center=True).min()
    return (frame.low == lowest).astype(float).shift(n).rolling(5, min_periods=1).max()


def _principal(frame: pd.DataFrame, n: int) -> Any:
    table = np.column_stack([frame.close.pct_change(k).fillna(0.0) for k in (1, 2, n + 2)])
    _, _, directions = np.linalg.svd(table - table.mean(axis=0), full_matrices=False)
    return table @ directions[0] * np.sign(directions[0][0])


def _fixed_principal(frame: pd.DataFrame, n: int) -> Any:
    table = np.column_stack([frame.close.pct_change(k).fillna(0.0) for k in (1, 2, n + 2)])
    return (table * np.array([0.5, 0.5, 0.7])).sum(axis=1)


def _labels(frame: pd.DataFrame, n: int) -> Any:
    ahead = frame.close.shift(-n) / frame.close - 1.0
    return ahead.fillna(0.0).where(ahead.abs() > 0.005, 0.0)


def _future_split(frame: pd.DataFrame, n: int) -> Any:
    return frame.close / frame.close.iloc[-1] * 100.0 - 95.0 - n


IDEAS: dict[str, tuple[Idea, Idea]] = {
    "next close": (lambda f, n: f.close.shift(-n) - f.close, lambda f, n: f.close - f.close.shift(n)),
    "next open": (lambda f, n: f.open.shift(-n) - f.close, lambda f, n: f.open - f.close.shift(n)),
    "high of the bar to come": (
        lambda f, n: f.high.shift(-1) - f.close * (1 + 0.002 * n),
        lambda f, n: f.high - f.close * (1 + 0.002 * n),
    ),
    "centred average": (
        lambda f, n: f.close - f.close.rolling(2 * n + 3, center=True).mean(),
        lambda f, n: f.close - f.close.rolling(2 * n + 3).mean(),
    ),
    "mean and deviation of everything": (_zscore, _expanding_zscore),
    "range of everything": (
        lambda f, n: (f.close - f.close.min()) / (f.close.max() - f.close.min()) - 0.1 * (n + 2),
        lambda f, n: (f.close - f.close.cummin()) / (f.close.cummax() - f.close.cummin()) - 0.1 * (n + 2),
    ),
    "rank among everything": (
        lambda f, n: f.close.rank(pct=True) - 0.1 * (n + 2),
        lambda f, n: f.close.expanding().rank(pct=True) - 0.1 * (n + 2),
    ),
    "quantile of everything": (
        lambda f, n: f.volume - f.volume.quantile(0.1 * (n + 2)),
        lambda f, n: f.volume - f.volume.expanding().quantile(0.1 * (n + 2)),
    ),
    "filled backwards": (
        lambda f, n: f.close - _monthly(f, n).bfill(),
        lambda f, n: f.close - _monthly(f, n).ffill(),
    ),
    "interpolated": (
        lambda f, n: f.close - _monthly(f, n).interpolate(),
        lambda f, n: f.close - 0.5 * (_monthly(f, n).ffill() + f.close.shift(1)),
    ),
    "close of the week that has begun": (
        lambda f, n: f.close.groupby(_week(f, n)).transform("last") - f.close,
        lambda f, n: f.close.groupby(_week(f, n)).transform("first") - f.close,
    ),
    "high of the week that has begun": (
        lambda f, n: f.high.groupby(_week(f, n)).transform("max") - 1.01 * f.close,
        lambda f, n: f.high.groupby(_week(f, n)).cummax() - 1.01 * f.close,
    ),
    "fitted to everything": (lambda f, n: _trend(f, len(f)), lambda f, n: _trend(f, 15 + n)),
    "smoothed to and fro": (_zero_phase, lambda f, n: f.close - f.close.ewm(span=n + 2).mean()),
    "volatility to come": (
        lambda f, n: 0.02 - f.close.pct_change().rolling(n + 3).std().shift(-n - 3),
        lambda f, n: 0.02 - f.close.pct_change().rolling(n + 3).std(),
    ),
    "low that later turned out to be one": (_pivots, _late_pivots),
    "most that is still to come": (
        lambda f, n: f.close[::-1].cummax()[::-1] - (1.02 + 0.01 * n) * f.close,
        lambda f, n: f.close.cummax() - (1.02 + 0.01 * n) * f.close,
    ),
    "principal direction of everything": (_principal, _fixed_principal),
    "labels of training as signals": (_labels, lambda f, n: f.close / f.close.shift(n) - 1.0),
    "adjusted by the last price": (_future_split, lambda f, n: f.close / f.close.iloc[0] * 100.0 - 95.0 - n),
}
