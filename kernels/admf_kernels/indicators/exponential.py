"""One step of the averages that remember everything: exponential and Wilder's."""

from ..arithmetic import divide
from ..compilation import kernel


@kernel
def next_average(average, x, seen, period, weight):
    """Average after ``x``, the ``seen``-th value: a plain mean of the first ``period``.

    From then on it moves by weight * (x - average).
    While the window fills, ``average`` holds the running total instead.
    """
    if seen < period:
        return average + x
    if seen == period:
        return divide(average + x, float(period))
    return average + weight * (x - average)


@kernel
def next_wilder(average, x, seen, period):
    """Wilder's average after ``x``: as ``next_average`` with the step (x - average) / period."""
    if seen < period:
        return average + x
    if seen == period:
        return divide(average + x, float(period))
    return average + divide(x - average, float(period))
