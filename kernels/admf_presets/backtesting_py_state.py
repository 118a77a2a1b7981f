"""What a container under the rules of backtesting.py consists of: ``docs/trading-model.md`` section 18.

``queue`` and ``held`` are permutations of the rows of ``orders`` and ``trades``: first the rows in use, in their
order, then the free ones. Rows are used again, so whoever keeps a row for later keeps the number in it, too.
"""

import math

import numpy as np
from numba import float64, from_dtype, int64

from admf_kernels.compilation import jitclass
from admf_kernels.constants import EVENT_DTYPE
from admf_kernels.events import EventBus
from admf_kernels.metrics import TradeMetrics
from admf_kernels.ownership import RecordPointer, borrow
from admf_kernels.random_stream import instance_type
from admf_kernels.settings import SETTINGS_DTYPE

#: Size of an order for everything that the account can hold: the largest double below 1 but one.
FULL_EQUITY = 1.0 - 2.0**-52

#: A working order. Levels are NaN where it has none.
ORDER_DTYPE = np.dtype(
    [
        ("number", np.int64),
        ("event", np.int64),  # sequence of its ORDER event
        ("trade", np.int64),  # row of the trade that it closes, or -1
        ("trade_number", np.int64),
        ("size", np.float64),  # signed: whole units, or a fraction of the margin
        ("limit", np.float64),
        ("stop", np.float64),
        ("sl", np.float64),  # levels of the orders that guard its trade
        ("tp", np.float64),
    ],
    align=True,
)

#: An open trade. It has the number of the order that opened it.
TRADE_DTYPE = np.dtype(
    [
        ("number", np.int64),
        ("bar", np.int64),
        ("sl_order", np.int64),  # rows of its contingent orders, or -1
        ("tp_order", np.int64),
        ("size", np.float64),
        ("price", np.float64),
    ],
    align=True,
)


@jitclass
class Ledger:
    """The margin, the present bar, cash, counts and running sums of one container."""

    leverage: float64
    position_size: float64
    symbol: int64

    bar: int64
    open: float64
    high: float64
    low: float64
    close: float64
    previous_close: float64

    cash: float64
    commission_paid: float64
    slippage_paid: float64
    traded_value: float64
    numbered: int64
    working: int64
    n_held: int64
    overflowed: int64
    ruined: int64

    def __init__(self, settings, symbol):
        leverage = settings.leverage
        self.leverage = leverage if leverage > 0.0 else 1.0
        size = settings.position_size
        self.position_size = size if size < 1.0 else FULL_EQUITY
        self.symbol = symbol
        self.bar = -1
        self.open = math.nan
        self.high = math.nan
        self.low = math.nan
        self.close = math.nan
        self.previous_close = math.nan
        self.cash = settings.cash
        self.commission_paid = 0.0
        self.slippage_paid = 0.0
        self.traded_value = 0.0
        self.numbered = 0
        self.working = 0
        self.n_held = 0
        self.overflowed = 0
        self.ruined = 0

    def next_order(self):
        """Number of a new order, counted from 1."""
        self.numbered += 1
        return self.numbered


_PARTS = [
    ("settings", RecordPointer(from_dtype(SETTINGS_DTYPE))),
    ("bus", instance_type(EventBus)),
    ("ring", from_dtype(EVENT_DTYPE)[::1]),
    ("ledger", instance_type(Ledger)),
    ("metrics", instance_type(TradeMetrics)),
    ("orders", from_dtype(ORDER_DTYPE)[::1]),
    ("queue", int64[::1]),
    ("trades", from_dtype(TRADE_DTYPE)[::1]),
    ("held", int64[::1]),
    ("pass_rows", int64[::1]),  # the orders of a pass, by row and number
    ("pass_numbers", int64[::1]),
    ("counts", int64[::1]),  # the container's row of outcomes
]


@jitclass(_PARTS)
class Container:
    """Everything that the functions of this engine work on.

    The parts are borrowed: whoever makes a container holds them, and it, until it is done with.
    """

    def __init__(self, settings, parts, ring, counts):
        self.settings = settings
        self.bus = borrow(parts.bus)
        self.ring = borrow(ring)
        self.ledger = borrow(parts.ledger)
        self.metrics = borrow(parts.metrics)
        self.orders = borrow(parts.orders)
        self.queue = borrow(parts.queue)
        self.trades = borrow(parts.trades)
        self.held = borrow(parts.held)
        self.pass_rows = borrow(parts.pass_rows)
        self.pass_numbers = borrow(parts.pass_numbers)
        self.counts = borrow(counts)
