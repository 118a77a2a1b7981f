"""A strategy that is never without orders of its own: it is measured, not meant to earn."""

import admf_jit as aj
from admf_jit import ta


@aj.strategy
class Bidder:
    """Bids a little below the market, guarded by a stop and a target, and moves its bid with every bar."""

    depth: float = 0.0005
    average = ta.sma(30)
    bid = 0

    def on_bar(self, bar, position, orders):
        if position.quantity == 0.0:
            level = bar.close * (1.0 - self.depth)
            if orders.is_working(self.bid):
                orders.modify(self.bid, limit=level)
            elif bar.close > self.average:
                self.bid = orders.bracket(10.0, 0.998 * level, 1.002 * level, level)
        return aj.KEEP
