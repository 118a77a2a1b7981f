"""Mean reversion in a rising market: bought at a low of seven closes, sold at a high of seven."""

import admf_jit as aj
from admf_jit import ta


@aj.strategy
class DoubleSevens:
    """Long at the lowest close of some bars above the long mean, out at the highest."""

    period: int = aj.parameter(7, minimum=2)
    trend_period: int = aj.parameter(200, minimum=2)
    low = ta.lowest("period")
    high = ta.highest("period")
    trend = ta.sma("trend_period")

    def on_bar(self, bar, position):
        """Answer the close's place among those before."""
        if not aj.below(bar.close, self.high):
            return aj.FLAT
        if not aj.above(bar.close, self.low) and aj.above(bar.close, self.trend):
            return aj.LONG
        return aj.KEEP
