"""Orders, cancellations and changes that ``on_bar`` asked for: ``docs/trading-model.md`` section 10."""

import math

import numpy as np

from ..arithmetic import round_down
from ..compilation import NO, kernel, shared_kernel
from ..constants import OrderKind, Reason
from ..words import copy_record
from .book import cancel, cancel_everything, find, has_bad_price, new_order, opens, round_prices
from .emit import emit_order, emit_reject
from .limits import breach, entry_breach, is_allowed
from .state import Action
from .trailing import start_trailing

_SEND = Action.SEND
_CANCEL = Action.CANCEL
_CANCEL_ALL = Action.CANCEL_ALL
_MODIFY = Action.MODIFY
_NONE = np.int64(Reason.NONE)
_BELOW_LOT_SIZE = np.int64(Reason.BELOW_LOT_SIZE)
_BAD_PRICE = np.int64(Reason.BAD_PRICE)
_CANCELLED = np.int64(Reason.CANCELLED)
_MODIFIED = np.int64(Reason.MODIFIED)
_TRAILING = np.int64(OrderKind.TRAILING)
_LIMIT = np.int64(OrderKind.LIMIT)
_STOP = np.int64(OrderKind.STOP)
_STOP_LIMIT = np.int64(OrderKind.STOP_LIMIT)
#: Keeps the groups of paired orders apart from those of brackets, which are numbers of orders.
_PAIRS = 1 << 40


@shared_kernel
def take_requests(container, desk, slot, bar, cause):
    """Deal with what ``on_bar`` asked for, in the order of its calls."""
    price = container.holdings[slot]["close"]
    container.ledger.orders = desk.numbered
    for i in range(desk.count_):
        request = desk.requests[i]
        action = request["action"]
        if action == _SEND:
            _send(container, request, slot, bar, cause, price)
        elif action == _CANCEL:
            place = find(container, request["number"])
            if place >= 0:
                cancel(container, place, bar, cause, _CANCELLED)
        elif action == _CANCEL_ALL:
            cancel_everything(container, bar, cause, _CANCELLED, slot, NO)
        elif action == _MODIFY:
            _modify(container, request, bar, cause)
        else:
            _pair(container, request)
    if desk.overflowed == 1:
        container.ledger.overflowed = 1


@kernel
def _rounded_quantity(container, quantity):
    return math.copysign(round_down(abs(quantity), container.terms.lot_size), quantity)


@kernel
def _send(container, request, slot, bar, cause, price):
    request["first_bar"] = bar + 1
    bracketed = request["bracket_stop"] != 0.0 or request["bracket_target"] != 0.0
    bad = has_bad_price(request)
    if bracketed:
        bad = bad or not (math.isfinite(request["bracket_stop"]) and request["bracket_stop"] > 0.0)
        bad = bad or not (math.isfinite(request["bracket_target"]) and request["bracket_target"] > 0.0)
    if not bad:
        request["quantity"] = _rounded_quantity(container, request["quantity"])
        if request["kind"] == _TRAILING:
            start_trailing(container, request, slot, request["trailing"], request["amount"], price)
        round_prices(request, container.terms.tick_size)
        bad = has_bad_price(request)
    if bad:
        emit_reject(container, request, bar, cause, _BAD_PRICE, price)
        return
    if request["quantity"] == 0.0:
        emit_reject(container, request, bar, cause, _BELOW_LOT_SIZE, price)
        return
    if not is_allowed(container, request, bar, cause):
        return
    place = new_order(container)
    copy_record(container.book, place, request)
    emit_order(container, container.book[place], bar, cause, _NONE)


@kernel
def _modify(container, request, bar, cause):
    """Change a working order as far as it has what the request names; refused, it works on as it was."""
    place = find(container, request["number"])
    if place < 0:
        return
    order = container.book[place]
    price = container.holdings[order["symbol"]]["close"]
    kind = order["kind"]
    quantity = order["quantity"]
    limit = order["limit"]
    stop = order["stop"]
    takes_limit = (kind == _LIMIT or kind == _STOP_LIMIT) and not math.isnan(request["limit"])
    takes_stop = (kind == _STOP or kind == _STOP_LIMIT) and not math.isnan(request["stop"])
    takes_quantity = not math.isnan(request["quantity"])
    if not (takes_limit or takes_stop or takes_quantity):
        return
    if takes_quantity:
        order["quantity"] = _rounded_quantity(container, request["quantity"])
    if takes_limit:
        order["limit"] = request["limit"]
    if takes_stop:
        order["stop"] = request["stop"]
    if takes_limit or takes_stop:
        round_prices(order, container.terms.tick_size)
    reason = _NONE
    if has_bad_price(order):
        reason = _BAD_PRICE
    elif not order["quantity"] * quantity > 0.0:
        reason = _BELOW_LOT_SIZE
    if reason != _NONE:
        emit_reject(container, order, bar, cause, reason, price)
    else:
        reason = _increase_breach(container, order, quantity, bar, cause, price)
    if reason != _NONE:
        order["quantity"] = quantity
        order["limit"] = limit
        order["stop"] = stop
        return
    emit_order(container, order, bar, cause, _MODIFIED)


@kernel
def _increase_breach(container, order, before, bar, cause, price):
    """Hold the larger quantity of a working order to the limits; the limit that it breaks, or none."""
    slot = order["symbol"]
    more = order["quantity"] - before
    held = container.holdings[slot]["quantity"]
    if order["reduce_only"] == 1 or more * before <= 0.0 or not opens(held, order["quantity"]):
        return _NONE
    order["quantity"] = before
    reason = entry_breach(container, slot, more, price)
    order["quantity"] = before + more
    if reason != _NONE:
        breach(container, slot, bar, cause, reason, order["number"], price, more)
    return reason


@kernel
def _pair(container, request):
    """Put two working orders, and the groups that they are in, in one group."""
    first = find(container, request["number"])
    second = find(container, request["other"])
    if first < 0 or second < 0:
        return
    group1 = container.book[first]["group"]
    group2 = container.book[second]["group"]
    group = _PAIRS + request["number"]
    for place in range(container.ledger.working):
        order = container.book[place]
        joined = order["group"] != 0 and (order["group"] == group1 or order["group"] == group2)
        if joined or place == first or place == second:
            order["group"] = group
