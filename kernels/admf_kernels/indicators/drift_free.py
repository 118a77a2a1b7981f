"""The variance of a bar that a trend does not disturb (L. Rogers and S. Satchell, 1991)."""

from ..arithmetic import divide, natural_logarithm
from ..compilation import hot_kernel


@hot_kernel
def drift_free(open_, high, low, close, i):
    """ln(h / c) ln(h / o) + ln(l / c) ln(l / o)."""
    up = natural_logarithm(divide(high[i], close[i])) * natural_logarithm(divide(high[i], open_[i]))
    return up + natural_logarithm(divide(low[i], close[i])) * natural_logarithm(divide(low[i], open_[i]))
