"""What a strategy's ``on_bar`` is given to look at."""

from typing import Any, NamedTuple

from numba import types
from numba.extending import overload


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


def truth(value: Any) -> Any:
    """``value`` where its truth is asked for: of a position, whether something is held.

    Numba takes a position for a tuple, which is true whenever it has fields.
    """
    return value


@overload(truth)
def _truth(value):
    if isinstance(value, types.BaseNamedTuple) and value.instance_class is Position:
        return lambda value: value.quantity != 0.0
    return lambda value: value
