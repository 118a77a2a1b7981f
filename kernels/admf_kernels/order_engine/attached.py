"""Orders that a fill sends: those of a bracket and of ``exits``. ``docs/trading-model.md`` section 10."""

import numpy as np

from ..compilation import kernel
from ..constants import Reason, TrailingKind
from .book import NO_LEVEL, has_bad_price, lowest_after, new_order, remove, round_prices
from .emit import emit_order, emit_reject
from .matching import AT_OPEN, OrderKind
from .trailing import start_trailing

_LIMIT = np.int64(OrderKind.LIMIT)
_STOP = np.int64(OrderKind.STOP)
_TRAILING = np.int64(OrderKind.TRAILING)
_NONE = np.int64(Reason.NONE)
_MODIFIED = np.int64(Reason.MODIFIED)
_BAD_PRICE = np.int64(Reason.BAD_PRICE)
_STOP_LOSS = np.int64(Reason.STOP_LOSS)
_TAKE_PROFIT = np.int64(Reason.TAKE_PROFIT)
_TRAILING_STOP = np.int64(Reason.TRAILING_STOP)
_NO_TRAILING = np.int64(TrailingKind.NONE)
#: Group of the orders of ``exits`` of holding 0; the others follow downwards. Brackets take their entry's number.
_EXIT_GROUP = -1


@kernel
def _send(container, index, slot, bar, key, price, fill):
    """Number an order that a fill sends; it can be matched on the bar of the fill already."""
    order = container.book[index]
    order["number"] = container.ledger.next_order()
    order["symbol"] = slot
    order["reduce_only"] = 1
    order["attached"] = 1
    order["first_bar"] = bar
    _mark_inside(order, bar, key, price)
    round_prices(order, container.tick)
    if has_bad_price(order):
        emit_reject(container, order, bar, fill, _BAD_PRICE, price)
        remove(container, index)
        return
    emit_order(container, order, bar, fill, order["reason"])


@kernel
def attach_bracket(container, slot, bar, key, price, opened, levels, entry, fill):
    """Send the stop and the target of bracket ``entry``, or let them grow with a fill of it that opened ``opened``.

    ``levels`` are those of the stop and the target.
    """
    stop, target = levels
    number = 0
    grown = False
    while True:
        index = lowest_after(container, number)
        if index < 0:
            break
        order = container.book[index]
        number = order["number"]
        if order["parent"] == entry:
            order["quantity"] -= opened
            _mark_inside(order, bar, key, price)
            emit_order(container, order, bar, fill, _MODIFIED)
            grown = True
    if grown:
        return
    for kind in (_STOP, _LIMIT):
        if (stop if kind == _STOP else target) == NO_LEVEL:
            continue
        index = new_order(container)
        order = container.book[index]
        order["kind"] = kind
        order["quantity"] = -opened
        order["parent"] = entry
        order["group"] = entry
        if kind == _STOP:
            order["stop"] = stop
            order["reason"] = _NONE
        else:
            order["limit"] = target
            order["reason"] = _NONE
        _send(container, index, slot, bar, key, price, fill)


@kernel
def exit_order(container, slot, reason):
    """Index of the working order for the whole position that was sent for this reason, or -1."""
    for index in range(container.ledger.working):
        order = container.book[index]
        if (
            order["symbol"] == slot
            and order["closes_position"] == 1
            and order["attached"] == 1
            and order["reason"] == reason
        ):
            return index
    return -1


@kernel
def _put_level(order, kind, level):
    if kind == _STOP:
        order["stop"] = level
    else:
        order["limit"] = level


@kernel
def _move_level(container, index, bar, key, price, fill, kind, level, quantity):
    """Move a working stop loss or take profit; one that has been touched already is left alone."""
    order = container.book[index]
    if order["kind"] != kind:
        return
    before = order["stop"] if kind == _STOP else order["limit"]
    order["quantity"] = quantity
    _put_level(order, kind, level)
    round_prices(order, container.tick)
    if has_bad_price(order):
        emit_reject(container, order, bar, fill, _BAD_PRICE, price)
        _put_level(order, kind, before)
        return
    _mark_inside(order, bar, key, price)
    emit_order(container, order, bar, fill, _MODIFIED)


@kernel
def _mark_inside(order, bar, key, price):
    """Remember that a fill inside the bar sent an order, or moved it."""
    if key != AT_OPEN:
        order["inside_bar"] = bar
        order["inside_price"] = price
        order["inside_place"] = key - 1.0


@kernel
def _set_level(container, slot, bar, key, price, fill, reason, kind, level):
    """Send the stop loss or the take profit at ``level``, or move the one that works."""
    quantity = -container.holdings[slot]["quantity"]
    index = exit_order(container, slot, reason)
    if index >= 0:
        _move_level(container, index, bar, key, price, fill, kind, level, quantity)
        return
    index = new_order(container)
    order = container.book[index]
    order["kind"] = kind
    order["quantity"] = quantity
    _put_level(order, kind, level)
    order["closes_position"] = 1
    order["reason"] = reason
    order["group"] = _EXIT_GROUP - slot
    _send(container, index, slot, bar, key, price, fill)


@kernel
def attach_exits(container, slot, bar, key, price, fill):
    """Send or move the orders of ``exits`` after a fill that opened or increased a position."""
    settings = container.settings
    holding = container.holdings[slot]
    side = 1.0 if holding["quantity"] > 0.0 else -1.0
    entry = holding["entry_price"]
    if settings.stop_loss > 0.0:
        level = entry * (1.0 - side * settings.stop_loss)
        _set_level(container, slot, bar, key, price, fill, _STOP_LOSS, _STOP, level)
    if settings.take_profit > 0.0:
        level = entry * (1.0 + side * settings.take_profit)
        _set_level(container, slot, bar, key, price, fill, _TAKE_PROFIT, _LIMIT, level)
    if settings.trailing_kind != _NO_TRAILING and exit_order(container, slot, _TRAILING_STOP) < 0:
        index = new_order(container)
        order = container.book[index]
        order["kind"] = _TRAILING
        order["quantity"] = -holding["quantity"]
        order["closes_position"] = 1
        order["group"] = _EXIT_GROUP - slot
        order["reason"] = _TRAILING_STOP
        order["symbol"] = slot
        start_trailing(container, order, slot, settings.trailing_kind, settings.trailing_amount, price)
        _send(container, index, slot, bar, key, price, fill)
