"""Three simple moving averages in order."""

import admf_jit as aj
from admf_jit import ta


@aj.strategy
class ThreeAverages:
    """Long while three averages are in order, out when the fast one is below the middle one."""

    fast_period: int = 4
    middle_period: int = 9
    slow_period: int = 18
    allow_short: bool = False

    fast = ta.sma("fast_period")
    middle = ta.sma("middle_period")
    slow = ta.sma("slow_period")

    def on_bar(self, bar, position):
        """Answer the order of the averages."""
        if aj.above(self.fast, self.middle):
            if aj.above(self.middle, self.slow):
                return aj.LONG
            return aj.FLAT if position.quantity < 0.0 else aj.KEEP
        if aj.below(self.fast, self.middle):
            if self.allow_short and aj.below(self.middle, self.slow):
                return aj.SHORT
            return aj.FLAT if position.quantity > 0.0 else aj.KEEP
        return aj.KEEP
