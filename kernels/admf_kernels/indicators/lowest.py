"""Smallest value of a window."""

import math

from numba import float64, int64

from ..compilation import inlined, jitclass
from ..ownership import borrow
from .declared import declare
from .window import next_minimum

INDICATOR = declare("period: int", warmup="period - 1", common=True)


@jitclass
class Lowest:
    """Smallest value of the last ``period`` bars.

    Smallest of the last ``period`` values.
    """

    period: int64
    at: int64
    value: float64

    def __init__(self, period):
        self.period = period
        self.at = -1
        self.value = math.inf


@inlined
def update_lowest(state, column, t):
    """Take bar ``t`` of ``column``."""
    state.value, state.at = next_minimum(borrow(column), t, state.period, state.value, state.at)
