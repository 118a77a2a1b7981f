"""Strategies of the pins that send orders of their own.

A change here changes ids, and with them the pinned hashes.
"""

import math

import admf_jit as aj
from admf_jit import ta


@aj.strategy
class EveryCall:
    """Makes whatever calls its stream of whole numbers says, at levels on a grid around the close."""

    stream: int = 1
    busyness: int = 20
    grid: float = 1.0
    unit: float = 1.0
    word = 0
    last = 0

    def draw(self, n):  # type: ignore[no-untyped-def]
        self.word = (self.word * 1103515245 + 12345) % 2147483648
        return (self.word // 65536) % n

    def on_bar(self, bar, position, orders):  # type: ignore[no-untyped-def]
        if self.word == 0:
            self.word = self.stream + 1000003 * bar.symbol
        answer = aj.KEEP
        if self.draw(100) >= self.busyness:
            return answer
        if orders.count() > 12:
            orders.cancel_all()
        for _ in range(1 + self.draw(3)):
            call = self.draw(24)
            quantity = (1 + self.draw(20)) * self.unit
            if self.draw(2) == 0:
                quantity = -quantity
            if position.quantity != 0.0 and self.draw(3) == 0:
                quantity = -position.quantity
            level = bar.close + (self.draw(17) - 8) * self.grid
            other = bar.close + (self.draw(17) - 8) * self.grid
            if self.draw(70) == 0:
                level = -level
            if self.draw(70) == 0:
                quantity = 0.001 * quantity
            tif = self.draw(5)
            until = bar.time + self.draw(40) * 3_600_000_000_000 if tif == aj.GTD else 0
            reduce = self.draw(4) == 0
            some = self.last - self.draw(5)
            if call < 4:
                answer = aj.LONG
            elif call < 6:
                answer = aj.SHORT
            elif call < 8:
                answer = aj.FLAT
            elif call == 8:
                self.last = orders.market(quantity, reduce)
            elif call == 9:
                self.last = orders.limit(quantity, level, tif, until, reduce)
            elif call == 10:
                self.last = orders.stop(quantity, level, tif, until, reduce)
            elif call == 11:
                self.last = orders.stop_limit(quantity, level, other, tif, until, reduce)
            elif call == 12:
                self.last = orders.trailing_amount(quantity, (1 + self.draw(8)) * self.grid, reduce)
            elif call == 13:
                self.last = orders.trailing_percent(quantity, (1 + self.draw(8)) * 0.0078125, reduce)
            elif call == 14:
                self.last = orders.trailing_atr(quantity, 0.5 * (1 + self.draw(4)), reduce)
            elif call == 15:
                self.last = orders.market_on_close(quantity, reduce)
            elif call == 16:
                self.last = orders.bracket(quantity, level, other, 0.0)
            elif call == 17:
                self.last = orders.bracket(quantity, level, other, bar.close + (self.draw(9) - 4) * self.grid)
            elif call == 18:
                first = orders.limit(quantity, level, tif, until, reduce)
                self.last = orders.stop(quantity, other, tif, until, reduce)
                orders.oco(first, self.last)
            elif call == 19:
                if orders.is_working(some):
                    orders.cancel(some)
            elif call == 20:
                orders.modify(some, math.nan, level, other)
            elif call == 21:
                orders.modify(some, quantity, math.nan, math.nan)
            elif call == 22:
                orders.cancel(some)
            else:
                orders.oco(some, self.last)
        return answer


@aj.strategy
class Brackets:
    """Bids below the market while it is above its average; a stop and a target guard what it gets."""

    depth: float = 0.01
    loss: float = 0.02
    share: float = 0.5
    average = ta.sma(5)

    def on_bar(self, bar, position, orders):  # type: ignore[no-untyped-def]
        if position.quantity == 0.0:
            orders.cancel_all()
            if bar.close > self.average:
                bid = bar.close * (1.0 - self.depth)
                size = self.share * position.equity / bar.close
                orders.bracket(size, stop=(1.0 - self.loss) * bid, target=(1.0 + 2.0 * self.loss) * bid, limit=bid)
        return aj.KEEP


@aj.strategy
class Breakout:
    """Stop entries of either side that cancel each other, stop-limits, a trailing stop that is moved up by hand."""

    period: int = 5
    size: float = 3.0
    tif: int = 0
    channel = ta.donchian("period")
    buy = 0
    guard = 0

    def on_bar(self, bar, position, orders):  # type: ignore[no-untyped-def]
        if position.quantity == 0.0:
            if not orders.is_working(self.buy):
                self.buy = orders.stop(self.size, self.channel.upper, self.tif)
                sell = orders.stop_limit(-self.size, self.channel.lower, 0.99 * self.channel.lower, self.tif)
                orders.oco(self.buy, sell)
        elif not orders.is_working(self.guard):
            if bar.index % 3 == 0:
                self.guard = orders.trailing_percent(-position.quantity, 0.02)
            else:
                level = self.channel.lower if position.quantity > 0.0 else self.channel.upper
                self.guard = orders.stop(-position.quantity, level, reduce_only=True)
        elif bar.index % 2 == 0:
            orders.modify(self.guard, stop=self.channel.middle)
        return aj.KEEP


@aj.strategy
class Auctions:
    """Buys with draws of its own, and leaves at the close of the session; directions beside orders."""

    chance: float = 0.3
    size: float = 2.0
    strength = ta.rsi(4)

    def on_bar(self, bar, position, orders):  # type: ignore[no-untyped-def]
        if position.quantity == 0.0 and self.random.uniform() < self.chance:
            if self.strength > 50.0:
                orders.limit(self.size, bar.close, aj.IOC)
                orders.limit(self.size, 1.001 * bar.close, aj.FOK)
            else:
                orders.limit(-self.size, bar.close, aj.DAY)
        elif position.quantity != 0.0 and orders.count() == 0:
            orders.market_on_close(-position.quantity, reduce_only=True)
        return aj.FLAT if self.strength > 90.0 else aj.KEEP


@aj.strategy
class FailingOrders:
    """Sends what cannot be, in one of several ways, at a bar."""

    way: int = 0
    at: int = 20
    seen = 0

    def on_bar(self, bar, position, orders):  # type: ignore[no-untyped-def]
        self.seen += 1
        if self.seen >= self.at:
            if self.way == 1:
                orders.limit(1.0, math.nan)
            elif self.way == 2:
                orders.limit(1.0, bar.close, aj.GTD)
            elif self.way == 3:
                orders.limit(1.0, bar.close, aj.DAY, bar.time)
            elif self.way == 4:
                orders.stop(1.0, 9.0 * bar.close)  # until there is no room for more
        if self.seen % 4 == 0:
            orders.market(1.0 if position.quantity <= 0.0 else -2.0 * position.quantity)
        return aj.KEEP


@aj.strategy
class Trades:
    """Calls of preset backtesting.py: sizes of both kinds, contingent orders, closings in parts."""

    period: int = 4
    fraction: float = 0.4
    units: float = 3.0
    average = ta.sma("period")
    asked = 0

    def on_bar(self, bar, position, orders):  # type: ignore[no-untyped-def]
        self.asked += 1
        step = self.asked % 11
        if step == 0:
            orders.close(0.5)
        elif step == 3:
            orders.buy(self.fraction, sl=0.97 * bar.close, tp=1.04 * bar.close)
        elif step == 5:
            orders.buy(self.units, limit=0.995 * bar.close)
        elif step == 6 and bar.close < self.average:
            orders.sell(self.units, stop=0.99 * bar.close)
        elif step == 7:
            orders.sell(self.fraction, stop=0.998 * bar.close, limit=0.996 * bar.close, tp=0.96 * bar.close)
        elif step == 8:
            orders.sell(1.5)
        elif step == 9 and self.asked % 2 == 0:
            orders.close()
        elif step == 10 and self.asked % 3 == 0:
            orders.cancel_all()
        return aj.LONG if self.asked % 23 == 0 else aj.KEEP
