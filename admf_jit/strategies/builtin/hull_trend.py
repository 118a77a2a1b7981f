"""Trend: the direction of Hull's moving average."""

import admf_jit as aj
from admf_jit import ta


@aj.strategy
class HullTrend:
    """Long while Hull's moving average rises, out while it falls."""

    period: int = aj.parameter(20, minimum=4)
    allow_short: bool = False
    line = ta.hma("period")

    def on_bar(self, bar, position):
        """Answer the direction of the average."""
        if aj.above(self.line, self.line[1], abs(bar.close)):
            return aj.LONG
        if aj.below(self.line, self.line[1], abs(bar.close)):
            return aj.SHORT if self.allow_short else aj.FLAT
        return aj.KEEP
