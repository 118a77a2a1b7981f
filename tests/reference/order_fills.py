"""One order meets one price: from the base price to the events of its fill (docs/trading-model.md section 13)."""

import math

from tests.reference import order_exits
from tests.reference.order_account import Change
from tests.reference.order_costs import Rest, against, commission, paid_by_cash, paid_by_margin, slipped
from tests.reference.order_records import FOK, STOPS, Order
from tests.reference.order_symbol import Symbol


def volume_left(c: Symbol) -> float:
    """What may still be filled on this bar; closes that come at once, at the close, do not ask."""
    share = c.settings.max_volume_share
    if share is None:
        return math.inf
    most = share * c.bars.volume[c.t]
    lot = c.settings.lot_size
    if lot > 0:
        most = math.floor(most / lot) * lot
    left = most - c.used_volume
    # What rounding leaves of a volume that is used up counts as none.
    return left if left > 1e-9 * c.used_volume else 0.0


def execute(c: Symbol, order: Order, base: float) -> None:
    """Fill an executable order at a base price, as far as the rules let it."""
    order.tried = c.container.bar
    quantity = c.wanted(order)
    if quantity == 0.0:
        c.cancel(order, order.event, "nothing_to_reduce")
        return
    if c.grows(quantity) and _forbidden(c, order, quantity, base):
        return
    takes = order.kind != "limit" or c.phase == "open"
    if order.kind in STOPS:
        order.kind = "market"
    at_once = order.forced and c.phase == "close"
    size = abs(quantity) if at_once else min(abs(quantity), volume_left(c))
    if not size > 0 or (order.tif == FOK and size < abs(quantity)):
        return
    price = _price(c, order, math.copysign(size, quantity), base)
    if not price > 0:
        c.refuse(order, order.event, "no_positive_price")
        return
    paid = _paid(c, size, quantity > 0, price, takes)
    if order.tif == FOK and paid < abs(quantity):
        return
    if not paid > 0:
        c.refuse(order, order.event, "insufficient_margin" if c.settings.margin else "insufficient_cash")
        return
    filled = math.copysign(paid, quantity)
    fee = commission(filled, price, c.container.account.traded, takes, c.settings)
    if c.settings.margin is None and c.container.account.cash - (filled * price + fee) < 0:
        if order.tif == FOK:
            return
        c.refuse(order, order.event, "insufficient_cash")
        return
    order.quantity = quantity
    _book(c, order, filled, price, base, fee, cut=paid < size)


def _forbidden(c: Symbol, order: Order, quantity: float, base: float) -> bool:
    """Refuse an order that would open or increase a position when none may."""
    if c.after_exit_time():
        c.refuse(order, order.event, "after_exit_time")
        return True
    if c.container.halted:
        c.container.working.pop(order.number)
        c.breach(order.event, "halted", quantity, order.number, base)
        return True
    return False


def _price(c: Symbol, order: Order, quantity: float, base: float) -> float:
    if order.kind == "limit":
        return base
    price = slipped(base, quantity, c.bars.volume[c.t], c.settings, c.container.uniform)
    return against(price, quantity > 0, c.settings.tick_size)


def _paid(c: Symbol, size: float, buy: bool, price: float, takes: bool) -> float:
    """What the account lets through of an order of this size; a sale for cash is looked at by the caller."""

    def fee(part: float) -> float:
        return commission(part, price, c.container.account.traded, takes, c.settings)

    if c.settings.margin is not None:
        others = [other for other in c.container.symbols if other is not c and other.position != 0.0]
        rest = Rest(
            sum(abs(other.position) * other.last_close for other in others),
            sum(other.position * other.last_close for other in others),
        )
        return paid_by_margin(size, buy, price, c.container.account.cash, c.position, rest, fee, c.settings)
    return paid_by_cash(size, price, c.container.account.cash, fee, c.settings) if buy else size


def _book(c: Symbol, order: Order, filled: float, price: float, base: float, fee: float, *, cut: bool) -> None:
    """Emit a fill and all that it brings about."""
    slippage = abs(filled) * abs(price - base)
    fill = c.emit("FILL", order.event, order=order.number, price=price, quantity=filled, value=slippage, fee=fee)
    c.used_volume += abs(filled)
    change = c.holding.book(order.number, filled, price, fee, slippage, c.container.bar)
    closed = _tell(c, fill, price, change)
    order.quantity -= filled
    if cut or order.quantity == 0.0:
        del c.container.working[order.number]
    for other in c.container.in_order():
        if other.group and other.group == order.group and other is not order:
            c.cancel(other, fill, "oco")
    if closed is not None:
        for other in c.in_order():
            if other.attached:
                c.cancel(other, closed, "position_closed")
    order_exits.after_fill(c, order, fill, filled, price, grew=change.grew)


def _tell(c: Symbol, fill: int, price: float, change: Change) -> int | None:
    """Emit what became of the position; return the number of the POSITION_CLOSE if there is one."""
    closed = None
    if change.closed is not None:
        quantity, fee, profit = change.closed
        closed = c.emit("POSITION_CLOSE", fill, price=price, quantity=quantity, value=profit, fee=fee)
    if change.opened is not None:
        quantity, fee = change.opened
        c.emit("POSITION_OPEN", fill, price=price, quantity=quantity, fee=fee)
    return closed
