"""Intraday: held overnight alone, on bars shorter than a day."""

import admf_jit as aj


@aj.strategy
class Overnight:
    """Long after the last bars of a day, out after the others."""

    hour: int = aj.parameter(15, minimum=0, maximum=23)
    allow_short: bool = False

    def on_bar(self, bar, position):
        """Answer what the hour of the bar asks for."""
        if bar.hour >= self.hour:
            return aj.LONG
        return aj.SHORT if self.allow_short else aj.FLAT
