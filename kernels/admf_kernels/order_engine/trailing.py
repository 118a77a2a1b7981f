"""Stops that follow the market: ``docs/trading-model.md`` section 10."""

import math

import numpy as np

from ..compilation import kernel
from ..constants import TrailingKind
from .book import round_stop
from .matching import OrderKind

_TRAILING = np.int64(OrderKind.TRAILING)
_AMOUNT = np.int64(TrailingKind.AMOUNT)
_PERCENT = np.int64(TrailingKind.PERCENT)


@kernel
def _stop_level(container, order, slot):
    """The stop by its formula, or NaN where the ATR is not yet defined."""
    atrs = container.atrs
    side = 1.0 if order["quantity"] < 0.0 else -1.0
    extreme = order["extreme"]
    kind = order["trailing"]
    if kind == _AMOUNT:
        return extreme - side * order["amount"]
    if kind == _PERCENT:
        return extreme * (1.0 - side * order["amount"])
    return extreme - side * order["amount"] * atrs[slot]


@kernel
def start_trailing(container, order, slot, kind, amount, price):
    """Give an order its distance and the first place of its stop, seen from ``price``: NaN where that is no price."""
    order["trailing"] = kind
    order["amount"] = amount
    order["extreme"] = price
    level = _stop_level(container, order, slot)
    if math.isnan(level):
        order["stop"] = 0.0
        return
    order["stop"] = level
    round_stop(order, container.tick)
    if order["stop"] <= 0.0:
        order["stop"] = math.nan


@kernel
def move_trailing_stops(container, slot, bar):
    """Step 5 of a bar: take the bar's high or low, and never loosen a stop."""
    ledger = container.ledger
    bars = container.bars
    book = container.book
    universe = container.universe
    symbol = universe[slot]
    tick = container.tick
    for index in range(ledger.working):
        order = book[index]
        if order["kind"] != _TRAILING or order["symbol"] != slot or order["first_bar"] > bar:
            continue
        before = order["stop"]
        if order["quantity"] < 0.0:
            order["extreme"] = max(order["extreme"], bars.high[symbol, bar])
        else:
            order["extreme"] = min(order["extreme"], bars.low[symbol, bar])
        order["stop"] = _stop_level(container, order, slot)
        round_stop(order, tick)
        looser = order["stop"] < before if order["quantity"] < 0.0 else order["stop"] > before
        if not order["stop"] > 0.0 or (before > 0.0 and looser):
            order["stop"] = before
