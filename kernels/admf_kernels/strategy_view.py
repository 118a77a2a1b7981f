"""What a strategy's ``on_bar`` is given to look at."""

import math
from typing import Any, NamedTuple

from numba import types
from numba.extending import overload

from .compilation import hot_kernel


class Bar(NamedTuple):
    """The bar a strategy is asked about: its place in the data, opening time (ns since epoch, UTC), and prices.

    ``symbol`` is the place of its symbol among those that the container trades, 0 where it is one.
    """

    index: int  # type: ignore[assignment]  # hides tuple.index, which a bar has no use for
    time: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    symbol: int


class IndicatorBar(NamedTuple):
    """The bar that an indicator of the user's own takes."""

    open: float
    high: float
    low: float
    close: float
    volume: float


class Market(NamedTuple):
    """What ``target_weights`` is asked about: arrays have an entry for each symbol, in the order of the data.

    ``close`` is the last close that a symbol had, ``has_bar`` whether it has a bar now, ``ready`` whether its
    indicators are warm, and ``weights`` the share of equity held in it (negative when short).
    """

    index: int  # type: ignore[assignment]  # hides tuple.index, which a market has no use for
    time: int
    close: Any
    volume: Any
    has_bar: Any
    ready: Any
    weights: Any
    equity: float
    cash: float


class Position(NamedTuple):
    """What the account holds at the close of the bar; quantity is negative when short.

    ``entry_price`` and ``entry_bar`` are those of the fill that opened the position, and 0.0 and -1 when flat.
    A position is true where something is held: ``if not position``.
    """

    quantity: float
    entry_price: float
    entry_bar: int
    cash: float
    equity: float

    def __bool__(self) -> bool:
        return self.quantity != 0.0


#: What ``position`` has besides, in a strategy that reads it: of what is held, and of the trades before.
OF_WHAT_IS_HELD = (
    "bars_held",
    "unrealized_profit",
    "unrealized_return",
    "highest_since_entry",
    "lowest_since_entry",
)
OF_TRADES = ("bars_since_exit", "last_profit", "last_exit", "losing_streak", "n_trades", "trades_today")


@hot_kernel
def known(values):
    """The first of the values of some symbols that is known, or NaN: of a clock all that are known are the same."""
    for value in values:
        if value == value:
            return float(value)
    return math.nan


@hot_kernel
def known_whole(values):
    """The same as a whole number, or -1."""
    value = known(values)
    return int(value) if value == value else -1


@hot_kernel
def bars_held(quantity, entry_bar, bar):
    """Bars since that of the entry, 0 when flat."""
    return bar - entry_bar if quantity != 0.0 else 0


@hot_kernel
def unrealized_profit(quantity, entry_price, close):
    """What the position has gained since its entry, without costs."""
    return quantity * (close - entry_price)


@hot_kernel
def unrealized_return(quantity, entry_price, close):
    """The same as a part of what was paid for it, 0 when flat."""
    if quantity == 0.0 or entry_price == 0.0:
        return 0.0
    change = close / entry_price - 1.0
    return change if quantity > 0.0 else -change


@hot_kernel
def highest_of(highest, price):
    """The higher of both; a missing price is none."""
    return price if price > highest else highest


@hot_kernel
def lowest_of(lowest, price):
    """The lower of both; a missing price is none."""
    return price if price < lowest else lowest


def truth(value: Any) -> Any:
    """``value`` where its truth is asked for: of a position, whether something is held.

    Numba takes a position for a tuple, which is true whenever it has fields.
    """
    return value


@overload(truth)
def _truth(value):
    if isinstance(value, types.BaseNamedTuple) and tuple(value.fields[: len(Position._fields)]) == Position._fields:
        return lambda value: value.quantity != 0.0
    return lambda value: value
