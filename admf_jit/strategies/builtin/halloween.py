"""Seasonality: held in winter, as in "sell in May and go away"."""

import admf_jit as aj


@aj.strategy
class Halloween:
    """Long from November to April, out from May to October."""

    first_month: int = aj.parameter(11, minimum=1, maximum=12)
    last_month: int = aj.parameter(4, minimum=1, maximum=12)
    allow_short: bool = False

    def on_bar(self, bar, position):
        """Answer what the month of the bar asks for."""
        if bar.month >= self.first_month or bar.month <= self.last_month:
            return aj.LONG
        return aj.SHORT if self.allow_short else aj.FLAT
