"""Engulfing candles: a body that covers the one before, of the other colour."""

import admf_jit as aj


@aj.strategy
class Engulfing:
    """Long after a rising body has engulfed a falling one, out after the reverse."""

    allow_short: bool = False

    def on_bar(self, bar, position):
        """Answer which of the two patterns the last two bars are."""
        if aj.below(bar.close[1], bar.open[1]) and aj.above(bar.close, bar.open):
            if not aj.above(bar.open, bar.close[1]) and not aj.below(bar.close, bar.open[1]):
                return aj.LONG
        if aj.above(bar.close[1], bar.open[1]) and aj.below(bar.close, bar.open):
            if not aj.below(bar.open, bar.close[1]) and not aj.above(bar.close, bar.open[1]):
                return aj.SHORT if self.allow_short else aj.FLAT
        return aj.KEEP
