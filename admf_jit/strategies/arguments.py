"""What a strategy's methods are given, as types for annotations: ``on_bar(self, bar: aj.Bar, position: aj.Position)``.

They say to an editor and a type checker what is there. Compiled code has types of its own with the same fields.
"""

import math
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray


class Bar(NamedTuple):
    """The bar that ``on_bar`` is called for. Nothing later is visible."""

    index: int  # type: ignore[assignment]  # hides tuple.index
    """Position in the data, from 0."""
    time: int
    """Opening time, in ns since the epoch, UTC."""
    open: float
    """First price."""
    high: float
    """Highest price."""
    low: float
    """Lowest price."""
    close: float
    """Last price."""
    volume: float
    """Traded volume, 0 where the data has none."""
    symbol: int = 0
    """Position of its symbol among those that the container trades, 0 where it is one."""

    @property
    def hour(self) -> int:
        """Hour of its opening on the clock of the data's zone, 0 to 23."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def minute(self) -> int:
        """Minute of that hour."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def weekday(self) -> int:
        """Day of the week there; Monday is 0."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def day(self) -> int:
        """Day of the month there."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def month(self) -> int:
        """Month there, 1 to 12."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def session(self) -> int:
        """Number of its session in the data, from 0."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def bars_in_session(self) -> int:
        """How many bars of its session came before."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def minutes_to_close(self) -> float:
        """Minutes from its close to that of the session, by the data's calendar; NaN outside of sessions."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def x(self) -> Any:
        """Columns of one's own: ``bar.x.prediction``."""
        raise NotImplementedError  # it is read in compiled code alone


class Position(NamedTuple):
    """What the account holds at the close of the bar. It is true where something is held: ``if not position``."""

    quantity: float = 0.0
    """Units held, negative when short, 0 when flat."""
    entry_price: float = 0.0
    """Price of the fill that opened the position, 0 when flat."""
    entry_bar: int = -1
    """Bar of that fill, -1 when flat."""
    cash: float = 0.0
    """Money that is not in positions."""
    equity: float = 0.0
    """Cash and the value of everything held, at this close."""

    def __bool__(self) -> bool:
        return self.quantity != 0.0

    @property
    def bars_held(self) -> int:
        """Bars since that of the entry, 0 when flat."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def unrealized_profit(self) -> float:
        """What the position has gained since its entry, without costs."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def unrealized_return(self) -> float:
        """The same as a part of what was paid for it: 0.05 for 5 %."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def highest_since_entry(self) -> float:
        """Highest high from the entry's bar to this one; NaN when flat."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def lowest_since_entry(self) -> float:
        """Lowest low from the entry's bar to this one; NaN when flat."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def bars_since_exit(self) -> float:
        """Bars since the last trade was closed; infinite before the first."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def last_profit(self) -> float:
        """Profit of the last trade after commissions; NaN before the first."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def last_exit(self) -> int:
        """Why it was closed: a member of ``aj.Exit``."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def losing_streak(self) -> int:
        """How many of the last trades lost, in a row."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def n_trades(self) -> int:
        """Trades closed so far."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def trades_today(self) -> int:
        """Positions opened in this session."""
        raise NotImplementedError  # it is read in compiled code alone


class Market(NamedTuple):
    """What ``target_weights(self, market, weights)`` is called with: arrays have an entry for each symbol."""

    index: int  # type: ignore[assignment]  # hides tuple.index
    """Position of the bar on the common time axis, from 0."""
    time: int
    """Opening time, in ns since the epoch, UTC."""
    close: NDArray[np.float64]
    """Last close of each symbol."""
    volume: NDArray[np.float64]
    """Volume of each symbol at this bar."""
    has_bar: NDArray[np.bool_]
    """Whether each symbol has a bar now."""
    ready: NDArray[np.bool_]
    """Whether the indicators of each symbol are warm."""
    weights: NDArray[np.float64]
    """Share of equity held in each symbol, negative when short."""
    equity: float
    """Cash and the value of everything held."""
    cash: float
    """Money that is not in positions."""

    @property
    def open(self) -> NDArray[np.float64]:
        """First price of each symbol at this bar, NaN where it has none."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def high(self) -> NDArray[np.float64]:
        """Highest price of each symbol at this bar."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def low(self) -> NDArray[np.float64]:
        """Lowest price of each symbol at this bar."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def hour(self) -> int:
        """Hour of the bar's opening on the clock of the data's zone; -1 where no warm symbol has a bar."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def minute(self) -> int:
        """Minute of that hour."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def weekday(self) -> int:
        """Day of the week there; Monday is 0."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def day(self) -> int:
        """Day of the month there."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def month(self) -> int:
        """Month there, 1 to 12."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def session(self) -> int:
        """Number of its session in the data, from 0."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def bars_in_session(self) -> int:
        """How many bars of its session came before."""
        raise NotImplementedError  # it is read in compiled code alone

    @property
    def minutes_to_close(self) -> float:
        """Minutes to the close of the session by the data's calendar; NaN outside of sessions."""
        raise NotImplementedError  # it is read in compiled code alone


class Orders(Protocol):
    """What ``on_bar(self, bar, position, orders)`` sends orders with, besides the direction that it returns.

    Quantities are signed: positive buys, negative sells. ``tif`` is ``aj.GTC``, ``DAY``, ``GTD``, ``IOC`` or ``FOK``,
    ``until`` the time of a GTD order, such as ``bar.time``. Every method that sends returns the order's number.
    """

    def market(self, quantity: float, reduce_only: bool = False) -> int:
        """Trade at the next bar's open, or at this close under ``fill: same_close``."""

    def limit(self, quantity: float, price: float, tif: int = 0, until: int = 0, reduce_only: bool = False) -> int:
        """Trade at ``price`` or better."""

    def stop(self, quantity: float, price: float, tif: int = 0, until: int = 0, reduce_only: bool = False) -> int:
        """Trade at the market once ``price`` is reached."""

    def stop_limit(
        self, quantity: float, stop: float, limit: float, tif: int = 0, until: int = 0, reduce_only: bool = False
    ) -> int:
        """Trade at ``limit`` or better once ``stop`` is reached."""

    def trailing_amount(self, quantity: float, amount: float, reduce_only: bool = True) -> int:
        """Trade once the price comes back by ``amount`` from its best."""

    def trailing_percent(self, quantity: float, rate: float, reduce_only: bool = True) -> int:
        """Trade once the price comes back by a fraction of its best."""

    def trailing_atr(self, quantity: float, multiple: float, reduce_only: bool = True) -> int:
        """Trade once the price comes back by a multiple of the average true range."""

    def market_on_close(self, quantity: float, reduce_only: bool = False) -> int:
        """Trade at the close of the last bar of the session."""

    def bracket(self, quantity: float, stop: float = math.inf, target: float = math.inf, limit: float = 0.0) -> int:
        """Enter, at the market or at ``limit``, with a stop, a target, or both, which then cancel each other."""

    def oco(self, first: int, second: int) -> None:
        """Let a fill that reduces the position take as much off the other order; any other fill cancels it."""

    def cancel(self, order: int) -> None:
        """Cancel what is left of an order."""

    def cancel_all(self) -> None:
        """Cancel every working order of this symbol."""

    def modify(self, order: int, quantity: float = math.nan, limit: float = math.nan, stop: float = math.nan) -> None:
        """Change what is named of a working order: what is left of it (signed), or a price that it has."""

    def is_working(self, order: int) -> bool:
        """Whether an order was working when this bar's ``on_bar`` began."""

    def stop_of(self, entry: int) -> int:
        """Return the number of the working stop of bracket ``entry``, 0 where there is none."""

    def target_of(self, entry: int) -> int:
        """Return the number of the working target of bracket ``entry``, 0 where there is none."""

    def count(self) -> int:
        """Return how many orders of this symbol work, those sent on this bar not counted."""
