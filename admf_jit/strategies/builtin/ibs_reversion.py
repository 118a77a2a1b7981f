"""Mean reversion on internal bar strength: where in its range a bar closes."""

import admf_jit as aj


@aj.strategy
class IbsReversion:
    """Long when the bar closes near its low, out when one closes near its high."""

    lower: float = aj.parameter(0.2, minimum=0.0, maximum=1.0)
    upper: float = aj.parameter(0.8, minimum=0.0, maximum=1.0)
    allow_short: bool = False

    def on_bar(self, bar, position):
        """Answer the close's place in the range."""
        span = bar.high - bar.low
        if aj.below(bar.close - bar.low, self.lower * span, abs(bar.close)):
            return aj.LONG
        if aj.above(bar.close - bar.low, self.upper * span, abs(bar.close)):
            return aj.SHORT if self.allow_short else aj.FLAT
        return aj.KEEP
