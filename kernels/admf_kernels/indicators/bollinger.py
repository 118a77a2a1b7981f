"""Bollinger bands."""

import math

from numba import float64, int64
from numba.experimental import jitclass

from ..compilation import inlined
from .window import window_mean, window_variance


@jitclass
class Bollinger:
    """Mean of the last ``period`` values, and ``width`` population standard deviations to either side."""

    period: int64
    width: float64
    upper: float64
    middle: float64
    lower: float64

    def __init__(self, period, width):
        self.period = period
        self.width = width
        self.upper = 0.0
        self.middle = 0.0
        self.lower = 0.0

    def set_bands(self, mean, deviation):
        """Place the bands."""
        self.upper = mean + self.width * deviation
        self.middle = mean
        self.lower = mean - self.width * deviation


@inlined
def update_bollinger(state, column, t):
    """Take bar ``t`` of ``column``."""
    mean = window_mean(column, t, state.period)
    state.set_bands(mean, math.sqrt(window_variance(column, t, state.period, mean)))
