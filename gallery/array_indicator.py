"""An array indicator of your own: slope times R squared of a regression, made in NumPy for all bars at once.

Source: A. Clenow, Stocks on the Move (2015). Bad at: turns. Before a run it is checked to look back alone.
"""

import numpy as np

import admf_jit as aj


@aj.vector_indicator
def slope(close, period=90):
    """Return a bar's rise by the line through the last closes, in logs, times R squared; NaN before the first."""
    padded = np.append(np.full(period - 1, np.nan), np.log(close))
    windows = np.lib.stride_tricks.sliding_window_view(padded, period)
    x = np.arange(period) - (period - 1) / 2
    rise = windows @ x / (x @ x)
    return rise**3 * (x @ x) / (windows.var(axis=1) * period)


@aj.strategy
class ArrayIndicator:
    """Long while the indicator is above the threshold."""

    threshold: float = 0.0005
    slope = slope(90)

    def on_bar(self, bar, position):
        """Compare the indicator's value of this bar."""
        return aj.LONG if self.slope > self.threshold else aj.FLAT
