"""Volatility: a trend that is held in calm times alone."""

import admf_jit as aj
from admf_jit import ta


@aj.strategy
class CalmTrend:
    """Long above the mean while returns vary less than on average, out while they vary more."""

    period: int = aj.parameter(20, minimum=2)
    long_period: int = aj.parameter(100, minimum=2)
    trend = ta.sma("period")
    variation = ta.stdev("period", source=ta.roc(1))
    usual = ta.sma("long_period", source=variation)

    def on_bar(self, bar, position):
        """Answer calm and trend."""
        if aj.above(self.variation, self.usual, 1.0):
            return aj.FLAT
        if aj.below(self.variation, self.usual, 1.0) and aj.above(bar.close, self.trend):
            return aj.LONG
        return aj.FLAT if aj.below(bar.close, self.trend) else aj.KEEP
