"""Trend: whether the last high or the last low is newer."""

import admf_jit as aj
from admf_jit import ta


@aj.strategy
class AroonTrend:
    """Long while the highest high is much newer than the lowest low, out at the reverse."""

    period: int = aj.parameter(25, minimum=2)
    threshold: float = aj.parameter(50.0, minimum=0.0, maximum=100.0)
    allow_short: bool = False
    aroon = ta.aroonosc("period")

    def on_bar(self, bar, position):
        """Answer the difference in age."""
        if aj.above(self.aroon, self.threshold, 100.0):
            return aj.LONG
        if aj.below(self.aroon, -self.threshold, 100.0):
            return aj.SHORT if self.allow_short else aj.FLAT
        return aj.KEEP
