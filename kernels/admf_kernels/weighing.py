"""The border between the engine of several symbols and a strategy with ``target_weights``: see ``evaluation``.

Its entry has the arguments of any ``evaluate``. An empty stretch makes the state anew; one of a bar gives the
weights at that bar. Equity and cash stand in the place of the position.
"""

from typing import Any, NamedTuple

import numpy as np

from .addresses import address_of
from .compilation import hot_kernel, kernel
from .ownership import borrow

#: Words of the context, int64. Addresses: of time, of the parameters, of the memory, and of the ``MarketArrays``.
#: Numbers: bars, symbols.
WEIGHING = (
    "time",
    "parameters",
    "memory",
    "fields",
    "close",
    "volume",
    "has_bar",
    "ready",
    "held",
    "weights",
    "n_bars",
    "n_symbols",
)
WEIGHING_WORDS = len(WEIGHING)
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
    """Put the columns down in a context, int64 (WEIGHING_WORDS,), which is good for as long as they are held."""
    context[0] = address_of(time)
    context[1] = address_of(row.parameters)
    context[2] = address_of(memory)
    context[3] = address_of(market.fields)
    context[4] = address_of(market.close)
    context[5] = address_of(market.volume)
    context[6] = address_of(market.has_bar)
    context[7] = address_of(market.ready)
    context[8] = address_of(market.held)
    context[9] = address_of(market.weights)
    context[10] = time.shape[0]
    context[11] = market.close.shape[0]
