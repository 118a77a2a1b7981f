"""Stops that follow the market: ``docs/trading-model.md`` section 10."""

import math

import numpy as np

from ..compilation import kernel, shared_kernel
from ..constants import OrderKind, TrailingKind
from .book import round_prices

_TRAILING = np.int64(OrderKind.TRAILING)
_AMOUNT = np.int64(TrailingKind.AMOUNT)
_PERCENT = np.int64(TrailingKind.PERCENT)


@kernel
def _stop_level(container, order, slot):
    """The stop by its formula, or 0 where the ATR is not yet defined."""
    atrs = container.atrs
    side = 1.0 if order["quantity"] < 0.0 else -1.0
    extreme = order["extreme"]
    kind = order["trailing"]
    if kind == _AMOUNT:
        return extreme - side * order["amount"]
    if kind == _PERCENT:
        return extreme * (1.0 - side * order["amount"])
    distance = order["amount"] * atrs[slot]
    return extreme - side * distance if math.isfinite(distance) else 0.0


@kernel
def start_trailing(container, order, slot, kind, amount, price):
    """Give an order its distance and the first place of its stop, seen from ``price``."""
    order["trailing"] = kind
    order["amount"] = amount
    order["extreme"] = price
    order["stop"] = _stop_level(container, order, slot)


@shared_kernel
def move_trailing_stops(container, slot, bar):
    """Step 5 of a bar: take the bar's high or low, and never loosen a stop."""
    ledger = container.ledger
    terms = container.terms
    bars = container.bars
    book = container.book
    universe = container.universe
    symbol = universe[slot]
    tick = terms.tick
    for place in range(ledger.working):
        order = book[place]
        if order["kind"] != _TRAILING or order["symbol"] != slot or order["first_bar"] > bar:
            continue
        before = order["stop"]
        if order["quantity"] < 0.0:
            order["extreme"] = max(order["extreme"], bars.high[symbol, bar])
        else:
            order["extreme"] = min(order["extreme"], bars.low[symbol, bar])
        order["stop"] = _stop_level(container, order, slot)
        round_prices(order, tick)
        if before > 0.0:
            looser = order["stop"] < before if order["quantity"] < 0.0 else order["stop"] > before
            if looser or order["stop"] <= 0.0:
                order["stop"] = before
