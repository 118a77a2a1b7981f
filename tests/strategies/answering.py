"""Two strategies that use all that a strategy may use; the tests run them compiled and as plain Python."""

import json
import math
from enum import IntEnum
from typing import Any

import numpy as np
from numba import njit

import admf_jit as aj
import tests.strategies.levels as levels
from admf_jit import ta
from tests.strategies.levels import scaled as rescaled

LIMIT = 0.4
LEVELS = (0.25, 0.75)
WEIGHTS = np.array([0.5, 0.3, 0.2])


class Mood(IntEnum):
    CALM = 0
    WILD = 2


@njit(fastmath=True)
def compiled_already(x):  # type: ignore[no-untyped-def]
    return math.sqrt(abs(x)) + levels.OFFSET


def weighted(a, b, c=1.5):  # type: ignore[no-untyped-def]
    total = 0.0
    for weight, x in zip(WEIGHTS, (a, b, c)):  # noqa: B905 - Numba has no strict
        total += weight * x
    return total


def limited(limit: float) -> Any:
    @aj.strategy
    class Mixed:
        """Helpers of every kind, state of every type, random numbers, None and KEEP."""

        period: int = 4
        chance: float = 0.5
        short: bool = True
        average = ta.ema("period")
        bands = ta.bollinger("period", 1.5, lag=1)
        asked = 0
        memory = 0.0
        armed = False

        @staticmethod
        def between(x, low, high):  # type: ignore[no-untyped-def]
            return low < x < high

        def remember(self, x, share=0.25):  # type: ignore[no-untyped-def]
            self.memory += share * (x - self.memory)
            return self.memory

        def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
            self.asked += 1
            mood = Mood.WILD if self.asked % 7 == 0 else Mood.CALM
            level = self.remember(weighted(bar.close, bar.open)) + compiled_already(bar.volume) * 1e-6
            self.armed = not self.armed or mood == Mood.WILD
            draw = self.random.uniform() + 0.01 * self.random.normal()
            if not self.armed:
                return None
            if self.between(draw, LEVELS[0], levels.TOP) and rescaled(draw) < limit:
                return aj.KEEP
            if bar.close > max(self.average, self.bands.middle) and draw < self.chance:
                return aj.LONG
            if self.short and level < self.bands.upper and draw > self.chance:
                return aj.SHORT
            return aj.FLAT

    return Mixed


Mixed = limited(LIMIT)


@aj.strategy
class Yes:
    """True and False as answers, and the bar and position's own fields."""

    wait: int = 3
    before = ta.highest(1, lag=1)
    seen = math.nan

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if bar.index > 5 and self.before != self.seen:
            raise ValueError("lag is not the bar before")
        self.seen = bar.close
        if position.quantity > 0.0:
            if position.entry_bar > bar.index or position.entry_price <= 0.0 or position.cash > position.equity:
                raise ValueError("a position that cannot be")
            return bar.index - position.entry_bar < self.wait
        return bar.close > self.before


def figures() -> dict[str, Any]:
    """Every metric of a few runs, as bits."""
    from admf_jit.testing import generate_test_data

    data = generate_test_data(120, seed=3)
    found = {}
    for seed in (1, 2):
        one = aj.backtest(Mixed, data, master_seed=seed, commission={"type": "percent", "rate": 0.001})
        found[f"mixed {seed}"] = [one.error, *(value.hex() for value in one.metrics.values())]
    one = aj.backtest(Yes, data, lot_size=1.0)
    found["yes"] = [one.error, *(value.hex() for value in one.metrics.values())]
    return found


if __name__ == "__main__":
    print(json.dumps(figures()))
