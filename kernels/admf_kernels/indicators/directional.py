"""Wilder's directional movement, smoothed ("New Concepts in Technical Trading Systems", 1978)."""

from ..arithmetic import divide
from ..compilation import hot_kernel
from ..ownership import borrow
from .bar_prices import movements, true_range
from .exponential import next_wilder


@hot_kernel
def next_wilder_sum(total, x, t, first, n):
    """Wilder's sum: of the values before bar ``first``, and from then on what is left of it plus the new value."""
    return total + x if t < first else (total - divide(total, float(n))) + x


@hot_kernel
def next_movements(columns, t, first, n, sums):
    """Take bar ``t`` >= 1 into the sums of upward and downward movement and of true range."""
    high, low, close = columns
    up, down = movements(high, low, t)
    reach = true_range(high, low, close, t)
    return (
        next_wilder_sum(sums[0], up, t, first, n),
        next_wilder_sum(sums[1], down, t, first, n),
        next_wilder_sum(sums[2], reach, t, first, n),
    )


@hot_kernel
def direction_of(movement, reach):
    """A directional indicator: movement as a percentage of the true range, 0 without any."""
    return 100.0 * divide(movement, reach) if reach > 0.0 else 0.0


@hot_kernel
def index_of(sums):
    """Directional index: how much one direction outweighs the other, 0 to 100; 0 where neither moved."""
    plus, minus = direction_of(sums[0], sums[2]), direction_of(sums[1], sums[2])
    return 100.0 * divide(abs(plus - minus), plus + minus) if plus + minus > 0.0 else 0.0


@hot_kernel
def next_adx(columns, t, first, n, sums, average, average_low):
    """Take bar ``t`` >= 1 into the sums, and their index, from bar ``n`` on, into its average."""
    sums = next_movements(columns, t, first, n, sums)
    if t >= n:
        average, average_low = next_wilder(average, average_low, index_of(sums), t - n + 1, n)
    return sums, average, average_low


@hot_kernel
def three(high, low, close):
    """The columns, uncounted."""
    return borrow(high), borrow(low), borrow(close)
