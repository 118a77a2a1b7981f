"""Squeeze: trades the end of a quiet time, in the direction of momentum.

Source: J. Carter, Mastering the Trade (2005): Bollinger bands inside of Keltner's channel. Momentum is plain here.
Bad at: news that turns the first move round; long quiet times give few trades.
"""

import admf_jit as aj
from admf_jit import ta


@aj.strategy
class Squeeze:
    """Enters with momentum where the bands leave the channel; out when momentum turns."""

    period: int = 20
    width: float = aj.parameter(2.0, minimum=0.0)
    channel: float = aj.parameter(1.5, minimum=0.0)
    deviation = ta.stdev("period")
    range = ta.atr("period")
    momentum = ta.momentum(12)

    def on_bar(self, bar, position):
        """Ask whether a squeeze has just ended, and where to."""
        squeezed = self.width * self.deviation[1] < self.channel * self.range[1]
        if squeezed and self.width * self.deviation >= self.channel * self.range:
            return aj.LONG if self.momentum > 0.0 else aj.SHORT
        turned = self.momentum < 0.0 if position.quantity > 0.0 else self.momentum > 0.0
        return aj.FLAT if turned else aj.KEEP
