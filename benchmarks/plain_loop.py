"""The bound: the headline strategy as one loop over local variables, with the engine's event ring.

No bus, no handlers, no objects: what is left is the arithmetic and the memory traffic that the trading model
asks for, without a division that could be spared. It knows one strategy, one fill rule and one commission
model, and comes to the engine's results.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from admf_kernels.constants import EventKind

Column = NDArray[np.float64]

#: Columns of the result: float64 (n_containers, len(COLUMNS)).
COLUMNS = (
    "final_equity",
    "max_drawdown",
    "max_drawdown_duration",
    "n_trades",
    "commission_paid",
    "n_events",
    "bars_held",
    "wins",
    "best_trade",
    "worst_trade",
    "profit_sum",
    "bars_sum",
    "traded_value",
    "equity_sum",
    "return_sum",
    "return_sum2",
    "return_sum3",
    "return_sum4",
    "downside_sum2",
)

_BAR = int(EventKind.BAR)
_FEATURES = int(EventKind.FEATURES)
_SIGNAL = int(EventKind.SIGNAL)
_ORDER = int(EventKind.ORDER)
_FILL = int(EventKind.FILL)
_OPEN = int(EventKind.POSITION_OPEN)
_CLOSE = int(EventKind.POSITION_CLOSE)
_UPDATE = int(EventKind.PORTFOLIO_UPDATE)


@njit(error_model="numpy", inline="always")
def _write(
    ring: Any,
    sequence: int,
    kind: int,
    bar: int,
    cause: int,
    order: int,
    price: float,
    quantity: float,
    value: float,
    fee: float,
) -> None:
    event = ring[sequence & (ring.shape[0] - 1)]
    event["sequence"] = sequence
    event["cause"] = cause
    event["bar"] = bar
    event["kind"] = kind
    event["symbol"] = 0
    event["reason"] = 0
    event["order"] = order
    event["price"] = price
    event["quantity"] = quantity
    event["value"] = value
    event["fee"] = fee


@njit(error_model="numpy")
def _run_one(
    open_: Column,
    close: Column,
    parameters: Column,
    starting_cash: float,
    rate: float,
    ring: Any,
    row: Column,
) -> None:
    fast = int(parameters[0])
    slow = int(parameters[1])
    threshold = parameters[2]
    position_size = parameters[3]
    sequence = 0
    order = 0
    working = False
    wanted = 0.0
    order_event = -1
    cash = starting_cash
    held = 0.0
    entry_bar = -1
    entry_value = 0.0
    flow = 0.0
    fast_weight = 1.0 / fast
    slow_weight = 1.0 / slow
    fast_total = 0.0
    slow_total = 0.0
    previous = starting_cash
    peak = starting_cash
    worst_equity = 1.0
    worst_peak = 1.0
    under_water = 0
    longest_under_water = 0
    bars_held = 0
    trades = 0
    wins = 0
    bars_sum = 0
    profit_sum = 0.0
    best = -np.inf
    worst = np.inf
    commission_paid = 0.0
    traded_value = 0.0
    equity_sum = 0.0
    sum1 = 0.0
    sum2 = 0.0
    sum3 = 0.0
    sum4 = 0.0
    downside2 = 0.0
    for t in range(close.shape[0]):
        price = close[t]
        bar_event = sequence
        _write(ring, bar_event, _BAR, t, -1, 0, price, 0.0, 0.0, 0.0)
        sequence += 1
        if working:
            working = False
            base = open_[t]
            quantity = wanted
            if quantity > 0.0 and quantity * base + quantity * base * rate > cash:
                quantity = cash / (base * (1.0 + rate))
            fee = abs(quantity) * base * rate
            commission_paid += fee
            traded_value += abs(quantity) * base
            cash -= quantity * base + fee
            fill = sequence
            _write(ring, fill, _FILL, t, order_event, order, base, quantity, 0.0, fee)
            sequence += 1
            if held == 0.0:
                held = quantity
                entry_bar = t
                entry_value = abs(quantity) * base
                flow = -(quantity * base) - fee
                _write(ring, sequence, _OPEN, t, fill, order, base, quantity, 0.0, fee)
            else:
                profit = flow + (-(quantity * base) - fee)
                held = 0.0
                trades += 1
                wins += profit > 0.0
                profit_sum += profit
                best = max(best, profit / entry_value)
                worst = min(worst, profit / entry_value)
                bars_sum += t - entry_bar
                _write(ring, sequence, _CLOSE, t, fill, order, base, quantity, profit, fee)
            sequence += 1
        fast_total += price - (close[t - fast] if t >= fast else 0.0)
        slow_total += price - (close[t - slow] if t >= slow else 0.0)
        if t >= slow - 1:
            features = sequence
            _write(ring, features, _FEATURES, t, bar_event, 0, 0.0, 0.0, 0.0, 0.0)
            sequence += 1
            gap = (fast_total * fast_weight) / (slow_total * slow_weight) - 1.0
            if (gap > threshold and held == 0.0) or (gap < -threshold and held != 0.0):
                direction = 1.0 if held == 0.0 else 0.0
                wanted = direction * (position_size * (cash + held * price) / price) - held
                order += 1
                order_event = sequence + 1
                working = True
                _write(ring, sequence, _SIGNAL, t, features, 0, price, direction, 0.0, 0.0)
                _write(ring, order_event, _ORDER, t, sequence, order, price, wanted, 0.0, 0.0)
                sequence += 2
        equity = cash + held * price
        _write(ring, sequence, _UPDATE, t, bar_event, 0, price, held, equity, cash)
        sequence += 1
        change = equity / previous - 1.0
        square = change * change
        loss = min(change, 0.0)
        previous = equity
        bars_held += held != 0.0
        equity_sum += equity
        sum1 += change
        sum2 += square
        sum3 += square * change
        sum4 += square * square
        downside2 += loss * loss
        peak = max(peak, equity)
        if equity * worst_peak < worst_equity * peak:
            worst_equity = equity
            worst_peak = peak
        under_water = (under_water + 1) * (equity < peak)
        longest_under_water = max(longest_under_water, under_water)
    row[0] = previous
    row[1] = worst_equity / worst_peak - 1.0
    row[2] = longest_under_water
    row[3] = trades
    row[4] = commission_paid
    row[5] = sequence
    row[6] = bars_held
    row[7] = wins
    row[8] = best
    row[9] = worst
    row[10] = profit_sum
    row[11] = bars_sum
    row[12] = traded_value
    row[13] = equity_sum
    row[14] = sum1
    row[15] = sum2
    row[16] = sum3
    row[17] = sum4
    row[18] = downside2


@njit(error_model="numpy")
def run_plain_loop(
    open_: Column,
    close: Column,
    parameters: Column,
    starting_cash: float,
    rate: float,
    ring: Any,
    out: Column,
) -> None:
    """Run containers one after the other over one symbol's bars.

    parameters float64 (n_containers, 4): fast_period, slow_period, signal_threshold, position_size. `rate` is
    the commission as a fraction of a fill's value. `ring` as the engine's; `out` float64 (n_containers,
    len(COLUMNS)).
    """
    for k in range(parameters.shape[0]):
        _run_one(open_, close, parameters[k], starting_cash, rate, ring, out[k])
