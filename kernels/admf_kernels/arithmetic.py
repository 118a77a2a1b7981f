"""Arithmetic that gives the same bits on every machine and in plain Python.

Grids and rounding work on one number, or on ``lanes``.
"""

import math
from typing import NamedTuple

import numpy as np

from .compilation import kernel
from .lanes import (
    at_most,
    below,
    both,
    either,
    equal,
    is_any,
    magnitude,
    nearest,
    opposite,
    quotient,
    rounded_down,
    select,
)

_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
_SQRT_HALF = 0.7071067811865476
_LARGEST_EXPONENT = 709.0
_SMALLEST_EXPONENT = -745.0
_THIRD = 1.0 / 3.0
_THIRD_LOW = 1.850371707708594e-17
#: 2^27 + 1, which parts a double into two halves of 26 bits.
_SPLIT = 134217729.0
#: Exponents beyond this one lead to 0, 1 or infinity, or nearly so.
_LARGEST_FACTOR = 2.0**900
_MOST_DECIMALS = 15
_LARGEST_WHOLE = 2.0**53
#: A value within this share of a grid point, of a limit, or of what was added up to it, is there but for rounding.
NEAR = 2.0**-44
#: Steps from which on a grid is finer than ``NEAR``, and so is none.
FINEST = 2.0**44
#: A rest of at most this share of a quantity is rounding.
ROUNDING = 2.0**-40


@kernel
def divide(numerator, denominator):
    """Quotient that cannot raise; callers make sure that the denominator is not zero."""
    return numerator / denominator


class Grid(NamedTuple):
    """Prices or sizes that are whole numbers of a step, as decimals: point m is ``m * numerator / denominator``.

    A step of 0 is no grid.
    """

    step: float
    numerator: float
    denominator: float


@kernel
def grid_of(step):
    """The grid of a tick or a lot: its step as the shortest decimal that comes to the same double, if there is one."""
    denominator = 1.0
    for _ in range(_MOST_DECIMALS + 1):
        numerator = np.rint(step * denominator)
        if numerator > _LARGEST_WHOLE:
            break
        if divide(numerator, denominator) == step:
            return Grid(step, numerator, denominator)
        denominator *= 10.0
    return Grid(step, step, 1.0)


@kernel
def grid_point(grid, number):
    """Point ``number`` of a grid: the double that is nearest to its decimal."""
    return quotient(number * grid.numerator, grid.denominator)


@kernel
def steps_below(x, grid):
    """(number, value) of the grid point that ``x`` is rounded down to; the value is ``x`` where it is left alone.

    Says nothing where ``grid`` has no step.
    """
    steps = quotient(x, select(below(0.0, grid.step), grid.step, 1.0))
    whole = nearest(steps)
    point = grid_point(grid, whole)
    # Not math.floor, which is a whole number of 64 bits once it is compiled.
    lower_number = rounded_down(steps)
    is_near = at_most(magnitude(x - point), NEAR * magnitude(x))
    is_product = equal(whole * grid.step, x)
    too_fine = opposite(below(magnitude(steps), FINEST))
    number = select(either(is_product, is_near), whole, lower_number)
    value = select(is_near, point, grid_point(grid, lower_number))
    return select(too_fine, steps, number), select(either(too_fine, is_product), x, value)


@kernel
def round_down(x, grid):
    """The grid point at ``x``, but for rounding, or else the next one below; ``x`` itself where there is no grid."""
    has_grid = below(0.0, grid.step)
    if is_any(has_grid):
        _, rounded = steps_below(x, grid)
        return select(has_grid, rounded, x)
    return x


@kernel
def round_up(x, grid):
    """The grid point at ``x``, but for rounding, or else the next one above; ``x`` itself where there is no grid."""
    return -round_down(-x, grid)


@kernel
def round_against(price, side, grid):
    """``price`` of a fill, rounded against who trades: up for a purchase, ``side`` 1.0, down for a sale, -1.0."""
    return -side * round_down(-side * price, grid)


@kernel
def is_rounding(rest, whole, lot_size):
    """Whether a quantity is no more than rounding of another one: nothing is left then, or nothing is too much."""
    of_lot = below(magnitude(rest), 0.5 * lot_size)
    of_whole = at_most(magnitude(rest), ROUNDING * magnitude(whole))
    has_lots = below(0.0, lot_size)
    return either(both(has_lots, of_lot), both(opposite(has_lots), of_whole))


@kernel
def is_rounding_of_sums(rest, whole, largest, lot_size):
    """Whether a rest is rounding of a quantity, or of the sums that a position was made by.

    ``largest`` is the largest of its quantities and fills since it was last 0.
    """
    of_sums = both(equal(lot_size, 0.0), at_most(magnitude(rest), NEAR * largest))
    return either(is_rounding(rest, whole, lot_size), of_sums)


@kernel
def is_above(value, limit):
    """Whether a value is above a limit by more than rounding."""
    return value > limit + NEAR * abs(limit)


@kernel
def is_below(value, limit):
    """Whether a value is below a limit by more than rounding."""
    return value < limit - NEAR * abs(limit)


@kernel
def natural_logarithm(x):
    """ln(x) for x > 0, by the series of 2 atanh((m - 1) / (m + 1)); within 2 ulp.

    The C library's logarithm differs in its last bit from one machine to the next; + - * / do not.
    """
    mantissa, exponent = math.frexp(x)
    if mantissa < _SQRT_HALF:
        mantissa *= 2.0
        exponent -= 1
    ratio = divide(mantissa - 1.0, mantissa + 1.0)
    square = ratio * ratio
    total = 0.0
    for k in range(25, 0, -2):
        total = total * square + divide(1.0, float(k))
    return exponent * _LN2_HIGH + (2.0 * ratio * total + exponent * _LN2_LOW)


@kernel
def exponential(x):
    """e ** x by its Taylor series around the nearest multiple of ln 2; inf above the largest double."""
    if x > _LARGEST_EXPONENT:
        return math.inf
    if x < _SMALLEST_EXPONENT:
        return 0.0
    k = math.floor(divide(x, _LN2_HIGH) + 0.5)
    rest = (x - k * _LN2_HIGH) - k * _LN2_LOW
    total = 1.0
    for i in range(20, 0, -1):
        total = 1.0 + divide(rest * total, float(i))
    return math.ldexp(total, int(k))


@kernel
def _sum_of(larger, smaller):
    """(sum, what its rounding lost) of two numbers, the first of which is not the smaller one."""
    total = larger + smaller
    return total, smaller - (total - larger)


@kernel
def _halves_of(x):
    scaled = _SPLIT * x
    high = scaled - (scaled - x)
    return high, x - high


@kernel
def _product_of(x, y):
    """(product, what its rounding lost) of two numbers."""
    product = x * y
    x1, x2 = _halves_of(x)
    y1, y2 = _halves_of(y)
    return product, x2 * y2 - (((product - x1 * y1) - x2 * y1) - x1 * y2)


@kernel
def _precise_logarithm(x):
    """ln(x) for x > 0 as the sum of two doubles, to about 2^-64 of it: ``natural_logarithm`` with what that drops."""
    mantissa, exponent = math.frexp(x)
    if mantissa < _SQRT_HALF:
        mantissa *= 2.0
        exponent -= 1
    # Both are exact, and so is what the rounding of the sum below loses.
    difference = mantissa - 1.0
    total, lost = _sum_of(mantissa, 1.0) if mantissa > 1.0 else _sum_of(1.0, mantissa)
    ratio = divide(difference, total)
    product, error = _product_of(ratio, total)
    ratio_low = divide((difference - product) - error - ratio * lost, total)
    square, square_low = _product_of(ratio, ratio)
    square_low += 2.0 * ratio * ratio_low
    series = 0.0
    for k in range(25, 3, -2):
        series = series * square + divide(1.0, float(k))
    # 1/3 + square * (1/5 + square * (1/7 + ...)), whose first term needs both of its halves.
    third, third_low = _sum_of(_THIRD, square * series)
    third_low += _THIRD_LOW
    cube, cube_low = _product_of(ratio, square)
    cube_low += ratio * square_low + ratio_low * square
    tail, tail_low = _product_of(cube, third)
    tail_low += cube * third_low + cube_low * third
    log, log_low = _sum_of(2.0 * ratio, 2.0 * tail)
    log_low += 2.0 * ratio_low + 2.0 * tail_low
    if exponent != 0:
        log, lost = _sum_of(exponent * _LN2_HIGH, log)
        log_low += lost
        low = exponent * _LN2_LOW
        log, lost = _sum_of(log, low)
        log_low += lost
    return _sum_of(log, log_low)


@kernel
def _precise_exponential(x, low):
    """e ** (x + low), ``low`` being the rounding of ``x``; 0 or inf beyond the doubles."""
    if x > _LARGEST_EXPONENT:
        return math.inf
    if x < _SMALLEST_EXPONENT:
        return 0.0
    k = math.floor(divide(x, _LN2_HIGH) + 0.5)
    rest, lost = _sum_of(x - k * _LN2_HIGH, -(k * _LN2_LOW)) if k != 0 else (x, 0.0)
    low += lost
    series = 0.0
    for i in range(20, 2, -1):
        series = divide(1.0 + rest * series, float(i))
    # e ** r = 1 + (r + r * r / 2 * (1 + r / 3 * (1 + ...)))
    beyond = divide(rest * rest * (1.0 + rest * series), 2.0)
    above = rest + (beyond + low * (1.0 + rest + beyond))
    return math.ldexp(1.0 + above, int(k))


@kernel
def power(base, exponent):
    """``base ** exponent`` for a positive base, within 1 ulp and the same bits everywhere."""
    if exponent == 1.0:
        return base
    if exponent == 2.0:
        return base * base
    if exponent == 0.5:
        return math.sqrt(base)
    log, log_low = _precise_logarithm(base)
    if abs(exponent) > _LARGEST_FACTOR:
        return exponential(exponent * log)
    product, error = _product_of(exponent, log)
    return _precise_exponential(product, error + exponent * log_low)
