"""Strategies of the suite's own, and the markets and account settings that several tests use."""

import admf_jit as aj
from admf_jit import ta
from tests.contract.markets import Market
from tests.reference.bars import Bars
from tests.reference.engine import Strategy

ORDERS = {1.0: 1, 2.0: 0, 3.0: -1}

MARKET = Market("jumps", seed=5, bars=300, level=100.0, volatility=0.02, step="1h")


@aj.strategy
class Scripted:
    """Does what the volume column says (1 long, 2 flat, 3 short), so that a test dictates each decision."""

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if bar.volume == 1.0:
            return aj.LONG
        if bar.volume == 2.0:
            return aj.FLAT
        if bar.volume == 3.0:
            return aj.SHORT
        return aj.KEEP


def scripted(bars: Bars) -> Strategy:
    """Do for the reference what `Scripted` does for the engine."""
    return Strategy(0, lambda t, position: ORDERS.get(bars.volume[t]))


@aj.strategy
class Fragile:
    """Follows an average, and fails in the middle of the data for some values of its parameter."""

    trouble: int = 0
    average = ta.sma(5)

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if self.trouble == 2 and bar.volume == 5000.0:
            raise ValueError("this parameter is not for this market")
        share = 10 // (self.trouble - 1) if bar.volume == 5000.0 else 1
        return aj.LONG if share * bar.close > share * self.average else aj.FLAT


@aj.strategy
class Everything:
    """Reads every indicator, so that one compilation runs all of them."""

    period: int = 6
    simple = ta.sma("period")
    exponential = ta.ema("period")
    weighted = ta.wma("period")
    deviation = ta.stdev("period")
    strength = ta.rsi("period")
    true_range = ta.atr("period")
    bands = ta.bollinger("period", 1.5)
    convergence = ta.macd(3, "period", 4)
    channel = ta.donchian("period", lag=1)
    change = ta.roc("period")
    move = ta.momentum("period")
    top = ta.highest("period")
    bottom = ta.lowest("period")
    score = ta.zscore("period")
    oscillator = ta.stochastic("period", 3)
    price = ta.vwap()

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        votes = 0.0
        votes += 1.0 if bar.close > self.simple else -1.0
        votes += 1.0 if self.exponential > self.weighted else -1.0
        votes += 1.0 if self.strength > 50.0 else -1.0
        votes += 1.0 if bar.close > self.bands.middle + 0.1 * self.deviation else -1.0
        votes += 1.0 if self.convergence.histogram > 0.0 else -1.0
        votes += 1.0 if bar.close > self.channel.middle else -1.0
        votes += 1.0 if self.change + self.move / bar.close > 0.0 else -1.0
        votes += 1.0 if self.top - bar.close < bar.close - self.bottom else -1.0
        votes += 1.0 if self.score > 0.2 else -1.0
        votes += 1.0 if self.oscillator.k > self.oscillator.d else -1.0
        votes += 1.0 if bar.close > self.price + 0.1 * self.true_range else -1.0
        if votes > 3.0:
            return aj.LONG
        if votes < -3.0:
            return aj.SHORT
        return aj.KEEP
