"""Stop loss, trailing stop and take profit under preset ``vectorbt``: ``docs/trading-model.md`` section 17."""

import numpy as np

from admf_kernels.compilation import kernel
from admf_kernels.constants import Reason, StopExitPrice

_NONE = np.int64(Reason.NONE)
_STOP_LOSS = np.int64(Reason.STOP_LOSS)
_TRAILING_STOP = np.int64(Reason.TRAILING_STOP)
_TAKE_PROFIT = np.int64(Reason.TAKE_PROFIT)
_AT_LEVEL = int(StopExitPrice.STOPLIMIT)
_AT_LEVEL_AS_MARKET = int(StopExitPrice.STOPMARKET)
_AT_CLOSE = int(StopExitPrice.CLOSE)


@kernel
def full_prices(open_, high, low, close):
    """(open, high, low) of a bar; what is missing (NaN) is filled in from the others."""
    if open_ != open_:
        open_ = close
    if high != high:
        high = max(open_, close)
    if low != low:
        low = min(open_, close)
    return open_, high, low


@kernel
def _touch(open_, high, low, level, below):
    """(whether the bar touches a level that lies ``below`` the price or above it, price of the fill)."""
    if (open_ <= level) if below else (open_ >= level):
        return True, open_
    return low <= level <= high, level


@kernel
def find_stop(quantity, stop_base, target_base, rules, open_, high, low):
    """(reason, price) of the stop of a position that hits in a bar with these prices; no reason: none does."""
    is_long = quantity > 0.0
    side = 1.0 if is_long else -1.0
    if rules.stop_loss > 0.0:
        level = stop_base * (1.0 - side * rules.stop_loss)
        hit, price = _touch(open_, high, low, level, is_long)
        if hit:
            return _TRAILING_STOP if rules.trails else _STOP_LOSS, price
    if rules.settings.take_profit > 0.0:
        level = target_base * (1.0 + side * rules.settings.take_profit)
        hit, price = _touch(open_, high, low, level, not is_long)
        if hit:
            return _TAKE_PROFIT, price
    return _NONE, 0.0


@kernel
def trailed(quantity, stop_base, high, low):
    """What the trailing stop of a position is measured from after a bar: the extreme."""
    return max(stop_base, high) if quantity > 0.0 else min(stop_base, low)


@kernel
def before_stop(account, rules, begin, end, bars):
    """The first bar from ``begin`` on in which a stop of the position hits, or ``end``."""
    open_, high, low, close = bars
    base = account.stop_base
    for t in range(begin, end):
        first, highest, deepest = full_prices(float(open_[t]), float(high[t]), float(low[t]), float(close[t]))
        reason, _ = find_stop(account.quantity, base, account.target_base, rules, first, highest, deepest)
        if reason != _NONE:
            return t
        if rules.trails:
            base = trailed(account.quantity, base, highest, deepest)
    return end


@kernel
def base_after(account, begin, end, bars):
    """What the trailing stop of the position is measured from after the bars from ``begin`` to ``end - 1``."""
    open_, high, low, close = bars
    base = account.stop_base
    for t in range(begin, end):
        _, highest, deepest = full_prices(float(open_[t]), float(high[t]), float(low[t]), float(close[t]))
        base = trailed(account.quantity, base, highest, deepest)
    return base


@kernel
def stop_fill(rules, price, market, close):
    """(base price, slippage) with which a stop that hit at ``price`` is filled; ``market``: a signal's price now."""
    if rules.settings.stop_exit_price == _AT_LEVEL:
        return price, 0.0
    if rules.settings.stop_exit_price == _AT_LEVEL_AS_MARKET:
        return price, rules.settings.slippage_rate
    return close if rules.settings.stop_exit_price == _AT_CLOSE else market, rules.settings.slippage_rate
