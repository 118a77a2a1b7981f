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
        """Answer the sign of the histogram."""
        if self.macd.histogram > 0.0:
            return aj.LONG
        if self.macd.histogram < 0.0:
            return aj.SHORT if self.allow_short else aj.FLAT
        return aj.KEEP
