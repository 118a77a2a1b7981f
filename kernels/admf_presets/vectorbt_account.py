"""The account of a container under preset ``vectorbt``, and the tolerances of its sums."""

import math
from typing import Any, NamedTuple

import numpy as np
from numba import float64, int64

from admf_kernels.compilation import jitclass, kernel
from admf_kernels.constants import EventKind
from admf_kernels.counts import count_refusal
from admf_kernels.events import write_event

_REJECT = np.int64(EventKind.REJECT)
_RELATIVE = 1e-9
_ABSOLUTE = 1e-12


@kernel
def close_to(a, b):
    """Whether two amounts count as equal: within 1e-9 of the larger one, or within 1e-12."""
    if a == b:
        return True
    if abs(a) == math.inf or abs(b) == math.inf:
        return False
    difference = abs(b - a)
    return difference <= abs(_RELATIVE * b) or difference <= abs(_RELATIVE * a) or difference <= _ABSOLUTE


@kernel
def add(a, b):
    """a + b, or exactly 0 when the two cancel but for rounding."""
    return 0.0 if close_to(a, -b) else a + b


@jitclass
class Account:
    """Cash, position, the trade under way, the waiting order, and running sums of one container.

    ``cash`` is what can be spent. ``reported_cash``, of which equity is made, and ``earned``, of which final equity is
    made, add up the same fills once a bar, and may differ from it by rounding.
    """

    cash: float64
    reported_cash: float64
    earned: float64
    flow: float64  # of the fill in this bar, or 0
    quantity: float64
    stop_base: float64  # price that the stop loss is measured from
    target_base: float64  # price that the take profit is measured from
    entry_price: float64
    entry_value: float64
    trade_flow: float64
    entry_bar: int64
    commission_paid: float64
    slippage_paid: float64
    traded_value: float64
    waiting: float64  # signed quantity of the order that waits for the next open, or 0
    waiting_order: int64
    waiting_event: int64
    orders: int64
    events: int64

    def __init__(self, cash):
        self.cash = cash
        self.reported_cash = cash
        self.earned = 0.0
        self.flow = 0.0
        self.quantity = 0.0
        self.stop_base = math.nan
        self.target_base = math.nan
        self.entry_price = 0.0
        self.entry_value = 0.0
        self.trade_flow = 0.0
        self.entry_bar = -1
        self.commission_paid = 0.0
        self.slippage_paid = 0.0
        self.traded_value = 0.0
        self.waiting = 0.0
        self.waiting_order = 0
        self.waiting_event = 0
        self.orders = 0
        self.events = 0

    def next_order(self):
        """Number of a new order, counted from 1."""
        self.orders += 1
        return self.orders

    def claim(self):
        """Sequence number of a new event."""
        sequence = self.events
        self.events = sequence + 1
        return sequence


class Container(NamedTuple):
    """What the functions of the preset work on: borrowed jitclasses and ring, rules, the row of the symbol, counts."""

    account: Any
    trades: Any
    rules: Any
    ring: Any
    symbol: Any
    counts: Any


@kernel
def emit(container, kind, bar, cause, reason, order, numbers):
    """Write an event and return its sequence number."""
    sequence = container.account.claim()
    symbol = container.symbol
    if kind == _REJECT:
        count_refusal(container.counts, reason, 1)
    write_event(container.ring, sequence, kind, bar, cause, symbol, reason, order, numbers)
    return sequence


@kernel
def report(account, close):
    """Equity at the close of a bar; the fill of the bar enters the reported cash here."""
    flow = account.flow
    account.reported_cash = add(account.reported_cash, add(0.0, flow))
    account.earned = add(account.earned, flow)
    account.flow = 0.0
    return account.reported_cash + account.quantity * close
