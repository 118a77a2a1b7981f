"""Time-series momentum."""

import admf_jit as aj
from admf_jit import ta


@aj.strategy
class Momentum:
    """Long when the price has risen over the period by more than a threshold, out when it has fallen by more."""

    period: int = 20
    threshold: float = aj.parameter(0.0, minimum=0.0)
    allow_short: bool = False

    change = ta.roc("period")

    def on_bar(self, bar, position):
        """Answer the rate of change."""
        if aj.above(self.change, self.threshold, 1.0):
            return aj.LONG
        if aj.below(self.change, -self.threshold, 1.0):
            return aj.SHORT if self.allow_short else aj.FLAT
        return aj.KEEP
