"""Sign of the MACD histogram."""

import admf_jit as aj
from admf_jit import ta


@aj.strategy
class MacdCross:
    """Long while the MACD line is above its signal line."""

    fast_period: int = 12
    slow_period: int = 26
    signal_period: int = 9
    allow_short: bool = False

    macd = ta.macd("fast_period", "slow_period", "signal_period")

    def on_bar(self, bar, position):
        """Answer which of the two lines is above the other."""
        if aj.above(self.macd.line, self.macd.signal, abs(bar.close)):
            return aj.LONG
        if aj.below(self.macd.line, self.macd.signal, abs(bar.close)):
            return aj.SHORT if self.allow_short else aj.FLAT
        return aj.KEEP
