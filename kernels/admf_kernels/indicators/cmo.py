"""Chande momentum oscillator (T. Chande and S. Kroll, "The New Technical Trader", 1994)."""

from numba import float64, int64

from ..arithmetic import divide
from ..compilation import hot_kernel, inlined
from ..ownership import borrow
from .declared import declare, state
from .derived_windows import next_sum
from .exponential import next_wilder

INDICATOR = declare('period: int = 14, seed: "talib | tradingview" = "talib"', warmup="period")


@state
class Cmo:
    """Chande momentum oscillator: gains minus losses in percent of both, -100 to 100; 0 where nothing moved.

    With ``seed="talib"`` both are Wilder's averages, as in rsi; with ``"tradingview"`` sums of the last ``period``
    changes, as Chande has them.
    """

    period: int64
    seed: int64
    gain: float64 = 0.0
    gain_low: float64 = 0.0
    loss: float64 = 0.0
    loss_low: float64 = 0.0
    value: float64 = 0.0


@hot_kernel
def _gain(columns, i):
    return max(columns[0][i] - columns[0][i - 1], 0.0)


@hot_kernel
def _loss(columns, i):
    return max(columns[0][i - 1] - columns[0][i], 0.0)


@hot_kernel
def _next_averages(columns, t, n, gain, gain_low, loss, loss_low):
    if t > 0:
        gain, gain_low = next_wilder(gain, gain_low, _gain(columns, t), t, n)
        loss, loss_low = next_wilder(loss, loss_low, _loss(columns, t), t, n)
    return gain, gain_low, loss, loss_low


@hot_kernel
def _next_sums(columns, t, n, gain, gain_low, loss, loss_low):
    gain, gain_low = next_sum(_gain, columns, t, 1, n, gain, gain_low)
    loss, loss_low = next_sum(_loss, columns, t, 1, n, loss, loss_low)
    return gain, gain_low, loss, loss_low


@inlined
def update_cmo(state, column, t):
    """Take bar ``t`` of ``column``."""
    columns, n = (borrow(column),), state.period
    gain, gain_low, loss, loss_low = state.gain, state.gain_low, state.loss, state.loss_low
    if state.seed == 0:
        gain, gain_low, loss, loss_low = _next_averages(columns, t, n, gain, gain_low, loss, loss_low)
        rising, falling = gain, loss
    else:
        gain, gain_low, loss, loss_low = _next_sums(columns, t, n, gain, gain_low, loss, loss_low)
        rising, falling = gain + gain_low, loss + loss_low
    both = rising + falling
    state.gain, state.gain_low, state.loss, state.loss_low = gain, gain_low, loss, loss_low
    state.value = 100.0 * divide(rising - falling, both) if both > 0.0 else 0.0
