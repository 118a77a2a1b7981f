"""One symbol of a container: its own bars, its position, and the orders that are for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.reference import grid, indicators
from tests.reference.bars import Bars
from tests.reference.order_account import Holding
from tests.reference.order_container import BookFull, Container
from tests.reference.order_records import DAY, FOK, GTD, IOC, Event, Order
from tests.reference.order_settings import NANOSECONDS, OrderSettings


@dataclass
class Symbol:
    """A symbol; `t` is the place of its newest bar among its own, `places` says where each of these is on the axis.

    `here` says whether the symbol has the axis's bar, `delisted` at what price it was delisted, where that is given.
    """

    container: Container
    number: int
    name: str
    bars: Bars
    places: Sequence[int]
    holding: Holding
    t: int = -1
    here: bool = False
    bar_event: int = 0
    used_volume: float = 0.0
    delisted: float | None = None
    dividend: float = 0.0  # of this bar
    ratio: float = 1.0
    atr: dict[int, list[float | None]] = field(default_factory=dict)

    @property
    def settings(self) -> OrderSettings:
        """Settings of the container."""
        return self.container.settings

    @property
    def phase(self) -> str:
        """Step of the container."""
        return self.container.phase

    @property
    def open(self) -> float:
        """Open of the bar."""
        return self.bars.open[self.t]

    @property
    def close(self) -> float:
        """Close of the bar."""
        return self.bars.close[self.t]

    @property
    def n_known(self) -> int:
        """How many bars the symbol had so far, those of the history included."""
        return self.bars.n_history + self.t + 1

    @property
    def last_close(self) -> float:
        """The last close that is known: the bar's own is not while orders are matched at the open and inside.

        0 before the first bar of all.
        """
        n_closes = self.n_known - (self.here and self.matching)
        close = self.bars.with_history.close[n_closes - 1] if n_closes > 0 else 0.0
        return max(close - self.dividend, 0.0) / self.ratio if self.here and self.matching else close

    @property
    def matching(self) -> bool:
        """Whether the close of this bar is still to come."""
        return self.phase in ("open", "inside")

    @property
    def position(self) -> float:
        """Quantity held."""
        return self.holding.position

    @property
    def market_price(self) -> float:
        """What events show as the price of a market order: the close, or the open before the close is known."""
        return self.open if self.here and self.matching else self.close

    def advance(self) -> None:
        """Go to the bar of the axis, if the symbol has it."""
        place = self.t + 1
        self.here = place < len(self.places) and self.places[place] == self.container.bar
        self.used_volume = 0.0
        self.dividend, self.ratio = 0.0, 1.0
        self.t += self.here

    def emit(self, kind: str, cause: int, **payload: object) -> int:
        """Append an event of this symbol and return its sequence number."""
        return self.container.emit(self, kind, cause, **payload)

    @property
    def events(self) -> list[Event]:
        """All events of the container."""
        return self.container.events

    def new_order(self, kind: str, quantity: float, **fields: object) -> Order:
        """An order for this symbol with the next number."""
        self.container.numbers += 1
        return Order(self.container.numbers, kind, quantity, self.number, **fields)  # type: ignore[arg-type]

    def in_order(self) -> list[Order]:
        """Working orders of this symbol by number."""
        return [order for order in self.container.in_order() if order.symbol == self.number]

    def works(self, number: int) -> bool:
        """Whether an order of any symbol works."""
        return number in self.container.working

    def show(self, order: Order, cause: int, reason: str, market: float | None = None) -> None:
        """Emit the ORDER event of an order as it is now, with the price of the market, or another one."""
        price = order.shown_price(self.market_price if market is None else market)
        value = order.shown_value()
        order.told = order.quantity
        order.event = self.emit(
            "ORDER", cause, reason=reason, order=order.number, price=price, quantity=order.quantity, value=value
        )

    def send(self, order: Order, cause: int, reason: str = "", market: float | None = None) -> None:
        """Let an order work. Raises BookFull when there are too many."""
        if len(self.container.working) >= self.settings.order_capacity:
            raise BookFull
        order.sent = self.t
        self.container.working[order.number] = order
        self.container.orders_sent += 1
        self.show(order, cause, reason, market)

    def refuse(self, order: Order, cause: int, reason: str) -> None:
        """Emit the REJECT of an order, which does not work (any more)."""
        self.container.working.pop(order.number, None)
        price = order.shown_price(self.market_price)
        self.emit("REJECT", cause, reason=reason, order=order.number, price=price, quantity=order.quantity)

    def cancel(self, order: Order, cause: int, reason: str) -> None:
        """Emit the CANCEL of an order of any symbol, which works no more."""
        self.container.cancel(order, cause, reason)

    def breach(self, cause: int, reason: str, quantity: float, order: int = 0, price: float | None = None) -> int:
        """Emit and count a RISK_BREACH at the close, or at the price at which an order was matched.

        Its value is the equity at the last closes that are known.
        """
        self.container.breaches += 1
        price = self.close if price is None else price
        value = self.container.equity
        return self.emit("RISK_BREACH", cause, reason=reason, order=order, price=price, quantity=quantity, value=value)

    def wanted(self, order: Order) -> float:
        """What an order would buy (sell: negative) if it were matched now, before any limit of cash or volume."""
        if order.target is not None:
            return self.quantity_to_target(order.target)
        if not order.reduce_only:
            return order.quantity
        if self.position * order.quantity >= 0:
            return 0.0
        if order.name:
            return -self.position
        return math.copysign(min(abs(order.quantity), abs(self.position)), order.quantity)

    def quantity_to_target(self, target: float) -> float:
        """Quantity from the position held to another; rounding counts as none."""
        quantity = target - self.position
        return 0.0 if quantity == 0.0 or self.is_rounding(quantity, max(abs(target), abs(self.position))) else quantity

    def is_rounding(self, rest: float, of: float) -> bool:
        """Whether a rest is rounding of a quantity, or of the sums that the position was made by."""
        return grid.is_rounding_of_sums(rest, of, self.holding.largest, self.settings.lot_size)

    def grows(self, quantity: float) -> bool:
        """Whether a fill of this quantity would open or increase a position."""
        if self.position * quantity > 0:
            return True
        beyond = abs(quantity) - abs(self.position)
        return beyond > 0 and not self.is_rounding(beyond, max(abs(quantity), abs(self.position)))

    def closing_part(self, quantity: float) -> float:
        """The part of a quantity that closes the position held; 0 where it faces none."""
        return -self.position if self.position * quantity < 0 else 0.0

    def cut_to_closing(self, order: Order, closing: float) -> None:
        """Leave an order nothing but its closing part."""
        order.quantity, order.reduce_only, order.attached = closing, True, True
        if order.target is not None:
            order.target = 0.0

    def leave_closing(self, order: Order, cause: int, reason: str) -> None:
        """Cancel a working order that would open a position, or leave it its closing part."""
        closing = self.closing_part(self.wanted(order))
        if closing == 0.0:
            self.cancel(order, cause, reason)
            return
        self.cut_to_closing(order, closing)
        self.show(order, cause, "modified")

    def reduces(self, order: Order) -> bool:
        """Whether an order would make a position smaller, and do nothing else, if it were filled now."""
        quantity = self.wanted(order)
        return quantity != 0.0 and not self.grows(quantity)

    def entries(self) -> list[Order]:
        """Working orders that would open or increase the position if they were filled now."""
        return [order for order in self.in_order() if self.grows(self.wanted(order))]

    def atr_at(self, period: int, t: int) -> float | None:
        """ATR of section 7 at a bar; None before the data with its history, and before its warm-up."""
        if period not in self.atr:
            bars = self.bars.with_history
            self.atr[period] = indicators.atr(bars.high, bars.low, bars.close, period)
        place = self.bars.n_history + t
        return self.atr[period][place] if place >= 0 else None

    def known_atr(self, period: int) -> float | None:
        """ATR of the last bar that is complete: while orders are matched that is the bar before."""
        return self.atr_at(period, self.t - 1 if self.matching else self.t)

    def new_session(self) -> bool:
        """Whether the bar is the symbol's first of its session."""
        return self.t == 0 or self.bars.session[self.t] != self.bars.session[self.t - 1]

    def last_of_session(self) -> bool:
        """Whether the bar is known to be the last of its session: on the axis, as nobody knows who will trade later."""
        c = self.container
        return not c.at_end() and c.session[c.bar + 1] != c.session[c.bar]

    def clock(self, t: int) -> int:
        """Local time of day of a bar, in nanoseconds since midnight."""
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=self.bars.time[t] // NANOSECONDS)
        local = moment.astimezone(ZoneInfo(self.container.zone))
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
