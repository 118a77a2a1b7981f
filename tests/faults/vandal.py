"""A strategy that does real damage in compiled code, at the container and the bar that its parameters name."""

from __future__ import annotations

from typing import Any

import numpy as np

import admf_jit as aj
from admf_jit import ta

RAISE, LOOP, ALLOCATE, HUGE_ARRAY, DEEP_CALL = 1, 2, 3, 4, 5


def deeper(x: float) -> float:
    """Call itself until no stack is left."""
    if x < 0.0:
        return x
    return 1.0 + deeper(x + 1.0) / 2.0


@aj.strategy
class Vandal:
    """Holds above its average; with ``damage`` it does worse at bar ``moment``."""

    period: int = 5
    damage: int = 0
    moment: int = 50
    average = ta.sma("period")

    def on_bar(self, bar: Any, position: Any) -> Any:
        if self.damage > 0 and bar.index == self.moment:
            if self.damage == 1:
                raise ValueError("damage was asked for")
            if self.damage == 2:
                n = 0
                while bar.close > 0.0:
                    n += 1
                    if n == 1_000_000:
                        n = 0
            if self.damage == 3:
                kept = [np.zeros(1_000_000)]
                while bar.close > 0.0:
                    kept.append(np.ones(1_000_000))
            if self.damage == 4:
                kept = [np.zeros(1_000_000_000_000)]
            if self.damage == 5:
                return deeper(bar.close) > 0.0
        return bar.close > self.average
