"""What expressions of columns and indicators are made of, besides + - * and abs."""

import math

from .compilation import kernel


@kernel
def ratio(numerator, denominator):
    """Quotient, NaN where the denominator is zero."""
    return numerator / denominator if denominator != 0.0 else math.nan


@kernel
def smaller(first, second):
    """The smaller of two numbers, NaN where one of them is."""
    return first if first <= second or first != first else second


@kernel
def larger(first, second):
    """The larger of two numbers, NaN where one of them is."""
    return first if first >= second or first != first else second
