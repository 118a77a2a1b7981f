"""Indicator values of every symbol of a container, ahead of its bars."""

import math
from typing import Any, NamedTuple

import numpy as np

from ..addresses import address_of
from ..compilation import hot_kernel, kernel
from ..evaluation import (
    CONTEXT_WORDS,
    FIRST_BAR,
    RESULT_WORDS,
    call_evaluate,
    context_at,
    point_at_bars,
    point_at_state,
)
from ..history import IndicatorBars, bars_of_symbol
from ..indicators.atr import Atr, update_atr
from ..ownership import borrow, hold


class Recording(NamedTuple):
    """What is known of every symbol ahead of the bars, and how far a container has come.

    ``origin`` is the first bar of its ``n_bars``. ``features``, float64 (n_symbols, n_fields, n_bars);
    ``ranges``, the average true range of trailing stops, float64 (n_symbols, n_bars), or (n_symbols, 0) where nobody
    follows it. For each symbol, int64 (n_symbols,): its warm-up; how many bars it had so far, those of the history
    included; its latest BAR event; the last bar that it has, or -1.
    """

    origin: Any
    features: Any
    ranges: Any
    warmups: Any
    seen: Any
    bar_events: Any
    last_bars: Any


@kernel
def new_recording(container, n_fields, follows_range, origin, n_bars, last):
    """A ``Recording`` of ``n_bars`` from ``origin`` on with no symbol recorded; ``last`` are their last bars."""
    n_symbols = container.holdings.shape[0]
    return Recording(
        origin,
        np.full((n_symbols, n_fields, n_bars), math.nan),
        np.full((n_symbols, n_bars if follows_range else 0), math.nan),
        np.zeros(n_symbols, np.int64),
        np.zeros(n_symbols, np.int64),
        np.zeros(n_symbols, np.int64),
        last,
    )


@hot_kernel
def borrowed_recording(recorded):
    """The same arrays, without their counters."""
    return Recording(
        recorded.origin,
        borrow(recorded.features),
        borrow(recorded.ranges),
        borrow(recorded.warmups),
        borrow(recorded.seen),
        borrow(recorded.bar_events),
        borrow(recorded.last_bars),
    )


@kernel
def own_bars(close):
    """Bars that a symbol has: int64 (n,), their indices on the axis. A missing bar has a close of NaN."""
    count = 0
    for t in range(close.shape[0]):
        count += not math.isnan(close[t])
    indices = np.empty(count, np.int64)
    k = 0
    for t in range(close.shape[0]):
        if not math.isnan(close[t]):
            indices[k] = t
            k += 1
    return indices


@kernel
def gathered(column, indices):
    """The entries of ``column`` at ``indices``."""
    taken = np.empty(indices.shape[0], column.dtype)
    for k in range(indices.shape[0]):
        taken[k] = column[indices[k]]
    return taken


@kernel
def in_own_bars(completed, indices):
    """``completed``, int64 (n_timeframes, n_higher), as numbers of the symbol's own bars at ``indices`` of the axis."""
    own = np.empty(completed.shape, np.int64)
    for i in range(completed.shape[0]):
        k = 0
        for j in range(completed.shape[1]):
            while k < indices.shape[0] and indices[k] < completed[i, j]:
                k += 1
            own[i, j] = k
    return own


@kernel
def _record_fields(strategy, columns, row, symbol, bars, completed, memory, trap):
    """Run indicators over a symbol's bars: (fields, float64 (n_fields, n_own), warm-up, whether one raised)."""
    n_own = bars.close.shape[0]
    fields = np.full((strategy.n_fields, n_own), math.nan)
    words = np.empty(CONTEXT_WORDS, np.int64)
    context = context_at(address_of(words))
    result = np.zeros(RESULT_WORDS, np.int64)
    point_at_bars(context, columns.time, bars, 0, columns.higher[symbol], completed)
    address = address_of(memory)
    point_at_state(context, row, address, 0, 0, address, 0)
    raised = call_evaluate(strategy.record, address_of(words), 0, n_own, address_of(fields), address_of(result), trap)
    warmup = result[FIRST_BAR]
    hold(words)
    hold(result)
    return fields, warmup, raised


@kernel
def _follow_range(container, slot, period, bars, indices, ranges):
    """Put down the average true range at each of a symbol's evaluated bars, and that at the end of its history."""
    atr = Atr(period)
    for k in range(indices.shape[0]):
        update_atr(atr, bars.high, bars.low, bars.close, k)
        bar = indices[k] - container.bars.n_history
        if k >= atr.period and bar >= 0:
            ranges[slot, bar] = atr.value
        elif k >= atr.period:
            # What a trailing stop sees until the symbol's first evaluated bar is complete.
            container.atrs[slot] = atr.value


@kernel
def record_symbol(strategy, columns, row, container, slot, period, memory, recorded, trap):
    """Put down in ``recorded`` what follows from the bars of one symbol alone: whether an indicator's code raised.

    ``memory`` is that of a container's state, which is not in use yet.
    """
    symbol = container.universe[slot]
    source = bars_of_symbol(columns.source, symbol)
    indices = own_bars(source.close)
    bars = IndicatorBars(
        gathered(source.session, indices),
        gathered(source.open, indices),
        gathered(source.high, indices),
        gathered(source.low, indices),
        gathered(source.close, indices),
        gathered(source.volume, indices),
    )
    completed = in_own_bars(columns.completed[symbol], indices)
    fields, recorded.warmups[slot], raised = _record_fields(
        strategy, columns, row, symbol, bars, completed, memory, trap
    )
    for k in range(indices.shape[0]):
        bar = indices[k] - container.bars.n_history
        if bar >= 0:
            for field in range(fields.shape[0]):
                recorded.features[slot, field, bar] = fields[field, k]
        else:
            recorded.seen[slot] = k + 1
            # What is known of its price until it has an evaluated bar.
            container.holdings[slot]["close"] = bars.close[k]
    if recorded.ranges.shape[1] > 0:
        _follow_range(container, slot, period, bars, indices, recorded.ranges)
    hold(bars)
    hold(completed)
    return raised
