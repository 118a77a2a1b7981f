"""Strategies that index in loops; each form goes wrong at bar 20, at its own line, marked with its number."""

import numpy as np

import admf_jit as aj
from admf_jit import ta

#: Of 40 bars, 20 have a prediction.
PREDICTIONS = np.linspace(1.0, 2.0, 20)
TABLE = np.arange(40.0).reshape(20, 2)
FORMS = 10


def mean_before(index: int, n: int) -> float:
    total = 0.0
    for k in range(n):
        total += PREDICTIONS[index - k]  # form 1
    return total / n


@aj.strategy
class Looped:
    """Right up to bar 19, and outside of what it indexes at bar 20, by the form that it is told."""

    form: int = 0

    def on_bar(self, bar, position):
        i = bar.index
        total = 0.0
        if self.form == 0:
            for k in range(3):
                total += PREDICTIONS[i - k]  # form 0
        if self.form == 1:
            total = mean_before(i, 3)
        if self.form == 2:
            for a in range(2):
                for b in range(a, 2):
                    total += TABLE[i - a, b]  # form 2
        if self.form == 3:
            for k in range(1, 3):
                total += PREDICTIONS[-i - k + 1]  # form 3
        if self.form == 4:
            for k in range(3):
                total += PREDICTIONS[i - k]  # form 4
                total += TABLE[i, k]
        if self.form == 5:
            for k in range(i - 17):
                total += TABLE[0, k] if k < 3 else 0.0  # form 5
        if self.form == 6:
            far = 9223372036854775807 if i == 20 else 0
            for k in range(2):
                total += PREDICTIONS[far + k]  # form 6
        if self.form == 7:
            far = -9223372036854775807 if i == 20 else 1
            for k in range(2):
                total += PREDICTIONS[far - k]  # form 7
        if self.form == 8:
            k = i - 2
            while k <= i:
                total += PREDICTIONS[k]  # form 8
                k += 1
        if self.form == 9:
            seen = np.zeros(20)
            for k in range(i + 1):
                seen[k] += PREDICTIONS[k - 1]  # form 9
            total = seen.sum()
        return aj.LONG if total > 0.0 else aj.FLAT


@aj.strategy
class Weighed:
    """The same over two symbols, of which there is no third."""

    form: int = 0
    average = ta.sma(2)

    def target_weights(self, market, weights):
        n = len(weights) + (1 if market.index >= 20 else 0)
        for slot in range(n):
            if self.form == 0:
                weights[slot] = 0.25  # weighed 0
            if self.form == 1 and self.average[slot] > 0.0:  # weighed 1
                weights[0] = 0.25
            if self.form == 2 and market.close[slot] > 0.0:  # weighed 2
                weights[0] = 0.25


@aj.strategy
class Reaching:
    """Long where its predictions say so; how far it looks ahead decides at which bar there are none any more."""

    ahead: int = 0
    fast: int = 3
    average = ta.sma("fast")

    def on_bar(self, bar, position):
        total = 0.0
        for k in range(4):
            total += LONGER[bar.index - k + self.ahead] - 1.5
        return aj.LONG if total > 0.0 and bar.close > self.average else aj.FLAT


@aj.strategy
class Holding:
    """The same, looking at what it holds: each container is asked by itself."""

    ahead: int = 0
    fast: int = 3
    average = ta.sma("fast")

    def on_bar(self, bar, position):
        if position.quantity == 0.0:
            return aj.LONG if bar.close > self.average else aj.KEEP
        total = 0.0
        for k in range(position.entry_bar, bar.index + 1):
            total += LONGER[k + self.ahead] - 1.5
        return aj.FLAT if total > 1.0 or bar.close < position.entry_price else aj.KEEP


#: Forty more than there are bars.
LONGER = 1.5 + np.cos(np.arange(200.0))
