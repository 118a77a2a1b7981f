"""How an order is filled under preset ``vectorbt``: size, price, fees, cash, position; section 17 of the model."""

import math

import numpy as np

from admf_kernels.arithmetic import divide
from admf_kernels.compilation import kernel
from admf_kernels.constants import EventKind, Reason, StopEntryPrice
from admf_kernels.counts import count_cut

from .vectorbt_account import add, close_to, emit

_FILL = np.int64(EventKind.FILL)
_REJECT = np.int64(EventKind.REJECT)
_OPEN = np.int64(EventKind.POSITION_OPEN)
_CLOSE = np.int64(EventKind.POSITION_CLOSE)
_NONE = np.int64(Reason.NONE)
_BELOW_LOT_SIZE = np.int64(Reason.BELOW_LOT_SIZE)
_INSUFFICIENT_CASH = np.int64(Reason.INSUFFICIENT_CASH)
_FROM_CLOSE = int(StopEntryPrice.CLOSE)
_FROM_FILL_PRICE = int(StopEntryPrice.FILLPRICE)
_SMALLEST_SIZE = 1e-8


@kernel
def _whole(size, step):
    """The largest multiple of ``step`` that is not above ``size``, as Python's ``size // step * step``."""
    if step == 0.0 or size == math.inf:
        return size
    count = divide(size - size % step, step)
    below = float(np.floor(count))
    return (below + 1.0 if count - below > 0.5 else below) * step


@kernel
def _is_too_small(size):
    return size < _SMALLEST_SIZE and not close_to(size, _SMALLEST_SIZE)


@kernel
def _buy(rules, cash, size, base, slippage):
    """(reason to refuse it, size, price, fees, cash left) of a buy cut to what cash pays for."""
    price = base * (1.0 + slippage)
    size = _whole(size, rules.settings.lot_size)
    cost = size * price
    fees = cost * rules.settings.commission_rate + rules.settings.commission_amount
    total = cost + fees
    if not (total <= cash or close_to(total, cash)):
        money = divide(cash - rules.settings.commission_amount, 1.0 + rules.settings.commission_rate)
        if money <= 0.0:
            return _INSUFFICIENT_CASH, size, price, 0.0, cash
        size = divide(money, price)
        fees = cash - money
        total = cash
        if rules.settings.lot_size > 0.0:
            size = _whole(size, rules.settings.lot_size)
            fees = size * price * rules.settings.commission_rate + rules.settings.commission_amount
            total = size * price + fees
    if _is_too_small(size):
        return _BELOW_LOT_SIZE, size, price, 0.0, cash
    return _NONE, size, price, fees, add(cash, -total)


@kernel
def _sell(rules, cash, size, base, slippage):
    """(reason to refuse it, size, price, fees, cash left) of a sell; nothing asks what a short is covered by."""
    price = base * (1.0 - slippage)
    size = _whole(size, rules.settings.lot_size)
    if _is_too_small(size):
        return _BELOW_LOT_SIZE, size, price, 0.0, cash
    proceeds = size * price
    fees = proceeds * rules.settings.commission_rate + rules.settings.commission_amount
    if proceeds < fees and not close_to(proceeds, fees):
        return _INSUFFICIENT_CASH, size, price, 0.0, cash
    return _NONE, size, price, fees, add(cash, add(proceeds, -fees))


@kernel
def fill_order(container, bar, quantity, order, cause, base, slippage, close):
    """Fill an order of a signed quantity at base price ``base``, or refuse it; set the stops of what it opens."""
    account = container.account
    rules = container.rules
    if quantity > 0.0:
        reason, size, price, fees, cash = _buy(rules, account.cash, quantity, base, slippage)
    else:
        reason, size, price, fees, cash = _sell(rules, account.cash, -quantity, base, slippage)
    if reason != _NONE:
        emit(container, _REJECT, bar, cause, reason, order, (price, quantity, 0.0, 0.0))
        return
    if abs(quantity) < math.inf:
        count_cut(container.counts, size, quantity)
    value = size * price
    paid_slippage = size * abs(price - base)
    account.cash = cash
    account.flow = -(value + fees) if quantity > 0.0 else value - fees
    account.commission_paid += fees
    account.slippage_paid += paid_slippage
    account.traded_value += value
    signed = size if quantity > 0.0 else -size
    fill = emit(container, _FILL, bar, cause, _NONE, order, (price, signed, paid_slippage, fees))
    before = account.quantity
    after = add(before, signed)
    _book(container, bar, before, after, signed, order, price, fees, fill)
    if after == 0.0:
        account.stop_base = math.nan
        account.target_base = math.nan
    elif before * after <= 0.0:
        start = base
        if rules.settings.stop_entry_price == _FROM_CLOSE:
            start = close
        elif rules.settings.stop_entry_price == _FROM_FILL_PRICE:
            start = price
        account.stop_base = start
        account.target_base = start


@kernel
def _book(container, bar, before, after, signed, order, price, fees, fill):
    """Take a fill into the position and the trade: section 5 of the model."""
    account = container.account
    account.quantity = after
    if before * after > 0.0:
        account.trade_flow += -(signed * price) - fees
        return
    opening_fees = fees
    if before != 0.0:
        closing_fees = fees if after == 0.0 else fees * divide(abs(before), abs(signed))
        opening_fees = fees - closing_fees
        profit = account.trade_flow + (before * price - closing_fees)
        container.trades.record(profit, divide(profit, account.entry_value), bar - account.entry_bar)
        emit(container, _CLOSE, bar, fill, _NONE, order, (price, -before, profit, closing_fees))
    if after != 0.0:
        account.entry_price = price
        account.entry_bar = bar
        account.entry_value = abs(after) * price
        account.trade_flow = -(after * price) - opening_fees
        emit(container, _OPEN, bar, fill, _NONE, order, (price, after, 0.0, opening_fees))
