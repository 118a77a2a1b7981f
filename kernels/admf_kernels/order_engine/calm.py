"""Bars of a container on which nothing can happen but what its strategy asks for.

No order that works is touched there, and no rule of the container has to be held to every bar: they are valued, and
nothing else.
"""

import math

import numpy as np

from ..compilation import hot_kernel, kernel
from ..constants import SizingKind, TimeInForce, TrailingKind
from .exit_times import first_overdue
from .matching import OrderKind, trigger_level

_ATR = np.int64(TrailingKind.ATR)
_LIMIT = np.int64(OrderKind.LIMIT)
_STOP = np.int64(OrderKind.STOP)
_TRAILING = np.int64(OrderKind.TRAILING)
_GTC = np.int64(TimeInForce.GTC)
_WEIGHT = np.int64(SizingKind.WEIGHT)


@kernel
def looks_at_every_bar(settings):
    """Whether a rule of the container has to be held to every bar."""
    limited = (
        settings.max_daily_loss < math.inf or settings.max_drawdown < math.inf or settings.max_orders_per_day < math.inf
    )
    financed = settings.interest_rate > 0.0 or settings.borrow_rate > 0.0 or settings.leverage > 0.0
    financed = financed or settings.short_maintenance > 0.0
    sized = settings.sizing_kind == _WEIGHT or settings.pyramiding > 1
    # The bars between are valued by their prices alone.
    multiplied = settings.multipliers[0] != 1.0
    return limited or financed or sized or multiplied or settings.trailing_kind == _ATR or settings.exit_at >= 0


@kernel
def _levels(container):
    """(calm, floor, ceiling): at or below, and at or above which price a working order is touched.

    It is not calm while an order works that is more than a limit or a stop which waits to be touched. A stop that
    follows the market moves when the price goes beyond its extreme.
    """
    floor = -math.inf
    ceiling = math.inf
    book = container.book
    for index in range(container.ledger.working):
        order = book[index]
        kind = order["kind"]
        follows = kind == _TRAILING and order["trailing"] != _ATR
        level, from_below = trigger_level(order)
        waits = kind == _LIMIT or kind == _STOP or follows
        if not waits or order["tif"] != _GTC or level <= 0.0:
            return False, floor, ceiling
        if from_below:
            ceiling = min(ceiling, level)
        else:
            floor = max(floor, level)
        if follows and from_below:
            floor = max(floor, order["extreme"])
        elif follows:
            ceiling = min(ceiling, order["extreme"])
    return True, floor, ceiling


@hot_kernel
def _first_touched(lows, highs, floor, ceiling):
    """Index of the first bar that reaches the floor or the ceiling, or the number of bars."""
    touched = False
    for index in range(lows.shape[0]):
        touched |= (lows[index] <= floor) | (highs[index] >= ceiling)
    if touched:
        for index in range(lows.shape[0]):
            if lows[index] <= floor or highs[index] >= ceiling:
                return index
    return lows.shape[0]


@hot_kernel
def _value(equities, closes, cash, quantity):
    """Write the equity of some bars; the number of them before one that is not above 0."""
    sound = True
    for index in range(closes.shape[0]):
        equity = cash + quantity * closes[index]
        equities[index] = equity
        sound &= equity > 0.0
    if not sound:
        for index in range(closes.shape[0]):
            if not equities[index] > 0.0:
                return index
    return closes.shape[0]


@kernel
def calm_until(container, t, start, stop, equities):
    """The first bar from ``t`` on, in the tile that begins with ``start``, on which something can happen, or ``stop``.

    The equity of the bars before it is written. No answer to a bar before ``stop`` leads to anything.
    """
    calm, floor, ceiling = _levels(container)
    if not calm:
        return t
    bars = container.bars
    symbol = container.universe[0]
    settings = container.settings
    holding = container.holdings[0]
    quantity = holding["quantity"]
    stop = first_overdue(settings, holding, t, min(stop, container.ledger.action_bar))
    if settings.close_at_end:
        stop = min(stop, bars.session.shape[0] - 1)
    if floor > -math.inf or ceiling < math.inf:
        stop = t + _first_touched(bars.low[symbol, t:stop], bars.high[symbol, t:stop], floor, ceiling)
    first = t - start + 1
    closes = bars.close[symbol, t:stop]
    return t + _value(equities[first : first + stop - t], closes, container.ledger.cash, quantity)
