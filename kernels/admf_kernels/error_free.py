"""Sums, products and quotients of doubles without a lost bit: the rounding error of an operation as a second double.

The methods are Knuth's and Dekker's (T. J. Dekker, "A floating-point technique for extending the available precision",
1971). They need no fused multiply-add, and come to the same bits in plain Python.
"""

from .arithmetic import divide
from .compilation import hot_kernel, kernel

#: 2**27 + 1 cuts 53 bits in halves.
_CUT = 134217729.0
#: Relative to a correction: more than the error of its own division.
_DOUBT = 2.0**-50
#: Outside of these, products of errors may be no doubles.
_SMALLEST, _LARGEST = 2.0**-900, 2.0**900


@hot_kernel
def two_sum(a, b):
    """The rounded a + b, and what rounding took off: together exactly a + b."""
    total = a + b
    shadow = total - a
    return total, (a - (total - shadow)) + (b - shadow)


@hot_kernel
def two_product(a, b):
    """The rounded a * b, and what rounding took off: together exactly a * b."""
    product = a * b
    high_a = shortened(a, _CUT)
    high_b = shortened(b, _CUT)
    low_a, low_b = a - high_a, b - high_b
    return product, ((high_a * high_b - product) + high_a * low_b + low_a * high_b) + low_a * low_b


@hot_kernel
def shortened(x, cut):
    """``x`` rounded to 53 - k bits, where ``cut`` is 2**k + 1."""
    scaled = x * cut
    return scaled - (scaled - x)


@hot_kernel
def add(high, low, x):
    """high + low + x as two doubles, and what was lost of the sum: 0 where they hold it."""
    high, error = two_sum(high, x)
    low, lost = two_sum(low, error)
    high, low = two_sum(high, low)
    return high, low, lost


@hot_kernel
def has_room(x):
    """Whether the error of a product or quotient of ``x`` is a double; false for NaN."""
    return x == 0.0 or _SMALLEST < abs(x) < _LARGEST


@hot_kernel
def nearest_quotient(high, low, divisor):
    """The double nearest to (high + low) / divisor, half to even; ``low`` is at most half a last place of ``high``.

    All three, and the quotient, must have room (``has_room``).
    """
    if low == 0.0:
        return divide(high, divisor)
    rounded, left, doubt = _quotient(high, low, divisor)
    if rounded + (left + doubt) == rounded + (left - doubt):
        return rounded
    return _decided(high, low, divisor, rounded, rounded + 2.0 * left)


@hot_kernel
def quotient_within(high, low, divisor, doubt):
    """As ``nearest_quotient`` of a dividend that may be off by ``doubt``, and whether that decides nothing."""
    rounded, left, own_doubt = _quotient(high, low, divisor)
    own_doubt += 2.0 * divide(doubt, divisor)
    return rounded, rounded + (left + own_doubt) == rounded + (left - own_doubt)


@hot_kernel
def _quotient(high, low, divisor):
    """The quotient, what rounding took off, and the most by which that may be off."""
    quotient = divide(high, divisor)
    product, error = two_product(quotient, divisor)
    rest = ((high - product) - error) + low
    step = divide(rest, divisor)
    rounded, left = two_sum(quotient, step)
    return rounded, left, abs(step) * _DOUBT


@kernel
def _decided(high, low, divisor, near, far):
    """Which of two neighbours is nearer to (high + low) / divisor: decided by the exact remainder at their middle."""
    half = (far - near) * 0.5
    product, error = two_product(near, divisor)
    a, b, c, d = high, -product, low, -error
    e = -divisor * half
    # Each round is exact; after four, what is left is the sum, or nothing.
    for _ in range(4):
        a, b = _swept(a, b)
        b, c = _swept(b, c)
        c, d = _swept(c, d)
        d, e = _swept(d, e)
    remainder = e if e != 0.0 else (d if d != 0.0 else (c if c != 0.0 else (b if b != 0.0 else a)))
    if remainder == 0.0:
        return near + half
    return far if (remainder > 0.0) == (half > 0.0) else near


@hot_kernel
def _swept(a, b):
    """The error of a + b, and the sum, which goes on."""
    total, error = two_sum(a, b)
    return error, total
