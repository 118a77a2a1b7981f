"""Opening range breakout: follows the first close outside of what the session's first bars spanned. For minutes.

Source: T. Crabel, Day Trading with Short Term Price Patterns and Opening Range Breakout (1990).
Bad at: quiet days and costs. It trades on nearly every day, and a false break is held until the close.
"""

import admf_jit as aj


@aj.strategy
class OpeningRange:
    """Long above the opening range, short below it, once a session; flat at its end."""

    bars: int = aj.parameter(6, minimum=1)
    last_minute: int = 945  # 15:45 on the exchange's clock
    high, low, traded = 0.0, 0.0, False

    def on_bar(self, bar, position):
        """Span the range, then follow what leaves it."""
        first = bar.bars_in_session == 0
        if 60 * bar.hour + bar.minute >= self.last_minute:
            return aj.FLAT
        if bar.bars_in_session < self.bars:
            self.high = bar.high if first else max(self.high, bar.high)
            self.low = bar.low if first else min(self.low, bar.low)
            self.traded = False
        elif not self.traded and (bar.close > self.high or bar.close < self.low):
            self.traded = True
            return aj.LONG if bar.close > self.high else aj.SHORT
        return aj.KEEP
