"""What a container of the order engine consists of."""

from typing import Any

import numpy as np
from numba import boolean, float64, from_dtype, int64, typeof, types

from ..arithmetic import Grid, grid_of
from ..compilation import jitclass
from ..constants import ACTION_DTYPE, EVENT_DTYPE
from ..costs import Costs, read_costs
from ..events import EventBus
from ..metrics import TradeMetrics
from ..ownership import RecordPointer, borrow
from ..random_stream import RandomStream
from ..settings import SETTINGS_DTYPE
from ..trade_history import TRADES_DTYPE, TRADES_FIELDS
from ..views import view, view_type

_SETTINGS = RecordPointer(from_dtype(SETTINGS_DTYPE))
_COSTS = types.NamedTuple((_SETTINGS, boolean, boolean), Costs)
_GRID = typeof(Grid(0.0, 0.0, 1.0))

#: One working order, or one request of ``on_bar``. Prices are 0 where a kind has none.
ORDER_DTYPE = np.dtype(
    [
        ("number", np.int64),
        ("event", np.int64),  # sequence of its latest ORDER event
        ("action", np.int64),  # what a request asks for: Action
        ("symbol", np.int64),
        ("kind", np.int64),  # OrderKind
        ("tif", np.int64),  # TimeInForce
        ("until", np.int64),  # ns since the epoch, of GTD
        ("first_bar", np.int64),  # the first bar that it can be matched on
        ("day", np.int64),  # session of the first bar that it could be matched on, or -1
        ("reduce_only", np.int64),
        ("closes_position", np.int64),  # 1: for the whole position, whatever that is at the fill
        ("group", np.int64),  # orders of one group cancel each other; 0: none
        ("parent", np.int64),  # number of the bracket's entry, or 0
        ("attached", np.int64),  # 1: cancelled when the position is flat
        ("signal", np.int64),  # direction of the signal that sent it; KEEP: none
        ("reason", np.int64),  # Reason of its ORDER event
        ("spent_bar", np.int64),  # the bar on which no more of it can fill
        ("inside_bar", np.int64),  # the bar inside which it was sent by a fill, or -1
        ("trailing", np.int64),  # TrailingKind
        ("trade_number", np.int64),  # the trade of its symbol among whose entries it counts
        ("paired_with", np.int64),  # second order of a request to pair two
        ("quantity", np.float64),  # what is left, signed
        ("sent", np.float64),  # that of its latest ORDER event
        ("target", np.float64),  # position that the order of a signal aims at
        ("limit", np.float64),
        ("stop", np.float64),
        ("amount", np.float64),  # distance of a trailing stop: an amount, a rate or a multiple
        ("extreme", np.float64),  # best price since a trailing stop was sent
        ("inside_price", np.float64),  # price of the fill that sent it, in place of the open
        ("inside_place", np.float64),  # place of that fill on the path
        ("bracket_stop", np.float64),
        ("bracket_target", np.float64),
        ("fills", np.int64),  # how many it had
        ("proportional", np.float64),  # what its fills were charged by their quantity, without fixed parts
        ("charged", np.float64),  # all commission of its fills
        ("retries", np.int64),  # what the account does not pay for works on: 1; 2 once it was counted as cut
    ],
    align=True,
)

#: One symbol's position, the trade under way, and the last bar of it that was seen.
HOLDING_DTYPE = np.dtype(
    [
        ("quantity", np.float64),
        ("largest", np.float64),  # of its sizes and those of its fills since it was last 0
        ("entry_price", np.float64),
        ("entry_value", np.float64),
        ("trade_flow", np.float64),
        ("close", np.float64),
        ("market", np.float64),  # price of the market in the present step: the open, then the close
        ("volume_left", np.float64),
        ("entry_bar", np.int64),
        ("entries", np.int64),  # orders that opened or increased it
        ("trades", np.int64),  # positions opened so far
        ("exit_session", np.int64),  # session at whose `exit_at` its entries were cancelled last, counted from 1
        ("multiplier", np.float64),  # what a price of 1 is worth for each unit, in account currency
        *TRADES_FIELDS,
    ],
    align=True,
)


HOLDING_BYTES = HOLDING_DTYPE.itemsize
#: How far into a record the trades before begin.
TRADES_OFFSET = HOLDING_BYTES - TRADES_DTYPE.itemsize


class Action:
    """What a request of ``on_bar`` asks for."""

    SEND = 0
    CANCEL = 1
    CANCEL_ALL = 2
    MODIFY = 3
    PAIR = 4


@jitclass
class Ledger:
    """Cash, counts and running sums of one container."""

    cash: float64
    equity: float64
    commission_paid: float64
    slippage_paid: float64
    traded_value: float64
    financing_paid: float64
    peak: float64
    day_start_equity: float64
    winning_returns: float64
    losing_returns: float64
    wins: int64
    losses: int64
    closed: int64
    orders: int64
    working: int64
    breaches: int64
    liquidations: int64
    day: int64
    orders_today: int64
    halted_today: int64
    halted: int64
    after_exit: int64
    overflowed: int64
    action: int64
    action_bar: int64

    def __init__(self, cash):
        self.cash = cash
        self.equity = cash
        self.commission_paid = 0.0
        self.slippage_paid = 0.0
        self.traded_value = 0.0
        self.financing_paid = 0.0
        self.peak = cash
        self.day_start_equity = cash
        self.winning_returns = 0.0
        self.losing_returns = 0.0
        self.wins = 0
        self.losses = 0
        self.closed = 0
        self.orders = 0
        self.working = 0
        self.breaches = 0
        self.liquidations = 0
        self.day = -1
        self.orders_today = 0
        self.halted_today = 0
        self.halted = 0
        self.after_exit = 0
        self.overflowed = 0
        self.action = 0
        self.action_bar = 0

    def next_order(self):
        """Number of a new order, counted from 1."""
        self.orders += 1
        return self.orders


_TIMES = types.Array(int64, 1, "C", readonly=True)
_PRICES = types.Array(float64, 2, "C", readonly=True)


_BARS = [
    ("time", _TIMES),
    ("session", _TIMES),
    ("clock", _TIMES),
    ("open", _PRICES),
    ("high", _PRICES),
    ("low", _PRICES),
    ("close", _PRICES),
    ("volume", _PRICES),
    ("all_high", _PRICES),
    ("all_low", _PRICES),
    ("all_close", _PRICES),
    ("actions", types.Array(from_dtype(ACTION_DTYPE), 1, "C", readonly=True)),
    ("n_history", types.int64),
]


@jitclass(_BARS)
class Bars:
    """The columns of all symbols, [symbol, bar], and what they share, [bar].

    ``all_high``, ``all_low`` and ``all_close`` begin with the ``n_history`` bars before the first evaluated one;
    ``actions`` are ACTION_DTYPE, by bar.
    """

    time: Any
    session: Any
    clock: Any
    open: Any
    high: Any
    low: Any
    close: Any
    volume: Any
    all_high: Any
    all_low: Any
    all_close: Any
    actions: Any
    n_history: Any

    def __init__(self, times, prices, all_prices, actions):
        self.time, self.session, self.clock = times
        self.open, self.high, self.low, self.close, self.volume = prices
        self.all_high, self.all_low, self.all_close = all_prices
        self.actions = actions
        self.n_history = all_prices[2].shape[1] - prices[3].shape[1]


_CONTAINER = [
    ("bus", view_type(EventBus)),
    ("ring", from_dtype(EVENT_DTYPE)[::1]),
    ("ledger", view_type(Ledger)),
    ("trades", view_type(TradeMetrics)),
    ("book", from_dtype(ORDER_DTYPE)[::1]),  # the first ``ledger.working`` records are working orders
    ("holdings", from_dtype(HOLDING_DTYPE)[::1]),  # (n_symbols,)
    ("universe", int64[::1]),  # (n_symbols,): row of each holding's symbol in the bars
    ("random", view_type(RandomStream)),
    ("atrs", float64[::1]),  # (n_symbols,): ATR at the last bar, NaN until it is defined
    ("costs", _COSTS),
    ("settings", _SETTINGS),
    ("lot", _GRID),  # of sizes
    ("tick", _GRID),  # of prices
    ("bars", view_type(Bars)),
    ("counts", int64[::1]),  # the container's row of outcomes
]


@jitclass(_CONTAINER)
class Container:
    """Everything that the functions of the order engine work on, which get a view of it.

    The parts are views and borrowed arrays: whoever makes a container holds them, and it, until it is done with.
    """

    bus: Any
    ring: Any
    ledger: Any
    trades: Any
    book: Any
    holdings: Any
    universe: Any
    random: Any
    atrs: Any
    costs: Any
    settings: Any
    lot: Any
    tick: Any
    bars: Any
    counts: Any

    def __init__(self, parts, ring, settings, counts):
        self.bus = view(parts.bus)
        self.ring = borrow(ring)
        self.ledger = view(parts.ledger)
        self.trades = view(parts.trades)
        self.book = borrow(parts.book)
        self.holdings = borrow(parts.holdings)
        self.universe = borrow(parts.universe)
        self.random = view(parts.random)
        self.atrs = borrow(parts.atrs)
        self.costs = read_costs(settings)
        self.settings = settings
        self.lot = grid_of(settings.lot_size)
        self.tick = grid_of(settings.tick_size)
        self.bars = view(parts.bars)
        self.counts = borrow(counts)


#: Calls of one ``on_bar`` that there is room for, as a multiple of the orders that may work.
REQUESTS = 4
