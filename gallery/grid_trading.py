"""Grid trading: limit orders in equal steps below an anchor, each unit sold a step higher.

Source: folklore of currency and crypto traders, without one author. Bad at: falling markets, in which it is
fully invested at a loss; many small profits hide that. A bar that touches both limits fills both.
"""

import admf_jit as aj


@aj.strategy
class GridTrading:
    """Up to some units, bought and sold at the lines of a grid whose anchor is the close when nothing is held."""

    step: float = aj.parameter(0.02, minimum=0.0)
    levels: int = aj.parameter(5, minimum=1)
    units: float = 100.0  # bought at each line
    anchor = 0.0

    def on_bar(self, bar, position, orders):
        """Put the limits around the line that was reached."""
        orders.cancel_all()
        held = round(position.quantity / self.units)
        if held == 0:
            self.anchor = bar.close
        if held < self.levels:
            orders.limit(self.units, self.anchor * (1.0 - self.step * (held + 1)))
        if held > 0:
            orders.limit(-self.units, self.anchor * (1.0 - self.step * (held - 1)))
        return aj.KEEP
