"""The sum of a window without rounding, kept from bar to bar.

The doubles of a window are whole multiples of the last place of the smallest of them. So is the sum of their distances
from an *anchor*, a number of few bits near to their mean; and as long as that sum is smaller than the smallest of them,
it has no more than 53 bits, and adding and subtracting in doubles is exact. Anchor + sum / n is then the double nearest
to the mean: the quotient is either exactly in the middle of two doubles, and then it is exact itself, or farther from
it than the error of the division.

A window is in one of three states, told by its *floor*:

- finite: every value is at least floor, and the sum of distances is ``rest``, smaller than floor;
- infinite: ``anchor`` and ``rest`` are the sum itself, as two doubles;
- NaN: nothing is known, because the window is not full or its sum has more than 106 bits.

A bar that leaves the first state is rare for prices; the functions here take it.
"""

import math

from ..compilation import kernel, shared_kernel
from ..error_free import add, has_room, nearest_quotient, shortened
from ..long_numbers import long_mean

#: Bars between two attempts to leave the second state, or to raise the floor.
_PATIENCE = 64
#: Of the mean: as small as floors may be for the first state to be worth it.
_WORTH = 2.0**-3


@kernel
def fresh_sum(column, first, last):
    """Sum of column[first:last + 1] as two doubles, and whether they hold it."""
    high, low, exact = 0.0, 0.0, True
    for i in range(first, last + 1):
        high, low, lost = add(high, low, column[i])
        exact = exact and lost == 0.0
    return high, low, exact


@kernel
def whole_sum(anchor, rest, floor, divisor):
    """Sum of a window in the first or second state, as two doubles."""
    if floor == math.inf:
        return anchor, rest
    high, low, _ = add(anchor * divisor, 0.0, rest)
    return high, low


@shared_kernel
def next_mean(column, t, period, anchor, rest, floor):
    """Take bar ``t`` in whatever state: the new anchor, rest and floor, and the mean."""
    first = t - period + 1
    if first < 0:
        return 0.0, 0.0, math.nan, 0.0
    divisor = float(period)
    exact = False
    high, low = 0.0, 0.0
    if floor > 0.0:
        high, low = whole_sum(anchor, rest, floor, divisor)
        high, low, lost = add(high, low, column[t])
        high, low, also_lost = add(high, low, -column[first - 1])
        exact = lost == 0.0 and also_lost == 0.0
    if not exact:
        high, low, exact = fresh_sum(column, first, t)
    if not (exact and has_room(high)):
        return 0.0, 0.0, math.nan, long_mean(column, first, t, False)
    mean = nearest_quotient(high, low, divisor)
    anchor, rest, floor = settled(column, first, t, high, low, mean, floor)
    return anchor, rest, floor, mean


@kernel
def settled(column, first, t, high, low, mean, floor):
    """Anchor, rest and floor for a window with this sum and mean: in the first state where that is worth it."""
    looks = (t & (_PATIENCE - 1)) == 0
    if mean <= 0.0 or (floor == math.inf and not looks):
        return high, low, math.inf
    size = binade(mean)
    if not (column[t] >= floor and floor >= (size if looks else 0.5 * size)):
        smallest = column[t]
        for i in range(first, t):
            smallest = min(smallest, column[i])
        floor = binade(smallest) if smallest > 0.0 else 0.0
    n = t - first + 1
    cut = 1.0
    while cut < n:
        cut *= 2.0
    anchor = shortened(mean, cut + 1.0)
    total, none, lost = add(high, low, -anchor * float(n))
    if floor < mean * _WORTH or lost != 0.0 or none != 0.0 or not abs(total) < floor * 0.5:
        return high, low, math.inf
    return anchor, total, floor


@kernel
def binade(x):
    """The largest power of two that is not above ``x`` > 0."""
    _, exponent = math.frexp(x)
    return math.ldexp(1.0, exponent - 1)
