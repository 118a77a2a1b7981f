"""The working orders of one container and their events: ``docs/trading-model.md`` section 18."""

import math

import numpy as np

from admf_kernels.compilation import kernel
from admf_kernels.constants import EventKind, Reason
from admf_kernels.counts import count_refusal
from admf_kernels.events import write_event

_ORDER = np.int64(EventKind.ORDER)
_CANCEL = np.int64(EventKind.CANCEL)
_REJECT = np.int64(EventKind.REJECT)
_CLOSED = np.int64(Reason.POSITION_CLOSED)
_REPLACED = np.int64(Reason.REPLACED)
_CANCELLED = np.int64(Reason.CANCELLED)
#: Limit, stop, stop-loss and take-profit of an order that has none.
NO_LEVELS = (math.nan, math.nan, math.nan, math.nan)


@kernel
def emit(s, kind, bar, cause, reason, order, numbers):
    """Write an event, delivered as it is sent, and return its sequence number."""
    sequence = s.bus.claim()
    write_event(s.ring, sequence, kind, bar, cause, s.ledger.symbol, reason, order, numbers)
    s.bus.resume(sequence + 1)
    return sequence


@kernel
def _emit_about(s, kind, order, cause, reason):
    """An event about a working order.

    Its price is the limit, else the stop, else the close; its value the number of the trade that the order closes, or
    the stop of a stop-limit order.
    """
    limit = order["limit"]
    stop = order["stop"]
    price = s.ledger.close
    value = float(order["trade_number"])
    if not math.isnan(stop):
        price = stop
    if not math.isnan(limit):
        price = limit
        if not math.isnan(stop):
            value = stop
    return emit(s, kind, s.ledger.bar, cause, reason, order["number"], (price, order["size"], value, 0.0))


@kernel
def new_order(s, in_front, size, levels, trade, cause, reason):
    """Queue an order, first or last, and return its row; ``levels``: its limit, stop, stop-loss and take-profit.

    In a full book the last one is lost, and remembered so."""
    ledger = s.ledger
    queue = s.queue
    working = ledger.working
    if working == s.settings.order_capacity:
        ledger.overflowed = 1
        row = queue[working - 1]
    else:
        row = queue[working]
        if in_front:
            for i in range(working, 0, -1):
                queue[i] = queue[i - 1]
            queue[0] = row
        ledger.working = working + 1
    order = s.orders[row]
    order["number"] = ledger.next_order()
    order["trade"] = trade
    order["trade_number"] = s.trades[trade]["number"] if trade >= 0 else 0
    order["size"] = size
    order["limit"], order["stop"], order["sl"], order["tp"] = levels
    order["event"] = _emit_about(s, _ORDER, order, cause, reason)
    return row


@kernel
def remove(s, row):
    """Take an order from the queue; nothing happens if it is not there."""
    ledger = s.ledger
    queue = s.queue
    last = ledger.working - 1
    for i in range(last + 1):
        if queue[i] == row:
            for j in range(i, last):
                queue[j] = queue[j + 1]
            queue[last] = row
            ledger.working = last
            s.orders[row]["number"] = 0
            return


@kernel
def trade_of(s, row):
    """Row of the open trade that an order closes; -1 for an entry, and for a trade that is closed already."""
    order = s.orders[row]
    trade = order["trade"]
    if trade >= 0 and s.trades[trade]["number"] == order["trade_number"]:
        return trade
    return -1


@kernel
def is_contingent(s, row):
    """Whether an order is the stop-loss or the take-profit of an open trade."""
    trade = trade_of(s, row)
    return trade >= 0 and (s.trades[trade]["sl_order"] == row or s.trades[trade]["tp_order"] == row)


@kernel
def drop(s, row, cause, reason):
    """Remove an order and say so with a CANCEL; its trade forgets it."""
    trade = trade_of(s, row)
    if trade >= 0:
        if s.trades[trade]["sl_order"] == row:
            s.trades[trade]["sl_order"] = -1
        if s.trades[trade]["tp_order"] == row:
            s.trades[trade]["tp_order"] = -1
    _emit_about(s, _CANCEL, s.orders[row], cause, reason)
    remove(s, row)


@kernel
def refuse(s, number, cause, reason, price, size):
    """Say that an order is refused."""
    count_refusal(s.counts, reason, 1)
    emit(s, _REJECT, s.ledger.bar, cause, reason, number, (price, size, 0.0, 0.0))


@kernel
def cancel_all(s, cause):
    """Cancel every order, stop-losses and take-profits of open trades included."""
    while s.ledger.working > 0:
        drop(s, s.queue[0], cause, _CANCELLED)


@kernel
def cancel_every_other(s, cause):
    """Cancel orders not contingent; the one that moves up into the index of a cancelled order is passed over."""
    i = 0
    while i < s.ledger.working:
        if not is_contingent(s, s.queue[i]):
            drop(s, s.queue[i], cause, _REPLACED)
        i += 1


@kernel
def drop_contingent(s, row, filled, cause):
    """Remove an order of a trade that is closed; the one that closed it was filled, and is not told as cancelled."""
    if row < 0:
        return
    if row == filled:
        remove(s, row)
    else:
        drop(s, row, cause, _CLOSED)
