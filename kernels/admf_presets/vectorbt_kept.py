"""A container under preset ``vectorbt`` that is left at one bar and gone on with at the next: ``admf_kernels.kept``.

The bars are those of ``vectorbt``. It is an engine of its own, so that one which runs all bars in a call is compiled
without it.
"""

import math

from admf_kernels.addresses import address_of, numbers_at
from admf_kernels.batch import is_refused, row_of
from admf_kernels.compilation import kernel
from admf_kernels.counts import begin_counts
from admf_kernels.evaluation import FIRST_BAR
from admf_kernels.kept import (
    HEADER_BYTES,
    bytes_of_memory,
    count_numbers,
    exchange_numbers,
    exchange_words,
    header_at,
    is_resumed,
    memory_of,
    state_address,
    stretch_of,
    write_header,
)
from admf_kernels.metrics import LANE_NUMBERS, EquityMetrics, TradeMetrics
from admf_kernels.ownership import hold
from admf_kernels.views import view

from .vectorbt import Stretch, end_container, open_container, run_stretch
from .vectorbt_account import Account

_WORD = 8
_NUMBERS = sum(map(count_numbers, (Account, TradeMetrics, EquityMetrics)))


def bytes_of_container(n_bytes: int) -> int:
    """Bytes of all that is kept of a container whose strategy keeps ``n_bytes``."""
    return HEADER_BYTES + bytes_of_memory(n_bytes) + _WORD * (_NUMBERS + LANE_NUMBERS + 1)


@kernel
def _exchange(saves, place, parts, lowest):
    """Write what is kept to the memory at ``place``, or read it from there; the lowest equity so far."""
    place = exchange_numbers(saves, view(parts.account), place)
    place = exchange_numbers(saves, view(parts.trades), place)
    place = exchange_numbers(saves, view(parts.equity_metrics), place)
    place = exchange_words(saves, address_of(parts.equity_metrics.lanes), place, LANE_NUMBERS)
    kept = numbers_at(place, 1)
    if saves:
        kept[0] = lowest
    return float(kept[0])


@kernel
def _run_container(strategy, memory, columns, row, given, trap):
    kept = strategy.kept
    place = state_address(kept, strategy.n_bytes)
    parts = open_container(strategy, memory, columns, row)
    lowest = math.inf
    if is_resumed(kept):
        parts.evaluation.result[FIRST_BAR] = header_at(kept).first
        lowest = _exchange(False, place, parts, lowest)
    else:
        begin_counts(row.outcome)
    n_bars = columns.close.shape[1]
    t, end, begin = stretch_of(kept, n_bars, columns.source.close.shape[1] - n_bars)
    stretch = Stretch(t, end, begin, int(header_at(kept).bars_held), lowest)
    course = run_stretch(parts, columns, row, given, trap, stretch)
    header_at(kept).bars_held = course[2]
    write_header(kept, parts.evaluation, course[1])
    _exchange(True, place, parts, course[3])
    end_container(parts, columns, row, course, max(course[1], 1))
    hold(parts)


@kernel
def run_containers(strategy, columns, rows, ring, trap):
    """Go on with the container of ``rows`` whose state is kept: there is one."""
    if strategy.sends_orders or strategy.kept == 0:
        raise ValueError("expected a kept container without orders of its own")
    memory = memory_of(strategy.kept, strategy.n_bytes)
    for k in range(rows.symbol.shape[0]):
        if not is_refused(rows, k):
            _run_container(strategy, memory, columns, row_of(rows, k), ring, trap)
