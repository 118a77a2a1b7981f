"""What a strategy can call in `on_bar`, and how its calls are taken (docs/trading-model.md sections 9 and 10)."""

import math
from typing import Any

from tests.reference import grid
from tests.reference.order_exits import is_price, rounded, set_trailing
from tests.reference.order_limits import allowed, broken_by_growth
from tests.reference.order_records import GTC, NAN, Order
from tests.reference.order_symbol import Symbol


class Orders:
    """The third argument of `on_bar`: it writes calls down, and numbers the orders among them."""

    def __init__(self, symbol: Symbol) -> None:
        self._symbol = symbol
        self.calls: list[tuple[str, Any]] = []

    def _order(self, kind: str, quantity: float, **fields: Any) -> int:
        order = self._symbol.new_order(kind, quantity, **fields)
        self.calls.append(("send", order))
        return order.number

    def market(self, quantity: float, reduce_only: bool = False) -> int:
        return self._order("market", quantity, reduce_only=reduce_only)

    def limit(self, quantity: float, price: float, tif: int = GTC, until: int = 0, reduce_only: bool = False) -> int:
        return self._order("limit", quantity, limit=price, tif=tif, until=until, reduce_only=reduce_only)

    def stop(self, quantity: float, price: float, tif: int = GTC, until: int = 0, reduce_only: bool = False) -> int:
        return self._order("stop", quantity, stop=price, tif=tif, until=until, reduce_only=reduce_only)

    def stop_limit(
        self, quantity: float, stop: float, limit: float, tif: int = GTC, until: int = 0, reduce_only: bool = False
    ) -> int:
        fields = {"stop": stop, "limit": limit, "tif": tif, "until": until, "reduce_only": reduce_only}
        return self._order("stop_limit", quantity, **fields)

    def trailing_amount(self, quantity: float, amount: float, reduce_only: bool = True) -> int:
        return self._order("trailing", quantity, distance=("amount", amount, 0), reduce_only=reduce_only)

    def trailing_percent(self, quantity: float, rate: float, reduce_only: bool = True) -> int:
        return self._order("trailing", quantity, distance=("percent", rate, 0), reduce_only=reduce_only)

    def trailing_atr(self, quantity: float, multiple: float, reduce_only: bool = True) -> int:
        period = self._symbol.settings.atr_period()
        return self._order("trailing", quantity, distance=("atr", multiple, period), reduce_only=reduce_only)

    def market_on_close(self, quantity: float, reduce_only: bool = False) -> int:
        return self._order("market_on_close", quantity, reduce_only=reduce_only)

    def bracket(
        self, quantity: float, stop: float | None = None, target: float | None = None, limit: float = 0.0
    ) -> int:
        if limit == 0.0:
            return self._order("market", quantity, bracket=(stop, target))
        return self._order("limit", quantity, limit=limit, bracket=(stop, target))

    def oco(self, first: int, second: int) -> None:
        self.calls.append(("oco", (first, second)))

    def cancel(self, order: int) -> None:
        self.calls.append(("cancel", order))

    def cancel_all(self) -> None:
        self.calls.append(("cancel_all", None))

    def modify(self, order: int, quantity: float = NAN, limit: float = NAN, stop: float = NAN) -> None:
        self.calls.append(("modify", (order, quantity, limit, stop)))

    def is_working(self, order: int) -> bool:
        return self._symbol.works(order)

    def _child_of(self, entry: int, kind: str) -> int:
        orders = self._symbol.container.in_order()
        return next(
            (o.number for o in orders if o.parent == entry and entry and math.isnan(o.limit) == (kind == "stop")), 0
        )

    def stop_of(self, entry: int) -> int:
        return self._child_of(entry, "stop")

    def target_of(self, entry: int) -> int:
        return self._child_of(entry, "target")

    def count(self) -> int:
        return len(self._symbol.in_order())


def take_calls(c: Symbol, orders: Orders, features: int) -> None:
    """Look at the calls of one bar in the order in which they were made."""
    for name, what in orders.calls:
        if name == "send":
            _send(c, what, features)
        elif name == "cancel":
            order = c.container.working.get(what)
            if order is not None and order.forced:
                _refuse_closing(c, order, features)
            elif order is not None:
                c.cancel(order, features, "cancelled")
        elif name == "cancel_all":
            for order in c.in_order():
                if not order.forced:
                    c.cancel(order, features, "cancelled")
        elif name == "oco":
            _tie(c, features, *what)
        else:
            _modify(c, features, *what)


def down_to_lot(c: Symbol, quantity: float) -> float:
    """A quantity with its size rounded down to the lot."""
    return math.copysign(grid.down(abs(quantity), c.settings.lot_size), quantity)


def _send(c: Symbol, order: Order, features: int) -> None:
    if not math.isfinite(order.quantity) or not _take_prices(c, order):
        c.refuse(order, features, "bad_price")
        return
    order.quantity = down_to_lot(c, order.quantity)
    if order.quantity == 0.0:
        c.refuse(order, features, "below_lot_size")
        return
    if allowed(c, order, features):
        c.send(order, features)


def _take_prices(c: Symbol, order: Order) -> bool:
    """Round the prices of an order; return whether all of them are prices."""
    given = []
    follows = True
    if order.kind in ("limit", "stop_limit"):
        order.limit = rounded(c, order.limit, "limit", order.buy)
        given.append(order.limit)
    if order.kind in ("stop", "stop_limit"):
        order.stop = rounded(c, order.stop, "stop", order.buy)
        given.append(order.stop)
    if order.bracket is not None:
        stop, target = order.bracket
        given += [rounded(c, stop, "stop", not order.buy)] if stop is not None else []
        given += [rounded(c, target, "limit", not order.buy)] if target is not None else []
    if order.distance is not None:
        given.append(order.distance[1])
        if is_price(order.distance[1]):
            order.extreme = c.close
            follows = set_trailing(c, order, c.known_atr(order.distance[2]) if order.distance[2] else None)
    return follows and all(is_price(price) for price in given)


def _tie(c: Symbol, features: int, first: int, second: int) -> None:
    """Put two working orders, and all that are tied to them, into one group."""
    missing = [number for number in dict.fromkeys((first, second)) if number not in c.container.working]
    for number in missing:
        c.emit("REJECT", features, reason="not_working", order=number, price=c.close)
    if missing or first == second:
        return
    closing = [c.container.working[number] for number in (first, second) if c.container.working[number].forced]
    if closing:
        _refuse_closing(c, closing[0], features)
        return
    group = c.container.new_group()
    tied = {c.container.working[first].group, c.container.working[second].group} - {0}
    for order in c.container.in_order():
        if order.group in tied or order.number in (first, second):
            order.group = group


def _refuse_closing(c: Symbol, order: Order, features: int) -> None:
    """Say that what a breach or the clock closes cannot be called back."""
    own = c.container.of(order)
    c.container.emit(own, "REJECT", features, reason="follows_position", order=order.number, price=own.close,
                     quantity=order.quantity)  # fmt: skip


def _modify(c: Symbol, features: int, number: int, quantity: float, limit: float, stop: float) -> None:
    """Give a working order what is named, and nothing else; what cannot be is refused as a whole."""
    given = {"quantity": quantity, "limit": limit, "stop": stop}
    named = {name for name, value in given.items() if not math.isnan(value)}
    if not named:
        return
    order = c.container.working.get(number)
    if order is None:
        c.emit("REJECT", features, reason="not_working", order=number, price=c.close)
        return
    c = c.container.of(order)
    new_limit = rounded(c, limit, "limit", order.buy) if "limit" in named else order.limit
    new_stop = rounded(c, stop, "stop", order.buy) if "stop" in named else order.stop
    new_quantity = down_to_lot(c, quantity) if "quantity" in named else order.quantity
    reason = _why_not(order, named, new_limit, new_stop, new_quantity)
    if reason is not None:
        c.emit("REJECT", features, reason=reason, order=order.number, price=c.close, quantity=new_quantity)
        return
    more = new_quantity - order.quantity
    if not order.reduce_only and more * order.quantity > 0 and c.grows(new_quantity):
        reason = "halted" if c.container.halted else broken_by_growth(c, more)
        if reason is not None:
            c.breach(features, reason, more, order.number)
            return
    order.limit, order.stop, order.quantity = new_limit, new_stop, new_quantity
    c.show(order, features, "modified")


def _why_not(order: Order, named: set[str], limit: float, stop: float, quantity: float) -> str | None:
    """Why a change cannot be, by the table of section 10."""
    if "limit" in named and order.kind not in ("limit", "stop_limit"):
        return "no_such_price"
    if "stop" in named and order.kind not in ("stop", "stop_limit"):
        return "no_such_price"
    if "quantity" in named and (order.name or order.target is not None):
        return "follows_position"
    if ("limit" in named and not is_price(limit)) or ("stop" in named and not is_price(stop)):
        return "bad_price"
    if "quantity" in named and quantity * order.quantity < 0:
        return "wrong_side"
    return "below_lot_size" if "quantity" in named and quantity == 0.0 else None
