"""What all symbols of a container share, and what all rules do with it: emit, send, cancel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.reference.order_account import Account
from tests.reference.order_records import Event, Order
from tests.reference.order_settings import OrderSettings

if TYPE_CHECKING:
    from tests.reference.order_symbol import Symbol


class BookFull(Exception):  # noqa: N818 - it ends a container, it is not a mistake
    """More orders work than `order_capacity` allows."""


@dataclass
class Container:
    """One container under way; `bar` is the place on the axis, `phase` the step: "open", "inside", "asked" or "close".

    `time` and `session` are those of the axis.
    """

    time: Sequence[int]
    session: Sequence[int]
    per_year: float
    settings: OrderSettings
    uniform: Callable[[], float]
    zone: str
    account: Account
    symbols: list[Symbol] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    working: dict[int, Order] = field(default_factory=dict)
    numbers: int = 0
    groups: int = 0
    bar: int = 0
    bar_event: int = 0
    phase: str = "open"
    breaches: int = 0
    orders_sent: int = 0
    orders_today: int = 0
    halted_today: bool = False
    halted_for_good: bool = False
    peak: float = 0.0
    equity_before_session: float = 0.0

    @property
    def here(self) -> list[Symbol]:
        """The symbols that have this bar."""
        return [symbol for symbol in self.symbols if symbol.here]

    @property
    def first(self) -> Symbol:
        """The symbol that events of the whole account are told of: they are of none."""
        return self.symbols[0]

    @property
    def equity(self) -> float:
        """Worth of the account at the last closes that are known."""
        return self.account.cash + sum(s.position * s.last_close for s in self.symbols if s.position != 0.0)

    def exposure(self) -> float:
        """Gross exposure at the last closes that are known."""
        return sum(abs(s.position) * s.last_close for s in self.symbols if s.position != 0.0)

    @property
    def halted(self) -> bool:
        """Whether a limit on losses forbids entries."""
        return self.halted_today or self.halted_for_good

    def emit(self, symbol: Symbol, kind: str, cause: int, **payload: object) -> int:
        """Append an event of this bar and return its sequence number."""
        event = Event(len(self.events), cause, kind, self.bar, symbol=symbol.name, **payload)  # type: ignore[arg-type]
        self.events.append(event)
        return event.sequence

    def new_group(self) -> int:
        """The number of a new group of orders of which one cancels the others."""
        self.groups += 1
        return self.groups

    def in_order(self) -> list[Order]:
        """Working orders of all symbols by number."""
        return [self.working[number] for number in sorted(self.working)]

    def of(self, order: Order) -> Symbol:
        """The symbol that an order is for."""
        return self.symbols[order.symbol]

    def cancel(self, order: Order, cause: int, reason: str) -> None:
        """Emit the CANCEL of an order, which works no more."""
        del self.working[order.number]
        symbol = self.of(order)
        price, value = order.shown_price(symbol.market_price), order.shown_value()
        self.emit(symbol, "CANCEL", cause, reason=reason, order=order.number, price=price,
                  quantity=order.quantity, value=value)  # fmt: skip

    def entries(self) -> list[Order]:
        """Working orders of all symbols that would open or increase a position if they were filled now."""
        return [order for order in self.in_order() if self.of(order).grows(self.of(order).wanted(order))]

    def cancel_entries(self, cause: int, reason: str) -> None:
        """Cancel what would open or increase a position."""
        for order in self.entries():
            symbol = self.of(order)
            symbol.leave_closing(order, cause, reason)

    def new_session(self) -> bool:
        """Whether the bar is the first of its session on the axis."""
        return self.bar == 0 or self.session[self.bar] != self.session[self.bar - 1]

    def at_end(self) -> bool:
        """Whether this is the last bar of the axis."""
        return self.bar == len(self.time) - 1
