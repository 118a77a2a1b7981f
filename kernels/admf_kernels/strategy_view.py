"""What a strategy's ``on_bar`` is given to look at."""

from typing import NamedTuple


class Bar(NamedTuple):
    """The bar a strategy is asked about: its place in the data, opening time (ns since epoch, UTC), and prices."""

    index: int  # type: ignore[assignment]  # hides tuple.index, which a bar has no use for
    time: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class Position(NamedTuple):
    """What the account holds at the close of the bar; quantity is negative when short.

    ``entry_price`` and ``entry_bar`` are those of the fill that opened the position, and 0.0 and -1 when flat.
    """

    quantity: float
    entry_price: float
    entry_bar: int
    cash: float
    equity: float
