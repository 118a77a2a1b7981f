"""The state that the rules of the order engine work on, and what all of them do: emit, send, cancel."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.reference import indicators
from tests.reference.bars import Bars
from tests.reference.order_account import Account
from tests.reference.order_records import DAY, FOK, GTD, IOC, Event, Order
from tests.reference.order_settings import NANOSECONDS, OrderSettings


class BookFull(Exception):  # noqa: N818 - it ends a container, it is not a mistake
    """More orders work than `order_capacity` allows."""


@dataclass
class Container:
    """One container under way; `t` is the bar, `phase` the step: "open", "inside", "asked" or "close"."""

    bars: Bars
    settings: OrderSettings
    uniform: Callable[[], float]
    zone: str
    account: Account
    events: list[Event] = field(default_factory=list)
    working: dict[int, Order] = field(default_factory=dict)
    numbers: int = 0
    groups: int = 0
    t: int = 0
    phase: str = "open"
    bar_event: int = 0
    used_volume: float = 0.0
    breaches: int = 0
    orders_sent: int = 0
    orders_today: int = 0
    halted_today: bool = False
    halted_for_good: bool = False
    peak: float = 0.0
    equity_before_session: float = 0.0
    atr: dict[int, list[float | None]] = field(default_factory=dict)

    @property
    def open(self) -> float:
        """Open of the bar."""
        return self.bars.open[self.t]

    @property
    def close(self) -> float:
        """Close of the bar."""
        return self.bars.close[self.t]

    @property
    def position(self) -> float:
        """Quantity held."""
        return self.account.position

    @property
    def equity(self) -> float:
        """Worth of the account at the close of the bar."""
        return self.account.equity(self.close)

    @property
    def market_price(self) -> float:
        """What events show as the price of a market order: the close, or the open before the close is known."""
        return self.open if self.phase in ("open", "inside") else self.close

    def emit(self, kind: str, cause: int, **payload: object) -> int:
        """Append an event of this bar and return its sequence number."""
        self.events.append(Event(len(self.events), cause, kind, self.t, **payload))  # type: ignore[arg-type]
        return len(self.events) - 1

    def new_number(self) -> int:
        """The number of the next order."""
        self.numbers += 1
        return self.numbers

    def new_group(self) -> int:
        """The number of a new group of orders of which one cancels the others."""
        self.groups += 1
        return self.groups

    def in_order(self) -> list[Order]:
        """Working orders by number."""
        return [self.working[number] for number in sorted(self.working)]

    def show(self, order: Order, cause: int, reason: str) -> None:
        """Emit the ORDER event of an order as it is now."""
        price, value = order.shown_price(self.market_price), order.shown_value()
        order.event = self.emit(
            "ORDER", cause, reason=reason, order=order.number, price=price, quantity=order.quantity, value=value
        )

    def send(self, order: Order, cause: int, reason: str = "") -> None:
        """Let an order work. Raises BookFull when there are too many."""
        if len(self.working) >= self.settings.order_capacity:
            raise BookFull
        order.sent = self.t
        self.working[order.number] = order
        self.orders_sent += 1
        self.show(order, cause, reason)

    def refuse(self, order: Order, cause: int, reason: str) -> None:
        """Emit the REJECT of an order, which does not work (any more)."""
        self.working.pop(order.number, None)
        price = order.shown_price(self.market_price)
        self.emit("REJECT", cause, reason=reason, order=order.number, price=price, quantity=order.quantity)

    def cancel(self, order: Order, cause: int, reason: str) -> None:
        """Emit the CANCEL of an order, which works no more."""
        del self.working[order.number]
        price, value = order.shown_price(self.market_price), order.shown_value()
        self.emit("CANCEL", cause, reason=reason, order=order.number, price=price, quantity=order.quantity, value=value)

    def breach(self, cause: int, reason: str, quantity: float, order: int = 0, price: float | None = None) -> int:
        """Emit and count a RISK_BREACH at the close, or at the price at which an order was matched.

        Its value is the equity at the last close that is known.
        """
        self.breaches += 1
        price = self.close if price is None else price
        last = self.close if self.phase in ("asked", "close") else self.bars.close[self.t - 1]
        value = self.account.equity(last)
        return self.emit("RISK_BREACH", cause, reason=reason, order=order, price=price, quantity=quantity, value=value)

    def wanted(self, order: Order) -> float:
        """What an order would buy (sell: negative) if it were matched now, before any limit of cash or volume."""
        if order.target is not None:
            return order.target - self.position
        if not order.reduce_only:
            return order.quantity
        if self.position * order.quantity >= 0:
            return 0.0
        if order.name:
            return -self.position
        return math.copysign(min(abs(order.quantity), abs(self.position)), order.quantity)

    def grows(self, quantity: float) -> bool:
        """Whether a fill of this quantity would open or increase a position."""
        return self.position * quantity > 0 or abs(quantity) > abs(self.position)

    def entries(self) -> list[Order]:
        """Working orders that would open or increase a position if they were filled now."""
        return [order for order in self.in_order() if self.grows(self.wanted(order))]

    def cancel_entries(self, cause: int, reason: str) -> None:
        """Cancel what would open or increase a position."""
        for order in self.entries():
            self.cancel(order, cause, reason)

    @property
    def halted(self) -> bool:
        """Whether a limit on losses forbids entries."""
        return self.halted_today or self.halted_for_good

    def atr_at(self, period: int, t: int) -> float | None:
        """ATR of section 7 at a bar; None before the data and before its warm-up."""
        if period not in self.atr:
            self.atr[period] = indicators.atr(self.bars.high, self.bars.low, self.bars.close, period)
        return self.atr[period][t] if t >= 0 else None

    def known_atr(self, period: int) -> float | None:
        """ATR of the last bar that is complete: while orders are matched that is the bar before."""
        return self.atr_at(period, self.t - 1 if self.phase in ("open", "inside") else self.t)

    def new_session(self) -> bool:
        """Whether the bar is the first of its session."""
        return self.t == 0 or self.bars.session[self.t] != self.bars.session[self.t - 1]

    def last_of_session(self) -> bool:
        """Whether the bar is known to be the last of its session."""
        return self.t + 1 < len(self.bars) and self.bars.session[self.t + 1] != self.bars.session[self.t]

    def clock(self, t: int) -> int:
        """Local time of day of a bar, in nanoseconds since midnight."""
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=self.bars.time[t] // NANOSECONDS)
        local = moment.astimezone(ZoneInfo(self.zone))
        return (local.hour * 3600 + local.minute * 60 + local.second) * NANOSECONDS

    def after_exit_time(self) -> bool:
        """Whether the bar begins at or after `exit_at`."""
        exit_at = self.settings.exit_at()
        return exit_at is not None and self.clock(self.t) >= exit_at

    def expired(self, order: Order) -> bool:
        """Whether the time of an order was over before this bar."""
        if order.tif == DAY:
            return self.bars.session[self.t] > self.bars.session[order.sent + 1]
        return order.tif == GTD and self.bars.time[self.t] > order.until

    def cancel_unfilled(self) -> None:
        """Cancel orders that were matched on their only bar."""
        for order in self.in_order():
            if order.tif in (IOC, FOK):
                self.cancel(order, order.event, "not_filled")
