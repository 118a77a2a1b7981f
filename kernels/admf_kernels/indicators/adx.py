"""Average directional index (J. W. Wilder, "New Concepts in Technical Trading Systems", 1978)."""

from numba import float64, int64
from numba.types import UniTuple

from ..compilation import inlined
from .declared import declare, state
from .directional import next_adx, three

INDICATOR = declare(
    'period: int = 14, seed: "talib | tradingview" = "talib"', inputs="high low close", warmup="2 * period - 1"
)


@state
class Adx:
    """Wilder's average directional index: strength of a trend whatever its direction, 0 to 100.

    With ``seed="talib"`` the first sums are those of ``period - 1`` bars, with ``"tradingview"`` those of ``period``.
    """

    period: int64
    seed: int64
    sums: UniTuple(float64, 3) = (0.0, 0.0, 0.0)
    low: float64 = 0.0
    value: float64 = 0.0


@inlined
def update_adx(state, high, low, close, t):
    """Take bar ``t``."""
    columns, sums, average, average_low = three(high, low, close), state.sums, state.value, state.low
    if t > 0:
        sums, average, average_low = next_adx(
            columns, t, state.period + state.seed, state.period, sums, average, average_low
        )
    state.sums, state.value, state.low = sums, average, average_low
