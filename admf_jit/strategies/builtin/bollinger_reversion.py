"""Mean reversion on Bollinger bands."""

import admf_jit as aj
from admf_jit import ta


@aj.strategy
class BollingerReversion:
    """Long when the close is below the lower band, out when it is above the upper one."""

    period: int = 20
    width: float = aj.parameter(2.0, minimum=0.0)
    allow_short: bool = False

    bands = ta.bollinger("period", "width")

    def on_bar(self, bar, position):
        """Answer the close's place against the bands."""
        if aj.below(bar.close, self.bands.lower):
            return aj.LONG
        if aj.above(bar.close, self.bands.upper):
            return aj.SHORT if self.allow_short else aj.FLAT
        return aj.KEEP
