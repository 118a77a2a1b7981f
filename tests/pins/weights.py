"""Strategies of the pins that answer with target weights.

A change here changes ids, and with them the pinned hashes.
"""

import math

import numpy as np

import admf_jit as aj
from admf_jit import ta


@aj.strategy
class Rotation:
    """Holds the ``top`` symbols with the largest rate of change, each with an equal share."""

    period: int = 4
    top: int = 1
    share: float = 1.0
    roc = ta.roc("period")
    asked = 0

    def target_weights(self, market, weights):  # type: ignore[no-untyped-def]
        self.asked += 1
        order = np.argsort(-np.where(market.ready, self.roc, -np.inf))
        for i in range(min(self.top, len(order))):
            if market.ready[order[i]]:
                weights[order[i]] = self.share / self.top


@aj.strategy
class Drifting:
    """Wants whatever weights its stream, an average and a rate of change say; fails in two ways."""

    stream: int = 1
    unit: float = 0.1
    way: int = 0
    average = ta.sma(3)
    growth = ta.roc(2)
    word = 0
    asked = 0

    def draw(self, n):  # type: ignore[no-untyped-def]
        self.word = (self.word * 1103515245 + 12345) % 2147483648
        return (self.word // 65536) % n

    def target_weights(self, market, weights):  # type: ignore[no-untyped-def]
        if self.word == 0:
            self.word = self.stream
        self.asked += 1
        if self.asked == 15 and self.way == 1:
            raise ValueError("enough")
        for i in range(len(weights)):
            what = self.draw(9)
            size = (1 + self.draw(6)) * self.unit
            if what < 2:
                weights[i] = size
            elif what == 2:
                weights[i] = -size
            elif what == 3:
                weights[i] = math.inf if self.way == 2 and market.has_bar[i] and market.ready[i] else math.nan
            elif what == 4:
                weights[i] = 0.3719 * market.weights[i]
            elif what == 5:
                if self.growth[i] > 0.0:
                    weights[i] = size
            elif what == 6:
                if market.has_bar[i] and market.ready[i]:
                    weights[i] = size if market.close[i] > self.average[i] else -size
            elif what == 7:
                if not (market.cash > 0.3 * market.equity):
                    weights[i] = 0.5 * self.unit
