"""Strategies that read all that ``position`` has, and say what they read."""

import math

import admf_jit as aj
from admf_jit import ta

#: What the engines' events say of a number that is none, or not finite.
NONE, UNBOUNDED = -7.25, -9.75


def said(value):  # type: ignore[no-untyped-def]
    """A number that an order may have, from one that is read."""
    if math.isnan(value):
        return NONE
    return UNBOUNDED if math.isinf(value) else value + 0.125


@aj.strategy
class Saying:
    """Says all that it reads as quantities of orders that are refused for their price, and trades at random."""

    stream: int = 1
    busyness: int = 20
    grid: float = 1.0
    unit: float = 1.0
    period: int = 1
    average = ta.sma("period")
    word = 0
    entry = 0

    def draw(self, n):  # type: ignore[no-untyped-def]
        self.word = (self.word * 1103515245 + 12345) % 2147483648
        return (self.word // 65536) % n

    def on_bar(self, bar, position, orders):  # type: ignore[no-untyped-def]
        if self.word == 0:
            self.word = self.stream + 1000003 * bar.symbol
        orders.limit(said(1.0 * position.bars_held), -1.0)
        orders.limit(said(position.unrealized_profit), -1.0)
        orders.limit(said(position.unrealized_return), -1.0)
        orders.limit(said(position.highest_since_entry), -1.0)
        orders.limit(said(position.lowest_since_entry), -1.0)
        orders.limit(said(position.bars_since_exit), -1.0)
        orders.limit(said(position.last_profit), -1.0)
        orders.limit(said(1.0 * position.last_exit), -1.0)
        orders.limit(said(1.0 * position.losing_streak), -1.0)
        orders.limit(said(1.0 * position.n_trades), -1.0)
        orders.limit(said(1.0 * position.trades_today), -1.0)
        stop, target = orders.stop_of(self.entry), orders.target_of(self.entry)
        orders.limit(said(1.0 * stop), -1.0)
        orders.limit(said(1.0 * target), -1.0)
        if stop != 0 and self.draw(3) == 0:
            orders.modify(stop, stop=bar.close - self.grid if position.quantity > 0.0 else bar.close + self.grid)
        call = self.draw(24)
        if call >= 14:
            return aj.KEEP
        quantity = (1 + self.draw(20)) * self.unit
        if self.draw(2) == 0:
            quantity = -quantity
        level = bar.close + (1 + self.draw(6)) * self.grid
        other = bar.close - (1 + self.draw(6)) * self.grid
        if orders.count() > 12:
            orders.cancel_all()
        if call < 3:
            return aj.LONG
        if call < 5:
            return aj.FLAT
        if call == 5:
            return aj.SHORT
        if call < 8:
            orders.market(quantity)
        elif call < 11:
            if quantity > 0.0:
                self.entry = orders.bracket(quantity, other, level)
            else:
                self.entry = orders.bracket(quantity, level, other)
        elif call == 11:
            orders.trailing_amount(-position.quantity if position.quantity != 0.0 else quantity, 2.0 * self.grid)
        elif call == 12:
            orders.stop(quantity, level if quantity > 0.0 else other)
        else:
            orders.limit(quantity, other if quantity > 0.0 else level)
        return aj.KEEP


@aj.strategy
class Managed:
    """Looks at what is held alone."""

    fast: int = 3
    longest: int = 9
    room: float = 0.01
    average = ta.sma("fast")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if position.quantity == 0.0:
            return aj.LONG if bar.close > self.average else aj.SHORT
        if position.bars_held >= self.longest or position.unrealized_return < -3.0 * self.room:
            return aj.FLAT
        if position.quantity > 0.0 and bar.close < (1.0 - self.room) * position.highest_since_entry:
            return aj.FLAT
        if position.quantity < 0.0 and bar.close > (1.0 + self.room) * position.lowest_since_entry:
            return aj.LONG
        return aj.FLAT if position.unrealized_profit > 600.0 else aj.KEEP


def is_over(position, room):  # type: ignore[no-untyped-def]
    return position.unrealized_return > room or position.bars_held > 12


@aj.strategy
class Asking:
    """Hands its position on, which keeps it from being arithmetic."""

    fast: int = 3
    room: float = 0.01
    average = ta.sma("fast")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if position and is_over(position, self.room):
            return aj.FLAT
        if position.quantity > 0.0 and position.highest_since_entry - bar.close > self.room * bar.close:
            return aj.SHORT
        return aj.LONG if bar.close > self.average else aj.KEEP


@aj.strategy
class Cooling:
    """Waits after a trade, longer after losses, and enters twice a session at the most."""

    fast: int = 3
    pause: int = 2
    average = ta.sma("fast")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if position.quantity != 0.0:
            gone = position.bars_held > 4 or bar.close < 0.97 * position.highest_since_entry
            return aj.FLAT if gone else aj.KEEP
        if position.trades_today >= 2 or position.bars_since_exit < self.pause + position.losing_streak:
            return aj.KEEP
        if position.last_exit == aj.Exit.STOP_LOSS and bar.close < self.average:
            return aj.KEEP
        if position.last_profit < -200.0 and position.n_trades % 2 == 1:
            return aj.SHORT
        return aj.LONG
