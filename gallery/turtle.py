"""Turtle: breakouts of 20 bars, in units that risk the same by ATR, pyramided, with a stop. Long only.

Source: C. Faith, The Original Turtle Trading Rules (2003), System 1, on closes, without its skip after winners.
Bad at: sideways markets, where most breakouts fail. Four units of calm symbols are more than cash pays for.
"""

import admf_jit as aj


@aj.strategy
class Turtle:
    """Buys a unit above the channel, another each half ATR; out two ATR below the last, or below the exit."""

    risk: float = aj.parameter(0.005, minimum=0.0)  # of equity, by one ATR of a unit; the Turtles took 0.01
    entry = aj.ta.highest(20, source="high", lag=1)
    exit = aj.ta.lowest(10, source="low", lag=1)
    atr = aj.ta.atr(20)
    units, level, n = 0, 0.0, 0.0

    def on_bar(self, bar, position, orders):
        """Leave, or add a unit."""
        if self.units > 0 and (bar.close < self.exit or bar.close < self.level - 2.0 * self.n):
            self.units = 0
            return aj.FLAT
        if bar.close > self.entry if self.units == 0 else bar.close >= self.level + 0.5 * self.n and self.units < 4:
            orders.market(self.risk * position.equity / self.atr)
            self.units += 1
            self.level = bar.close
            self.n = self.atr
        return aj.KEEP
