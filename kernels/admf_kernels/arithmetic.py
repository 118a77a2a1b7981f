"""Arithmetic that gives the same bits on every machine and in plain Python."""

import math

import numpy as np

from .compilation import kernel

_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
_SQRT_HALF = 0.7071067811865476
_LARGEST_EXPONENT = 709.0
_SMALLEST_EXPONENT = -745.0


@kernel
def divide(numerator, denominator):
    """Quotient that cannot raise; callers make sure that the denominator is not zero."""
    return numerator / denominator


@kernel
def round_down(size, step):
    """Largest multiple of ``step`` that is not above ``size``; ``size`` itself where ``step`` is 0."""
    if step > 0.0:
        # Not math.floor, which is a whole number of 64 bits once it is compiled: more lots than that come to nonsense.
        return np.floor(divide(size, step)) * step
    return size


@kernel
def round_up(size, step):
    """Smallest multiple of ``step`` that is not below ``size``; ``size`` itself where ``step`` is 0."""
    if step > 0.0:
        return np.ceil(divide(size, step)) * step
    return size


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
def power(base, exponent):
    """``base ** exponent`` for a positive base, the same bits everywhere; relative error about |ln result| ulp."""
    return exponential(exponent * natural_logarithm(base))
