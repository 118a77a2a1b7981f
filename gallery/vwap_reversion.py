"""VWAP reversion: fades moves away from the session's average price. For minutes.

Source: folklore of trading desks. VWAP is from S. Berkowitz, D. Logue, E. Noser (Journal of Finance, 1988).
Bad at: days with a trend, whose one loss takes the profits of many quiet days; and costs, as it trades often.
"""

import admf_jit as aj
from admf_jit import ta


@aj.strategy
class VwapReversion:
    """Against moves of some ATR away from VWAP; out at VWAP, and at the end of the session."""

    distance: float = aj.parameter(3.0, minimum=0.0)
    period: int = 14
    last_minute: int = 930  # 15:30 on the exchange's clock
    vwap = ta.vwap()
    atr = ta.atr("period")

    def on_bar(self, bar, position):
        """Enter far from VWAP, leave at it."""
        away = bar.close - self.vwap
        back = away > 0.0 if position.quantity > 0.0 else away < 0.0 and position.quantity < 0.0
        if back or 60 * bar.hour + bar.minute >= self.last_minute:
            return aj.FLAT
        if position.quantity != 0.0 or abs(away) < self.distance * self.atr:
            return aj.KEEP
        return aj.SHORT if away > 0.0 else aj.LONG
