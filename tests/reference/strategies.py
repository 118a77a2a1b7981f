"""The built-in strategies of docs/trading-model.md section 8, as plain functions of the reference."""

import math
from collections.abc import Callable

from tests.reference import indicators
from tests.reference.bars import Bars
from tests.reference.engine import FLAT, KEEP, LONG, SHORT, Strategy
from tests.reference.indicators import Values


class Calls:
    """Compares as section 8 says, and remembers the closest comparison in units of the numbers that went into it."""

    def __init__(self) -> None:
        """Start with no comparison made."""
        self.closest = math.inf

    def above(self, a: float, b: float, scale: float, noise: float = 0.0) -> bool:
        """Return whether a is above b and not near it.

        `scale` is the size of the numbers whose rounding could change the outcome, `noise` the scale of section 8. How
        close a call is, is how far it is from the border between near and not.
        """
        border = 2.0**-50 * max(min(abs(a), abs(b)), noise)
        if math.isfinite(a) and math.isfinite(b):
            self.closest = min(self.closest, abs((a - b) - border) / scale)
        return a - b > border


def _decided(calls: Calls, warmup: int, bars: Bars, decide: Callable[[int], int | None]) -> Strategy:
    """The strategy that decides at bar `t` of the bars with their history, from its warm-up and bar 0 on."""
    before = bars.n_history
    answers = [decide(before + t) if before + t >= warmup else KEEP for t in range(len(bars))]
    return Strategy(warmup, lambda t, position: answers[t], calls.closest)


def _at(values: Values, t: int) -> float:
    value = values[t]
    assert value is not None, f"bar {t} lies before the warm-up"
    return value


def _crossover(
    bars: Bars, fast_values: Values, slow_values: Values, warmup: int, threshold: float, out: int
) -> Strategy:
    calls = Calls()

    def decide(t: int) -> int | None:
        fast, slow = _at(fast_values, t), _at(slow_values, t)
        margin = threshold * abs(slow)
        if calls.above(fast, slow + margin, abs(slow)):
            return LONG
        return out if calls.above(slow - margin, fast, abs(slow)) else KEEP

    return _decided(calls, warmup, bars, decide)


def sma_crossover(
    bars: Bars,
    fast_period: int = 10,
    slow_period: int = 30,
    signal_threshold: float = 0.0,
    allow_short: bool = False,
) -> Strategy:
    """Follow the gap of two simple averages."""
    out = SHORT if allow_short else FLAT
    close = bars.with_history.close
    fast, slow = indicators.sma(close, fast_period), indicators.sma(close, slow_period)
    return _crossover(bars, fast, slow, max(fast_period, slow_period) - 1, signal_threshold, out)


def ema_crossover(
    bars: Bars,
    fast_period: int = 10,
    slow_period: int = 30,
    signal_threshold: float = 0.0,
    allow_short: bool = False,
) -> Strategy:
    """Follow the gap of two exponential averages."""
    out = SHORT if allow_short else FLAT
    close = bars.with_history.close
    fast, slow = indicators.ema(close, fast_period), indicators.ema(close, slow_period)
    return _crossover(bars, fast, slow, max(fast_period, slow_period) - 1, signal_threshold, out)


def rsi_reversion(
    bars: Bars, period: int = 14, lower: float = 30.0, upper: float = 70.0, allow_short: bool = False
) -> Strategy:
    """Buy what fell, sell what rose."""
    calls, out = Calls(), SHORT if allow_short else FLAT
    rsi = indicators.rsi(bars.with_history.close, period)

    def decide(t: int) -> int | None:
        if calls.above(lower, _at(rsi, t), 100.0):
            return LONG
        return out if calls.above(_at(rsi, t), upper, 100.0) else KEEP

    return _decided(calls, period, bars, decide)


def bollinger_reversion(bars: Bars, period: int = 20, width: float = 2.0, allow_short: bool = False) -> Strategy:
    """Buy below the lower band, leave above the upper."""
    calls, out, closes = Calls(), SHORT if allow_short else FLAT, bars.with_history.close
    upper, _, lower = indicators.bollinger(closes, period, width)

    def decide(t: int) -> int | None:
        close = closes[t]
        if calls.above(_at(lower, t), close, close):
            return LONG
        return out if calls.above(close, _at(upper, t), close) else KEEP

    return _decided(calls, period - 1, bars, decide)


def donchian_breakout(bars: Bars, entry_period: int = 20, exit_period: int = 10, allow_short: bool = False) -> Strategy:
    """Follow a close outside the channel of the bars before; no call is close, as prices are compared raw."""
    whole = bars.with_history
    channel_upper, _, channel_lower = indicators.donchian(whole.high, whole.low, entry_period)
    exit_lower = channel_lower if allow_short else indicators.donchian(whole.high, whole.low, exit_period)[2]
    # A channel of the bars before t is complete one bar later than one that holds t.
    warmup = max(entry_period, exit_period)
    calls = Calls()

    def decide(t: int) -> int | None:
        close = whole.close[t]
        if calls.above(close, _at(channel_upper, t - 1), close):
            return LONG
        return (SHORT if allow_short else FLAT) if calls.above(_at(exit_lower, t - 1), close, close) else KEEP

    return _decided(Calls(), warmup, bars, decide)


def macd_cross(
    bars: Bars,
    fast_period: int = 12,
    slow_period: int = 26,
    signal_period: int = 9,
    allow_short: bool = False,
) -> Strategy:
    """Follow the sign of the histogram."""
    calls, out, closes = Calls(), SHORT if allow_short else FLAT, bars.with_history.close
    line, signal, _ = indicators.macd(closes, fast_period, slow_period, signal_period)

    def decide(t: int) -> int | None:
        close = closes[t]
        if calls.above(_at(line, t), _at(signal, t), close, abs(close)):
            return LONG
        return out if calls.above(_at(signal, t), _at(line, t), close, abs(close)) else KEEP

    return _decided(calls, max(fast_period, slow_period) - 1 + signal_period - 1, bars, decide)


def momentum(bars: Bars, period: int = 20, threshold: float = 0.0, allow_short: bool = False) -> Strategy:
    """Follow the sign of the change over a period; one division of two prices leaves nothing to rounding."""
    calls = Calls()
    roc = indicators.roc(bars.with_history.close, period)

    def decide(t: int) -> int | None:
        if calls.above(_at(roc, t), threshold, 1.0, 1.0):
            return LONG
        return (SHORT if allow_short else FLAT) if calls.above(-threshold, _at(roc, t), 1.0, 1.0) else KEEP

    return _decided(Calls(), period, bars, decide)


def buy_and_hold(bars: Bars) -> Strategy:
    """Be long from the first bar on."""
    return _decided(Calls(), 0, bars, lambda t: LONG)


BUILT_IN: dict[str, Callable[..., Strategy]] = {
    function.__name__: function
    for function in (
        sma_crossover, ema_crossover, rsi_reversion, bollinger_reversion,
        donchian_breakout, macd_cross, momentum, buy_and_hold,
    )
}  # fmt: skip
