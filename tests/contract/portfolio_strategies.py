"""Strategies of the portfolio tests: few, because each is compiled."""

import numpy as np

import admf_jit as aj
from admf_jit import ta


@aj.strategy
class Counter:
    """Buys every ``every``-th of a symbol's own bars and sells on the next: its state must be each symbol's own."""

    every: int = 5
    average = ta.sma(3)
    bars = 0

    def on_bar(self, bar, position):
        self.bars += 1
        if self.bars % self.every == 0:
            return aj.LONG
        return aj.FLAT


@aj.strategy
class Drawer:
    """Draws a number for every symbol at every bar, and holds what it draws a small one for."""

    def on_bar(self, bar, position):
        return self.random.uniform() < 0.5


@aj.strategy
class Rotation:
    """Holds the ``top`` symbols with the largest rate of change, each with an equal share."""

    period: int = 4
    top: int = 1
    share: float = 1.0
    roc = ta.roc("period")
    asked = 0

    def target_weights(self, market, weights):
        self.asked += 1
        order = np.argsort(-np.where(market.ready, self.roc, -np.inf))
        for i in range(min(self.top, len(order))):
            if market.ready[order[i]]:
                weights[order[i]] = self.share / self.top
