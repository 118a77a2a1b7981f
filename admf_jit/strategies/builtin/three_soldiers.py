"""Candles: three white soldiers, and three black crows."""

import admf_jit as aj


@aj.strategy
class ThreeSoldiers:
    """Long after three rising bodies with higher closes, out after three falling ones."""

    allow_short: bool = False

    def on_bar(self, bar, position):
        """Answer which of the two patterns the last three bars are."""
        if aj.above(bar.close, bar.close[1]) and aj.above(bar.close[1], bar.close[2]):
            up = aj.above(bar.close[1], bar.open[1]) and aj.above(bar.close[2], bar.open[2])
            if up and aj.above(bar.close, bar.open):
                return aj.LONG
        if aj.below(bar.close, bar.close[1]) and aj.below(bar.close[1], bar.close[2]):
            down = aj.below(bar.close[1], bar.open[1]) and aj.below(bar.close[2], bar.open[2])
            if down and aj.below(bar.close, bar.open):
                return aj.SHORT if self.allow_short else aj.FLAT
        return aj.KEEP
