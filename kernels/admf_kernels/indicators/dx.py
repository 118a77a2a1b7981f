"""Wilder's directional index ("New Concepts in Technical Trading Systems", 1978)."""

from numba import float64, int64
from numba.types import UniTuple

from ..compilation import inlined
from .declared import declare, state
from .directional import index_of, next_movements, three

INDICATOR = declare('period: int = 14, seed: "talib | tradingview" = "talib"', inputs="high low close", warmup="period")


@state
class Dx:
    """Wilder's directional index: how much one direction outweighs the other, 0 to 100.

    With ``seed="talib"`` the first sums are those of ``period - 1`` bars, with ``"tradingview"`` those of ``period``.
    """

    period: int64
    seed: int64
    sums: UniTuple(float64, 3) = (0.0, 0.0, 0.0)
    value: float64 = 0.0


@inlined
def update_dx(state, high, low, close, t):
    """Take bar ``t``."""
    columns, sums = three(high, low, close), state.sums
    if t > 0:
        sums = next_movements(columns, t, state.period + state.seed, state.period, sums)
    state.sums = sums
    state.value = index_of(sums)
