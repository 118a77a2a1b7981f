"""An array indicator of your own: slope times R squared of a regression, made in NumPy and read as a column.

Source: A. Clenow, Stocks on the Move (2015). Bad at: turns; and NumPy sees all bars, so `add` must look back alone.
    data = aj.load(add(aj.load("sample", symbols=["ALFA"], timeframe="1d").frame()), extra=["slope"])
"""

import numpy as np

import admf_jit as aj


def add(frame, period=90):
    """Return the frame of one symbol with a column `slope`: a bar's rise by the line, in logs, times R squared."""
    windows = np.lib.stride_tricks.sliding_window_view(np.log(frame["close"].to_numpy()), period)
    x = np.arange(period) - (period - 1) / 2
    slope = windows @ x / (x @ x)
    fit = slope**2 * (x @ x) / (windows.var(axis=1) * period)
    return frame.assign(slope=np.append(np.full(period - 1, np.nan), slope * fit))


@aj.strategy
class ArrayIndicator:
    """Long while the column is above the threshold."""

    threshold: float = 0.0005

    def on_bar(self, bar, position):
        """Compare the array's value of this bar."""
        return aj.LONG if bar.x.slope > self.threshold else aj.FLAT
