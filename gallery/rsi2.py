"""RSI(2) with a trend filter: buys short dips of what rises in the long run.

Source: L. Connors and C. Alvarez, Short Term Trading Strategies That Work (2008).
Bad at: crashes. It buys all the way down until the filter turns, and has no stop.
"""

import admf_jit as aj
from admf_jit import ta


@aj.strategy
class Rsi2:
    """Long where RSI(2) is low above the long average; out above the short average."""

    period: int = 2
    lower: float = aj.parameter(10.0, minimum=0.0, maximum=100.0)
    filter_period: int = 200
    exit_period: int = 5
    rsi = ta.rsi("period")
    trend = ta.sma("filter_period")
    recent = ta.sma("exit_period")

    def on_bar(self, bar, position):
        """Enter a dip, leave a recovery."""
        if position.quantity > 0.0:
            return aj.FLAT if bar.close > self.recent else aj.KEEP
        return aj.LONG if bar.close > self.trend and self.rsi < self.lower else aj.KEEP
