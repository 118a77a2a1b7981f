"""Variance of a window, rounded once, kept from bar to bar.

In the first state of ``window_sum`` the distances from the anchor are exact. The sum of their squares is kept in two
doubles, with the most by which these may be off: usually 0. Where that much could change the rounded variance, the sum
is made anew; and where even that leaves it open, long numbers decide.
"""

import math

from ..arithmetic import divide
from ..compilation import hot_kernel, kernel, shared_kernel
from ..error_free import add, has_room, nearest_quotient, quotient_within, two_product, two_sum
from ..long_numbers import long_distance, long_variance
from .window_sum import fresh_sum, next_mean, whole_sum

#: Relative: more than the rounding of a product.
_ROUNDING = 2.0**-52
#: Relative to what is added to a low part, and to the squares: more than a few roundings there.
_LAST, _QUICK = 2.0**-52, 2.0**-100
#: Floors for whose squares, and their errors, doubles have room.
_SMALLEST, _LARGEST = 2.0**-400, 2.0**400


@shared_kernel
def next_moments(column, t, period, anchor, rest, floor, high, low, doubt):
    """Take bar ``t``: anchor, rest and floor of the sum; high, low and doubt of the squares; the mean and the variance.

    In the first state the squares are those of the distances from the anchor, in the second of the values themselves.
    A negative ``doubt`` says that they are not known.
    """
    if t < period - 1:
        return 0.0, 0.0, math.nan, 0.0, 0.0, -1.0, 0.0, 0.0
    divisor = float(period)
    first = t - period + 1
    near = False
    moved = 0.0
    before, was = anchor, floor
    if doubt >= 0.0:
        entering, leaving = column[t], column[first - 1]
        if floor == math.inf:
            high, low, doubt = _add_product(high, low, doubt, entering, entering)
            high, low, doubt = _add_product(high, low, doubt, -leaving, leaving)
        else:
            change = entering - leaving
            near = entering >= floor and abs(entering - anchor) < floor and abs(leaving - anchor) < floor
            moved = rest + change
            near = near and abs(moved) < 1.5 * floor
            if near:
                high, low, doubt = _add_product(high, low, doubt, change, (entering - anchor) + (leaving - anchor))
    if near and abs(moved) < floor:
        rest = moved
        mean = anchor + divide(rest, divisor)
    else:
        anchor, rest, floor, mean = next_mean(column, t, period, anchor, rest, floor)
        if near and floor < math.inf and abs(moved) + abs(rest) < 2.0 * was:
            high, low, doubt = _add_product(high, low, doubt, before - anchor, moved + rest)
        elif not (floor == math.inf and was == math.inf):
            doubt = -1.0
    if not (_SMALLEST < floor < _LARGEST or floor == math.inf):
        doubt = -1.0
    variance, sure = 0.0, False
    if doubt >= 0.0:
        total, rest_of_total = (rest, 0.0) if floor < math.inf else (anchor, rest)
        variance, sure = _quick_variance(high, low, doubt, total, rest_of_total, divisor)
        if not sure:
            variance, sure = _variance(high, low, doubt, total, rest_of_total, divisor)
    if not sure:
        known = _SMALLEST < floor < _LARGEST or floor == math.inf
        centre = (anchor if floor < math.inf else 0.0) if known else mean
        high, low, doubt, total, rest_of_total = _fresh_squares(column, first, t, centre)
        if has_room(high) and math.isfinite(doubt):
            variance, sure = _variance(high, low, doubt, total, rest_of_total, divisor)
        if not known:
            doubt = -1.0
    if not sure:
        variance = long_variance(column, first, t)
    return anchor, rest, floor, high, low, doubt, mean, variance


@hot_kernel
def _add_product(high, low, doubt, a, b):
    """Add a * b to the squares; what rounding may take off their last places goes into the doubt."""
    product, error = two_product(a, b)
    high, more = two_sum(high, product)
    small = error + more
    low += small
    doubt += (abs(small) + abs(low)) * _LAST if small != 0.0 else 0.0
    high, low = two_sum(high, low)
    return high, low, doubt


@hot_kernel
def _quick_variance(high, low, doubt, total, rest, divisor):
    """As ``_variance``, with the last places in plain doubles and a larger doubt: it does for nearly every bar."""
    product, error = two_product(high, divisor)
    square, square_error = two_product(total, total)
    top, bottom = two_sum(product, -square)
    top, bottom = two_sum(top, bottom + ((error - square_error) + (low * divisor - 2.0 * total * rest)))
    doubt = divisor * doubt + (product + square) * _QUICK
    if not (top > doubt and has_room(top)):
        return 0.0, False
    return quotient_within(top, bottom, divisor * divisor, doubt)


@kernel
def _fresh_squares(column, first, last, centre):
    """Squares of the distances from ``centre``, as two doubles and their doubt; and the sum of the distances."""
    high, low, doubt = 0.0, 0.0, 0.0
    total, rest, lost_of_total = 0.0, 0.0, 0.0
    for i in range(first, last + 1):
        distance, error = two_sum(column[i], -centre)
        product, product_error = two_product(distance, distance)
        high, low, lost = add(high, low, product)
        high, low, also_lost = add(high, low, product_error)
        doubt += abs(lost) + abs(also_lost)
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
