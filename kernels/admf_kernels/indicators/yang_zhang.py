"""Yang and Zhang's volatility (D. Yang and Q. Zhang, Journal of Business, 2000)."""

import math

from numba import float64, int64
from numba.types import UniTuple

from ..arithmetic import divide, natural_logarithm
from ..compilation import hot_kernel, inlined, kernel
from ..ownership import borrow
from .declared import declare, state
from .derived_windows import next_sum
from .drift_free import drift_free

INDICATOR = declare("period: 2 <= int = 20, per_year: float = 252.0", inputs="open high low close", warmup="period")


@state
class YangZhang:
    """Yang and Zhang's volatility, as a fraction a year: of gaps, of open to close, and within the bar.

    ``per_year`` is how many bars a year has.
    """

    period: int64
    per_year: float64
    sums: UniTuple(float64, 10) = (math.nan, 0.0) * 5
    value: float64 = 0.0


@hot_kernel
def _gap(columns, i):
    return natural_logarithm(divide(columns[0][i], columns[3][i - 1]))


@hot_kernel
def _gap_squared(columns, i):
    gap = _gap(columns, i)
    return gap * gap


@hot_kernel
def _body(columns, i):
    return natural_logarithm(divide(columns[3][i], columns[0][i]))


@hot_kernel
def _body_squared(columns, i):
    body = _body(columns, i)
    return body * body


@hot_kernel
def _inside(columns, i):
    return drift_free(columns[0], columns[1], columns[2], columns[3], i)


@hot_kernel
def _sample_variance(total, squares, n):
    return max(divide(squares - divide(total * total, n), n - 1.0), 0.0)


@kernel
def _next(columns, t, n, s):
    a, b = next_sum(_gap, columns, t, 1, n, s[0], s[1])
    c, d = next_sum(_gap_squared, columns, t, 1, n, s[2], s[3])
    e, f = next_sum(_body, columns, t, 1, n, s[4], s[5])
    g, h = next_sum(_body_squared, columns, t, 1, n, s[6], s[7])
    i, j = next_sum(_inside, columns, t, 1, n, s[8], s[9])
    return a, b, c, d, e, f, g, h, i, j


@inlined
def update_yang_zhang(state, open_, high, low, close, t):
    """Take bar ``t``."""
    columns, n = (borrow(open_), borrow(high), borrow(low), borrow(close)), float(state.period)
    s = _next(columns, t, state.period, state.sums)
    gaps, bodies = _sample_variance(s[0] + s[1], s[2] + s[3], n), _sample_variance(s[4] + s[5], s[6] + s[7], n)
    share = divide(0.34, 1.34 + divide(n + 1.0, n - 1.0))
    inside = max(divide(s[8] + s[9], n), 0.0)
    state.sums = s
    state.value = math.sqrt(state.per_year * ((gaps + share * bodies) + (1.0 - share) * inside))
