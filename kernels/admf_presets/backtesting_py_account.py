"""Money and trades of one container: ``docs/trading-model.md`` section 18."""

import math

import numpy as np

from admf_kernels.arithmetic import divide
from admf_kernels.compilation import NO, YES, kernel
from admf_kernels.constants import EventKind, Reason

from .backtesting_py_queue import drop_contingent, emit, new_order

_FILL = np.int64(EventKind.FILL)
_OPEN = np.int64(EventKind.POSITION_OPEN)
_CLOSE = np.int64(EventKind.POSITION_CLOSE)
_NONE = np.int64(Reason.NONE)
_STOP_LOSS = np.int64(Reason.STOP_LOSS)
_TAKE_PROFIT = np.int64(Reason.TAKE_PROFIT)


@kernel
def commission(s, size, price):
    """Commission of a fill, in account currency."""
    return s.settings.commission_amount + abs(size) * price * s.settings.commission_rate


@kernel
def with_spread(s, size, price):
    """The price that an entry of signed ``size`` pays."""
    return price * (1.0 + math.copysign(s.settings.slippage_rate, size))


@kernel
def units(s):
    """Signed units of all open trades."""
    total = 0.0
    for i in range(s.ledger.n_held):
        total += s.trades[s.held[i]]["size"]
    return total


@kernel
def entry_cost(s):
    """What the units of all open trades were bought for; negative for those sold."""
    cost = 0.0
    for i in range(s.ledger.n_held):
        trade = s.trades[s.held[i]]
        cost += trade["size"] * trade["price"]
    return cost


@kernel
def equity(s):
    """Cash and the profit of the open trades at the close."""
    return s.ledger.cash + (s.ledger.close * units(s) - entry_cost(s))


@kernel
def margin_available(s):
    """Equity that no open trade is held with, at the close."""
    used = 0.0
    for i in range(s.ledger.n_held):
        used += divide(abs(s.trades[s.held[i]]["size"]) * s.ledger.close, s.ledger.leverage)
    return max(0.0, equity(s) - used)


@kernel
def whole_quotient(numerator, denominator):
    """``numerator // denominator`` of positive numbers, as Python has it: not the floor of the rounded quotient."""
    quotient = divide(numerator - numerator % denominator, denominator)
    whole = np.floor(quotient)
    return whole + 1.0 if quotient - whole > 0.5 else whole


@kernel
def _book_exit(s, trade, size, price, bar, number, cause):
    """End ``size`` units of a trade, with its sign; the sequence of its POSITION_CLOSE.

    Each part's statistics count the whole fixed fee of entry; cash pays it once.
    """
    ledger = s.ledger
    entry_price = s.trades[trade]["price"]
    profit = size * (price - entry_price)
    at_exit = commission(s, size, price)
    paid = commission(s, size, entry_price) + at_exit
    ledger.cash += profit - at_exit
    ledger.commission_paid += at_exit
    ledger.traded_value += abs(size) * price
    rate = divide(profit - paid, abs(size) * entry_price)
    s.metrics.record(profit - paid, rate, bar - s.trades[trade]["bar"])
    fill = emit(s, _FILL, bar, cause, _NONE, number, (price, -size, 0.0, at_exit))
    return emit(s, _CLOSE, bar, fill, _NONE, s.trades[trade]["number"], (price, -size, profit - paid, paid))


@kernel
def close_trade(s, index, price, bar, number, cause, filled):
    """Close the trade at ``index`` among the held ones by order ``number``, in row ``filled`` (-1: in none)."""
    ledger = s.ledger
    held = s.held
    trade = held[index]
    record = s.trades[trade]
    closed = _book_exit(s, trade, record["size"], price, bar, number, cause)
    drop_contingent(s, record["sl_order"], filled, closed)
    drop_contingent(s, record["tp_order"], filled, closed)
    last = ledger.n_held - 1
    for i in range(index, last):
        held[i] = held[i + 1]
    held[last] = trade
    ledger.n_held = last
    record["number"] = 0


@kernel
def reduce_trade(s, index, size, price, bar, number, cause, filled):
    """Take ``size`` off the trade at ``index``: of the sign opposite to the trade's, and not larger."""
    record = s.trades[s.held[index]]
    if size == -record["size"]:
        close_trade(s, index, price, bar, number, cause, filled)
    else:
        record["size"] += size
        _book_exit(s, s.held[index], -size, price, bar, number, cause)


@kernel
def open_trade(s, size, base, price, bar, sl, tp, number, cause):
    """Open a trade at ``price``, which is ``base`` with spread. Its stop-loss goes first, its take-profit last."""
    ledger = s.ledger
    if ledger.n_held == s.settings.order_capacity:
        ledger.overflowed = 1
        return
    fee = commission(s, size, price)
    slippage = abs(size) * abs(price - base)
    ledger.cash -= fee
    ledger.commission_paid += fee
    ledger.slippage_paid += slippage
    ledger.traded_value += abs(size) * price
    trade = s.held[ledger.n_held]
    ledger.n_held += 1
    record = s.trades[trade]
    record["number"] = number
    record["bar"] = bar
    record["size"] = size
    record["price"] = price
    record["sl_order"] = -1
    record["tp_order"] = -1
    fill = emit(s, _FILL, bar, cause, _NONE, number, (price, size, slippage, fee))
    emit(s, _OPEN, bar, fill, _NONE, number, (price, size, 0.0, fee))
    if not math.isnan(sl):
        record["sl_order"] = new_order(s, YES, -size, (math.nan, sl, math.nan, math.nan), trade, fill, _STOP_LOSS)
    if not math.isnan(tp):
        record["tp_order"] = new_order(s, NO, -size, (tp, math.nan, math.nan, math.nan), trade, fill, _TAKE_PROFIT)
