"""What is kept of the symbols of a container from one call to the next, and their indicators, bar by bar: see ``kept``.

Behind the header stand two rows of memory for each symbol, that of the strategy and that of its indicators; then, for
each symbol, words: bars of its history, how many bars it had so far, its warm-up, and its average true range; then what
the order engine keeps (``kept_state``). The columns that indicators take have the bars of each symbol one after the
other here, those that it does not have left out.
"""

import math

import numpy as np

from ..addresses import address_of, codes_at, whole_numbers_at
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
from ..history import bars_of_symbol
from ..indicators.atr import Atr, update_atr
from ..kept import HEADER_BYTES, bytes_of_memory, count_numbers, exchange_numbers, is_resumed
from ..ownership import hold
from ..views import view
from .kept_state import bytes_of_orders

_WORD = 8
#: Words of a symbol: the history, bars so far, warm-up; then its average true range.
_HISTORY, _SEEN, _WARMUP, _RANGE = 0, 1, 2, 3
_WORDS = 3 + count_numbers(Atr)


def bytes_of_symbols(n_bytes: int, order_capacity: int, n_symbols: int) -> int:
    """Bytes of all that is kept of a container over ``n_symbols``, whose strategy keeps ``n_bytes`` for each."""
    rows = 2 * n_symbols * bytes_of_memory(n_bytes) + n_symbols * _WORDS * _WORD
    return rows + bytes_of_orders(0, order_capacity, n_symbols)


def place_of_history(n_bytes: int, n_symbols: int, slot: int) -> int:
    """The word in which the caller says how many bars of the history a symbol has."""
    return (HEADER_BYTES + 2 * n_symbols * bytes_of_memory(n_bytes)) // _WORD + slot * _WORDS + _HISTORY


@hot_kernel
def _row(n_bytes):
    return (n_bytes + _WORD - 1) & -_WORD


@kernel
def rows_of_memory(kept, n_symbols, n_bytes):
    """Memory for a strategy's state, int8 (n_symbols, _): that of a container that is kept, or of its own."""
    width = _row(n_bytes)
    if kept == 0:
        return np.zeros((n_symbols, width), np.int8)
    return codes_at(kept + HEADER_BYTES, n_symbols * width).reshape((n_symbols, width))


@hot_kernel
def _words_of(kept, n_bytes, n_symbols, slot):
    return whole_numbers_at(kept + HEADER_BYTES + 2 * n_symbols * _row(n_bytes) + _WORD * _WORDS * slot, _WORDS)


@hot_kernel
def symbols_behind(kept, n_bytes, n_symbols):
    """Where the state of the order engine stands."""
    return kept + HEADER_BYTES + n_symbols * (2 * _row(n_bytes) + _WORD * _WORDS)


@kernel
def keep_seen(strategy, recorded, n_symbols):
    """Write down how many bars each symbol had so far, and its warm-up."""
    for slot in range(n_symbols):
        words = _words_of(strategy.kept, strategy.n_bytes, n_symbols, slot)
        words[_SEEN], words[_WARMUP] = recorded.seen[slot], recorded.warmups[slot]


@kernel
def record_next(strategy, columns, row, container, slot, period, recorded):
    """Put down in ``recorded`` what follows from the bars of one symbol that are new."""
    symbol, n_symbols = container.universe[slot], container.holdings.shape[0]
    words = _words_of(strategy.kept, strategy.n_bytes, n_symbols, slot)
    bars = bars_of_symbol(columns.source, symbol)
    atr = Atr(period)
    begin = np.int64(0)
    if is_resumed(strategy.kept):
        begin = words[_SEEN]
        exchange_numbers(False, view(atr), address_of(words) + _WORD * _RANGE)
    else:
        words[_SEEN] = words[_HISTORY]
        if words[_HISTORY] > 0:
            # What is known of its price until it has an evaluated bar.
            container.holdings[slot]["close"] = bars.close[words[_HISTORY] - 1]
    recorded.seen[slot], recorded.warmups[slot] = words[_SEEN], words[_WARMUP]
    width = recorded.features.shape[2]
    close = container.bars.close[symbol]
    k = words[_SEEN]
    for place in range(width):
        k += not math.isnan(close[recorded.origin + place])
    if k == begin and is_resumed(strategy.kept):
        return
    fields = np.full((strategy.n_fields, k - begin), math.nan)
    recorded.warmups[slot] = _record(strategy, columns, row, container, slot, bars, begin, k, fields)
    k = words[_SEEN]
    for past in range(begin, k):
        update_atr(atr, bars.high, bars.low, bars.close, past)
        if recorded.ranges.shape[1] > 0 and past >= atr.period:
            container.atrs[slot] = atr.value
    for place in range(width):
        if not math.isnan(close[recorded.origin + place]):
            for field in range(fields.shape[0]):
                recorded.features[slot, field, place] = fields[field, k - begin]
            update_atr(atr, bars.high, bars.low, bars.close, k)
            if recorded.ranges.shape[1] > 0 and k >= atr.period:
                recorded.ranges[slot, place] = atr.value
            k += 1
    exchange_numbers(True, view(atr), address_of(words) + _WORD * _RANGE)
    hold(atr)
    hold(bars)


@kernel
def _record(strategy, columns, row, container, slot, bars, begin, end, fields):
    """Run a strategy's indicators on over a symbol's own bars from ``begin`` to ``end - 1``; the warm-up."""
    symbol, n_symbols = container.universe[slot], container.holdings.shape[0]
    contexts = np.empty(CONTEXT_WORDS, np.int64)
    context = context_at(address_of(contexts))
    result = np.zeros(RESULT_WORDS, np.int64)
    point_at_bars(context, columns.time, bars, 0, columns.higher[symbol], columns.completed[symbol])
    context.session += _WORD * symbol * bars.close.shape[0]  # sessions stand symbol after symbol
    memory = strategy.kept + HEADER_BYTES + (n_symbols + slot) * _row(strategy.n_bytes)
    point_at_state(context, row, memory, 0, 0, memory, 0)
    call_evaluate(strategy.record, address_of(contexts), begin, end, address_of(fields), address_of(result), False)
    warmup = result[FIRST_BAR]
    hold(contexts)
    hold(result)
    return warmup
