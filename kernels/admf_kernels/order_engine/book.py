"""The working orders of one container: ``docs/trading-model.md`` sections 10 and 11."""

import math

import numpy as np

from ..arithmetic import is_rounding_of_sums, round_down, round_up
from ..compilation import kernel
from ..constants import KEEP, Reason, TimeInForce
from ..packed_records import copy_record
from .emit import emit_cancel, emit_order
from .matching import OrderKind

_MARKET = np.int64(OrderKind.MARKET)
_LIMIT = np.int64(OrderKind.LIMIT)
_STOP = np.int64(OrderKind.STOP)
_STOP_LIMIT = np.int64(OrderKind.STOP_LIMIT)
_TRAILING = np.int64(OrderKind.TRAILING)
_DAY = np.int64(TimeInForce.DAY)
_GTD = np.int64(TimeInForce.GTD)
_EXPIRED = np.int64(Reason.EXPIRED)
_OCO = np.int64(Reason.OCO)
_MODIFIED = np.int64(Reason.MODIFIED)
_CLOSED = np.int64(Reason.POSITION_CLOSED)
#: Stands for the stop or the target that a bracket does not have.
NO_LEVEL = math.inf


@kernel
def clear(order):
    """Make a record a plain market order that nothing is known of yet."""
    order["number"] = 0
    order["event"] = -1
    order["action"] = 0
    order["symbol"] = 0
    order["kind"] = _MARKET
    order["tif"] = 0
    order["until"] = 0
    order["first_bar"] = 0
    order["day"] = -1
    order["reduce_only"] = 0
    order["closes_position"] = 0
    order["group"] = 0
    order["parent"] = 0
    order["attached"] = 0
    order["signal"] = KEEP
    order["reason"] = 0
    order["spent_bar"] = -1
    order["inside_bar"] = -1
    order["trailing"] = 0
    order["trade_number"] = 0
    order["paired_with"] = 0
    order["quantity"] = 0.0
    order["sent"] = 0.0
    order["target"] = 0.0
    order["limit"] = 0.0
    order["stop"] = 0.0
    order["amount"] = 0.0
    order["extreme"] = 0.0
    order["inside_price"] = 0.0
    order["inside_place"] = 0.0
    order["bracket_stop"] = 0.0
    order["bracket_target"] = 0.0
    order["fills"] = 0
    order["proportional"] = 0.0
    order["charged"] = 0.0
    order["retries"] = 0


@kernel
def new_order(container):
    """Index of a cleared record at the end of the book; the last one is used again, and remembered, in a full book."""
    ledger = container.ledger
    index = ledger.working
    if index >= container.book.shape[0]:
        ledger.overflowed = 1
        index = container.book.shape[0] - 1
    else:
        ledger.working = index + 1
    clear(container.book[index])
    return index


@kernel
def remove(container, index):
    """Take the order at ``index`` from the book; the last one moves there."""
    ledger = container.ledger
    last = ledger.working - 1
    ledger.working = last
    if index != last:
        copy_record(container.book, index, container.book[last])


@kernel
def find(container, number):
    """Index of the working order ``number``, or -1."""
    for index in range(container.ledger.working):
        if container.book[index]["number"] == number:
            return index
    return -1


@kernel
def cancel(container, index, bar, cause, reason):
    """Cancel the order at ``index``."""
    emit_cancel(container, container.book[index], bar, cause, reason)
    remove(container, index)


@kernel
def lowest_after(container, number):
    """Index of the working order with the smallest number above ``number``, or -1: to go through the book in order."""
    ledger = container.ledger
    book = container.book
    found = -1
    for index in range(ledger.working):
        candidate = book[index]["number"]
        if candidate > number and (found < 0 or candidate < book[found]["number"]):
            found = index
    return found


def each_order(visit):
    """Decorate what is done with one working order: the kernel that does it with all, in the order of their numbers.

    ``visit(container, order, place, ...)`` may change or remove that order; the kernel is called without the two.
    """
    visited = kernel(visit)

    @kernel
    def walk(container, *arguments):
        number = 0
        while True:
            index = lowest_after(container, number)
            if index < 0:
                return
            order = container.book[index]
            number = order["number"]
            visited(container, order, index, *arguments)

    walk.__doc__ = visit.__doc__
    return walk


@each_order
def cancel_group(container, order, index, group, filled, bar, cause):
    """Cancel every order of a group but the one that was filled."""
    if order["group"] == group and order["number"] != filled:
        cancel(container, index, bar, cause, _OCO)


@each_order
def reduce_group(container, order, index, group, filled, slot, quantity, bar, cause):
    """Take ``quantity``, by which a fill reduced a position, off the orders of its group that would do so too."""
    if order["group"] != group or order["number"] == filled:
        return
    before = order["quantity"]
    if order["symbol"] != slot or before * quantity <= 0.0:
        cancel(container, index, bar, cause, _OCO)
    elif not follows_position(order):
        left = quantity_to_target(before, quantity, container.holdings[slot]["largest"], container.lot.step)
        if left * before > 0.0:
            order["quantity"] = left
            emit_order(container, order, bar, cause, _MODIFIED)
        else:
            cancel(container, index, bar, cause, _OCO)


@each_order
def cut_children(container, order, index, slot, held, bar, cause):
    """Cut the children of brackets that guard more than is left of the position of holding ``slot``."""
    if order["symbol"] != slot or order["parent"] == 0:
        return
    largest = container.holdings[slot]["largest"]
    if quantity_to_target(order["quantity"], -held, largest, container.lot.step) * order["quantity"] > 0.0:
        order["quantity"] = -held
        emit_order(container, order, bar, cause, _MODIFIED)


@each_order
def cancel_attached(container, order, index, slot, bar, cause):
    """Cancel the orders attached to the position of holding ``slot``, which is flat now."""
    if order["attached"] == 1 and order["symbol"] == slot:
        cancel(container, index, bar, cause, _CLOSED)


@kernel
def opening_quantity(order, held, largest, lot_size):
    """Signed quantity of an order that would open or increase a position of ``held`` as of now; 0 if it would not."""
    if order["reduce_only"] == 1 or order["closes_position"] == 1:
        return 0.0
    quantity = (
        quantity_to_target(order["target"], held, largest, lot_size) if order["signal"] != KEEP else order["quantity"]
    )
    return quantity if increases_exposure(held, quantity, largest, lot_size) else 0.0


@kernel
def follows_position(order):
    """Whether the quantity of an order is found when it is filled: it is for the whole position, or aims at one."""
    return order["closes_position"] == 1 or order["signal"] != KEEP


@kernel
def is_closing(order):
    """Whether a rule of the container sent an order to close the position, which a strategy cannot call back."""
    return order["closes_position"] == 1 and order["group"] == 0


@each_order
def cancel_own(container, order, index, bar, cause, reason, slot):
    """Cancel the orders of holding ``slot`` that its strategy may call back: all but closing orders."""
    if order["symbol"] == slot and not is_closing(order):
        cancel(container, index, bar, cause, reason)


@kernel
def cut_to_closing_part(order, held):
    """Leave of an order that would go through zero what closes a position of ``held``, with which it ends."""
    order["reduce_only"] = 1
    order["attached"] = 1
    order["target"] = 0.0
    order["quantity"] = -held


@kernel
def quantity_to_target(target, held, largest, lot_size):
    """Signed quantity from a position of ``held`` to ``target``; 0 where they differ by rounding alone.

    ``largest`` is that of the holding.
    """
    quantity = target - held
    return 0.0 if is_rounding_of_sums(quantity, max(abs(target), abs(held)), largest, lot_size) else quantity


@kernel
def increases_exposure(held, quantity, largest, lot_size):
    """Whether trading ``quantity`` opens or increases a position of ``held``, or takes it through zero.

    ``largest`` is that of the holding.
    """
    if held * quantity >= 0.0:
        return True
    beyond = abs(quantity) - abs(held)
    return beyond > 0.0 and not is_rounding_of_sums(beyond, quantity, largest, lot_size)


@each_order
def cancel_everything(container, order, index, bar, cause, reason, slot):
    """Cancel all orders (of holding ``slot``; -1: of all)."""
    if slot < 0 or order["symbol"] == slot:
        cancel(container, index, bar, cause, reason)


@each_order
def cancel_entries(container, order, index, bar, cause, reason, slot):
    """Cancel what orders of holding ``slot`` (-1: of all) may open or increase; their closing part works on."""
    if slot >= 0 and order["symbol"] != slot:
        return
    holding = container.holdings[order["symbol"]]
    held = holding["quantity"]
    opening = opening_quantity(order, held, holding["largest"], container.lot.step)
    if held * opening < 0.0:
        cut_to_closing_part(order, held)
        emit_order(container, order, bar, cause, _MODIFIED)
    elif opening != 0.0:
        cancel(container, index, bar, cause, reason)


@each_order
def expire(container, order, index, slot, bar):
    """Cancel the orders of holding ``slot`` whose time is over before ``bar``."""
    if order["symbol"] != slot or order["first_bar"] > bar:
        return
    session = container.bars.session[bar]
    if order["day"] < 0:
        order["day"] = session
    over = order["tif"] == _DAY and order["day"] != session
    over = over or (order["tif"] == _GTD and container.bars.time[bar] > order["until"])
    if over:
        cancel(container, index, bar, order["event"], _EXPIRED)


@kernel
def round_prices(order, tick):
    """Round an order's prices to the tick, away from a fill."""
    kind = order["kind"]
    if kind == _LIMIT or kind == _STOP_LIMIT:
        round_limit(order, tick)
    if kind == _STOP or kind == _STOP_LIMIT or (kind == _TRAILING and order["stop"] != 0.0):
        round_stop(order, tick)


@kernel
def round_limit(order, tick):
    """Round an order's limit to the tick, away from a fill."""
    order["limit"] = round_down(order["limit"], tick) if order["quantity"] > 0.0 else round_up(order["limit"], tick)


@kernel
def round_stop(order, tick):
    """Round an order's stop to the tick, away from a fill."""
    order["stop"] = round_up(order["stop"], tick) if order["quantity"] > 0.0 else round_down(order["stop"], tick)


@kernel
def has_bad_price(order):
    """Whether an order lacks a finite, positive price that its kind needs, or a finite quantity.

    A trailing stop of 0 has still to come; NaN is one that cannot be.
    """
    kind = order["kind"]
    bad = not math.isfinite(order["quantity"])
    if kind == _LIMIT or kind == _STOP_LIMIT:
        bad = bad or not (math.isfinite(order["limit"]) and order["limit"] > 0.0)
    if kind == _STOP or kind == _STOP_LIMIT:
        bad = bad or not (math.isfinite(order["stop"]) and order["stop"] > 0.0)
    if kind == _TRAILING:
        bad = bad or not (math.isfinite(order["amount"]) and order["amount"] > 0.0) or math.isnan(order["stop"])
    return bad
