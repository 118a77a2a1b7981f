"""Size of a unit: ``docs/trading-model.md`` section 13."""

import math

import numpy as np

from ..arithmetic import divide, round_down
from ..compilation import kernel
from ..constants import SizingKind, TrailingKind
from .account import worth

_QUANTITY = np.int64(SizingKind.QUANTITY)
_CASH = np.int64(SizingKind.CASH)
_RISK = np.int64(SizingKind.RISK)
_VOLATILITY = np.int64(SizingKind.VOLATILITY)
_KELLY = np.int64(SizingKind.KELLY)
_FRACTION = np.int64(SizingKind.FRACTION)
_WEIGHT = np.int64(SizingKind.WEIGHT)
_AMOUNT = np.int64(TrailingKind.AMOUNT)
_PERCENT = np.int64(TrailingKind.PERCENT)
_ATR = np.int64(TrailingKind.ATR)


@kernel
def _stop_distance(container, slot, price):
    """Distance from ``price`` to the first of stop loss and trailing stop; NaN while the ATR is not defined."""
    settings = container.settings
    if settings.stop_loss > 0.0:
        return price * settings.stop_loss
    if settings.trailing_kind == _AMOUNT:
        return settings.trailing_amount
    if settings.trailing_kind == _PERCENT:
        return price * settings.trailing_amount
    if settings.trailing_kind == _ATR:
        return settings.trailing_amount * container.atrs[slot]
    return math.nan


@kernel
def _bar_before(close, bar):
    """The last bar before ``bar`` that a symbol has, or -1. A missing bar has a close of NaN."""
    index = bar - 1
    while index >= 0 and math.isnan(close[index]):
        index -= 1
    return index


@kernel
def _volatility(container, slot, bar, period):
    """Population standard deviation of the last ``period`` returns, a year; 0 while there are fewer."""
    close = container.bars.all_close[container.universe[slot]]
    bar += container.bars.n_history
    first = bar
    for _ in range(period):
        first = _bar_before(close, first)
        if first < 0:
            return 0.0
    total = 0.0
    last = close[first]
    for i in range(first + 1, bar + 1):
        if not math.isnan(close[i]):
            total += divide(close[i], last) - 1.0
            last = close[i]
    mean = divide(total, float(period))
    squares = 0.0
    last = close[first]
    for i in range(first + 1, bar + 1):
        if not math.isnan(close[i]):
            deviation = (divide(close[i], last) - 1.0) - mean
            squares += deviation * deviation
            last = close[i]
    return math.sqrt(divide(squares, float(period))) * math.sqrt(container.settings.bars_per_year)


@kernel
def _kelly_fraction(container):
    settings = container.settings
    ledger = container.ledger
    if ledger.closed < settings.sizing_period or ledger.wins == 0 or ledger.losses == 0:
        return settings.position_size
    share = divide(float(ledger.wins), float(ledger.closed))
    win = divide(ledger.winning_returns, float(ledger.wins))
    loss = divide(-ledger.losing_returns, float(ledger.losses))
    fraction = settings.sizing_amount * (share - divide(1.0 - share, divide(win, loss)))
    return min(max(fraction, 0.0), 1.0)


@kernel
def unit_size(container, slot, bar, equity, price):
    """Size of one unit at ``price``, rounded down to the lot; never negative."""
    settings = container.settings
    kind = settings.sizing_kind
    amount = settings.sizing_amount
    if price <= 0.0 and kind != _QUANTITY:
        # Nothing can be said of how much is bought for so much money.
        return 0.0
    holding = container.holdings[slot]
    value = worth(holding, price)
    if kind == _FRACTION:
        size = divide(settings.position_size * equity, value)
    elif kind == _WEIGHT:
        size = divide(amount * equity, value)
    elif kind == _QUANTITY:
        size = amount
    elif kind == _CASH:
        size = divide(amount, value)
    elif kind == _RISK:
        distance = worth(holding, _stop_distance(container, slot, price))
        size = divide(amount * equity, distance) if distance > 0.0 else 0.0
    elif kind == _VOLATILITY:
        volatility = _volatility(container, slot, bar, settings.sizing_period)
        cap = settings.leverage if settings.leverage > 0.0 else 1.0
        size = 0.0
        if volatility > 0.0:
            size = divide(min(divide(amount, volatility), cap) * equity, value)
    elif kind == _KELLY:
        size = divide(_kelly_fraction(container) * equity, value)
    else:
        size = math.nan
    return round_down(size, container.lot)
