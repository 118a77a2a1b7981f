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

from .arithmetic import round_down
from .broker import fill_terms
from .compilation import kernel
from .constants import EventKind, Reason
from .counts import count_cut, count_refusal
from .events import slot_of, write_event
from .lanes import quotient
from .ownership import borrow

_SIGNAL = int(EventKind.SIGNAL)
_ORDER = int(EventKind.ORDER)
_FILL = int(EventKind.FILL)
_REJECT = int(EventKind.REJECT)
_OPEN = int(EventKind.POSITION_OPEN)
_CLOSE = int(EventKind.POSITION_CLOSE)
_NONE = int(Reason.NONE)
_BELOW_LOT_SIZE = int(Reason.BELOW_LOT_SIZE)


@kernel
def order_quantity(position_size, lot, direction, held, equity, close):
    """Signed quantity that takes a position of ``held`` to its target: section 3 of the model."""
    size = quotient(position_size * equity, close)
    return direction * round_down(size, lot) - held


@kernel
def dispatch_events(bus, broker, portfolio, trades, terms, ring, symbol, bar, base):
    """Match the working order at price ``base`` (0: match nothing), then deliver every waiting event."""
    ring = borrow(ring)
    if base > 0.0:
        broker.drop()
        reason, price, quantity, fee, cash = fill_terms(
            terms,
            broker.quantity,
            base,
            portfolio.cash,
            portfolio.quantity,
            portfolio.largest,
            broker.traded_value,
        )
        kind = _REJECT
        slippage = 0.0
        if reason == _NONE:
            kind = _FILL
            slippage = abs(quantity) * abs(price - base)
            count_cut(broker.counts, quantity, broker.quantity)
            broker.book(quantity, price, slippage, fee)
            portfolio.cash = cash
        else:
            count_refusal(broker.counts, reason, 1)
        order = broker.working_order
        cause = broker.order_sequence
        sequence = bus.claim()
        write_event(ring, sequence, kind, bar, cause, symbol, reason, order, (price, quantity, slippage, fee))
    while True:
        cause = bus.pop()
        if cause < 0 or bus.overflowed == 1:
            return
        event = ring[slot_of(cause, ring.shape[0])]
        kind = event["kind"]
        price = event["price"]
        quantity = event["quantity"]
        held = portfolio.quantity
        if kind == _SIGNAL:
            equity = portfolio.cash + held * price
            wanted = order_quantity(terms.costs.settings.position_size, terms.lot, quantity, held, equity, price)
            order = broker.next_order()
            refused = wanted == 0.0
            reply = _REJECT if refused else _ORDER
            reason = _BELOW_LOT_SIZE if refused else _NONE
            if refused:
                count_refusal(broker.counts, reason, 1)
            sequence = bus.claim()
            write_event(ring, sequence, reply, bar, cause, symbol, reason, order, (price, wanted, 0.0, 0.0))
        elif kind == _ORDER:
            broker.accept(np.int64(event["order"]), cause, quantity)
        elif kind == _FILL:
            order = np.int64(event["order"])
            closed, closing_fee, opened, opening_fee = portfolio.apply_fill(bar, quantity, price, event["fee"])
            if closed:
                profit = portfolio.closed_profit
                sequence = bus.claim()
                write_event(
                    ring, sequence, _CLOSE, bar, cause, symbol, _NONE, order, (price, -held, profit, closing_fee)
                )
            if opened != 0.0:
                sequence = bus.claim()
                write_event(ring, sequence, _OPEN, bar, cause, symbol, _NONE, order, (price, opened, 0.0, opening_fee))
        elif kind == _CLOSE:
            trades.record(portfolio.closed_profit, portfolio.closed_return, portfolio.closed_bars)
        bus.check_capacity()
