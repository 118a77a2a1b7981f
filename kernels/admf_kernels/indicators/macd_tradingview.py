"""Moving average convergence divergence (Appel) whose averages start from their first values, as TradingView's do."""

from numba import float64, int64

from ..compilation import inlined
from .declared import declare, state
from .exponential import next_average

INDICATOR = declare(
    "fast_period: int = 12, slow_period: int = 26, signal_period: int = 9",
    outputs="line signal histogram",
    warmup="slow_period + signal_period - 2",
    rising="fast_period slow_period",
)


@state
class MacdTradingview:
    """Moving average convergence divergence: ``line``, ``signal``, ``histogram``, averages from the first value on."""

    fast_period: int64
    slow_period: int64
    signal_period: int64
    fast_weight: float64 = "divide(2.0, fast_period + 1.0)"
    slow_weight: float64 = "divide(2.0, slow_period + 1.0)"
    signal_weight: float64 = "divide(2.0, signal_period + 1.0)"
    fast: float64 = 0.0
    slow: float64 = 0.0
    line: float64 = 0.0
    signal: float64 = 0.0
    histogram: float64 = 0.0


@inlined
def update_macd_tradingview(state, column, t):
    """Take bar ``t`` of ``column``."""
    x = column[t]
    fast, _ = next_average(state.fast, 0.0, x, t + 1, 1, state.fast_weight)
    slow, _ = next_average(state.slow, 0.0, x, t + 1, 1, state.slow_weight)
    line = fast - slow
    signal, _ = next_average(state.signal, 0.0, line, t + 1, 1, state.signal_weight)
    state.fast, state.slow, state.line, state.signal, state.histogram = fast, slow, line, signal, line - signal
