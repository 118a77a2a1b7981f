"""Seasonality: held over the turn of the month."""

import admf_jit as aj


@aj.strategy
class TurnOfMonth:
    """Long on the last days of a month and the first of the next, out in between."""

    first_day: int = aj.parameter(26, minimum=1, maximum=31)
    last_day: int = aj.parameter(3, minimum=1, maximum=31)
    allow_short: bool = False

    def on_bar(self, bar, position):
        """Answer what the day of the bar asks for."""
        if bar.day >= self.first_day or bar.day <= self.last_day:
            return aj.LONG
        return aj.SHORT if self.allow_short else aj.FLAT
