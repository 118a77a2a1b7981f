"""A container under the rules of backtesting.py, from its row of settings."""

from typing import Any, NamedTuple

import numpy as np

from admf_kernels.compilation import kernel
from admf_kernels.constants import Setting
from admf_kernels.events import EventBus
from admf_kernels.metrics import TradeMetrics
from admf_kernels.ownership import borrow

from .backtesting_py_state import ORDER_DTYPE, TRADE_DTYPE, Container, Ledger

_S_EVENT_CAPACITY = int(Setting.EVENT_CAPACITY)


class Parts(NamedTuple):
    """What a container consists of, held for as long as it runs."""

    bus: Any
    ledger: Any
    metrics: Any
    orders: Any
    queue: Any
    trades: Any
    held: Any
    pass_rows: Any
    pass_numbers: Any


@kernel
def make_parts(settings, symbol):
    """The parts of a container with its cash and nothing else."""
    ledger = Ledger(settings, symbol)
    capacity = ledger.capacity
    return Parts(
        EventBus(int(settings[_S_EVENT_CAPACITY])),
        ledger,
        TradeMetrics(),
        np.zeros(capacity, ORDER_DTYPE),
        np.arange(capacity),
        np.zeros(capacity, TRADE_DTYPE),
        np.arange(capacity),
        np.zeros(capacity, np.int64),
        np.zeros(capacity, np.int64),
    )


@kernel
def assemble(parts, ring, outcome):
    """The container of ``parts``, writing its events to ``ring``, and counting in its row of outcomes."""
    return Container(
        borrow(parts.bus),
        borrow(ring),
        borrow(parts.ledger),
        borrow(parts.metrics),
        borrow(parts.orders),
        borrow(parts.queue),
        borrow(parts.trades),
        borrow(parts.held),
        borrow(parts.pass_rows),
        borrow(parts.pass_numbers),
        borrow(outcome),
    )
