"""Indicators to declare in a strategy class.

An argument is a number, the name of one of the strategy's parameters, or arithmetic of them: ``ta.sma(2 * period)`` and
``ta.sma("2 * period")`` follow ``period`` in a sweep (+ - * / // %, abs, float, int, max, min, round). ``source`` is
the column an indicator reads ("close" unless said otherwise), or one of your own: "x.prediction", or what `aj.column`
gave.
``lag=1`` gives the value of the bar before, as ``self.fast[1]`` does. ``timeframe="1h"`` computes the
indicator on longer bars made of the data's own, and gives the value of the newest one that is complete: never of one
that is still being made. Formulas and warm-up of each are in ``docs/trading-model.md`` section 7; where an indicator
has several outputs, they are read as ``self.bands.upper``.

The functions are written by ``python -m tools.make_ta`` from the indicators' files in ``admf_kernels/indicators``.
"""

from typing import Literal

from admf_jit.strategies.indicators import KINDS, Indicator, choice, kind_against

__all__ = [
    "atr",
    "bollinger",
    "donchian",
    "ema",
    "highest",
    "lowest",
    "macd",
    "momentum",
    "roc",
    "rsi",
    "sma",
    "stdev",
    "stochastic",
    "vwap",
    "wma",
    "zscore",
]

Whole = int | str
Number = int | float | str
Source = str | Indicator
Column = Literal["open", "high", "low", "close", "volume"]


def atr(period: Whole = 14, *, lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Wilder's average true range, in units of price."""
    return Indicator(KINDS["atr"], (period,), "close", lag, timeframe)


def bollinger(
    period: Whole = 20, width: Number = 2.0, *, source: Source = "close", lag: int = 0, timeframe: str | None = None
) -> Indicator:
    """Bollinger bands: ``upper``, ``middle``, ``lower``, ``width`` standard deviations apart from the mean."""
    return Indicator(KINDS["bollinger"], (period, width), source, lag, timeframe)


def donchian(period: Whole, *, lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Donchian channel of highs and lows: ``upper``, ``middle``, ``lower``. ``lag=1`` leaves the bar itself out."""
    return Indicator(KINDS["donchian"], (period,), "close", lag, timeframe)


def ema(period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Exponential moving average, weight 2 / (period + 1), started from a simple mean."""
    return Indicator(KINDS["ema"], (period,), source, lag, timeframe)


def highest(period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Largest value of the last ``period`` bars."""
    return Indicator(KINDS["highest"], (period,), source, lag, timeframe)


def lowest(period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Smallest value of the last ``period`` bars."""
    return Indicator(KINDS["lowest"], (period,), source, lag, timeframe)


def macd(
    fast_period: Whole = 12,
    slow_period: Whole = 26,
    signal_period: Whole = 9,
    *,
    source: Source = "close",
    lag: int = 0,
    timeframe: str | None = None,
) -> Indicator:
    """Moving average convergence divergence: ``line``, ``signal``, ``histogram``."""
    return Indicator(KINDS["macd"], (fast_period, slow_period, signal_period), source, lag, timeframe)


def momentum(period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Change over ``period`` bars, in the units of the source."""
    return Indicator(KINDS["momentum"], (period,), source, lag, timeframe)


def roc(period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Rate of change over ``period`` bars, as a fraction."""
    return Indicator(KINDS["roc"], (period,), source, lag, timeframe)


def rsi(period: Whole = 14, *, source: Source = "close", lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Wilder's relative strength index, 0 to 100."""
    return Indicator(KINDS["rsi"], (period,), source, lag, timeframe)


def sma(period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Simple moving average of the last ``period`` bars."""
    return Indicator(KINDS["sma"], (period,), source, lag, timeframe)


def stdev(period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Population standard deviation of the last ``period`` bars."""
    return Indicator(KINDS["stdev"], (period,), source, lag, timeframe)


def stochastic(period: Whole = 14, smoothing: Whole = 3, *, lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Stochastic oscillator: ``k`` and its mean ``d``, 0 to 100."""
    return Indicator(KINDS["stochastic"], (period, smoothing), "close", lag, timeframe)


def vwap(*, lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Volume-weighted average price since the session's first bar."""
    return Indicator(KINDS["vwap"], (), "close", lag, timeframe)


def wma(period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Linearly weighted moving average, the newest bar weighing ``period``."""
    return Indicator(KINDS["wma"], (period,), source, lag, timeframe)


def zscore(period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Distance from the mean in standard deviations; 0 where the window is constant."""
    return Indicator(KINDS["zscore"], (period,), source, lag, timeframe)
