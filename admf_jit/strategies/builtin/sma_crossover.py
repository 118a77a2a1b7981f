"""Crossover of two simple moving averages."""

import admf_jit as aj
from admf_jit import ta


@aj.strategy
class SmaCrossover:
    """Long while the fast average is above the slow one by more than a threshold."""

    fast_period: int = 10
    slow_period: int = 30
    signal_threshold: float = aj.parameter(0.0, minimum=0.0)
    allow_short: bool = False

    fast = ta.sma("fast_period")
    slow = ta.sma("slow_period")

    def on_bar(self, bar, position):
        """Answer the gap between the averages."""
        margin = self.signal_threshold * abs(self.slow)
        if aj.above(self.fast, self.slow + margin):
            return aj.LONG
        if aj.below(self.fast, self.slow - margin):
            return aj.SHORT if self.allow_short else aj.FLAT
        return aj.KEEP
