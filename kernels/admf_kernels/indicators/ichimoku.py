"""Ichimoku cloud (G. Hosoda, 1969)."""

import math

from numba import float64, int64
from numba.types import UniTuple

from ..compilation import hot_kernel, inlined
from ..ownership import borrow
from .declared import declare, state
from .window import next_maximum, next_minimum

INDICATOR = declare(
    "conversion_period: int = 9, base_period: int = 26, span_period: int = 52, displacement: int = 26",
    inputs="high low",
    outputs="conversion base span_a span_b",
    warmup="span_period + displacement - 2",
    rising="conversion_period base_period span_period",
)
_NOTHING = (-math.inf, math.inf)


@state
class Ichimoku:
    """Ichimoku: ``conversion`` and ``base`` line, and the cloud as it is drawn at the bar: ``span_a``, ``span_b``.

    The cloud at a bar is what was computed ``displacement - 1`` bars before. The lagging span is left out, for it would
    need later closes.
    """

    conversion_period: int64
    base_period: int64
    span_period: int64
    displacement: int64
    extremes: UniTuple(float64, 10) = (-math.inf, math.inf) * 5
    places: UniTuple(int64, 10) = (-1,) * 10
    conversion: float64 = 0.0
    base: float64 = 0.0
    span_a: float64 = 0.0
    span_b: float64 = 0.0


@hot_kernel
def _next(high, low, t, n, top, bottom, top_at, bottom_at):
    if t < 0:
        return top, bottom, top_at, bottom_at
    top, top_at = next_maximum(high, t, n, top, top_at)
    bottom, bottom_at = next_minimum(low, t, n, bottom, bottom_at)
    return top, bottom, top_at, bottom_at


@inlined
def update_ichimoku(state, high, low, t):
    """Take bar ``t``, and the one that the cloud at it is of."""
    high, low, e, p = borrow(high), borrow(low), state.extremes, state.places
    ago, fast, slow, span = t - state.displacement + 1, state.conversion_period, state.base_period, state.span_period
    top, bottom, top_at, bottom_at = _next(high, low, t, fast, e[0], e[1], p[0], p[1])
    top2, bottom2, top2_at, bottom2_at = _next(high, low, t, slow, e[2], e[3], p[2], p[3])
    top3, bottom3, top3_at, bottom3_at = _next(high, low, ago, fast, e[4], e[5], p[4], p[5])
    top4, bottom4, top4_at, bottom4_at = _next(high, low, ago, slow, e[6], e[7], p[6], p[7])
    top5, bottom5, top5_at, bottom5_at = _next(high, low, ago, span, e[8], e[9], p[8], p[9])
    state.extremes = (top, bottom, top2, bottom2, top3, bottom3, top4, bottom4, top5, bottom5)
    newest = (top_at, bottom_at, top2_at, bottom2_at)
    state.places = (*newest, top3_at, bottom3_at, top4_at, bottom4_at, top5_at, bottom5_at)
    state.conversion, state.base = (top + bottom) * 0.5, (top2 + bottom2) * 0.5
    state.span_a, state.span_b = ((top3 + bottom3) * 0.5 + (top4 + bottom4) * 0.5) * 0.5, (top5 + bottom5) * 0.5
