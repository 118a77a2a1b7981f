"""Mean reversion on the stochastic oscillator."""

import admf_jit as aj
from admf_jit import ta


@aj.strategy
class StochasticReversion:
    """Long when the smoothed oscillator is low, out when it is high."""

    period: int = aj.parameter(14, minimum=2)
    smoothing: int = aj.parameter(3, minimum=1)
    lower: float = aj.parameter(20.0, minimum=0.0, maximum=100.0)
    upper: float = aj.parameter(80.0, minimum=0.0, maximum=100.0)
    allow_short: bool = False
    oscillator = ta.stochastic("period", "smoothing")

    def on_bar(self, bar, position):
        """Answer the oscillator."""
        if aj.below(self.oscillator.d, self.lower, 100.0):
            return aj.LONG
        if aj.above(self.oscillator.d, self.upper, 100.0):
            return aj.SHORT if self.allow_short else aj.FLAT
        return aj.KEEP
