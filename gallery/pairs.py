"""Pairs: bets that the ratio of the first two symbols comes back to its average.

Source: E. Gatev, W. Goetzmann, K. Rouwenhorst (2006). Bad at: pairs that part for good, or were chosen afterwards.
"""

import math

import admf_jit as aj


@aj.strategy
class Pairs:
    """Half of equity long, half short, where the ratio is far from its average; out where it is back."""

    span: int = aj.parameter(60, minimum=2)
    enter: float = 2.0  # standard deviations
    leave: float = 0.5
    mean, variance, side = 0.0, 0.0, 0

    def target_weights(self, market, weights):
        """Update mean and variance of the ratio, and trade where the side changes."""
        off = market.close[0] / market.close[1] - self.mean
        z = off / self.variance**0.5 if market.index >= self.span and self.variance > 0.0 else 0.0
        a = 2.0 / (self.span + 1.0) if market.index > 0 else 1.0
        self.mean += a * off
        self.variance = (1.0 - a) * (self.variance + a * off * off)
        weights[:] = math.nan  # leaves positions alone
        if self.side == 0 and abs(z) > self.enter or self.side * z > -self.leave and self.side != 0:
            self.side = 0 if self.side != 0 else -1 if z > 0.0 else 1
            weights[0], weights[1] = 0.5 * self.side, -0.5 * self.side
