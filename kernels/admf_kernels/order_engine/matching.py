"""Which working order fills next on a bar, and at which base price: ``docs/trading-model.md`` sections 10 and 12."""

import math
from enum import IntEnum

import numpy as np

from ..compilation import hot_kernel, kernel
from ..constants import FillRule, Intrabar


class OrderKind(IntEnum):
    """Kinds of order: ``docs/trading-model.md`` section 10."""

    MARKET = 0
    LIMIT = 1
    STOP = 2
    STOP_LIMIT = 3
    TRAILING = 4
    MARKET_ON_CLOSE = 5


_MARKET = np.int64(OrderKind.MARKET)
_LIMIT = np.int64(OrderKind.LIMIT)
_STOP = np.int64(OrderKind.STOP)
_STOP_LIMIT = np.int64(OrderKind.STOP_LIMIT)
_TRAILING = np.int64(OrderKind.TRAILING)
_ON_CLOSE = np.int64(OrderKind.MARKET_ON_CLOSE)
_STOP_FIRST = np.int64(Intrabar.STOP_FIRST)
_TARGET_FIRST = np.int64(Intrabar.TARGET_FIRST)
_SAME_CLOSE = np.int64(FillRule.SAME_CLOSE)

#: Says that an order is not touched.
NEVER = math.inf
#: Keys of orders touched inside a bar, by class; along a path the key is 1 + the place on it.
_FIRST_CLASS = 1.0
_SECOND_CLASS = 2.0
AT_OPEN = 0.0


@kernel
def _reaches(price, level, from_below):
    return price >= level if from_below else price <= level


@kernel
def _place_on_leg(start, end, level, walked, since):
    """Place at which the leg from ``start`` to ``end`` passes ``level``, not before place ``since``."""
    index = walked + abs(level - start)
    crosses = min(start, end) <= level <= max(start, end)
    return index if crosses and index >= since else NEVER


@kernel
def place_on_path(open_, high, low, close, level, from_below, since):
    """Place at which the path of a bar first has reached ``level``, at or after place ``since``; NEVER if it does not.

    A place is the distance that the price has gone since the open. ``from_below``: reached means at or above.
    """
    up_first = high - open_ < open_ - low
    first = high if up_first else low
    second = low if up_first else high
    leg1 = abs(first - open_)
    leg2 = abs(second - first)
    if _is_beyond((open_, first, second, close), (leg1, leg2), level, from_below, since):
        return since
    index = _place_on_leg(open_, first, level, 0.0, since)
    index = min(index, _place_on_leg(first, second, level, leg1, since))
    return min(index, _place_on_leg(second, close, level, leg1 + leg2, since))


@kernel
def _is_beyond(path, legs, level, from_below, index):
    """Whether at ``index`` the price is at or beyond ``level`` already.

    ``path`` goes from the open over the first and the second extreme to the close, ``legs`` are the first two ways.
    """
    open_, first, second, close = path
    leg1, leg2 = legs
    if index <= leg1:
        price = open_ + index if first > open_ else open_ - index
    elif index <= leg1 + leg2:
        gone = index - leg1
        price = first + gone if second > first else first - gone
    else:
        gone = index - (leg1 + leg2)
        price = second + gone if close > second else second - gone
    return _reaches(price, level, from_below)


@kernel
def trigger_level(order):
    """(level, whether it is reached from below) of an order with a limit or a stop; a level of 0 is none."""
    buys = order["quantity"] > 0.0
    if order["kind"] == _LIMIT:
        return order["limit"], not buys
    return order["stop"], buys


@hot_kernel
def touch(container, order, slot, bar):
    """(key, base price) at which ``order`` is executable on ``bar``; the smallest key fills first, NEVER does not.

    Keys: 0 at the open, then by class of order or by place on the path.
    """
    settings = container.settings
    bars = container.bars
    universe = container.universe
    kind = order["kind"]
    if order["symbol"] != slot or order["first_bar"] > bar or order["spent_bar"] == bar or kind == _ON_CLOSE:
        return NEVER, 0.0
    symbol = universe[slot]
    open_ = bars.open[symbol, bar]
    inside = order["inside_bar"] == bar
    if kind == _MARKET:
        return AT_OPEN, order["inside_price"] if inside else open_
    level, from_below = trigger_level(order)
    if level == 0.0:
        return NEVER, 0.0
    if not inside and _reaches(open_, level, from_below):
        return AT_OPEN, open_
    high = bars.high[symbol, bar]
    low = bars.low[symbol, bar]
    intrabar = settings.intrabar
    is_limit = kind == _LIMIT
    start = order["inside_price"] if inside else open_
    base = _base_price(start, level, from_below)
    if intrabar == _STOP_FIRST or intrabar == _TARGET_FIRST:
        limits_lead = intrabar == _TARGET_FIRST
        if inside and is_limit != limits_lead:
            return NEVER, 0.0
        if not _reaches(high if from_below else low, level, from_below):
            return NEVER, 0.0
        return _FIRST_CLASS if is_limit == limits_lead else _SECOND_CLASS, base
    close = bars.close[symbol, bar]
    since = order["inside_place"] if inside else 0.0
    index = place_on_path(open_, high, low, close, level, from_below, since)
    return _FIRST_CLASS + index, base


@kernel
def _base_price(start, level, from_below):
    return max(start, level) if from_below else min(start, level)


@kernel
def next_match(container, slot, bar):
    """(place in the book, key, base price) of the order that fills next on ``bar``; place -1 when none does."""
    ledger = container.ledger
    book = container.book
    best = -1
    best_key = NEVER
    best_base = 0.0
    best_number = 0
    for index in range(ledger.working):
        order = book[index]
        key, base = touch(container, order, slot, bar)
        number = order["number"]
        if key < best_key or (key == best_key and key < NEVER and number < best_number):
            best = index
            best_key = key
            best_base = base
            best_number = number
    return best, best_key, best_base


@kernel
def is_due_at_close(container, order, bar):
    """Whether an order fills at this bar's close."""
    bars = container.bars
    if order["kind"] == _ON_CLOSE:
        n_bars = bars.session.shape[0]
        return order["first_bar"] <= bar and bar + 1 < n_bars and bars.session[bar + 1] != bars.session[bar]
    return order["kind"] == _MARKET and container.settings.fill_rule == _SAME_CLOSE and order["first_bar"] == bar + 1
