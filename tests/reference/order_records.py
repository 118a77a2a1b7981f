"""Orders and events of the reference of the order engine."""

import math
from dataclasses import dataclass, field

from tests.reference.metrics import Trade

NAN = math.nan
GTC, DAY, GTD, IOC, FOK = range(5)
STOPS = ("stop", "stop_limit", "trailing")


@dataclass
class Event:
    """One row of the event trace; `order` is the number of the order it tells of, 0 for none."""

    sequence: int
    cause: int
    kind: str
    bar: int
    reason: str = ""
    order: int = 0
    price: float = 0.0
    quantity: float = 0.0
    value: float = 0.0
    fee: float = 0.0
    symbol: str = ""


@dataclass
class Order:
    """An order with what is left of it; NaN is a price that it does not have."""

    number: int
    kind: str
    quantity: float
    symbol: int = 0  # its number in the data
    limit: float = NAN
    stop: float = NAN
    tif: int = GTC
    until: int = 0
    reduce_only: bool = False
    sent: int = 0  # the bar at which it was sent
    event: int = -1  # the latest ORDER event of it
    told: float = 0.0  # the quantity of that event
    group: int = 0  # one cancels the others of it
    attached: bool = False  # cancelled when the position becomes flat
    name: str = ""  # of an order that `exits` or a breach sent: its reason
    forced: bool = False  # closes the position because a rule says so
    direction: int | None = None  # of the signal that sent it
    target: float | None = None  # the position that the order of a direction aims at
    bracket: tuple[float, float] | None = None  # stop and target that an entry sends when it is filled
    children: tuple[int, ...] = ()
    parent: int = 0  # the entry of its bracket, what of which it guards
    retries: bool = False  # what the account does not pay for works on
    fills: int = 0  # how many it had
    proportional: float = 0.0  # sum of what its fills were charged by their quantity
    charged: float = 0.0  # all commission of its fills
    distance: tuple[str, float, int] | None = None  # of a trailing stop: kind, number, ATR period
    extreme: float = NAN
    inside_bar: int = -1  # the bar inside which a fill sent it
    inside_price: float = NAN  # the price of that fill
    tried: int = -1  # the bar on which nothing more can come of it

    @property
    def is_child(self) -> bool:
        """Whether it guards what the entry of its bracket opened."""
        return self.parent != 0

    @property
    def buy(self) -> bool:
        """Whether it purchases."""
        return self.quantity > 0

    def shown_price(self, market: float) -> float:
        """Its price in ORDER and CANCEL events; `market` is that of an order that has none of its own (any more)."""
        if self.kind in ("limit", "stop_limit"):
            return self.limit
        if self.kind in ("stop", "trailing"):
            return 0.0 if math.isnan(self.stop) else self.stop
        return market

    def shown_value(self) -> float:
        """The stop of a stop-limit order that was not touched yet."""
        return self.stop if self.kind == "stop_limit" else 0.0


@dataclass
class OpenTrade:
    """A trade under way: money taken in (negative when paid out) and the commissions in that."""

    entry_bar: int
    direction: int
    quantity: float
    entry_value: float
    money: float
    commission: float
    orders: set[int] = field(default_factory=set)
    exit_fills: int = 0


@dataclass(frozen=True)
class Outcome:
    """What a container leaves; `status` is "done", "equity_exhausted" or "order_book_overflow"."""

    status: str
    equity: list[float]
    events: list[Event]
    trades: list[Trade]
    metrics: dict[str, float]
    cash: float
    positions: list[float]
    risk_breaches: int
    orders_sent: int
    bars_with_position: int
