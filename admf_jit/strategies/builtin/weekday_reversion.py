"""Seasonality and reversion: a weak Monday, sold at the first close above the day before's high."""

import admf_jit as aj


@aj.strategy
class WeekdayReversion:
    """Long after a Monday that closed below the day before, out above the high of the day before."""

    weekday: int = aj.parameter(0, minimum=0, maximum=6)

    def on_bar(self, bar, position):
        """Answer the weekday and the closes."""
        if aj.above(bar.close, bar.high[1]):
            return aj.FLAT
        if bar.weekday == self.weekday and aj.below(bar.close, bar.close[1]):
            return aj.LONG
        return aj.KEEP
