"""Average directional index rating (J. W. Wilder, "New Concepts in Technical Trading Systems", 1978)."""

from numba import float64, int64
from numba.types import UniTuple

from ..compilation import inlined
from .declared import declare, state
from .directional import next_adx, three

INDICATOR = declare(
    'period: int = 14, seed: "talib | tradingview" = "talib"', inputs="high low close", warmup="3 * period - 2"
)


@state
class Adxr:
    """Wilder's average directional index rating: the mean of adx and adx ``period - 1`` bars ago.

    With ``seed="talib"`` the first sums are those of ``period - 1`` bars, with ``"tradingview"`` those of ``period``.
    """

    period: int64
    seed: int64
    sums: UniTuple(float64, 3) = (0.0, 0.0, 0.0)
    adx: float64 = 0.0
    adx_low: float64 = 0.0
    old_sums: UniTuple(float64, 3) = (0.0, 0.0, 0.0)
    old_adx: float64 = 0.0
    old_adx_low: float64 = 0.0
    value: float64 = 0.0


@inlined
def update_adxr(state, high, low, close, t):
    """Take bar ``t``, and the one that is ``period - 1`` bars older."""
    columns, n, first = three(high, low, close), state.period, state.period + state.seed
    sums, adx, adx_low = state.sums, state.adx, state.adx_low
    old_sums, old_adx, old_adx_low = state.old_sums, state.old_adx, state.old_adx_low
    ago = t - (n - 1)
    if t > 0:
        sums, adx, adx_low = next_adx(columns, t, first, n, sums, adx, adx_low)
    if ago > 0:
        old_sums, old_adx, old_adx_low = next_adx(columns, ago, first, n, old_sums, old_adx, old_adx_low)
    state.sums, state.adx, state.adx_low = sums, adx, adx_low
    state.old_sums, state.old_adx, state.old_adx_low = old_sums, old_adx, old_adx_low
    state.value = (adx + old_adx) * 0.5
