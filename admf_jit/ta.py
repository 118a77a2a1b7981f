"""Indicators to declare in a strategy class.

An argument is a number, the name of one of the strategy's parameters, or arithmetic of them: ``ta.sma(2 * period)`` and
``ta.sma("2 * period")`` follow ``period`` in a sweep (+ - * / // %, abs, float, int, max, min, round). ``source`` is
the column an indicator reads ("close" unless said otherwise), or one of your own: "x.prediction", or what `aj.column`
gave. It may be another indicator, one of its outputs, or arithmetic of all of these, and may stand first:
``ta.sma(ta.rsi(14), 5)`` is ``ta.sma(5, source=ta.rsi(14))``.
``lag=1`` gives the value of the bar before, as ``self.fast[1]`` does. ``timeframe="1h"`` computes the
indicator on longer bars made of the data's own, and gives the value of the newest one that is complete: never of one
that is still being made. ``symbol="SPY"`` computes it on the bars of another symbol of the data, and gives the value of
the newest of these that has closed. Formulas and warm-up of each are in ``docs/trading-model.md`` section 7; where an
indicator has several outputs, they are read as ``self.bands.upper``.

The functions are written by ``python -m tools.make_ta`` from the indicators' files in ``admf_kernels/indicators``.
"""

from typing import Literal

from admf_jit.strategies.expressions import Expression, Output, source_first
from admf_jit.strategies.indicators import KINDS, Indicator, choice, kind_against, kind_seeded, named_bars

__all__ = [
    "ad",
    "adosc",
    "adx",
    "adxr",
    "alma",
    "anchored_vwap",
    "apo",
    "aroon",
    "aroonosc",
    "atr",
    "awesome",
    "beta",
    "bollinger",
    "bollinger_b",
    "bollinger_width",
    "bop",
    "cci",
    "choppiness",
    "cmf",
    "cmo",
    "coppock",
    "correlation",
    "dema",
    "doji",
    "donchian",
    "dpo",
    "dx",
    "ease_of_movement",
    "elder_ray",
    "ema",
    "engulfing",
    "evening_star",
    "fisher",
    "force_index",
    "garman_klass",
    "hammer",
    "harami",
    "heikin_ashi",
    "highest",
    "hma",
    "hurst",
    "ichimoku",
    "inside_bar",
    "kama",
    "keltner",
    "kst",
    "linreg",
    "lowest",
    "macd",
    "mass_index",
    "median",
    "median_price",
    "mfi",
    "midpoint",
    "midprice",
    "minus_di",
    "momentum",
    "morning_star",
    "natr",
    "obv",
    "outside_bar",
    "parkinson",
    "percent_rank",
    "plus_di",
    "point_of_control",
    "ppo",
    "quantile",
    "realized_volatility",
    "rma",
    "roc",
    "rogers_satchell",
    "rsi",
    "sar",
    "shooting_star",
    "sma",
    "stdev",
    "stochastic",
    "stochrsi",
    "supertrend",
    "t3",
    "tema",
    "three_crows",
    "three_soldiers",
    "trima",
    "trix",
    "true_range",
    "typical_price",
    "ultosc",
    "variance",
    "vortex",
    "vwap",
    "vwma",
    "weighted_close",
    "willr",
    "wma",
    "yang_zhang",
    "zscore",
]

Whole = int | str
Number = int | float | str
Source = str | Indicator | Output | Expression
Column = Literal["open", "high", "low", "close", "volume"]


def ad(*, lag: int = 0, timeframe: str | None = None, symbol: str | None = None) -> Indicator:
    """Accumulation and distribution: volume times the close's place in its bar (-1 to 1), since the first bar."""
    return Indicator(KINDS["ad"], (), "close", lag, named_bars(timeframe, symbol))


def adosc(
    fast_period: Whole = 3,
    slow_period: Whole = 10,
    *,
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Chaikin oscillator: fast minus slow exponential average of ad, both started from its first value."""
    return Indicator(KINDS["adosc"], (fast_period, slow_period), "close", lag, named_bars(timeframe, symbol))


def adx(
    period: Whole = 14,
    *,
    seed: Literal["talib", "tradingview"] = "talib",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Wilder's average directional index: strength of a trend whatever its direction, 0 to 100."""
    return Indicator(KINDS["adx"], (period, choice(KINDS["adx"], 1, seed)), "close", lag, named_bars(timeframe, symbol))


def adxr(
    period: Whole = 14,
    *,
    seed: Literal["talib", "tradingview"] = "talib",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Wilder's average directional index rating: the mean of adx and adx ``period - 1`` bars ago."""
    return Indicator(
        KINDS["adxr"], (period, choice(KINDS["adxr"], 1, seed)), "close", lag, named_bars(timeframe, symbol)
    )


def alma(
    period: Whole = 9,
    offset: Number = 0.85,
    sigma: Number = 6.0,
    *,
    source: Source = "close",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Arnaud Legoux moving average: bell-shaped weights around ``offset`` of the window, ``period / sigma`` wide."""
    return Indicator(KINDS["alma"], (period, offset, sigma), source, lag, named_bars(timeframe, symbol))


def anchored_vwap(
    first_bar: Whole, *, lag: int = 0, timeframe: str | None = None, symbol: str | None = None
) -> Indicator:
    """Volume-weighted average price since bar ``first_bar`` of the data; of the bar itself while volume is 0."""
    return Indicator(KINDS["anchored_vwap"], (first_bar,), "close", lag, named_bars(timeframe, symbol))


def apo(
    fast_period: Whole = 12,
    slow_period: Whole = 26,
    *,
    source: Source = "close",
    seed: Literal["talib", "tradingview"] = "talib",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Absolute price oscillator: fast minus slow exponential average, in units of the source."""
    return Indicator(
        KINDS["apo"],
        (fast_period, slow_period, choice(KINDS["apo"], 2, seed)),
        source,
        lag,
        named_bars(timeframe, symbol),
    )


def aroon(period: Whole = 14, *, lag: int = 0, timeframe: str | None = None, symbol: str | None = None) -> Indicator:
    """Aroon: how new the highest high (``up``) and the lowest low (``down``) of the last bars are, 0 to 100."""
    return Indicator(KINDS["aroon"], (period,), "close", lag, named_bars(timeframe, symbol))


def aroonosc(period: Whole = 14, *, lag: int = 0, timeframe: str | None = None, symbol: str | None = None) -> Indicator:
    """Aroon oscillator: ``up - down`` of aroon, -100 to 100."""
    return Indicator(KINDS["aroonosc"], (period,), "close", lag, named_bars(timeframe, symbol))


def atr(
    period: Whole = 14,
    *,
    seed: Literal["talib", "tradingview"] = "talib",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Wilder's average true range, in units of price."""
    return Indicator(kind_seeded("atr", seed), (period,), "close", lag, named_bars(timeframe, symbol))


def awesome(
    fast_period: Whole = 5, period: Whole = 34, *, lag: int = 0, timeframe: str | None = None, symbol: str | None = None
) -> Indicator:
    """Awesome oscillator: mean middle price of the last ``fast_period`` bars minus that of ``period``."""
    return Indicator(KINDS["awesome"], (fast_period, period), "close", lag, named_bars(timeframe, symbol))


def beta(
    period: Whole = 20,
    *,
    source: Source = "close",
    against: Column = "volume",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Slope of the last returns of the source on those of another column; 0 where that one has not moved."""
    return Indicator(kind_against(KINDS["beta"], against), (period,), source, lag, named_bars(timeframe, symbol))


def bollinger(
    period: Whole = 20,
    width: Number = 2.0,
    *,
    source: Source = "close",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Bollinger bands: ``upper``, ``middle``, ``lower``, ``width`` standard deviations apart from the mean."""
    return Indicator(KINDS["bollinger"], (period, width), source, lag, named_bars(timeframe, symbol))


def bollinger_b(
    period: Whole = 20,
    width: Number = 2.0,
    *,
    source: Source = "close",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Place of the source between the Bollinger bands: 0 at the lower one, 1 at the upper one; 0.5 where they meet."""
    return Indicator(KINDS["bollinger_b"], (period, width), source, lag, named_bars(timeframe, symbol))


def bollinger_width(
    period: Whole = 20,
    width: Number = 2.0,
    *,
    source: Source = "close",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Distance between the Bollinger bands, as a fraction of the middle one."""
    return Indicator(KINDS["bollinger_width"], (period, width), source, lag, named_bars(timeframe, symbol))


def bop(*, lag: int = 0, timeframe: str | None = None, symbol: str | None = None) -> Indicator:
    """Balance of power: (close - open) / (high - low), -1 to 1; 0 without a range."""
    return Indicator(KINDS["bop"], (), "close", lag, named_bars(timeframe, symbol))


def cci(period: Whole = 20, *, lag: int = 0, timeframe: str | None = None, symbol: str | None = None) -> Indicator:
    """Commodity channel index: distance of the typical price from its mean, over 0.015 mean absolute deviations."""
    return Indicator(KINDS["cci"], (period,), "close", lag, named_bars(timeframe, symbol))


def choppiness(
    period: Whole = 14, *, lag: int = 0, timeframe: str | None = None, symbol: str | None = None
) -> Indicator:
    """Choppiness index: the way of the price over its range in the last bars, 0 in a trend to 100."""
    return Indicator(KINDS["choppiness"], (period,), "close", lag, named_bars(timeframe, symbol))


def cmf(period: Whole = 20, *, lag: int = 0, timeframe: str | None = None, symbol: str | None = None) -> Indicator:
    """Chaikin money flow: money flow over volume of the last bars, -1 to 1; 0 without volume."""
    return Indicator(KINDS["cmf"], (period,), "close", lag, named_bars(timeframe, symbol))


def cmo(
    period: Whole = 14,
    *,
    source: Source = "close",
    seed: Literal["talib", "tradingview"] = "talib",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Chande momentum oscillator: gains minus losses in percent of both, -100 to 100; 0 where nothing moved."""
    return Indicator(KINDS["cmo"], (period, choice(KINDS["cmo"], 1, seed)), source, lag, named_bars(timeframe, symbol))


def coppock(
    period: Whole = 10,
    short_period: Whole = 11,
    long_period: Whole = 14,
    *,
    source: Source = "close",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Coppock curve: weighted average of the sum of a short and a long rate of change, in percent."""
    return Indicator(KINDS["coppock"], (period, short_period, long_period), source, lag, named_bars(timeframe, symbol))


def correlation(
    period: Whole = 20,
    *,
    source: Source = "close",
    against: Column = "volume",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Correlation of the last values of two columns, -1 to 1; 0 where one of them has not moved."""
    return Indicator(kind_against(KINDS["correlation"], against), (period,), source, lag, named_bars(timeframe, symbol))


def dema(
    period: Whole,
    *,
    source: Source = "close",
    seed: Literal["talib", "tradingview"] = "talib",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Double exponential moving average: 2 e - e of e, with less lag than e."""
    return Indicator(
        KINDS["dema"], (period, choice(KINDS["dema"], 1, seed)), source, lag, named_bars(timeframe, symbol)
    )


def doji(share: Number = 0.1, *, lag: int = 0, timeframe: str | None = None, symbol: str | None = None) -> Indicator:
    """Doji: 1 where the body is at most ``share`` of the range, else 0."""
    return Indicator(KINDS["doji"], (share,), "close", lag, named_bars(timeframe, symbol))


def donchian(period: Whole, *, lag: int = 0, timeframe: str | None = None, symbol: str | None = None) -> Indicator:
    """Donchian channel of highs and lows: ``upper``, ``middle``, ``lower``. ``lag=1`` leaves the bar itself out."""
    return Indicator(KINDS["donchian"], (period,), "close", lag, named_bars(timeframe, symbol))


def dpo(
    period: Whole = 20,
    *,
    source: Source = "close",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Detrended price oscillator: the source ``period // 2 + 1`` bars ago minus the mean of the last ``period``."""
    return Indicator(KINDS["dpo"], (period,), source, lag, named_bars(timeframe, symbol))


def dx(
    period: Whole = 14,
    *,
    seed: Literal["talib", "tradingview"] = "talib",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Wilder's directional index: how much one direction outweighs the other, 0 to 100."""
    return Indicator(KINDS["dx"], (period, choice(KINDS["dx"], 1, seed)), "close", lag, named_bars(timeframe, symbol))


def ease_of_movement(
    period: Whole = 14,
    scale: Number = 10000.0,
    *,
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Ease of movement: mean of the middle price's change times the bar's range over volume, times ``scale``."""
    return Indicator(KINDS["ease_of_movement"], (period, scale), "close", lag, named_bars(timeframe, symbol))


def elder_ray(
    period: Whole = 13,
    *,
    source: Source = "close",
    seed: Literal["talib", "tradingview"] = "talib",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Elder ray: ``bull`` power, the high, and ``bear`` power, the low, over an exponential average of the source."""
    return Indicator(
        KINDS["elder_ray"], (period, choice(KINDS["elder_ray"], 1, seed)), source, lag, named_bars(timeframe, symbol)
    )


def ema(
    period: Whole,
    *,
    source: Source = "close",
    seed: Literal["talib", "tradingview"] = "talib",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Exponential moving average, weight 2 / (period + 1), started from a simple mean."""
    return Indicator(kind_seeded("ema", seed), (period,), source, lag, named_bars(timeframe, symbol))


def engulfing(*, lag: int = 0, timeframe: str | None = None, symbol: str | None = None) -> Indicator:
    """Engulfing pattern: 1 where a rising body holds the falling one before it, -1 the other way about, else 0."""
    return Indicator(KINDS["engulfing"], (), "close", lag, named_bars(timeframe, symbol))


def evening_star(
    share: Number = 0.3, *, lag: int = 0, timeframe: str | None = None, symbol: str | None = None
) -> Indicator:
    """Evening star: -1 where a rise is followed by a small body and a fall beyond its middle, else 0."""
    return Indicator(KINDS["evening_star"], (share,), "close", lag, named_bars(timeframe, symbol))


def fisher(period: Whole = 9, *, lag: int = 0, timeframe: str | None = None, symbol: str | None = None) -> Indicator:
    """Fisher transform of the middle price's place in its range: ``value``, and ``trigger``, the value a bar before."""
    return Indicator(KINDS["fisher"], (period,), "close", lag, named_bars(timeframe, symbol))


def force_index(
    period: Whole = 13,
    *,
    source: Source = "close",
    seed: Literal["talib", "tradingview"] = "talib",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Force index: exponential average of the change times volume."""
    return Indicator(
        KINDS["force_index"],
        (period, choice(KINDS["force_index"], 1, seed)),
        source,
        lag,
        named_bars(timeframe, symbol),
    )


def garman_klass(
    period: Whole = 20,
    per_year: Number = 252.0,
    *,
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Garman and Klass's volatility of open, high, low and close, as a fraction a year."""
    return Indicator(KINDS["garman_klass"], (period, per_year), "close", lag, named_bars(timeframe, symbol))


def hammer(shadow: Number = 2.0, *, lag: int = 0, timeframe: str | None = None, symbol: str | None = None) -> Indicator:
    """Hammer: 1 where the lower shadow is at least ``shadow`` bodies long and the other at most half a body."""
    return Indicator(KINDS["hammer"], (shadow,), "close", lag, named_bars(timeframe, symbol))


def harami(*, lag: int = 0, timeframe: str | None = None, symbol: str | None = None) -> Indicator:
    """Harami: 1 where a body lies within the falling one before it, -1 within a rising one, else 0."""
    return Indicator(KINDS["harami"], (), "close", lag, named_bars(timeframe, symbol))


def heikin_ashi(*, lag: int = 0, timeframe: str | None = None, symbol: str | None = None) -> Indicator:
    """Heikin-Ashi bar: ``open``, the middle of the one before, ``high``, ``low``, and ``close``, the mean of all."""
    return Indicator(KINDS["heikin_ashi"], (), "close", lag, named_bars(timeframe, symbol))


def highest(
    period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None, symbol: str | None = None
) -> Indicator:
    """Largest value of the last ``period`` bars."""
    return Indicator(KINDS["highest"], (period,), source, lag, named_bars(timeframe, symbol))


def hma(
    period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None, symbol: str | None = None
) -> Indicator:
    """Hull moving average: the weighted average of twice a fast weighted average minus a slow one."""
    return Indicator(KINDS["hma"], (period,), source, lag, named_bars(timeframe, symbol))


def hurst(
    period: Whole = 100,
    *,
    source: Source = "close",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Hurst's K of the last changes: about 0.5 of a random walk, more of a trend, less where prices revert."""
    return Indicator(KINDS["hurst"], (period,), source, lag, named_bars(timeframe, symbol))


def ichimoku(
    conversion_period: Whole = 9,
    base_period: Whole = 26,
    span_period: Whole = 52,
    displacement: Whole = 26,
    *,
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Ichimoku: ``conversion`` and ``base`` line, and the cloud as it is drawn at the bar: ``span_a``, ``span_b``."""
    return Indicator(
        KINDS["ichimoku"],
        (conversion_period, base_period, span_period, displacement),
        "close",
        lag,
        named_bars(timeframe, symbol),
    )


def inside_bar(*, lag: int = 0, timeframe: str | None = None, symbol: str | None = None) -> Indicator:
    """Inside bar: 1 where the bar lies within the range of the one before it, else 0."""
    return Indicator(KINDS["inside_bar"], (), "close", lag, named_bars(timeframe, symbol))


def kama(
    period: Whole = 10,
    fast_period: Whole = 2,
    slow_period: Whole = 30,
    *,
    source: Source = "close",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Kaufman's adaptive moving average, faster the straighter the last ``period`` changes lead one way."""
    return Indicator(KINDS["kama"], (period, fast_period, slow_period), source, lag, named_bars(timeframe, symbol))


def keltner(
    period: Whole = 20,
    atr_period: Whole = 10,
    width: Number = 2.0,
    *,
    source: Source = "close",
    seed: Literal["talib", "tradingview"] = "talib",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Keltner channel: ``middle``, an exponential average, and ``width`` average true ranges to either side of it."""
    return Indicator(
        KINDS["keltner"],
        (period, atr_period, width, choice(KINDS["keltner"], 3, seed)),
        source,
        lag,
        named_bars(timeframe, symbol),
    )


def kst(
    roc_1: Whole = 10,
    roc_2: Whole = 15,
    roc_3: Whole = 20,
    roc_4: Whole = 30,
    sma_1: Whole = 10,
    sma_2: Whole = 10,
    sma_3: Whole = 10,
    sma_4: Whole = 15,
    signal_period: Whole = 9,
    *,
    source: Source = "close",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Know sure thing: ``line``, means of four rates of change in percent, weighed 1 to 4, and its mean ``signal``."""
    return Indicator(
        KINDS["kst"],
        (roc_1, roc_2, roc_3, roc_4, sma_1, sma_2, sma_3, sma_4, signal_period),
        source,
        lag,
        named_bars(timeframe, symbol),
    )


def linreg(
    period: Whole = 14,
    *,
    source: Source = "close",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Least-squares line through the last values: its ``value`` at the bar, ``slope``, ``intercept``, ``forecast``."""
    return Indicator(KINDS["linreg"], (period,), source, lag, named_bars(timeframe, symbol))


def lowest(
    period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None, symbol: str | None = None
) -> Indicator:
    """Smallest value of the last ``period`` bars."""
    return Indicator(KINDS["lowest"], (period,), source, lag, named_bars(timeframe, symbol))


def macd(
    fast_period: Whole = 12,
    slow_period: Whole = 26,
    signal_period: Whole = 9,
    *,
    source: Source = "close",
    seed: Literal["talib", "tradingview"] = "talib",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Moving average convergence divergence: ``line``, ``signal``, ``histogram``."""
    return Indicator(
        kind_seeded("macd", seed), (fast_period, slow_period, signal_period), source, lag, named_bars(timeframe, symbol)
    )


def mass_index(
    smoothing: Whole = 9, period: Whole = 25, *, lag: int = 0, timeframe: str | None = None, symbol: str | None = None
) -> Indicator:
    """Mass index: sum of ratios of an exponential average of the range to the average of that; swells before turns."""
    return Indicator(KINDS["mass_index"], (smoothing, period), "close", lag, named_bars(timeframe, symbol))


def median(
    period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None, symbol: str | None = None
) -> Indicator:
    """Median of the last ``period`` values; of an even number the middle between two."""
    return Indicator(KINDS["median"], (period,), source, lag, named_bars(timeframe, symbol))


def median_price(*, lag: int = 0, timeframe: str | None = None, symbol: str | None = None) -> Indicator:
    """Median price: (high + low) / 2."""
    return Indicator(KINDS["median_price"], (), "close", lag, named_bars(timeframe, symbol))


def mfi(period: Whole = 14, *, lag: int = 0, timeframe: str | None = None, symbol: str | None = None) -> Indicator:
    """Money flow index: turnover of rising bars in percent of that of all that moved, 0 to 100; 50 where none did."""
    return Indicator(KINDS["mfi"], (period,), "close", lag, named_bars(timeframe, symbol))


def midpoint(
    period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None, symbol: str | None = None
) -> Indicator:
    """(largest + smallest) / 2 of the last ``period`` values."""
    return Indicator(KINDS["midpoint"], (period,), source, lag, named_bars(timeframe, symbol))


def midprice(period: Whole, *, lag: int = 0, timeframe: str | None = None, symbol: str | None = None) -> Indicator:
    """(highest high + lowest low) / 2 of the last ``period`` bars."""
    return Indicator(KINDS["midprice"], (period,), "close", lag, named_bars(timeframe, symbol))


def minus_di(
    period: Whole = 14,
    *,
    seed: Literal["talib", "tradingview"] = "talib",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Wilder's negative directional indicator: downward movement in percent of the true range."""
    return Indicator(
        KINDS["minus_di"], (period, choice(KINDS["minus_di"], 1, seed)), "close", lag, named_bars(timeframe, symbol)
    )


def momentum(
    period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None, symbol: str | None = None
) -> Indicator:
    """Change over ``period`` bars, in the units of the source."""
    return Indicator(KINDS["momentum"], (period,), source, lag, named_bars(timeframe, symbol))


def morning_star(
    share: Number = 0.3, *, lag: int = 0, timeframe: str | None = None, symbol: str | None = None
) -> Indicator:
    """Morning star: 1 where a fall is followed by a small body and a rise beyond its middle, else 0."""
    return Indicator(KINDS["morning_star"], (share,), "close", lag, named_bars(timeframe, symbol))


def natr(
    period: Whole = 14,
    *,
    seed: Literal["talib", "tradingview"] = "talib",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Wilder's average true range in percent of the close."""
    return Indicator(
        KINDS["natr"], (period, choice(KINDS["natr"], 1, seed)), "close", lag, named_bars(timeframe, symbol)
    )


def obv(
    *, source: Source = "close", lag: int = 0, timeframe: str | None = None, symbol: str | None = None
) -> Indicator:
    """On-balance volume: volume of rising bars minus that of falling ones, since the first bar, whose volume counts."""
    return Indicator(KINDS["obv"], (), source, lag, named_bars(timeframe, symbol))


def outside_bar(*, lag: int = 0, timeframe: str | None = None, symbol: str | None = None) -> Indicator:
    """Outside bar: 1 where the bar goes beyond the range of the one before it on both sides, else 0."""
    return Indicator(KINDS["outside_bar"], (), "close", lag, named_bars(timeframe, symbol))


def parkinson(
    period: Whole = 20,
    per_year: Number = 252.0,
    *,
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Parkinson's volatility of highs and lows, as a fraction a year."""
    return Indicator(KINDS["parkinson"], (period, per_year), "close", lag, named_bars(timeframe, symbol))


def percent_rank(
    period: Whole = 100,
    *,
    source: Source = "close",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Percentage of the ``period`` values before it that the newest one is not below, 0 to 100."""
    return Indicator(KINDS["percent_rank"], (period,), source, lag, named_bars(timeframe, symbol))


def plus_di(
    period: Whole = 14,
    *,
    seed: Literal["talib", "tradingview"] = "talib",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Wilder's positive directional indicator: upward movement in percent of the true range."""
    return Indicator(
        KINDS["plus_di"], (period, choice(KINDS["plus_di"], 1, seed)), "close", lag, named_bars(timeframe, symbol)
    )


def point_of_control(
    period: Whole = 100, rows: Whole = 24, *, lag: int = 0, timeframe: str | None = None, symbol: str | None = None
) -> Indicator:
    """Middle of the row of prices with most volume in the last ``period`` bars, whose range has ``rows`` rows."""
    return Indicator(KINDS["point_of_control"], (period, rows), "close", lag, named_bars(timeframe, symbol))


def ppo(
    fast_period: Whole = 12,
    slow_period: Whole = 26,
    *,
    source: Source = "close",
    seed: Literal["talib", "tradingview"] = "talib",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Percentage price oscillator: fast minus slow exponential average, in percent of the slow one."""
    return Indicator(
        KINDS["ppo"],
        (fast_period, slow_period, choice(KINDS["ppo"], 2, seed)),
        source,
        lag,
        named_bars(timeframe, symbol),
    )


def quantile(
    period: Whole,
    share: Number = 0.5,
    *,
    source: Source = "close",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Value that a ``share`` of the last values is below, in a straight line between the two that are nearest."""
    return Indicator(KINDS["quantile"], (period, share), source, lag, named_bars(timeframe, symbol))


def realized_volatility(
    period: Whole = 20,
    per_year: Number = 252.0,
    *,
    source: Source = "close",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Realised volatility of closes, as a fraction a year: the root mean square of log returns, annualised."""
    return Indicator(KINDS["realized_volatility"], (period, per_year), source, lag, named_bars(timeframe, symbol))


def rma(
    period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None, symbol: str | None = None
) -> Indicator:
    """Wilder's moving average, weight 1 / period, started from a simple mean."""
    return Indicator(KINDS["rma"], (period,), source, lag, named_bars(timeframe, symbol))


def roc(
    period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None, symbol: str | None = None
) -> Indicator:
    """Rate of change over ``period`` bars, as a fraction."""
    return Indicator(KINDS["roc"], (period,), source, lag, named_bars(timeframe, symbol))


def rogers_satchell(
    period: Whole = 20,
    per_year: Number = 252.0,
    *,
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Rogers and Satchell's volatility, as a fraction a year, which a trend does not disturb."""
    return Indicator(KINDS["rogers_satchell"], (period, per_year), "close", lag, named_bars(timeframe, symbol))


def rsi(
    period: Whole = 14,
    *,
    source: Source = "close",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Wilder's relative strength index, 0 to 100."""
    return Indicator(KINDS["rsi"], (period,), source, lag, named_bars(timeframe, symbol))


def sar(
    acceleration: Number = 0.02,
    maximum: Number = 0.2,
    *,
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Wilder's parabolic stop and reverse, in units of price: below it the trend is down, above it up."""
    return Indicator(KINDS["sar"], (acceleration, maximum), "close", lag, named_bars(timeframe, symbol))


def shooting_star(
    shadow: Number = 2.0, *, lag: int = 0, timeframe: str | None = None, symbol: str | None = None
) -> Indicator:
    """Shooting star: -1 where the upper shadow is at least ``shadow`` bodies long and the other at most half a body."""
    return Indicator(KINDS["shooting_star"], (shadow,), "close", lag, named_bars(timeframe, symbol))


def sma(
    period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None, symbol: str | None = None
) -> Indicator:
    """Simple moving average of the last ``period`` bars."""
    return Indicator(KINDS["sma"], (period,), source, lag, named_bars(timeframe, symbol))


def stdev(
    period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None, symbol: str | None = None
) -> Indicator:
    """Population standard deviation of the last ``period`` bars."""
    return Indicator(KINDS["stdev"], (period,), source, lag, named_bars(timeframe, symbol))


def stochastic(
    period: Whole = 14, smoothing: Whole = 3, *, lag: int = 0, timeframe: str | None = None, symbol: str | None = None
) -> Indicator:
    """Stochastic oscillator: ``k`` and its mean ``d``, 0 to 100."""
    return Indicator(KINDS["stochastic"], (period, smoothing), "close", lag, named_bars(timeframe, symbol))


def stochrsi(
    period: Whole = 14,
    window: Whole = 14,
    smoothing: Whole = 3,
    *,
    source: Source = "close",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Stochastic RSI: ``k``, the place of rsi among its last ``window`` values, and its mean ``d``, 0 to 100."""
    return Indicator(KINDS["stochrsi"], (period, window, smoothing), source, lag, named_bars(timeframe, symbol))


def supertrend(
    period: Whole = 10,
    width: Number = 3.0,
    *,
    seed: Literal["talib", "tradingview"] = "talib",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Supertrend: a ``line`` of ``width`` average true ranges beside the price, and its ``direction``, 1 or -1."""
    return Indicator(
        KINDS["supertrend"],
        (period, width, choice(KINDS["supertrend"], 2, seed)),
        "close",
        lag,
        named_bars(timeframe, symbol),
    )


def t3(
    period: Whole = 5,
    factor: Number = 0.7,
    *,
    source: Source = "close",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Tillson's T3: six exponential averages of each other, each started from a simple mean, weighed by ``factor``."""
    return Indicator(KINDS["t3"], (period, factor), source, lag, named_bars(timeframe, symbol))


def tema(
    period: Whole,
    *,
    source: Source = "close",
    seed: Literal["talib", "tradingview"] = "talib",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Triple exponential moving average: 3 e - 3 e of e + e of e of e."""
    return Indicator(
        KINDS["tema"], (period, choice(KINDS["tema"], 1, seed)), source, lag, named_bars(timeframe, symbol)
    )


def three_crows(*, lag: int = 0, timeframe: str | None = None, symbol: str | None = None) -> Indicator:
    """Three black crows: -1 where three bars fall, each from within the body before to a lower close, else 0."""
    return Indicator(KINDS["three_crows"], (), "close", lag, named_bars(timeframe, symbol))


def three_soldiers(*, lag: int = 0, timeframe: str | None = None, symbol: str | None = None) -> Indicator:
    """Three white soldiers: 1 where three bars rise, each from within the body before to a higher close, else 0."""
    return Indicator(KINDS["three_soldiers"], (), "close", lag, named_bars(timeframe, symbol))


def trima(
    period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None, symbol: str | None = None
) -> Indicator:
    """Triangular moving average: weights rise to the middle of the last ``period`` bars and fall after it."""
    return Indicator(KINDS["trima"], (period,), source, lag, named_bars(timeframe, symbol))


def trix(
    period: Whole = 18,
    *,
    source: Source = "close",
    seed: Literal["talib", "tradingview"] = "talib",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Change over one bar of a threefold exponential average, in percent."""
    return Indicator(
        KINDS["trix"], (period, choice(KINDS["trix"], 1, seed)), source, lag, named_bars(timeframe, symbol)
    )


def true_range(*, lag: int = 0, timeframe: str | None = None, symbol: str | None = None) -> Indicator:
    """True range: the range of the bar and of the close before it, in units of price."""
    return Indicator(KINDS["true_range"], (), "close", lag, named_bars(timeframe, symbol))


def typical_price(*, lag: int = 0, timeframe: str | None = None, symbol: str | None = None) -> Indicator:
    """Typical price: (high + low + close) / 3."""
    return Indicator(KINDS["typical_price"], (), "close", lag, named_bars(timeframe, symbol))


def ultosc(
    short_period: Whole = 7,
    period: Whole = 14,
    long_period: Whole = 28,
    *,
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Ultimate oscillator: buying pressure over true range in three windows, weighed 4, 2 and 1, 0 to 100."""
    return Indicator(KINDS["ultosc"], (short_period, period, long_period), "close", lag, named_bars(timeframe, symbol))


def variance(
    period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None, symbol: str | None = None
) -> Indicator:
    """Population variance of the last ``period`` values."""
    return Indicator(KINDS["variance"], (period,), source, lag, named_bars(timeframe, symbol))


def vortex(period: Whole = 14, *, lag: int = 0, timeframe: str | None = None, symbol: str | None = None) -> Indicator:
    """Vortex indicator: movement up (``plus``) and down (``minus``) over the true range of the last bars."""
    return Indicator(KINDS["vortex"], (period,), "close", lag, named_bars(timeframe, symbol))


def vwap(*, lag: int = 0, timeframe: str | None = None, symbol: str | None = None) -> Indicator:
    """Volume-weighted average price since the session's first bar."""
    return Indicator(KINDS["vwap"], (), "close", lag, named_bars(timeframe, symbol))


def vwma(
    period: Whole = 20,
    *,
    source: Source = "close",
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Mean of the last ``period`` bars weighted by volume: a rolling VWAP of the source."""
    return Indicator(KINDS["vwma"], (period,), source, lag, named_bars(timeframe, symbol))


def weighted_close(*, lag: int = 0, timeframe: str | None = None, symbol: str | None = None) -> Indicator:
    """Weighted close: (high + low + 2 close) / 4."""
    return Indicator(KINDS["weighted_close"], (), "close", lag, named_bars(timeframe, symbol))


def willr(period: Whole = 14, *, lag: int = 0, timeframe: str | None = None, symbol: str | None = None) -> Indicator:
    """Williams %R: distance of the close from the highest high of the last bars, -100 to 0; -50 without a range."""
    return Indicator(KINDS["willr"], (period,), "close", lag, named_bars(timeframe, symbol))


def wma(
    period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None, symbol: str | None = None
) -> Indicator:
    """Linearly weighted moving average, the newest bar weighing ``period``."""
    return Indicator(KINDS["wma"], (period,), source, lag, named_bars(timeframe, symbol))


def yang_zhang(
    period: Whole = 20,
    per_year: Number = 252.0,
    *,
    lag: int = 0,
    timeframe: str | None = None,
    symbol: str | None = None,
) -> Indicator:
    """Yang and Zhang's volatility, as a fraction a year: of gaps, of open to close, and within the bar."""
    return Indicator(KINDS["yang_zhang"], (period, per_year), "close", lag, named_bars(timeframe, symbol))


def zscore(
    period: Whole, *, source: Source = "close", lag: int = 0, timeframe: str | None = None, symbol: str | None = None
) -> Indicator:
    """Distance from the mean in standard deviations; 0 where the window is constant."""
    return Indicator(KINDS["zscore"], (period,), source, lag, named_bars(timeframe, symbol))


for _name in __all__:
    globals()[_name] = source_first(globals()[_name])
