"""What a call of ``market_orders`` works on: containers of one symbol, and the room that they need."""

from typing import Any, NamedTuple

from numba import int64

from ..addresses import address_of
from ..compilation import jitclass
from ..ownership import borrow
from .accounts import with_attributes
from .signatures import MARKET_SIGNATURE


class MarketCall(NamedTuple):
    """The arguments, of n containers in groups of those whose strategy is given the same.

    open and close float64 (n_bars,). ``dependence``: 0 for groups whose signals are the same, else what
    ``position_dependence`` says; ``guarded`` is the address of the ``record_signals`` that traps what is raised, where
    that may be needed for what is held. ``bars`` int64 (6,) are the addresses of time, open, high, low, close and
    volume. For each group, int64 (n_groups,): in ``functions`` the address of its ``record_signals``, in ``columns``
    that of the addresses of its columns, in ``parameters`` that of its parameters, its warm-up, and in ``ends`` the
    place behind its last container.
    settings SETTINGS_DTYPE (n,);
    room to work in: signals int8 (``tile_length``, or ``room_for_signals`` of that where containers are evaluated by
    themselves), acting uint64 (3, ``tile_length`` / WORD), accounts float64 (ACCOUNT_NUMBERS,), equities EQUITY_DTYPE
    (n,), lanes float64 (n, LANE_NUMBERS), waiting int64 (n, 3), blocks int64 (n, BLOCK_WORDS), orders float64
    (ORDER_NUMBERS,);
    out: positions float64 (n, len(POSITION_FIELDS)), what was held by containers that their strategy has ended; metrics
    float64 (n, len(METRIC_NAMES)), behind which periods may stand (``periods``), the same of all containers; outcomes
    int64 (n, len(OUTCOME_COLUMNS)), with 0 events. The first outcome of a group, or that of a container which is
    evaluated by itself, says ``RUNNING``, and at which bar a tile began, while it is at work.
    """

    open: Any
    close: Any
    dependence: Any
    guarded: Any
    bars: Any
    functions: Any
    columns: Any
    parameters: Any
    warmups: Any
    ends: Any
    settings: Any
    signals: Any
    acting: Any
    accounts: Any
    equities: Any
    lanes: Any
    waiting: Any
    blocks: Any
    orders: Any
    positions: Any
    metrics: Any
    outcomes: Any


_FIELDS = [
    *((name, kind) for name, kind in zip(MarketCall._fields, MARKET_SIGNATURE.args, strict=True) if name != "bars"),
    ("bars", int64),  # the address of the six
    ("tile", int64),  # the first of the bars that are run through now, and the one behind the last
    ("stop", int64),
]


@jitclass(_FIELDS)
class Market:
    """A ``MarketCall`` under way, of which the functions of ``market_orders`` get a view."""

    def __init__(self, call):
        self.open = borrow(call.open)
        self.close = borrow(call.close)
        self.dependence = call.dependence
        self.guarded = call.guarded
        self.bars = address_of(call.bars)
        self.functions = borrow(call.functions)
        self.columns = borrow(call.columns)
        self.parameters = borrow(call.parameters)
        self.warmups = borrow(call.warmups)
        self.ends = borrow(call.ends)
        self.settings = borrow(call.settings)
        self.signals = borrow(call.signals)
        self.acting = borrow(call.acting)
        self.accounts = borrow(call.accounts)
        self.equities = borrow(with_attributes(call.equities))
        self.lanes = borrow(call.lanes)
        self.waiting = borrow(call.waiting)
        self.blocks = borrow(call.blocks)
        self.orders = borrow(call.orders)
        self.positions = borrow(call.positions)
        self.metrics = borrow(call.metrics)
        self.outcomes = borrow(call.outcomes)
        self.tile = 0
        self.stop = 0
