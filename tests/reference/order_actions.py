"""Funding, dividends and splits: what values of columns do to positions (docs/trading-model.md section 14)."""

import math

from tests.reference import grid
from tests.reference.metrics import Trade
from tests.reference.order_account import Closed
from tests.reference.order_exits import is_price, rounded
from tests.reference.order_records import Order
from tests.reference.order_symbol import Symbol


def value_at(c: Symbol, name: str | None) -> float:
    """The value of a column at the bar; 0 where there is none."""
    value = c.bars.own[name][c.t] if name is not None else 0.0
    return 0.0 if math.isnan(value) else value


def pay_funding(c: Symbol) -> None:
    """Pay what is due at the close of the bar for the position held before any order is filled there."""
    _pay(c, c.position * c.close * value_at(c, c.settings.funding), "funding", c.close)


def _pay(c: Symbol, paid: float, reason: str, price: float) -> None:
    if paid != 0.0:
        account = c.container.account
        account.cash = account.cash - paid
        c.emit("FINANCING", c.bar_event, reason=reason, price=price, quantity=c.position, value=paid,
               fee=account.cash)  # fmt: skip


def act_before_the_open(c: Symbol) -> None:
    """Pay the dividend of the bar, and split the position and the orders."""
    dividend, ratio = value_at(c, c.settings.dividends), value_at(c, c.settings.splits)
    _pay(c, -(c.position * dividend), "dividend", dividend)
    if ratio not in (0.0, 1.0):
        event = _split_position(c, ratio)
        for order in c.in_order():
            _split_order(c, order, ratio, event)
        c.ratio = ratio
    c.dividend = dividend


def _whole(c: Symbol, quantity: float) -> float:
    return math.copysign(grid.down(abs(quantity), c.settings.lot_size), quantity)


def _split_position(c: Symbol, ratio: float) -> int:
    holding, account = c.holding, c.container.account
    shares = holding.position * ratio
    kept = _whole(c, shares)
    rest = shares - kept
    if abs(rest) <= 2.0**-40 * abs(shares):
        rest = 0.0
    paid = rest * c.open
    account.cash += paid
    holding.average /= ratio
    holding.largest *= ratio
    event = c.emit("SPLIT", c.bar_event, reason="split", price=c.open, quantity=kept, value=ratio, fee=paid)
    holding.position = kept
    trade = holding.trade
    if trade is None:
        return event
    trade.money += paid
    trade.quantity *= ratio
    if kept == 0.0:
        account.trades.append(
            Trade(trade.entry_bar, c.container.bar, trade.direction, trade.quantity, holding.average, c.open,
                  trade.entry_value, trade.money, trade.commission, trade.exit_fills)
        )  # fmt: skip
        holding.closed.append(Closed(c.container.bar, trade.money, ""))
        holding.trade, holding.largest = None, 0.0
        closed = c.emit("POSITION_CLOSE", event, price=c.open, quantity=-rest, value=trade.money)
        for order in c.in_order():
            if order.attached:
                c.cancel(order, closed, "position_closed")
    return event


def _split_order(c: Symbol, order: Order, ratio: float, event: int) -> None:
    buy = order.buy
    order.limit = rounded(c, order.limit / ratio, "limit", buy)
    order.stop = rounded(c, order.stop / ratio, "stop", buy)
    order.extreme /= ratio
    if order.bracket is not None:
        order.bracket = (order.bracket[0] / ratio, order.bracket[1] / ratio)
    if order.distance is not None and order.distance[0] == "amount":
        order.distance = ("amount", order.distance[1] / ratio, order.distance[2])
    if order.target is not None:
        order.target = _whole(c, order.target * ratio)
    order.quantity = -c.position if order.name else _whole(c, order.quantity * ratio)
    prices = {"limit": (order.limit,), "stop": (order.stop,), "stop_limit": (order.limit, order.stop)}
    if order.quantity == 0.0 or not all(is_price(price) for price in prices.get(order.kind, ())):
        c.cancel(order, event, "split")
    else:
        c.show(order, event, "split")
