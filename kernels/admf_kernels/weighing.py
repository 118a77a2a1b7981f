"""The border between the engine of several symbols and a strategy with ``target_weights``: see ``evaluation``.

Its entry has the arguments of any ``evaluate``. An empty stretch makes the state anew; one of a bar gives the
weights at that bar. Equity and cash stand in the place of the position.
"""

from typing import Any, NamedTuple

import numpy as np

from .addresses import address_of, record_at
from .compilation import hot_kernel, kernel
from .ownership import borrow

#: The context: words of int64.
WEIGHING_DTYPE = np.dtype(
    (
        np.record,
        [
            # Addresses: of time, of the parameters, of the memory, and of the ``MarketArrays``.
            ("time", np.int64),
            ("parameters", np.int64),
            ("memory", np.int64),
            ("fields", np.int64),
            ("close", np.int64),
            ("volume", np.int64),
            ("has_bar", np.int64),
            ("ready", np.int64),
            ("held", np.int64),
            ("weights", np.int64),
            ("n_bars", np.int64),
            ("n_symbols", np.int64),
        ],
    )
)
WEIGHING_WORDS = WEIGHING_DTYPE.itemsize // 8
#: The context at an address.
weighing_at = record_at(WEIGHING_DTYPE)
#: What is said beside the arrays, float64.
EQUITY, CASH = np.arange(2)
MARKET_NUMBERS = 2


class MarketArrays(NamedTuple):
    """What a strategy sees of all symbols at a bar: arrays with an entry for each, and the room for its weights.

    ``fields``, float64 (n_fields, n_symbols), has the fields of its indicators; ``held`` the weights that are held.
    """

    fields: Any
    close: Any
    volume: Any
    has_bar: Any
    ready: Any
    held: Any
    weights: Any


@kernel
def new_market_arrays(n_fields, n_symbols):
    """A ``MarketArrays`` with nothing in it."""
    return MarketArrays(
        np.zeros((n_fields, n_symbols)),
        np.zeros(n_symbols),
        np.zeros(n_symbols),
        np.zeros(n_symbols, np.bool_),
        np.zeros(n_symbols, np.bool_),
        np.zeros(n_symbols),
        np.zeros(n_symbols),
    )


@hot_kernel
def borrowed_market(market):
    """The same arrays, without their counters."""
    return MarketArrays(
        borrow(market.fields),
        borrow(market.close),
        borrow(market.volume),
        borrow(market.has_bar),
        borrow(market.ready),
        borrow(market.held),
        borrow(market.weights),
    )


@kernel
def point_at_market(context, time, row, memory, market):
    """Put the columns down in a context, a record of ``WEIGHING_DTYPE``, which is good for as long as they are held."""
    context.time = address_of(time)
    context.parameters = address_of(row.parameters)
    context.memory = address_of(memory)
    context.fields = address_of(market.fields)
    context.close = address_of(market.close)
    context.volume = address_of(market.volume)
    context.has_bar = address_of(market.has_bar)
    context.ready = address_of(market.ready)
    context.held = address_of(market.held)
    context.weights = address_of(market.weights)
    context.n_bars = time.shape[0]
    context.n_symbols = market.close.shape[0]
