"""A container under the rules of backtesting.py, from its settings."""

from typing import Any, NamedTuple

import numpy as np

from admf_kernels.compilation import kernel
from admf_kernels.events import EventBus
from admf_kernels.metrics import TradeMetrics

from .backtesting_py_state import ORDER_DTYPE, TRADE_DTYPE, Container, Ledger


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
    capacity = settings.order_capacity
    return Parts(
        EventBus(settings.event_capacity),
        Ledger(settings, symbol),
        TradeMetrics(),
        np.zeros(capacity, ORDER_DTYPE),
        np.arange(capacity),
        np.zeros(capacity, TRADE_DTYPE),
        np.arange(capacity),
        np.zeros(capacity, np.int64),
        np.zeros(capacity, np.int64),
    )


@kernel
def assemble(parts, settings, ring, outcome):
    """The container of ``parts``, writing its events to ``ring``, and counting in its row of outcomes."""
    return Container(settings, parts, ring, outcome)
