"""Mean reversion on Wilder's relative strength index."""

import admf_jit as aj
from admf_jit import ta


@aj.strategy
class RsiReversion:
    """Long when the index is oversold, out when it is overbought."""

    period: int = 14
    lower: float = aj.parameter(30.0, minimum=0.0, maximum=100.0)
    upper: float = aj.parameter(70.0, minimum=0.0, maximum=100.0)
    allow_short: bool = False

    rsi = ta.rsi("period")

    def on_bar(self, bar, position):
        """Answer the index."""
        if aj.below(self.rsi, self.lower):
            return aj.LONG
        if aj.above(self.rsi, self.upper):
            return aj.SHORT if self.allow_short else aj.FLAT
        return aj.KEEP
