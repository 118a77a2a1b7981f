"""Dual momentum rotation: each month all in the symbol that rose most over a year, if it rose at all; else cash.

Source: G. Antonacci, Dual Momentum Investing (2014), without his bonds. Needs `execution.rebalance: month`.
Bad at: sudden turns, as it looks once a month; taxes; and few symbols say little about many.
"""

import admf_jit as aj
from admf_jit import ta


@aj.strategy
class DualMomentum:
    """The strongest of all symbols, where its change is above the threshold."""

    period: int = 252
    threshold: float = 0.0
    change = ta.roc("period")

    def target_weights(self, market, weights):
        """Find the largest change; the first of equal ones."""
        best, largest = -1, self.threshold
        for i in range(len(weights)):
            if market.ready[i] and self.change[i] > largest:
                best, largest = i, self.change[i]
        if best >= 0:
            weights[best] = 1.0
