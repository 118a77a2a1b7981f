"""Mean reversion on the distance from a mean, in standard deviations."""

import admf_jit as aj
from admf_jit import ta


@aj.strategy
class ZscoreReversion:
    """Long when the close is far below its mean, out when it is above it."""

    period: int = aj.parameter(20, minimum=2)
    lower: float = -1.5
    upper: float = 0.5
    allow_short: bool = False
    score = ta.zscore("period")

    def on_bar(self, bar, position):
        """Answer the distance."""
        if aj.below(self.score, self.lower, 1.0):
            return aj.LONG
        if aj.above(self.score, self.upper, 1.0):
            return aj.SHORT if self.allow_short else aj.FLAT
        return aj.KEEP
