"""Breakout of the narrowest bar of seven."""

import admf_jit as aj
from admf_jit import ta


@aj.strategy
class NarrowRange:
    """Long above the high of a bar that was the narrowest of some, out below its low."""

    period: int = aj.parameter(7, minimum=2)
    allow_short: bool = False
    narrowest = ta.lowest("period", source=aj.high - aj.low, lag=1)

    def on_bar(self, bar, position):
        """Answer a close outside of the narrow bar before."""
        if not aj.above(bar.high[1] - bar.low[1], self.narrowest, abs(bar.close)):
            if aj.above(bar.close, bar.high[1]):
                return aj.LONG
            if aj.below(bar.close, bar.low[1]):
                return aj.SHORT if self.allow_short else aj.FLAT
        return aj.KEEP
