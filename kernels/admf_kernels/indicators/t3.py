"""T3 (T. Tillson, Technical Analysis of Stocks & Commodities, January 1998)."""

from numba import float64, int64

from ..compilation import inlined
from .declared import declare, state
from .exponential import average_from

INDICATOR = declare("period: int = 5, factor: 0 <= float <= 1 = 0.7", warmup="6 * (period - 1)")


@state
class T3:
    """Tillson's T3: six exponential averages of each other, each started from a simple mean, weighed by ``factor``."""

    period: int64
    factor: float64
    weight: float64 = "divide(2.0, period + 1.0)"
    e1: float64 = 0.0
    e1_low: float64 = 0.0
    e2: float64 = 0.0
    e2_low: float64 = 0.0
    e3: float64 = 0.0
    e3_low: float64 = 0.0
    e4: float64 = 0.0
    e4_low: float64 = 0.0
    e5: float64 = 0.0
    e5_low: float64 = 0.0
    e6: float64 = 0.0
    e6_low: float64 = 0.0
    value: float64 = 0.0

    def weigh(self, e3, e4, e5, e6):
        """Weigh the last four averages."""
        v = self.factor
        c1, c2 = -(v * v * v), 3.0 * v * v + 3.0 * v * v * v
        c3, c4 = -6.0 * v * v - 3.0 * v - 3.0 * v * v * v, 1.0 + 3.0 * v + v * v * v + 3.0 * v * v
        self.value = c1 * e6 + c2 * e5 + c3 * e4 + c4 * e3


@inlined
def update_t3(state, column, t):
    """Take bar ``t`` of ``column``."""
    n, weight = state.period, state.weight
    e1, e1_low = average_from(0, state.e1, state.e1_low, column[t], t, n, weight)
    e2, e2_low = average_from(n - 1, state.e2, state.e2_low, e1, t, n, weight)
    e3, e3_low = average_from(2 * (n - 1), state.e3, state.e3_low, e2, t, n, weight)
    e4, e4_low = average_from(3 * (n - 1), state.e4, state.e4_low, e3, t, n, weight)
    e5, e5_low = average_from(4 * (n - 1), state.e5, state.e5_low, e4, t, n, weight)
    e6, e6_low = average_from(5 * (n - 1), state.e6, state.e6_low, e5, t, n, weight)
    state.e1, state.e1_low, state.e2, state.e2_low, state.e3, state.e3_low = e1, e1_low, e2, e2_low, e3, e3_low
    state.e4, state.e4_low, state.e5, state.e5_low, state.e6, state.e6_low = e4, e4_low, e5, e5_low, e6, e6_low
    state.weigh(e3, e4, e5, e6)
