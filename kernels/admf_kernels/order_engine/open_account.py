"""A container of the order engine, from its settings."""

import math
from typing import Any, NamedTuple

import numpy as np

from ..compilation import kernel
from ..counts import begin_counts
from ..events import EventBus
from ..metrics import TradeMetrics
from ..ownership import borrow
from ..random_stream import RandomStream
from ..settings import MAX_CONTRACTS
from .state import HOLDING_DTYPE, ORDER_DTYPE, Bars, Container, Ledger

#: The random stream of the costs takes the words after those of the strategy's own.
_WORD = 6


class Parts(NamedTuple):
    """What a container consists of, held for as long as it runs."""

    bus: Any
    ledger: Any
    trades: Any
    book: Any
    holdings: Any
    random: Any
    atrs: Any
    universe: Any
    bars: Any


@kernel
def make_parts(settings, words, universe, bars):
    """The parts of a container with its cash; ``universe``, int64 (n_symbols,), has its symbols' rows in ``bars``."""
    n_symbols = universe.shape[0]
    holdings = np.zeros(n_symbols, HOLDING_DTYPE)
    for slot in range(n_symbols):
        holdings[slot]["volume_left"] = math.inf
        holdings[slot]["multiplier"] = settings.multipliers[min(slot, MAX_CONTRACTS - 1)]
    return Parts(
        EventBus(settings.event_capacity),
        Ledger(settings.cash),
        TradeMetrics(),
        # One place more than orders may work, for an order that is looked at and then not sent.
        np.zeros(settings.order_capacity + 1, ORDER_DTYPE),
        holdings,
        RandomStream(
            words[_WORD], words[_WORD + 1], words[_WORD + 2], words[_WORD + 3], words[_WORD + 4], words[_WORD + 5]
        ),
        np.full(n_symbols, math.nan),
        universe,
        bars,
    )


@kernel
def assemble(parts, settings, ring, outcome):
    """The container of ``parts``, which have to be held for as long as it is used; it counts in its ``outcome``."""
    begin_counts(outcome)
    return Container(parts, ring, settings, outcome)


@kernel
def borrowed_bars(times, prices, all_prices, actions):
    """The columns as the container has them, none of which is counted.

    ``times`` are time, session and clock, ``prices`` open to volume, and ``all_prices`` high, low and close with the
    history before them.
    """
    return Bars(
        (borrow(times[0]), borrow(times[1]), borrow(times[2])),
        (borrow(prices[0]), borrow(prices[1]), borrow(prices[2]), borrow(prices[3]), borrow(prices[4])),
        (borrow(all_prices[0]), borrow(all_prices[1]), borrow(all_prices[2])),
        borrow(actions),
    )


@kernel
def bars_of(columns):
    """``borrowed_bars`` of the ``Columns`` of a batch."""
    source = columns.source
    return borrowed_bars(
        (columns.time, columns.session, columns.clock),
        (columns.open, columns.high, columns.low, columns.close, columns.volume),
        (source.high, source.low, source.close),
        columns.actions,
    )
