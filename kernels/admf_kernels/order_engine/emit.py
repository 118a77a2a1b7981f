"""Events of the order engine: each is delivered as it is sent, by the function that sends it."""

import numpy as np

from ..compilation import kernel
from ..constants import EventKind, Reason
from ..counts import count_refusal
from ..events import write_event
from .matching import OrderKind

_ORDER = np.int64(EventKind.ORDER)
_CANCEL = np.int64(EventKind.CANCEL)
_REJECT = np.int64(EventKind.REJECT)
_NONE = np.int64(Reason.NONE)
_LIMIT = np.int64(OrderKind.LIMIT)
_STOP_LIMIT = np.int64(OrderKind.STOP_LIMIT)
_STOP = np.int64(OrderKind.STOP)
_TRAILING = np.int64(OrderKind.TRAILING)


@kernel
def emit(container, kind, bar, cause, slot, reason, order, numbers):
    """Write an event of the symbol of holding ``slot`` and return its sequence number."""
    bus = container.bus
    ring = container.ring
    universe = container.universe
    sequence = bus.claim()
    symbol = universe[slot]
    write_event(ring, sequence, kind, bar, cause, symbol, reason, order, numbers)
    bus.resume(sequence + 1)
    return sequence


@kernel
def _price_of(container, order):
    """What an event about ``order`` says as its price: its limit, its stop, or the market's price now."""
    kind = order["kind"]
    if kind == _LIMIT or kind == _STOP_LIMIT:
        return order["limit"]
    if kind == _STOP or kind == _TRAILING:
        return order["stop"]
    return container.holdings[order["symbol"]]["market"]


@kernel
def emit_order(container, order, bar, cause, reason):
    """Say that ``order`` was sent or changed, and remember the event as the cause of its fills."""
    price = _price_of(container, order)
    value = order["stop"] if order["kind"] == _STOP_LIMIT else 0.0
    event = emit(
        container, _ORDER, bar, cause, order["symbol"], reason, order["number"], (price, order["quantity"], value, 0.0)
    )
    order["event"] = event
    order["sent"] = order["quantity"]
    if container.ledger.working >= container.book.shape[0]:
        container.ledger.overflowed = 1
    return event


@kernel
def emit_cancel(container, order, bar, cause, reason):
    """Say that what is left of ``order`` is cancelled."""
    price = _price_of(container, order)
    value = order["stop"] if order["kind"] == _STOP_LIMIT else 0.0
    return emit(
        container, _CANCEL, bar, cause, order["symbol"], reason, order["number"], (price, order["quantity"], value, 0.0)
    )


@kernel
def emit_reject(container, order, bar, cause, reason, price):
    """Say that ``order`` is refused."""
    count_refusal(container.counts, reason, 1)
    number = order["number"]
    return emit(container, _REJECT, bar, cause, order["symbol"], reason, number, (price, order["quantity"], 0.0, 0.0))
