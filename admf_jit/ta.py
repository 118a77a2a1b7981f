"""Indicators to declare in a strategy class.

An argument is a number, the name of one of the strategy's parameters, or arithmetic of them: ``ta.sma(2 * period)`` and
``ta.sma("2 * period")`` follow ``period`` in a sweep (+ - * / // %, abs, float, int, max, min, round). ``source`` is
the column an indicator reads ("close" unless said otherwise), or one of your own: "x.prediction", or what `aj.column`
gave. It may be another indicator, one of its outputs, or arithmetic of all of these, and may stand first:
``ta.sma(ta.rsi(14), 5)`` is ``ta.sma(5, source=ta.rsi(14))``.
``lag=1`` gives the value of the bar before, as ``self.fast[1]`` does. ``timeframe="1h"`` computes the
indicator on longer bars made of the data's own, and gives the value of the newest one that is complete: never of one
that is still being made. Formulas and warm-up of each are in ``docs/trading-model.md`` section 7; where an indicator
has several outputs, they are read as ``self.bands.upper``.

The functions are written by ``python -m tools.make_ta`` from the indicators' files in ``admf_kernels/indicators``.
"""

from typing import Literal

from admf_jit.strategies.expressions import Expression, Output, source_first
from admf_jit.strategies.indicators import KINDS, Indicator, choice

__all__ = [
    "ad",
    "adosc",
    "adx",
    "adxr",
    "alma",
    "apo",
    "aroon",
    "aroonosc",
    "atr",
    "bollinger",
    "cci",
    "cmo",
    "dema",
    "donchian",
    "dx",
    "ema",
    "highest",
    "hma",
    "kama",
    "lowest",
    "macd",
    "mfi",
    "midpoint",
    "midprice",
    "minus_di",
    "momentum",
    "natr",
    "obv",
    "plus_di",
    "ppo",
    "rma",
    "roc",
    "rsi",
    "sma",
    "stdev",
    "stochastic",
    "stochrsi",
    "t3",
    "tema",
    "trima",
    "trix",
    "true_range",
    "ultosc",
    "vwap",
    "vwma",
    "willr",
    "wma",
    "zscore",
]

Whole = int | str
Number = int | float | str
Source = str | Indicator | Output | Expression
Column = Literal["open", "high", "low", "close", "volume"]


def ad(*, lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Accumulation and distribution: volume times the close's place in its bar (-1 to 1), since the first bar."""
    return Indicator(KINDS["ad"], (), "close", lag, timeframe)


def adosc(fast_period: Whole = 3, slow_period: Whole = 10, *, lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Chaikin oscillator: fast minus slow exponential average of ad, both started from its first value."""
    return Indicator(KINDS["adosc"], (fast_period, slow_period), "close", lag, timeframe)


def adx(
    period: Whole = 14, *, seed: Literal["talib", "tradingview"] = "talib", lag: int = 0, timeframe: str | None = None
) -> Indicator:
    """Wilder's average directional index: strength of a trend whatever its direction, 0 to 100."""
    return Indicator(KINDS["adx"], (period, choice(KINDS["adx"], 1, seed)), "close", lag, timeframe)


def adxr(
    period: Whole = 14, *, seed: Literal["talib", "tradingview"] = "talib", lag: int = 0, timeframe: str | None = None
) -> Indicator:
    """Wilder's average directional index rating: the mean of adx and adx ``period - 1`` bars ago."""
    return Indicator(KINDS["adxr"], (period, choice(KINDS["adxr"], 1, seed)), "close", lag, timeframe)


def alma(
    period: Whole = 9,
    offset: Number = 0.85,
    sigma: Number = 6.0,
    *,
    source: Source = "close",
    lag: int = 0,
    timeframe: str | None = None,
) -> Indicator:
    """Arnaud Legoux moving average: bell-shaped weights around ``offset`` of the window, ``period / sigma`` wide."""
    return Indicator(KINDS["alma"], (period, offset, sigma), source, lag, timeframe)


def apo(
    fast_period: Whole = 12,
    slow_period: Whole = 26,
    *,
    source: Source = "close",
    seed: Literal["talib", "tradingview"] = "talib",
    lag: int = 0,
    timeframe: str | None = None,
) -> Indicator:
    """Absolute price oscillator: fast minus slow exponential average, in units of the source."""
    return Indicator(KINDS["apo"], (fast_period, slow_period, choice(KINDS["apo"], 2, seed)), source, lag, timeframe)


def aroon(period: Whole = 14, *, lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Aroon: how new the highest high (``up``) and the lowest low (``down``) of the last bars are, 0 to 100."""
    return Indicator(KINDS["aroon"], (period,), "close", lag, timeframe)


def aroonosc(period: Whole = 14, *, lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Aroon oscillator: ``up - down`` of aroon, -100 to 100."""
    return Indicator(KINDS["aroonosc"], (period,), "close", lag, timeframe)


def atr(period: Whole = 14, *, lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Wilder's average true range, in units of price."""
    return Indicator(KINDS["atr"], (period,), "close", lag, timeframe)


def bollinger(
    period: Whole = 20, width: Number = 2.0, *, source: Source = "close", lag: int = 0, timeframe: str | None = None
) -> Indicator:
    """Bollinger bands: ``upper``, ``middle``, ``lower``, ``width`` standard deviations apart from the mean."""
    return Indicator(KINDS["bollinger"], (period, width), source, lag, timeframe)


def cci(period: Whole = 20, *, lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Commodity channel index: distance of the typical price from its mean, over 0.015 mean absolute deviations."""
    return Indicator(KINDS["cci"], (period,), "close", lag, timeframe)


def cmo(
    period: Whole = 14,
    *,
    source: Source = "close",
    seed: Literal["talib", "tradingview"] = "talib",
    lag: int = 0,
    timeframe: str | None = None,
) -> Indicator:
    """Chande momentum oscillator: gains minus losses in percent of both, -100 to 100; 0 where nothing moved."""
    return Indicator(KINDS["cmo"], (period, choice(KINDS["cmo"], 1, seed)), source, lag, timeframe)


def dema(
    period: Whole,
    *,
    source: Source = "close",
    seed: Literal["talib", "tradingview"] = "talib",
    lag: int = 0,
    timeframe: str | None = None,
) -> Indicator:
    """Double exponential moving average: 2 e - e of e, with less lag than e."""
    return Indicator(KINDS["dema"], (period, choice(KINDS["dema"], 1, seed)), source, lag, timeframe)


def donchian(period: Whole, *, lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Donchian channel of highs and lows: ``upper``, ``middle``, ``lower``. ``lag=1`` leaves the bar itself out."""
    return Indicator(KINDS["donchian"], (period,), "close", lag, timeframe)


def dx(
    period: Whole = 14, *, seed: Literal["talib", "tradingview"] = "talib", lag: int = 0, timeframe: str | None = None
) -> Indicator:
    """Wilder's directional index: how much one direction outweighs the other, 0 to 100."""
    return Indicator(KINDS["dx"], (period, choice(KINDS["dx"], 1, seed)), "close", lag, timeframe)


def ema(period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Exponential moving average, weight 2 / (period + 1), started from a simple mean."""
    return Indicator(KINDS["ema"], (period,), source, lag, timeframe)


def highest(period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Largest value of the last ``period`` bars."""
    return Indicator(KINDS["highest"], (period,), source, lag, timeframe)


def hma(period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Hull moving average: the weighted average of twice a fast weighted average minus a slow one."""
    return Indicator(KINDS["hma"], (period,), source, lag, timeframe)


def kama(
    period: Whole = 10,
    fast_period: Whole = 2,
    slow_period: Whole = 30,
    *,
    source: Source = "close",
    lag: int = 0,
    timeframe: str | None = None,
) -> Indicator:
    """Kaufman's adaptive moving average, faster the straighter the last ``period`` changes lead one way."""
    return Indicator(KINDS["kama"], (period, fast_period, slow_period), source, lag, timeframe)


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


def mfi(period: Whole = 14, *, lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Money flow index: turnover of rising bars in percent of that of all that moved, 0 to 100; 50 where none did."""
    return Indicator(KINDS["mfi"], (period,), "close", lag, timeframe)


def midpoint(period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None) -> Indicator:
    """(largest + smallest) / 2 of the last ``period`` values."""
    return Indicator(KINDS["midpoint"], (period,), source, lag, timeframe)


def midprice(period: Whole, *, lag: int = 0, timeframe: str | None = None) -> Indicator:
    """(highest high + lowest low) / 2 of the last ``period`` bars."""
    return Indicator(KINDS["midprice"], (period,), "close", lag, timeframe)


def minus_di(
    period: Whole = 14, *, seed: Literal["talib", "tradingview"] = "talib", lag: int = 0, timeframe: str | None = None
) -> Indicator:
    """Wilder's negative directional indicator: downward movement in percent of the true range."""
    return Indicator(KINDS["minus_di"], (period, choice(KINDS["minus_di"], 1, seed)), "close", lag, timeframe)


def momentum(period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Change over ``period`` bars, in the units of the source."""
    return Indicator(KINDS["momentum"], (period,), source, lag, timeframe)


def natr(
    period: Whole = 14, *, seed: Literal["talib", "tradingview"] = "talib", lag: int = 0, timeframe: str | None = None
) -> Indicator:
    """Wilder's average true range in percent of the close."""
    return Indicator(KINDS["natr"], (period, choice(KINDS["natr"], 1, seed)), "close", lag, timeframe)


def obv(*, source: Source = "close", lag: int = 0, timeframe: str | None = None) -> Indicator:
    """On-balance volume: volume of rising bars minus that of falling ones, since the first bar, whose volume counts."""
    return Indicator(KINDS["obv"], (), source, lag, timeframe)


def plus_di(
    period: Whole = 14, *, seed: Literal["talib", "tradingview"] = "talib", lag: int = 0, timeframe: str | None = None
) -> Indicator:
    """Wilder's positive directional indicator: upward movement in percent of the true range."""
    return Indicator(KINDS["plus_di"], (period, choice(KINDS["plus_di"], 1, seed)), "close", lag, timeframe)


def ppo(
    fast_period: Whole = 12,
    slow_period: Whole = 26,
    *,
    source: Source = "close",
    seed: Literal["talib", "tradingview"] = "talib",
    lag: int = 0,
    timeframe: str | None = None,
) -> Indicator:
    """Percentage price oscillator: fast minus slow exponential average, in percent of the slow one."""
    return Indicator(KINDS["ppo"], (fast_period, slow_period, choice(KINDS["ppo"], 2, seed)), source, lag, timeframe)


def rma(period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Wilder's moving average, weight 1 / period, started from a simple mean."""
    return Indicator(KINDS["rma"], (period,), source, lag, timeframe)


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


def stochrsi(
    period: Whole = 14,
    window: Whole = 14,
    smoothing: Whole = 3,
    *,
    source: Source = "close",
    lag: int = 0,
    timeframe: str | None = None,
) -> Indicator:
    """Stochastic RSI: ``k``, the place of rsi among its last ``window`` values, and its mean ``d``, 0 to 100."""
    return Indicator(KINDS["stochrsi"], (period, window, smoothing), source, lag, timeframe)


def t3(
    period: Whole = 5, factor: Number = 0.7, *, source: Source = "close", lag: int = 0, timeframe: str | None = None
) -> Indicator:
    """Tillson's T3: six exponential averages of each other, each started from a simple mean, weighed by ``factor``."""
    return Indicator(KINDS["t3"], (period, factor), source, lag, timeframe)


def tema(
    period: Whole,
    *,
    source: Source = "close",
    seed: Literal["talib", "tradingview"] = "talib",
    lag: int = 0,
    timeframe: str | None = None,
) -> Indicator:
    """Triple exponential moving average: 3 e - 3 e of e + e of e of e."""
    return Indicator(KINDS["tema"], (period, choice(KINDS["tema"], 1, seed)), source, lag, timeframe)


def trima(period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Triangular moving average: weights rise to the middle of the last ``period`` bars and fall after it."""
    return Indicator(KINDS["trima"], (period,), source, lag, timeframe)


def trix(
    period: Whole = 18,
    *,
    source: Source = "close",
    seed: Literal["talib", "tradingview"] = "talib",
    lag: int = 0,
    timeframe: str | None = None,
) -> Indicator:
    """Change over one bar of a threefold exponential average, in percent."""
    return Indicator(KINDS["trix"], (period, choice(KINDS["trix"], 1, seed)), source, lag, timeframe)


def true_range(*, lag: int = 0, timeframe: str | None = None) -> Indicator:
    """True range: the range of the bar and of the close before it, in units of price."""
    return Indicator(KINDS["true_range"], (), "close", lag, timeframe)


def ultosc(
    short_period: Whole = 7, period: Whole = 14, long_period: Whole = 28, *, lag: int = 0, timeframe: str | None = None
) -> Indicator:
    """Ultimate oscillator: buying pressure over true range in three windows, weighed 4, 2 and 1, 0 to 100."""
    return Indicator(KINDS["ultosc"], (short_period, period, long_period), "close", lag, timeframe)


def vwap(*, lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Volume-weighted average price since the session's first bar."""
    return Indicator(KINDS["vwap"], (), "close", lag, timeframe)


def vwma(period: Whole = 20, *, source: Source = "close", lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Mean of the last ``period`` bars weighted by volume: a rolling VWAP of the source."""
    return Indicator(KINDS["vwma"], (period,), source, lag, timeframe)


def willr(period: Whole = 14, *, lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Williams %R: distance of the close from the highest high of the last bars, -100 to 0; -50 without a range."""
    return Indicator(KINDS["willr"], (period,), "close", lag, timeframe)


def wma(period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Linearly weighted moving average, the newest bar weighing ``period``."""
    return Indicator(KINDS["wma"], (period,), source, lag, timeframe)


def zscore(period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None) -> Indicator:
    """Distance from the mean in standard deviations; 0 where the window is constant."""
    return Indicator(KINDS["zscore"], (period,), source, lag, timeframe)


for _name in __all__:
    globals()[_name] = source_first(globals()[_name])
