"""Supertrend: a stop of some ATR that follows the price, and turns the position where it is crossed.

Source: O. Seban's indicator. Bad at: sideways markets, where each turn is a loss; it is always in the market.
"""

import admf_jit as aj
from admf_jit import ta


@aj.strategy
class Supertrend:
    """Long while the close has last crossed the upper line, short while the lower."""

    period: int = 10
    multiple: float = aj.parameter(3.0, minimum=0.0)
    atr = ta.atr("period")
    upper, lower, side = 0.0, 0.0, 0  # lines of the bar before, and the trend: 1 up, -1 down, 0 at first

    def on_bar(self, bar, position):
        """Move both lines, each in one direction alone unless it was crossed."""
        middle, distance = 0.5 * (bar.high + bar.low), self.multiple * self.atr
        upper, lower = middle + distance, middle - distance
        if self.side != 0:
            upper = upper if upper < self.upper or bar.close[1] > self.upper else self.upper
            lower = lower if lower > self.lower or bar.close[1] < self.lower else self.lower
        up = bar.close >= lower if self.side > 0 else bar.close > upper
        self.upper = upper
        self.lower = lower
        self.side = 1 if up else -1
        return aj.LONG if up else aj.SHORT
