"""From a direction to an order: ``docs/trading-model.md`` sections 3 and 13."""

import numpy as np

from ..arithmetic import NEAR, divide, is_above, round_down
from ..compilation import NOTHING, kernel
from ..constants import FLAT, KEEP, EventKind, Reason, SizingKind
from ..evaluation import side_of
from .account import equity_now, worth
from .book import cancel, new_order, quantity_to_target, remove
from .emit import emit, emit_order, emit_reject
from .limits import is_allowed
from .sizing import unit_size

_SIGNAL = np.int64(EventKind.SIGNAL)
_NONE = np.int64(Reason.NONE)
_REPLACED = np.int64(Reason.REPLACED)
_BELOW_LOT_SIZE = np.int64(Reason.BELOW_LOT_SIZE)
_WEIGHT = np.int64(SizingKind.WEIGHT)


@kernel
def _signal_order(container, slot):
    """Index of the working order that a signal sent, or -1."""
    for index in range(container.ledger.working):
        order = container.book[index]
        if order["symbol"] == slot and order["signal"] != KEEP:
            return index
    return -1


@kernel
def _is_out_of_band(settings, direction, value, equity):
    """Whether a position's weight is so far from its target that an order is sent to rebalance it."""
    deviation = abs(divide(value, equity) - direction * settings.sizing_amount)
    return deviation > NEAR * settings.sizing_amount and is_above(deviation, settings.sizing_band)


@kernel
def _is_new(container, slot, direction, equity, price):
    """Whether an signal evaluates for anything that is not so, or under way, already."""
    settings = container.settings
    holding = container.holdings[slot]
    held = holding["quantity"]
    index = _signal_order(container, slot)
    if index >= 0 and container.book[index]["signal"] == direction:
        return False
    if settings.sizing_kind == _WEIGHT and direction != FLAT:
        return index >= 0 or _is_out_of_band(settings, direction, held * worth(holding, price), equity)
    if direction != side_of(held):
        return True
    # A position that is on its way out or round is kept by sending the direction that it has.
    return index >= 0 or (direction != FLAT and holding["entries"] < settings.pyramiding)


@kernel
def act_on_signal(container, slot, bar, direction, cause):
    """Turn the strategy's signal into a SIGNAL and an order, if it evaluates for something new."""
    holding = container.holdings[slot]
    price = holding["close"]
    held = holding["quantity"]
    equity = equity_now(container)
    if not _is_new(container, slot, direction, equity, price):
        return
    signal = emit(container, _SIGNAL, bar, cause, slot, _NONE, NOTHING, (price, float(direction), 0.0, 0.0))
    working = _signal_order(container, slot)
    weighed = container.settings.sizing_kind == _WEIGHT
    if working >= 0:
        cancel(container, working, bar, signal, _REPLACED)
        if weighed and direction != FLAT:
            if not _is_out_of_band(container.settings, direction, held * worth(holding, price), equity):
                return
        elif direction == side_of(held) and (direction == FLAT or holding["entries"] >= container.settings.pyramiding):
            return
    adds = direction != FLAT and direction == side_of(held) and not weighed
    size = unit_size(container, slot, bar, equity, price) if direction != FLAT else 0.0
    target = held + direction * size if adds else direction * size
    quantity = direction * size if adds else quantity_to_target(target, held, holding["largest"], container.lot.step)
    _send_target(container, slot, bar, signal, direction, target, quantity, price)


@kernel
def _send_target(container, slot, bar, signal, direction, target, quantity, price):
    """Send an order of ``quantity`` that aims at a position of ``target``, as far as lot and limits allow."""
    index = new_order(container)
    order = container.book[index]
    order["number"] = container.ledger.next_order()
    order["symbol"] = slot
    order["signal"] = direction
    order["target"] = target
    order["quantity"] = quantity
    order["first_bar"] = bar + 1
    if order["quantity"] == 0.0:
        emit_reject(container, order, bar, signal, _BELOW_LOT_SIZE, price)
        remove(container, index)
        return
    # Held to the limits, it does not count among the working entries yet: it is the last in the book.
    container.ledger.working -= 1
    if is_allowed(container, order, bar, signal):
        container.ledger.working += 1
        emit_order(container, order, bar, signal, _NONE)


@kernel
def rebalance(container, slot, bar, weight, equity, cause):
    """Send the order that takes a holding to ``weight``, a share of ``equity`` (negative: short)."""
    holding = container.holdings[slot]
    price = holding["close"]
    held = holding["quantity"]
    value = worth(holding, price)
    size = round_down(divide(abs(weight) * equity, value), container.lot) if price > 0.0 else 0.0
    target = size if weight > 0.0 else -size
    working = _signal_order(container, slot)
    quantity = quantity_to_target(target, held, holding["largest"], container.lot.step)
    if quantity == 0.0 and working < 0:
        return
    signal = emit(container, _SIGNAL, bar, cause, slot, _NONE, NOTHING, (price, weight, 0.0, 0.0))
    if working >= 0:
        cancel(container, working, bar, signal, _REPLACED)
    if quantity != 0.0:
        _send_target(container, slot, bar, signal, side_of(target), target, quantity, price)
        sent = _signal_order(container, slot)
        if sent >= 0:
            container.book[sent]["retries"] = 1
