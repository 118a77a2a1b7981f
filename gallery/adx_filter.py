"""ADX filter: Wilder's directional movement, followed only while there is a trend.

Source: J. W. Wilder, New Concepts in Technical Trading Systems (1978). Bad at: sharp turns; it is smoothed twice.
"""

import admf_jit as aj


@aj.strategy
class AdxFilter:
    """On the side of the larger movement where ADX is high; out where it is low."""

    period: int = aj.parameter(14, minimum=1)
    strong: float = 25.0
    weak: float = 20.0
    plus, minus, adx, n = 0.0, 0.0, 0.0, 0  # Wilder's means, of n bars so far

    def on_bar(self, bar, position):
        """Update the means; each begins as the mean of its first values."""
        self.n += 1
        weight = 1.0 / min(self.n, self.period)
        up, down = max(bar.high - bar.high[1], 0.0), max(bar.low[1] - bar.low, 0.0)
        self.plus += weight * ((up if up > down else 0.0) - self.plus)
        self.minus += weight * ((down if down > up else 0.0) - self.minus)
        if self.n >= self.period and self.plus + self.minus > 0.0:
            movement = 100.0 * abs(self.plus - self.minus) / (self.plus + self.minus)
            self.adx += (movement - self.adx) / min(self.n - self.period + 1, self.period)
        if self.n < 2 * self.period - 1 or self.adx < self.weak:
            return aj.FLAT
        return aj.KEEP if self.adx < self.strong else aj.LONG if self.plus > self.minus else aj.SHORT
