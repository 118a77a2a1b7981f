"""Breakout from the Donchian channel (the "turtle" rule)."""

import admf_jit as aj
from admf_jit import ta


@aj.strategy
class DonchianBreakout:
    """Long when the close leaves the channel of the bars before it, out when it falls out of a shorter one."""

    entry_period: int = 20
    exit_period: int = 10
    allow_short: bool = False

    entry = ta.donchian("entry_period", lag=1)
    exit = ta.donchian("exit_period", lag=1)

    def on_bar(self, bar, position):
        """Answer the close's place against the channels."""
        if aj.above(bar.close, self.entry.upper):
            return aj.LONG
        if self.allow_short:
            return aj.SHORT if aj.below(bar.close, self.entry.lower) else aj.KEEP
        return aj.FLAT if aj.below(bar.close, self.exit.lower) else aj.KEEP
