"""Variance of a window, rounded once, kept from bar to bar.

In the first state of ``window_sum`` the distances from the anchor are exact. The sum of their squares is kept in two
doubles, with the most by which these may be off: usually 0. Where that much could change the rounded variance, the sum
is made anew; and where even that leaves it open, long numbers decide.
"""

import math

from ..arithmetic import divide
from ..compilation import kernel
from ..error_free import add, has_room, nearest_quotient, quotient_within, two_product, two_sum
from ..long_numbers import long_distance, long_variance
from .window_sum import fresh_sum, next_mean, whole_sum

#: Relative: more than the rounding of a product.
_ROUNDING = 2.0**-52
#: Floors for whose squares, and their errors, doubles have room.
_SMALLEST, _LARGEST = 2.0**-400, 2.0**400


@kernel
def next_moments(column, t, period, anchor, rest, floor, high, low, doubt):
    """Take bar ``t``: anchor, rest and floor of the sum; high, low and doubt of the squares; the mean and the variance.

    A negative ``doubt`` says that the squares are not known.
    """
    if t < period - 1:
        return 0.0, 0.0, math.nan, 0.0, 0.0, -1.0, 0.0, 0.0
    divisor = float(period)
    first = t - period + 1
    goes_on = False
    moved = 0.0
    before, limit = anchor, 2.0 * floor
    if doubt >= 0.0 and column[t] >= floor:
        change = column[t] - column[first - 1]
        entering = column[t] - anchor
        leaving = column[first - 1] - anchor
        moved = rest + change
        goes_on = abs(entering) < floor and abs(leaving) < floor and abs(moved) < 1.5 * floor
        if goes_on:
            high, low, doubt = _add_product(high, low, doubt, change, entering + leaving)
    if goes_on and abs(moved) < floor:
        rest = moved
        mean = anchor + divide(rest, divisor)
    else:
        anchor, rest, floor, mean = next_mean(column, t, period, anchor, rest, floor)
        if goes_on and floor < math.inf and abs(moved) + abs(rest) < limit:
            high, low, doubt = _add_product(high, low, doubt, before - anchor, moved + rest)
        else:
            doubt = -1.0
    sure = False
    variance = 0.0
    if doubt >= 0.0:
        variance, sure = _variance(high, low, doubt, rest, 0.0, divisor)
    if not sure:
        centre = anchor if _SMALLEST < floor < _LARGEST else mean
        high, low, doubt, total, rest_of_total = _fresh_squares(column, first, t, centre)
        if has_room(high) and math.isfinite(doubt):
            variance, sure = _variance(high, low, doubt, total, rest_of_total, divisor)
        if not _SMALLEST < floor < _LARGEST:
            doubt = -1.0
    if not sure:
        variance = long_variance(column, first, t)
    return anchor, rest, floor, high, low, doubt, mean, variance


@kernel
def _add_product(high, low, doubt, a, b):
    product, error = two_product(a, b)
    high, low, lost = add(high, low, product)
    high, low, also_lost = add(high, low, error)
    return high, low, doubt + abs(lost) + abs(also_lost)


@kernel
def _fresh_squares(column, first, last, centre):
    """Squares of the distances from ``centre``, as two doubles and their doubt; and the sum of the distances."""
    high, low, doubt = 0.0, 0.0, 0.0
    total, rest, lost_of_total = 0.0, 0.0, 0.0
    for i in range(first, last + 1):
        distance, error = two_sum(column[i], -centre)
        high, low, doubt = _add_product(high, low, doubt, distance, distance)
        total, rest, lost = add(total, rest, distance)
        lost_of_total += abs(lost)
        if error != 0.0:
            cross = 2.0 * distance * error
            high, low, lost = add(high, low, cross)
            doubt += abs(lost) + abs(cross) * _ROUNDING + 2.0 * error * error
            total, rest, lost = add(total, rest, error)
            lost_of_total += abs(lost)
    if lost_of_total != 0.0:
        doubt += divide(4.0 * abs(total) * lost_of_total + lost_of_total * lost_of_total, float(last - first + 1))
    return high, low, doubt, total, rest


@kernel
def _variance(high, low, doubt, total, rest, divisor):
    """(divisor * squares - total**2) / divisor**2, and whether it is certain to the last bit."""
    product, error = two_product(high, divisor)
    square, square_error = two_product(total, total)
    doubt = divisor * doubt
    top, bottom, lost = add(product, 0.0, -square)
    doubt += abs(lost)
    top, bottom, lost = add(top, bottom, error)
    doubt += abs(lost)
    top, bottom, lost = add(top, bottom, -square_error)
    doubt += abs(lost)
    part, part_error = two_product(low, divisor)
    top, bottom, lost = add(top, bottom, part)
    doubt += abs(lost)
    top, bottom, lost = add(top, bottom, part_error)
    doubt += abs(lost)
    if rest != 0.0:
        cross = -2.0 * total * rest
        top, bottom, lost = add(top, bottom, cross)
        doubt += abs(lost) + abs(cross) * _ROUNDING + 2.0 * rest * rest
    if top == 0.0 and doubt == 0.0:
        return 0.0, True
    if not (has_room(top) and top > 0.0):
        return 0.0, False
    return quotient_within(top, bottom, divisor * divisor, 2.0 * doubt)


@kernel
def next_distance(column, t, period, anchor, rest, floor):
    """The double nearest to column[t] - the mean of the window of which ``next_moments`` has just told the sum."""
    divisor = float(period)
    first = t - period + 1
    if first < 0:
        return 0.0
    x = column[t]
    high, low, exact = 0.0, 0.0, True
    distance, error = two_sum(x, -anchor)
    if floor < math.inf and error == 0.0:
        x = distance
        high = rest
    elif floor > 0.0:
        high, low = whole_sum(anchor, rest, floor, divisor)
    else:
        high, low, exact = fresh_sum(column, first, t)
    product, error = two_product(x, divisor)
    top, bottom, lost = add(product, error, -high)
    top, bottom, also_lost = add(top, bottom, -low)
    if exact and lost == 0.0 and also_lost == 0.0 and has_room(top) and has_room(product):
        return nearest_quotient(top, bottom, divisor)
    return long_distance(column, first, t)
