"""Breakout of an inside bar: one within the range of the bar before it."""

import admf_jit as aj


@aj.strategy
class InsideBar:
    """Long above the high of the bar around an inside bar, out below its low."""

    allow_short: bool = False

    def on_bar(self, bar, position):
        """Answer a close outside of the bar around the inside bar before."""
        if not aj.above(bar.high[1], bar.high[2]) and not aj.below(bar.low[1], bar.low[2]):
            if aj.above(bar.close, bar.high[2]):
                return aj.LONG
            if aj.below(bar.close, bar.low[2]):
                return aj.SHORT if self.allow_short else aj.FLAT
        return aj.KEEP
