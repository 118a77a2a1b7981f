"""Strategies of the pins that answer with a direction: of what can be shared, of what cannot, and failing ones.

A change here changes ids, and with them the pinned hashes.
"""

import math

import numpy as np

import admf_jit as aj
from admf_jit import ta

LEVELS = np.array([0.9, 1.0, 1.1, 0.95])


@aj.strategy
class Averages:
    """Two averages; nothing of the position."""

    fast_period: int = 3
    slow_period: int = 9
    band: float = 0.0
    short: bool = True
    fast = ta.sma("fast_period")
    slow = ta.ema("slow_period")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        margin = self.band * self.slow
        if self.fast > self.slow + margin:
            return aj.LONG
        if self.fast < self.slow - margin:
            return aj.SHORT if self.short else aj.FLAT
        return aj.KEEP


@aj.strategy
class EveryIndicator:
    """Votes of every indicator."""

    period: int = 6
    least: float = 3.0
    simple = ta.sma("period")
    exponential = ta.ema("period", source="high")
    weighted = ta.wma("period")
    deviation = ta.stdev("period")
    strength = ta.rsi("period")
    true_range = ta.atr("period")
    bands = ta.bollinger("period", 1.5, source="open")
    convergence = ta.macd(3, "period", 4)
    channel = ta.donchian("period", lag=1)
    change = ta.roc("period")
    move = ta.momentum("period", lag=1)
    top = ta.highest("2 * period", source="high")
    bottom = ta.lowest("2 * period", source="low")
    score = ta.zscore("period")
    oscillator = ta.stochastic("period", 3)
    price = ta.vwap()

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        votes = 0.0
        votes += 1.0 if bar.close > self.simple else -1.0
        votes += 1.0 if self.exponential > self.weighted else -1.0
        votes += 1.0 if self.strength > 50.0 else -1.0
        votes += 1.0 if bar.close > self.bands.middle + 0.1 * self.deviation else -1.0
        votes += 1.0 if bar.close < self.bands.upper else -1.0
        votes += 1.0 if self.convergence.histogram > 0.0 else -1.0
        votes += 1.0 if bar.close > self.channel.middle else -1.0
        votes += 1.0 if self.change + 0.001 * self.move > 0.0 else -1.0
        votes += 1.0 if self.top - bar.close < bar.close - self.bottom else -1.0
        votes += 1.0 if self.score > 0.2 else -1.0
        votes += 1.0 if self.oscillator.k > self.oscillator.d else -1.0
        votes += 1.0 if bar.close > self.price + 0.1 * self.true_range else -1.0
        if votes > self.least:
            return aj.LONG
        if votes < -self.least:
            return aj.SHORT
        return aj.KEEP


@aj.strategy
class Hourly:
    """Averages of hours and of sessions, on shorter bars."""

    period: int = 3
    hours = ta.sma("period", timeframe="1h", lag=1)
    sessions = ta.highest(1, source="high", timeframe="1d")
    here = ta.ema(4)

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if self.here > self.hours or bar.close > self.sessions:
            return aj.LONG
        return aj.SHORT if self.here < 0.995 * self.hours else aj.FLAT


@aj.strategy
class OneRuleInAnotherOut:
    """Enters by one rule and leaves by another: which one depends on the side held."""

    period: int = 5
    score = ta.zscore("period")
    average = ta.sma("2 * period")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if position.quantity == 0.0:
            if self.score < -1.0:
                return aj.LONG
            return aj.SHORT if self.score > 1.2 else aj.KEEP
        if position.quantity > 0.0:
            return aj.FLAT if bar.close > self.average else aj.KEEP
        return aj.FLAT if bar.close < self.average else aj.KEEP


@aj.strategy
class Optional:
    """A parameter that may be None, an array of the module, and a helper."""

    period: int = 4
    stretch: float | None = None
    strength = ta.rsi("period")

    def level(self, index):  # type: ignore[no-untyped-def]
        return 50.0 * LEVELS[index % len(LEVELS)]

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        level = self.level(bar.index)
        if self.stretch is not None:
            level = level * self.stretch
        if aj.above(self.strength, level):
            return True
        return aj.FLAT


@aj.strategy
class FromEntry:
    """Leaves by the price and the bar of the entry."""

    period: int = 4
    loss: float = 0.03
    longest: int = 12
    average = ta.sma("period")
    change = ta.roc("period")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if position.quantity == 0.0:
            if bar.close > self.average:
                return aj.LONG
            return aj.SHORT if self.change < -0.01 else aj.KEEP
        side = 1.0 if position.quantity > 0.0 else -1.0
        if side * (bar.close - position.entry_price) < -self.loss * position.entry_price:
            return aj.FLAT
        return aj.FLAT if bar.index - position.entry_bar >= self.longest else aj.KEEP


@aj.strategy
class FromEquity:
    """Holds less often the less there is."""

    start: float = 1000.0
    floor: float = 0.8
    period: int = 5
    average = ta.wma("period")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if position.equity < self.floor * self.start and position.quantity != 0.0:
            return aj.FLAT
        if position.cash > 0.5 * position.equity:
            return aj.LONG if bar.close > self.average else aj.KEEP
        return aj.FLAT if bar.close < self.average else aj.KEEP


@aj.strategy
class Remembering:
    """Keeps state of every type, and shares an indicator."""

    every: int = 4
    share: float = 0.25
    average = ta.sma(3)
    asked = 0
    memory = 0.0
    armed = False

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        self.asked += 1
        self.memory += self.share * (bar.close - self.memory)
        if self.asked % self.every == 0:
            self.armed = not self.armed
        if not self.armed:
            return None
        if self.average > self.memory:
            return aj.LONG
        return aj.SHORT if self.asked % 3 == 0 else aj.FLAT


@aj.strategy
class Drawing:
    """Draws uniform and normal numbers, without an indicator."""

    busy: float = 0.3

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if self.random.uniform() > self.busy:
            return aj.KEEP
        draw = self.random.normal()
        if draw > 0.4:
            return aj.LONG
        return aj.SHORT if draw < -0.6 else aj.FLAT


@aj.strategy
class DrawingWithState:
    """Draws, remembers what it drew, and looks at an indicator and at its position."""

    pull: float = 0.2
    score = ta.zscore(5)
    mood = 0.0

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        self.mood = (1.0 - self.pull) * self.mood + self.random.normal()
        wish = self.mood - 0.5 * self.score
        if position.quantity > 0.0 and bar.close < 0.97 * position.entry_price:
            return aj.FLAT
        if wish > 1.0:
            return aj.LONG
        return aj.SHORT if wish < -1.2 else aj.KEEP


@aj.strategy
class Signals:
    """Entries and exits side by side, some of which contradict each other."""

    period: int = 3
    band: float = 0.004
    average = ta.sma("period")
    change = ta.roc(2)

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        above = bar.close > (1.0 + self.band) * self.average
        below = bar.close < (1.0 - self.band) * self.average
        return aj.signals(
            long_entry=above,
            long_exit=self.change < -0.01,
            short_entry=below and self.change < 0.0,
            short_exit=self.change > 0.005,
        )


@aj.strategy
class Failing:
    """Trades, and fails in one of several ways at a bar, or never does."""

    way: int = 0
    at: int = 20
    average = ta.sma(3)
    seen = 0

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        self.seen += 1
        if self.seen >= self.at:
            if self.way == 1:
                raise ValueError("this bar is the last")
            if self.way == 2:
                return aj.LONG if 10 // (self.seen - self.at) > 1 else aj.FLAT
            if self.way == 3:
                return aj.LONG if LEVELS[self.seen] > 1.0 else aj.FLAT
            if self.way == 4:
                return 7
        return aj.LONG if bar.close > self.average else aj.SHORT


@aj.strategy
class FailingShared:
    """The same of what is shared: it is evaluated on bars where others would not be."""

    way: int = 0
    at: int = 20
    average = ta.sma(3)

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if bar.index >= self.at:
            if self.way == 1:
                raise ValueError("this bar is the last")
            if self.way == 2:
                return aj.LONG if 10 % (bar.index - self.at) > 1 else aj.FLAT
            if self.way == 3:
                return aj.LONG if LEVELS[bar.index] > 1.0 else aj.FLAT
            if self.way == 4:
                return -2
            if self.way == 5 and position.quantity > 0.0:
                raise RuntimeError("nothing may be held")
        return aj.LONG if bar.close > self.average else aj.SHORT if math.fabs(bar.close) > 0.0 else aj.FLAT
