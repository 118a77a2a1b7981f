"""What a strategy asks for, by orders or by a direction: ``docs/trading-model.md`` section 18."""

import math

import numpy as np

from admf_kernels.compilation import ALL, NO, NOTHING, YES, kernel
from admf_kernels.constants import FLAT, LONG, SHORT, EventKind, Reason

from .backtesting_py_account import units, with_spread
from .backtesting_py_order_api import CLOSE, ENTRY
from .backtesting_py_queue import NO_LEVELS, cancel_all, cancel_every_other, emit, new_order, refuse

_SIGNAL = np.int64(EventKind.SIGNAL)
_NONE = np.int64(Reason.NONE)
_BAD_SIZE = np.int64(Reason.BAD_SIZE)
_BAD_PRICE = np.int64(Reason.BAD_PRICE)
_NO_TRADE = ALL


@kernel
def _is_size(amount):
    """Whether a size is a fraction below 1, or whole units."""
    return 0.0 < amount < 1.0 or (1.0 <= amount < math.inf and amount == np.floor(amount))


@kernel
def _levels_in_order(s, size, limit, stop, sl, tp):
    """sl < (limit, else stop, else the close with spread) < tp for a purchase, the other way round for a sale."""
    base = with_spread(s, size, s.ledger.close)
    if not math.isnan(stop):
        base = stop
    if not math.isnan(limit):
        base = limit
    below = sl if size > 0.0 else tp
    above = tp if size > 0.0 else sl
    return (math.isnan(below) or below < base) and (math.isnan(above) or base < above)


@kernel
def close_all(s, portion, cause, reason):
    """Queue a market order for this portion of each open trade: at least one unit, halves rounded to even."""
    for i in range(s.ledger.n_held):
        trade = s.held[i]
        held = s.trades[trade]["size"]
        size = math.copysign(max(1.0, np.rint(abs(held) * portion)), -held)
        new_order(s, YES, size, NO_LEVELS, trade, cause, reason)


@kernel
def submit(s, size, limit, stop, sl, tp, cause):
    """Queue an entry from the next bar on, or refuse it."""
    is_size = _is_size(abs(size))
    if not is_size or not _levels_in_order(s, size, limit, stop, sl, tp):
        refuse(s, s.ledger.next_order(), cause, _BAD_PRICE if is_size else _BAD_SIZE, s.ledger.close, size)
        return
    if s.settings.exclusive_orders:
        cancel_every_other(s, cause)
        close_all(s, 1.0, cause, _NONE)
    new_order(s, NO, size, (limit, stop, sl, tp), _NO_TRADE, cause, _NONE)


@kernel
def read_requests(s, order_api, cause):
    """Deal with what ``on_bar`` asked for, in the order of its calls."""
    for i in range(order_api.count_):
        request = order_api.requests[i]
        action = request["action"]
        size = request["size"]
        if action == ENTRY:
            submit(s, size, request["limit"], request["stop"], request["sl"], request["tp"], cause)
        elif action == CLOSE:
            if 0.0 < size <= 1.0:
                close_all(s, size, cause, _NONE)
            else:
                refuse(s, NOTHING, cause, _BAD_SIZE, s.ledger.close, size)
        else:
            cancel_all(s, cause)
    if order_api.overflowed == 1:
        s.ledger.overflowed = 1


@kernel
def act_on_signal(s, direction, cause):
    """Deal with a direction: leave the other side, and enter this one with all of ``position_size``."""
    held = units(s)
    if (direction == LONG and held > 0.0) or (direction == SHORT and held < 0.0) or (direction == FLAT and held == 0.0):
        return
    signal = emit(s, _SIGNAL, s.ledger.bar, cause, _NONE, NOTHING, (s.ledger.close, float(direction), 0.0, 0.0))
    # An order under exclusive_orders closes what is held by itself.
    if direction == FLAT or not s.settings.exclusive_orders:
        close_all(s, 1.0, signal, _NONE)
    if direction != FLAT:
        submit(s, direction * s.ledger.position_size, math.nan, math.nan, math.nan, math.nan, signal)
