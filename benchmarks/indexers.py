"""Strategies that index and divide, each in another way; without their checks they are the same but for these."""

from __future__ import annotations

import numpy as np

import admf_jit as aj
from admf_jit import ta
from benchmarks.workload import N_BARS

#: A number for each bar, as predictions from elsewhere are.
PREDICTIONS = np.cos(np.arange(N_BARS) / 500.0)
OTHERS = np.sin(np.arange(N_BARS) / 500.0)
TABLE = np.cos(np.arange(64.0)).reshape(8, 8)


def likeness(index: int, n: int) -> float:
    total = 0.0
    for k in range(n):
        total += PREDICTIONS[index - k] * OTHERS[index - k]
    return total / n


@aj.strategy
class OneIndex:
    """One constant array at the bar's index, and one average."""

    period: int = 10
    average = ta.sma("period")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        return aj.LONG if bar.close / self.average - 1.0 + 0.01 * PREDICTIONS[bar.index] > 0.0 else aj.FLAT


@aj.strategy
class TwoIndexes:
    """Two indexes and a counter in a state field."""

    period: int = 10
    count = 0
    average = ta.sma("period")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        self.count = self.count + 1 if self.count < 90_000 else 0
        signal = PREDICTIONS[bar.index] + OTHERS[self.count]
        return aj.LONG if bar.close > self.average and signal > 0.0 else aj.FLAT


@aj.strategy
class Window:
    """A loop over the last twenty numbers."""

    period: int = 10
    average = ta.sma("period")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        total = 0.0
        for k in range(20):
            total += PREDICTIONS[bar.index - k]
        return aj.LONG if bar.close > self.average and total > 0.0 else aj.FLAT


@aj.strategy
class Helper:
    """A helper with a loop over two arrays, as long as a parameter says."""

    period: int = 10
    average = ta.sma("period")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        now = likeness(bar.index, self.period)
        return aj.LONG if bar.close > self.average and now > likeness(bar.index // 2, 2 * self.period) else aj.FLAT


@aj.strategy
class Table:
    """Two loops over half a table of two dimensions."""

    period: int = 10
    average = ta.sma("period")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        total = 0.0
        for a in range(8):
            for b in range(a, 8):
                total += TABLE[a, b] * TABLE[b, a] * bar.close
        return aj.LONG if bar.close > self.average and total > 0.0 else aj.FLAT


@aj.strategy
class Counting:
    """A `while` over the last twenty numbers, each index of which is checked by itself."""

    period: int = 10
    average = ta.sma("period")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        total = 0.0
        k = 0
        while k < 20:
            total += PREDICTIONS[bar.index - k]
            k += 1
        return aj.LONG if bar.close > self.average and total > 0.0 else aj.FLAT


@aj.strategy
class Chain:
    """Twenty indexes, each of which comes from what the one before it found."""

    period: int = 10
    average = ta.sma("period")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        total = 0.0
        at = bar.index
        for _ in range(20):
            at = int(500.0 * (1.0 + PREDICTIONS[at]))
            total += OTHERS[at]
        return aj.LONG if bar.close > self.average and total > 0.0 else aj.FLAT


@aj.strategy
class Divisors:
    """A division by a variable, and twenty in a loop."""

    period: int = 10
    average = ta.sma("period")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        total = (bar.close - self.average) / (1.0 + bar.close * bar.close)
        for k in range(20):
            total += bar.close / (self.average + k)
        return aj.LONG if bar.close > self.average and total > 0.0 else aj.FLAT
