"""Exact sums of whatever doubles, as long whole numbers: for windows whose sum two doubles cannot hold.

A number is limbs of 28 bits, the lowest first, as int64, in units of 2**(28 * k) times some power of two. Slow, and
seldom needed: prices of one market are near to each other, and their sums fit two doubles.
"""

import math

import numpy as np

from .compilation import kernel

_BITS = 28
_MASK = 2**_BITS - 1
_HALF = 27
_HALF_MASK = 2**_HALF - 1
#: The lowest bit of any double, and room for the fraction of a quotient below it.
_LOWEST = -1074
_ROOM = 3 * _BITS
#: Limbs for the largest sum of doubles, times a weight, and for its square.
_SUM_LIMBS = 88
_SQUARE_LIMBS = 168


@kernel
def long_mean(column, first, last, weighted):
    """The double nearest to the mean of column[first:last + 1], with weights 1, 2, ... where ``weighted``."""
    n = last - first + 1
    limbs = np.zeros(_SUM_LIMBS, np.int64)
    for i in range(first, last + 1):
        if not math.isfinite(column[i]):
            return math.nan
        mantissa, place = _parts(column[i])
        weight = i - first + 1 if weighted else 1
        _add(limbs, place + _ROOM, (mantissa & _HALF_MASK) * weight)
        _add(limbs, place + _ROOM + _HALF, (mantissa >> _HALF) * weight)
    sign = _normalise(limbs)
    lost = _divide_by(limbs, n)
    if weighted:
        # Over n (n + 1) / 2: times two is one place more.
        lost = _divide_by(limbs, n + 1) or lost
    return sign * _nearest(limbs, lost, _LOWEST - _ROOM + (1 if weighted else 0))


@kernel
def long_variance(column, first, last):
    """The double nearest to the variance (divisor n) of column[first:last + 1]."""
    n = last - first + 1
    total = np.zeros(_SUM_LIMBS, np.int64)
    squares = np.zeros(_SQUARE_LIMBS, np.int64)
    for i in range(first, last + 1):
        if not math.isfinite(column[i]):
            return math.nan
        mantissa, place = _parts(column[i])
        low, high = mantissa & _HALF_MASK, mantissa >> _HALF
        _add(total, place, low)
        _add(total, place + _HALF, high)
        at = 2 * place + _ROOM
        _add(squares, at, low * low)
        _add(squares, at + _HALF + 1, low * high)
        _add(squares, at + 2 * _HALF, high * high)
    _normalise(total)
    _normalise(squares)
    _multiply_by(squares, n)
    _subtract_square(squares, total)
    _normalise(squares)
    lost = _divide_by(squares, n)
    lost = _divide_by(squares, n) or lost
    return _nearest(squares, lost, 2 * _LOWEST - _ROOM)


@kernel
def long_distance(column, first, last):
    """The double nearest to column[last] - the mean of column[first:last + 1]."""
    n = last - first + 1
    limbs = np.zeros(_SUM_LIMBS, np.int64)
    for i in range(first, last + 1):
        if not math.isfinite(column[i]):
            return math.nan
        mantissa, place = _parts(column[i])
        weight = n - 1 if i == last else -1
        _add(limbs, place + _ROOM, (mantissa & _HALF_MASK) * weight)
        _add(limbs, place + _ROOM + _HALF, (mantissa >> _HALF) * weight)
    sign = _normalise(limbs)
    lost = _divide_by(limbs, n)
    return sign * _nearest(limbs, lost, _LOWEST - _ROOM)


@kernel
def _parts(x):
    """``x`` as a whole number times 2**(place + the lowest bit of doubles), place at least 0."""
    fraction, exponent = math.frexp(x)
    mantissa = np.int64(fraction * 2.0**53)
    place = exponent - 53 - _LOWEST
    if place < 0:
        return mantissa >> -place, np.int64(0)
    return mantissa, np.int64(place)


@kernel
def _add(limbs, place, value):
    """Add value * 2**place, for a value of at most 60 bits."""
    sign = 1 if value >= 0 else -1
    rest = abs(value)
    at = place // _BITS
    shift = place - at * _BITS
    while rest > 0:
        piece = (rest & _MASK) << shift
        limbs[at] += sign * (piece & _MASK)
        limbs[at + 1] += sign * (piece >> _BITS)
        rest >>= _BITS
        at += 1


@kernel
def _normalise(limbs):
    """Make every limb 0 .. 2**28 - 1 of the absolute value; return the sign of the number."""
    if _carry(limbs) < 0:
        for i in range(limbs.shape[0]):
            limbs[i] = -limbs[i]
        _carry(limbs)
        return -1.0
    return 1.0


@kernel
def _carry(limbs):
    carry = np.int64(0)
    for i in range(limbs.shape[0] - 1):
        value = limbs[i] + carry
        carry = value >> _BITS
        limbs[i] = value & _MASK
    limbs[-1] += carry
    return limbs[-1]


@kernel
def _multiply_by(limbs, factor):
    carry = np.int64(0)
    for i in range(limbs.shape[0]):
        value = limbs[i] * factor + carry
        carry = value >> _BITS
        limbs[i] = value & _MASK


@kernel
def _divide_by(limbs, divisor):
    """Divide by a whole number below 2**32, rounding down; return whether something is left."""
    rest = np.int64(0)
    for i in range(limbs.shape[0] - 1, -1, -1):
        value = (rest << _BITS) + limbs[i]
        limbs[i] = value // divisor
        rest = value - limbs[i] * divisor
    return rest != 0


@kernel
def _subtract_square(limbs, root):
    """Take off the square of ``root``, whose unit is 2**_ROOM times that of ``limbs``, squared."""
    offset = _ROOM // _BITS
    top = root.shape[0] - 1
    while top > 0 and root[top] == 0:
        top -= 1
    for i in range(top + 1):
        if root[i] != 0:
            carry = np.int64(0)
            for j in range(top + 1):
                value = limbs[offset + i + j] - root[i] * root[j] + carry
                carry = value >> _BITS
                limbs[offset + i + j] = value & _MASK
            place = offset + i + top + 1
            while carry != 0:
                value = limbs[place] + carry
                carry = value >> _BITS if place < limbs.shape[0] - 1 else np.int64(0)
                limbs[place] = value & _MASK if place < limbs.shape[0] - 1 else value
                place += 1


@kernel
def _nearest(limbs, lost, unit):
    """The double nearest to limbs * 2**unit, and a bit below the lowest where something was ``lost``."""
    top = limbs.shape[0] - 1
    while top > 2 and limbs[top] == 0:
        top -= 1
    width = np.int64(0)
    while width < _BITS and (limbs[top] >> width) != 0:
        width += 1
    kept = min(np.int64(_BITS), 62 - width - _BITS)
    dropped = _BITS - kept
    bits = (limbs[top] << _BITS) + limbs[top - 1]
    bits = (bits << kept) + (limbs[top - 2] >> dropped)
    sticky = lost or (limbs[top - 2] & ((np.int64(1) << dropped) - 1)) != 0
    for i in range(top - 2):
        sticky = sticky or limbs[i] != 0
    exponent = unit + _BITS * (top - 2) + dropped
    below = _LOWEST - 2 - exponent
    if below > 0:
        # Below the normal doubles there are fewer bits to round to, and rounding twice would be once too often.
        below = min(below, np.int64(62))
        sticky = sticky or (bits & ((np.int64(1) << below) - 1)) != 0
        bits >>= below
        exponent += below
    if sticky:
        bits |= 1
    return math.ldexp(float(bits), int(exponent))
