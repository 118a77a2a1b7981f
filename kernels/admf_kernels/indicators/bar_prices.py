"""What several indicators make of a bar and the one before it."""

from ..arithmetic import divide
from ..compilation import hot_kernel


@hot_kernel
def typical_price(high, low, close, t):
    """(h + l + c) / 3; of a bar without a range it is the price itself, which a third of its threefold need not be."""
    return low[t] + divide((high[t] - low[t]) + (close[t] - low[t]), 3.0)


@hot_kernel
def true_range(high, low, close, t):
    """The range of the bar and the close before it; of the first bar its own."""
    before = close[max(t - 1, 0)] if t > 0 else low[0]
    return max(high[t] - low[t], max(abs(high[t] - before), abs(low[t] - before))) if t > 0 else high[0] - low[0]


@hot_kernel
def movements(high, low, t):
    """Wilder's directional movement up and down, from bar 1 on."""
    up, down = high[t] - high[t - 1], low[t - 1] - low[t]
    return (up if up > down and up > 0.0 else 0.0), (down if down > up and down > 0.0 else 0.0)


@hot_kernel
def money_flow(high, low, close, volume, t):
    """Volume times the place of the close in its bar, -1 at the low to 1 at the high; 0 without a range."""
    span = high[t] - low[t]
    return divide((close[t] - low[t]) - (high[t] - close[t]), span) * volume[t] if span > 0.0 else 0.0


@hot_kernel
def middle_price(columns, i):
    """(h + l) / 2 of the first two columns."""
    return (columns[0][i] + columns[1][i]) * 0.5
