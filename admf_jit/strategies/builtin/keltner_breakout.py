"""Breakout from Keltner's channel."""

import admf_jit as aj
from admf_jit import ta


@aj.strategy
class KeltnerBreakout:
    """Long when the close is some true ranges above its average, out when it is below the average."""

    period: int = 20
    atr_period: int = 10
    width: float = aj.parameter(2.0, minimum=0.0)
    allow_short: bool = False

    channel = ta.keltner("period", "atr_period", "width")

    def on_bar(self, bar, position):
        """Answer the close's place against the channel."""
        if aj.above(bar.close, self.channel.upper):
            return aj.LONG
        if self.allow_short:
            return aj.SHORT if aj.below(bar.close, self.channel.lower) else aj.KEEP
        return aj.FLAT if aj.below(bar.close, self.channel.middle) else aj.KEEP
