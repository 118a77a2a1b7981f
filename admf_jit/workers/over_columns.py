"""Market data and columns of shared indicators, as an engine reads them that evaluates a strategy on every bar."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from admf_jit.data import MarketData
from admf_jit.data.higher_columns import higher_columns
from admf_jit.strategies.shared import SharedColumns
from admf_jit.workers.actions import actions_of
from admf_jit.workers.columns import column_cache
from admf_jit.workers.computed_columns import Column, read_only
from admf_jit.workers.minimal import bars_of, indicator_bars_of

#: Sets of columns that are kept in the form in which an engine reads them.
_KEPT = 2


def bars_and_columns(
    shared: SharedColumns, data: MarketData, symbol: int, row: Column, settings: NDArray[np.record]
) -> tuple[NDArray[Any], ...]:
    """The leading arguments of ``run_batch`` for containers of one symbol, which is symbol 0 of them.

    ``row`` holds the parameters of one of the containers, ``settings`` those of all. The columns replace the higher
    bars: float64 (1, 1, n_fields, n_history + n_bars).
    """
    one = slice(symbol, symbol + 1)
    completed = higher_columns(data, shared.series).completed[one]
    time, session, clock, *values = bars_of(data)
    own = tuple(value[one] for value in values)
    all_session, *all_values = indicator_bars_of(data)
    taken = (all_session, *(value[one] for value in all_values))
    prices = data.delisting_prices[one]
    actions = actions_of(data, settings, symbol)
    return (time, session, clock, *own, *taken, _stacked(shared, data, symbol, row), completed, prices, actions)


def _stacked(shared: SharedColumns, data: MarketData, symbol: int, row: Column) -> NDArray[np.float64]:
    arguments = tuple(indicator.bound(row[np.newaxis])[0] for indicator in shared.indicators)
    key = (symbol, shared, arguments)
    with _lock:
        kept = _stacks.setdefault(data, OrderedDict())
        if key not in kept:
            pairs = zip(shared.indicators, arguments, strict=True)
            outputs = [column_cache().columns(data, symbol, shared, one, [bound])[0] for one, bound in pairs]
            rows = [outputs[indicator].values[output] for indicator, output in shared.features]
            stack = np.stack(rows).astype(np.float64, copy=False)
            kept[key] = read_only(stack[np.newaxis, np.newaxis])
            while len(kept) > _KEPT:
                kept.popitem(last=False)
        kept.move_to_end(key)
        return kept[key]


_lock = threading.Lock()
_stacks: WeakKeyDictionary[MarketData, OrderedDict[Any, NDArray[np.float64]]] = WeakKeyDictionary()
