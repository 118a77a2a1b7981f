"""A strategy that looks at two longer timeframes and at its own; the tests run it compiled and as plain Python."""

import json
from typing import Any

import admf_jit as aj
from admf_jit import ta


@aj.strategy
class Hourly:
    """Long while minutes are above hours, out or short below; the day before and state have a say."""

    fast_period: int = 5
    slow_period: int = 3
    short: bool = False
    fast = ta.ema("fast_period")
    slow = ta.sma("slow_period", timeframe="1h")
    bands = ta.bollinger(4, 1.5, timeframe="1h", lag=1)
    day = ta.vwap(timeframe="1d")
    asked = 0

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        self.asked += 1
        if bar.close > self.bands.upper and self.asked % 50 == 0:
            return aj.KEEP
        if self.fast > self.slow and bar.close > 0.9 * self.day:
            return aj.LONG
        return aj.SHORT if self.short else aj.FLAT


def figures() -> dict[str, Any]:
    """Every metric of a few runs, as bits."""
    from admf_jit.data import generate_sample

    data = generate_sample("5m", sessions=8).select("ALFA")
    found = {}
    for short in (False, True):
        one = aj.backtest(Hourly(short=short), data, commission={"type": "percent", "rate": 0.0001})
        found[f"short {short}"] = [one.error, *(value.hex() for value in one.metrics.values())]
    return found


if __name__ == "__main__":
    print(json.dumps(figures()))
