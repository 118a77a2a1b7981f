"""Orders, cancellations and changes that ``on_bar`` asked for: ``docs/trading-model.md`` section 10."""

import math

import numpy as np

from ..arithmetic import round_down, round_up
from ..compilation import kernel
from ..constants import EventKind, Reason
from ..counts import count_refusal
from ..packed_records import copy_record
from .book import (
    cancel,
    cancel_own,
    find,
    follows_position,
    has_bad_price,
    increases_exposure,
    is_closing,
    new_order,
    round_limit,
    round_prices,
    round_stop,
)
from .emit import emit, emit_order, emit_reject
from .limits import breach, entry_breach, is_allowed
from .matching import OrderKind
from .state import Action
from .trailing import start_trailing

_SEND = Action.SEND
_CANCEL = Action.CANCEL
_CANCEL_ALL = Action.CANCEL_ALL
_MODIFY = Action.MODIFY
_REJECT = np.int64(EventKind.REJECT)
_NONE = np.int64(Reason.NONE)
_NOT_WORKING = np.int64(Reason.NOT_WORKING)
_NO_SUCH_PRICE = np.int64(Reason.NO_SUCH_PRICE)
_FOLLOWS_POSITION = np.int64(Reason.FOLLOWS_POSITION)
_WRONG_SIDE = np.int64(Reason.WRONG_SIDE)
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


@kernel
def read_requests(container, order_api, slot, bar, cause):
    """Deal with what ``on_bar`` asked for, in the order of its calls."""
    price = container.holdings[slot]["close"]
    container.ledger.orders = order_api.numbered
    for i in range(order_api.count_):
        request = order_api.requests[i]
        action = request["action"]
        if action == _SEND:
            _send(container, request, slot, bar, cause, price)
        elif action == _CANCEL:
            _cancel(container, request["number"], bar, cause)
        elif action == _CANCEL_ALL:
            cancel_own(container, bar, cause, _CANCELLED, slot)
        elif action == _MODIFY:
            _modify(container, request, slot, bar, cause)
        else:
            _pair(container, request, slot, bar, cause)
    if order_api.overflowed == 1:
        container.ledger.overflowed = 1


@kernel
def _cancel(container, number, bar, cause):
    """Cancel a working order, but for one that closes the position by a rule of the container."""
    index = find(container, number)
    if index < 0:
        return
    order = container.book[index]
    if is_closing(order):
        emit_reject(container, order, bar, cause, _FOLLOWS_POSITION, container.holdings[order["symbol"]]["close"])
    else:
        cancel(container, index, bar, cause, _CANCELLED)


@kernel
def _rounded_quantity(container, quantity):
    return math.copysign(round_down(abs(quantity), container.lot), quantity)


@kernel
def _has_bad_children(request, tick):
    """Whether the stop or the target of a bracket is no price once it is rounded; one left out is NO_LEVEL."""
    stop = request["bracket_stop"]
    target = request["bracket_target"]
    if request["quantity"] > 0.0:
        return not (round_down(stop, tick) > 0.0 and round_up(target, tick) > 0.0)
    return not (round_up(stop, tick) > 0.0 and round_down(target, tick) > 0.0)


@kernel
def _send(container, request, slot, bar, cause, price):
    request["first_bar"] = bar + 1
    bracketed = request["bracket_stop"] != 0.0 or request["bracket_target"] != 0.0
    bad = has_bad_price(request)
    if bracketed:
        bad = bad or _has_bad_children(request, container.tick)
    if not bad:
        request["quantity"] = _rounded_quantity(container, request["quantity"])
        if request["kind"] == _TRAILING:
            start_trailing(container, request, slot, request["trailing"], request["amount"], price)
        round_prices(request, container.tick)
        bad = has_bad_price(request)
    if bad:
        emit_reject(container, request, bar, cause, _BAD_PRICE, price)
        return
    if request["quantity"] == 0.0:
        emit_reject(container, request, bar, cause, _BELOW_LOT_SIZE, price)
        return
    if not is_allowed(container, request, bar, cause):
        return
    index = new_order(container)
    copy_record(container.book, index, request)
    emit_order(container, container.book[index], bar, cause, _NONE)


@kernel
def _refuse_unknown(container, number, slot, bar, cause):
    """Say that order ``number`` does not work."""
    price = container.holdings[slot]["close"]
    count_refusal(container.counts, _NOT_WORKING, 1)
    emit(container, _REJECT, bar, cause, slot, _NOT_WORKING, number, (price, 0.0, 0.0, 0.0))


@kernel
def _modify(container, request, slot, bar, cause):
    """Change what the request names of a working order, and nothing else; refused, it works on as it was."""
    names_limit = not math.isnan(request["limit"])
    names_stop = not math.isnan(request["stop"])
    names_quantity = not math.isnan(request["quantity"])
    if not (names_limit or names_stop or names_quantity):
        return
    index = find(container, request["number"])
    if index < 0:
        _refuse_unknown(container, request["number"], slot, bar, cause)
        return
    order = container.book[index]
    price = container.holdings[order["symbol"]]["close"]
    quantity = order["quantity"]
    limit = order["limit"]
    stop = order["stop"]
    reason = _impossible_change(order, names_limit, names_stop, names_quantity)
    if names_quantity:
        order["quantity"] = _rounded_quantity(container, request["quantity"])
    tick = container.tick
    if names_limit:
        order["limit"] = request["limit"]
        round_limit(order, tick)
    if names_stop:
        order["stop"] = request["stop"]
        round_stop(order, tick)
    if reason == _NONE:
        reason = _bad_change(order, quantity)
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
def _impossible_change(order, names_limit, names_stop, names_quantity):
    """Why an order has not what a change names, or none."""
    kind = order["kind"]
    has_limit = kind == _LIMIT or kind == _STOP_LIMIT
    has_stop = kind == _STOP or kind == _STOP_LIMIT
    if (names_limit and not has_limit) or (names_stop and not has_stop):
        return _NO_SUCH_PRICE
    if names_quantity and follows_position(order):
        return _FOLLOWS_POSITION
    return _NONE


@kernel
def _bad_change(order, before):
    """Why a changed order, whose quantity was ``before``, is none; or none."""
    if has_bad_price(order):
        return _BAD_PRICE
    if order["quantity"] * before < 0.0:
        return _WRONG_SIDE
    if order["quantity"] == 0.0:
        return _BELOW_LOT_SIZE
    return _NONE


@kernel
def _increase_breach(container, order, before, bar, cause, price):
    """Hold the larger quantity of a working order to the limits; the limit that it breaks, or none."""
    slot = order["symbol"]
    more = order["quantity"] - before
    holding = container.holdings[slot]
    increases = increases_exposure(holding["quantity"], order["quantity"], holding["largest"], container.lot.step)
    if order["reduce_only"] == 1 or more * before <= 0.0 or not increases:
        return _NONE
    order["quantity"] = before
    reason = entry_breach(container, slot, more, price)
    order["quantity"] = before + more
    if reason != _NONE:
        breach(container, slot, bar, cause, reason, order["number"], price, more)
    return reason


@kernel
def _refuses_pairing(container, index, bar, cause):
    """Whether an order closes the position by a rule of the container, which no other may cancel; that is told."""
    order = container.book[index]
    if not is_closing(order):
        return False
    emit_reject(container, order, bar, cause, _FOLLOWS_POSITION, container.holdings[order["symbol"]]["close"])
    return True


@kernel
def _pair(container, request, slot, bar, cause):
    """Put two working orders, and the groups that they are in, in one group."""
    first = find(container, request["number"])
    second = find(container, request["paired_with"])
    if first < 0:
        _refuse_unknown(container, request["number"], slot, bar, cause)
    if second < 0:
        _refuse_unknown(container, request["paired_with"], slot, bar, cause)
    if first < 0 or second < 0:
        return
    if _refuses_pairing(container, first, bar, cause) or _refuses_pairing(container, second, bar, cause):
        return
    group1 = container.book[first]["group"]
    group2 = container.book[second]["group"]
    group = _PAIRS + request["number"]
    for index in range(container.ledger.working):
        order = container.book[index]
        joined = order["group"] != 0 and (order["group"] == group1 or order["group"] == group2)
        if joined or index == first or index == second:
            order["group"] = group
