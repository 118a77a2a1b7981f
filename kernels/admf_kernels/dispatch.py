"""Delivery of the events that a bar causes: who handles which kind.

The three clock events of a bar (BAR, FEATURES, PORTFOLIO_UPDATE) have one handler each and are delivered where the
engine emits them. Everything they cause is queued on the bus and delivered here, oldest first, until nothing waits.

| event          | handler                                  | may cause                     |
|----------------|------------------------------------------|-------------------------------|
| SIGNAL         | sizing: target and order quantity        | ORDER, REJECT                 |
| ORDER          | broker: becomes the working order        | (a later FILL or REJECT)      |
| FILL           | portfolio: position and trade            | POSITION_CLOSE, POSITION_OPEN |
| POSITION_CLOSE | trade metrics                            |                               |
"""

import numpy as np

from .arithmetic import divide, round_down
from .compilation import kernel
from .constants import EventKind, Reason
from .events import post, slot_of

_SIGNAL = int(EventKind.SIGNAL)
_ORDER = int(EventKind.ORDER)
_FILL = int(EventKind.FILL)
_REJECT = int(EventKind.REJECT)
_POSITION_OPEN = int(EventKind.POSITION_OPEN)
_POSITION_CLOSE = int(EventKind.POSITION_CLOSE)
_NONE = int(Reason.NONE)
_BELOW_LOT_SIZE = int(Reason.BELOW_LOT_SIZE)


@kernel
def size_order(account, ring, event):
    """Turn a SIGNAL into the market order that takes the position to its target (section 3 of the model)."""
    close = event["price"]
    direction = event["quantity"]
    bar = np.int64(event["bar"])
    cause = np.int64(event["sequence"])
    symbol = np.int64(event["symbol"])
    held = account.portfolio.quantity
    equity = account.portfolio.cash + held * close
    size = divide(account.rules.position_size * equity, close)
    target = direction * round_down(size, account.rules.lot_size)
    quantity = target - held
    order = account.broker.next_order()
    if quantity == 0.0:
        post(account.bus, ring, _REJECT, bar, cause, symbol, _BELOW_LOT_SIZE, order, close, quantity, 0.0, 0.0)
    else:
        post(account.bus, ring, _ORDER, bar, cause, symbol, _NONE, order, close, quantity, 0.0, 0.0)


@kernel
def apply_fill(account, ring, event):
    """Book a FILL on the position: open, reduce, close, or close and open through zero (section 5)."""
    bar = np.int64(event["bar"])
    cause = np.int64(event["sequence"])
    symbol = np.int64(event["symbol"])
    order = np.int64(event["order"])
    price = event["price"]
    quantity = event["quantity"]
    fee = event["fee"]
    bus = account.bus
    portfolio = account.portfolio
    held = portfolio.quantity
    if held == 0.0:
        portfolio.open_position(bar, quantity, price, fee)
        post(bus, ring, _POSITION_OPEN, bar, cause, symbol, _NONE, order, price, quantity, 0.0, fee)
    elif abs(quantity) < abs(held):
        portfolio.reduce_position(quantity, price, fee)
    else:
        closing_fee = fee * divide(abs(held), abs(quantity))
        portfolio.close_position(bar, -held, price, closing_fee)
        profit = portfolio.closed_profit
        post(bus, ring, _POSITION_CLOSE, bar, cause, symbol, _NONE, order, price, -held, profit, closing_fee)
        opened = quantity + held
        if opened != 0.0:
            rest = fee - closing_fee
            portfolio.open_position(bar, opened, price, rest)
            post(bus, ring, _POSITION_OPEN, bar, cause, symbol, _NONE, order, price, opened, 0.0, rest)


@kernel
def deliver(account, ring):
    """Deliver every waiting event, and those that they cause in turn."""
    bus = account.bus
    portfolio = account.portfolio
    while True:
        sequence = bus.take()
        if sequence < 0 or bus.overflowed == 1:
            return
        event = ring[slot_of(sequence, ring.shape[0])]
        kind = event["kind"]
        if kind == _SIGNAL:
            size_order(account, ring, event)
        elif kind == _ORDER:
            account.broker.accept(np.int64(event["order"]), np.int64(event["sequence"]), event["quantity"])
        elif kind == _FILL:
            apply_fill(account, ring, event)
        elif kind == _POSITION_CLOSE:
            account.trades.record(portfolio.closed_profit, portfolio.closed_return, portfolio.closed_bars)
