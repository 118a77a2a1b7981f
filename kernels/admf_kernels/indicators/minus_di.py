"""Wilder's negative directional indicator ("New Concepts in Technical Trading Systems", 1978)."""

from numba import float64, int64
from numba.types import UniTuple

from ..compilation import inlined
from .declared import declare, state
from .directional import direction_of, next_movements, three

INDICATOR = declare('period: int = 14, seed: "talib | tradingview" = "talib"', inputs="high low close", warmup="period")


@state
class MinusDi:
    """Wilder's negative directional indicator: downward movement in percent of the true range.

    With ``seed="talib"`` the first sums are those of ``period - 1`` bars, with ``"tradingview"`` those of ``period``.
    """

    period: int64
    seed: int64
    sums: UniTuple(float64, 3) = (0.0, 0.0, 0.0)
    value: float64 = 0.0


@inlined
def update_minus_di(state, high, low, close, t):
    """Take bar ``t``."""
    columns, sums = three(high, low, close), state.sums
    if t > 0:
        sums = next_movements(columns, t, state.period + state.seed, state.period, sums)
    state.sums = sums
    state.value = direction_of(sums[1], sums[2])
