"""Which orders a bar fills, in which order and at what price: ``docs/trading-model.md`` section 18."""

import math

import numpy as np

from admf_kernels.arithmetic import divide
from admf_kernels.compilation import ALL, kernel
from admf_kernels.constants import FillRule, Reason

from .backtesting_py_account import (
    commission,
    margin_available,
    open_trade,
    reduce_trade,
    whole_quotient,
    with_spread,
)
from .backtesting_py_queue import drop, is_contingent, refuse, remove, trade_of

_NOTHING_TO_REDUCE = np.int64(Reason.NOTHING_TO_REDUCE)
_INSUFFICIENT_MARGIN = np.int64(Reason.INSUFFICIENT_MARGIN)
_NO_ROW = ALL
_SAME_CLOSE = int(FillRule.SAME_CLOSE)


@kernel
def process_orders(s):
    """Match every order against the present bar, and all of them again while an entry asks for it."""
    again = True
    while again:
        again = False
        count = s.ledger.working
        for i in range(count):
            row = s.queue[i]
            s.pass_rows[i] = row
            s.pass_numbers[i] = s.orders[row]["number"]
        for i in range(count):
            row = s.pass_rows[i]
            if s.orders[row]["number"] == s.pass_numbers[i] and _process_order(s, row):
                again = True


@kernel
def _process_order(s, row):
    """Match one order; whether the whole queue is to be processed once more on this bar."""
    ledger = s.ledger
    order = s.orders[row]
    buy = order["size"] > 0.0
    limit = order["limit"]
    stop = order["stop"]
    has_limit = not math.isnan(limit)
    has_stop = not math.isnan(stop)
    if has_stop:
        if not (ledger.high >= stop if buy else ledger.low <= stop):
            return False
        order["stop"] = math.nan
    on_close = s.settings.fill_rule == _SAME_CLOSE and not is_contingent(s, row)
    if has_limit:
        if not (ledger.low <= limit if buy else ledger.high >= limit):
            return False
        if has_stop and (limit <= stop if buy else limit >= stop):
            return False
        base = stop if has_stop else ledger.open
        price = min(base, limit) if buy else max(base, limit)
    else:
        price = ledger.previous_close if on_close else ledger.open
        if has_stop:
            price = max(price, stop) if buy else min(price, stop)
    market = not has_limit and not has_stop
    bar = ledger.bar - 1 if market and on_close else ledger.bar
    if order["trade"] >= 0:
        _leave(s, row, price, bar)
        return False
    sl = order["sl"]
    tp = order["tp"]
    opened = _enter(s, row, price, bar)
    remove(s, row)
    if not opened:
        return False
    if market:
        return not (math.isnan(sl) and math.isnan(tp))
    return not has_limit and _reaches_target(s, buy, sl, tp)


@kernel
def _reaches_target(s, buy, sl, tp):
    """Whether a stop entry's trade may be closed on its own bar: at its target, with its stop-loss clear of the bar."""
    if buy:
        return s.ledger.high >= tp and (math.isnan(sl) or sl < s.ledger.low)
    return s.ledger.low <= tp and (math.isnan(sl) or sl > s.ledger.high)


@kernel
def _place_of(s, trade):
    """Index of an open trade among the held ones."""
    index = 0
    while s.held[index] != trade:
        index += 1
    return index


@kernel
def _leave(s, row, price, bar):
    """Fill an order that closes a trade, or drop it when the trade is closed already."""
    order = s.orders[row]
    number = order["number"]
    trade = trade_of(s, row)
    if trade < 0:
        drop(s, row, order["event"], _NOTHING_TO_REDUCE)
        return
    held = s.trades[trade]["size"]
    size = math.copysign(min(abs(held), abs(order["size"])), -held)
    reduce_trade(s, _place_of(s, trade), size, price, bar, number, order["event"], row)
    if order["number"] == number:
        remove(s, row)


@kernel
def _enter(s, row, price, bar):
    """Close opposite trades, first in first out, then open a trade of the rest; whether one was opened."""
    ledger = s.ledger
    order = s.orders[row]
    number = order["number"]
    event = order["event"]
    size = order["size"]
    paid = with_spread(s, size, price)
    unit_cost = paid + divide(commission(s, size, price), abs(size))
    if abs(size) < 1.0:
        affordable = whole_quotient(margin_available(s) * ledger.leverage * abs(size), unit_cost)
        size = math.copysign(affordable, size)
    wanted = size
    index = 0
    while index < ledger.n_held and size != 0.0:
        held = s.trades[s.held[index]]["size"]
        if (held > 0.0) == (size > 0.0):
            index += 1
            continue
        part = math.copysign(min(abs(size), abs(held)), size)
        reduce_trade(s, index, part, price, bar, number, event, _NO_ROW)
        size -= part
    if size == 0.0 and wanted != 0.0:
        return False
    if size == 0.0 or abs(size) * unit_cost > margin_available(s) * ledger.leverage:
        refuse(s, number, event, _INSUFFICIENT_MARGIN, paid, size)
        return False
    open_trade(s, size, price, paid, bar, order["sl"], order["tp"], number, event)
    return True
