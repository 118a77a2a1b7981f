"""One order meets one price: from the base price to the events of its fill (docs/trading-model.md section 13)."""

import math

from tests.reference import grid, order_exits
from tests.reference.order_account import Change
from tests.reference.order_costs import (
    Rest,
    against,
    by_quantity,
    charged_by_order,
    commission,
    covered_by_cash,
    has_formula,
    of_all_fills,
    paid_by_cash,
    paid_by_margin,
    short_initial,
    slipped,
)
from tests.reference.order_records import FOK, STOPS, Order
from tests.reference.order_settings import OrderSettings
from tests.reference.order_symbol import Symbol


def volume_left(c: Symbol) -> float:
    """What may still be filled on this bar."""
    share = c.settings.max_volume_share
    if share is None:
        return math.inf
    cap, lot = share * c.bars.volume[c.t], c.settings.lot_size
    left = grid.down(cap, lot) - c.used_volume
    # What rounding leaves of a volume that is used up counts as none.
    return left if left > 0 and not grid.is_rounding(left, cap, lot) else 0.0


def execute(c: Symbol, order: Order, base: float) -> None:
    """Fill an executable order at a base price, as far as the rules let it."""
    order.tried = c.container.bar
    quantity = c.wanted(order)
    if quantity == 0.0:
        c.cancel(order, order.event, "nothing_to_reduce")
        return
    if c.grows(quantity) and _forbidden(c, order, quantity, base):
        if order.number not in c.container.working:
            return
        quantity = c.wanted(order)
    takes = order.kind != "limit" or c.phase != "inside" or _at_once(c, order)
    if order.kind in STOPS:
        order.kind = "market"
    size = _by_volume(c, order, abs(quantity))
    if not size > 0 or (order.tif == FOK and size < abs(quantity)):
        return
    price = _price(c, order, math.copysign(size, quantity), base)
    if not price > 0:
        c.refuse(order, order.event, "no_positive_price")
        return
    paid, reason = _paid(c, order, size, quantity > 0, price, takes)
    if order.tif == FOK and paid < abs(quantity):
        return
    if not paid > 0:
        if order.retries:
            return
        order.quantity = math.copysign(size, quantity)
        c.refuse(order, order.event, reason)
        return
    filled = math.copysign(paid, quantity)
    rest = quantity - filled
    if filled * c.position < 0 and c.is_rounding(c.position + filled, max(abs(c.position), abs(filled))):
        filled = -c.position
    fee = fee_of(c, order, filled, price, takes)
    if not leveraged(c.settings) and filled < 0 and c.container.account.cash - (filled * price + fee) < 0:
        if order.tif == FOK or order.retries:
            return
        order.quantity = math.copysign(size, quantity)
        c.refuse(order, order.event, "insufficient_cash")
        return
    if charged_by_order(c.settings):
        order.proportional += by_quantity(filled, price, c.settings)
        order.charged += fee
        order.charged = of_all_fills(order.proportional, c.settings)
    order.fills += 1
    order.quantity = 0.0 if paid < size and not order.retries else rest
    _book(c, order, filled, price, base, fee)


def leveraged(s: OrderSettings) -> bool:
    """Whether it is a margin account."""
    return s.margin is not None and s.margin.get("leverage") is not None


def _at_once(c: Symbol, order: Order) -> bool:
    """Whether a limit order inside the bar could be filled when it was sent, or touched."""
    if order.inside_bar != c.container.bar:
        return False
    return order.inside_price <= order.limit if order.buy else order.inside_price >= order.limit


def _by_volume(c: Symbol, order: Order, size: float) -> float:
    """What of an order the bar's volume allows; a rest that is rounding comes along."""
    most = min(size, volume_left(c))
    if not most > 0:
        return 0.0
    return size if _is_done(c, order, size - most) else most


def _is_done(c: Symbol, order: Order, rest: float) -> bool:
    """Whether a fill that is not booked yet would leave nothing, or rounding, of an order."""
    if order.target is not None:
        return c.is_rounding(rest, max(abs(order.target), abs(c.position)))
    return grid.is_rounding(rest, order.told, c.settings.lot_size)


def fee_of(c: Symbol, order: Order, quantity: float, price: float, takes: bool) -> float:
    """Commission of a fill of an order, after its fills before."""
    if charged_by_order(c.settings):
        part = by_quantity(quantity, price, c.settings)
        return of_all_fills(order.proportional + part, c.settings) - order.charged
    return commission(quantity, price, c.container.account.traded, takes, c.settings)


def _forbidden(c: Symbol, order: Order, quantity: float, base: float) -> bool:
    """Refuse what would open or increase a position when none may; the closing part of an order is left to it."""
    after_exit = c.after_exit_time()
    if not after_exit and not c.container.halted:
        return False
    closing = c.closing_part(quantity)
    opening = quantity - closing
    if after_exit:
        order.quantity = opening
        price = order.shown_price(c.market_price)
        c.emit("REJECT", order.event, reason="after_exit_time", order=order.number, price=price, quantity=opening)
    else:
        c.breach(order.event, "halted", opening, order.number, base)
    if closing == 0.0:
        c.container.working.pop(order.number)
    else:
        c.cut_to_closing(order, closing)
    return True


def _price(c: Symbol, order: Order, quantity: float, base: float) -> float:
    if order.kind == "limit":
        return base
    price = slipped(base, quantity, c.bars.volume[c.t], c.settings, c.container.uniform)
    return against(price, quantity > 0, c.settings.tick_size)


def _paid(c: Symbol, order: Order, size: float, buy: bool, price: float, takes: bool) -> tuple[float, str]:
    """What the account lets through of an order of this size, and why not more where it is nothing."""

    def fee(part: float) -> float:
        return fee_of(c, order, part, price, takes)

    others = [other for other in c.container.symbols if other is not c and other.position != 0.0]
    rest = Rest(
        sum(abs(other.position) * other.last_close for other in others),
        sum(other.position * other.last_close for other in others),
        sum(max(-other.position, 0.0) * other.last_close for other in others),
    )
    cash = c.container.account.cash
    if leveraged(c.settings):
        return paid_by_margin(size, buy, price, cash, c.position, rest, fee, c.settings), "insufficient_margin"
    if not buy:
        return covered_by_cash(size, price, cash, c.position, rest, fee, c.settings), "insufficient_margin"
    formula = has_formula(c.settings) and not (order.fills and charged_by_order(c.settings))
    reserved = (1 + short_initial(c.settings)) * rest.shorts
    paid = paid_by_cash(size, price, cash - reserved, fee, c.settings, formula=formula)
    covering = min(max(-c.position, 0.0), size)
    if reserved > 0 and paid < covering:
        paid = paid_by_cash(covering, price, cash, fee, c.settings, formula=formula)
    return paid, "insufficient_margin" if reserved > 0 else "insufficient_cash"


def _book(c: Symbol, order: Order, filled: float, price: float, base: float, fee: float) -> None:
    """Emit a fill, which leaves of its order what is in its quantity, and all that it brings about."""
    slippage = abs(filled) * abs(price - base)
    fill = c.emit("FILL", order.event, order=order.number, price=price, quantity=filled, value=slippage, fee=fee)
    c.used_volume += abs(filled)
    before = c.position
    done = order.quantity == 0.0 or _is_done(c, order, order.quantity)
    change = c.holding.book(order, filled, price, fee, slippage, c.container.bar)
    if not leveraged(c.settings):
        c.container.account.cash = max(c.container.account.cash, 0.0)
    closed = _tell(c, order.number, fill, price, change)
    if done:
        del c.container.working[order.number]
    _tell_group(c, order, filled, fill, reduced=not change.grew and closed is None)
    if closed is not None:
        for other in c.in_order():
            if other.attached:
                c.cancel(other, closed, "position_closed")
    elif not change.grew:
        for child in c.in_order():
            beyond = abs(child.quantity) - abs(c.position)
            if child.is_child and beyond > 0 and not c.is_rounding(beyond, child.quantity):
                child.quantity = math.copysign(c.position, child.quantity)
                c.show(child, fill, "modified")
    opened = 0.0
    if change.grew:
        opened = filled if before * filled >= 0 else c.position
    order_exits.after_fill(c, order, fill, opened, price, grew=change.grew)


def _tell_group(c: Symbol, order: Order, filled: float, fill: int, *, reduced: bool) -> None:
    """Take off the other orders of the group what was filled, or cancel them."""
    for other in c.container.in_order():
        if not other.group or other.group != order.group or other is order:
            continue
        if not reduced or other.symbol != c.number or other.quantity * filled <= 0:
            c.cancel(other, fill, "oco")
        elif other.name or other.target is not None:
            continue
        else:
            was, other.quantity = other.quantity, other.quantity - filled
            if other.quantity * was <= 0 or c.is_rounding(other.quantity, was):
                other.quantity = was
                c.cancel(other, fill, "oco")
            else:
                c.show(other, fill, "modified")


def _tell(c: Symbol, number: int, fill: int, price: float, change: Change) -> int | None:
    """Emit what became of the position; return the number of the POSITION_CLOSE if there is one."""
    closed = None
    if change.closed is not None:
        quantity, fee, profit = change.closed
        closed = c.emit("POSITION_CLOSE", fill, order=number, price=price, quantity=quantity, value=profit, fee=fee)
    if change.opened is not None:
        quantity, fee = change.opened
        c.emit("POSITION_OPEN", fill, order=number, price=price, quantity=quantity, fee=fee)
    return closed
