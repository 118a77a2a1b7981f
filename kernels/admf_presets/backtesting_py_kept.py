"""A container under the rules of backtesting.py that is left at one bar and gone on with at the next.

The bars are those of ``backtesting_py``, and what is kept is said by ``admf_kernels.kept``. It is an engine of its own,
so that one which runs all bars in a call is compiled without it.
"""

from admf_kernels.addresses import address_of
from admf_kernels.batch import is_refused, row_of
from admf_kernels.compilation import kernel
from admf_kernels.counts import begin_counts
from admf_kernels.evaluation import FIRST_BAR
from admf_kernels.events import EventBus
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

from .backtesting_py import Stretch, end_container, open_container, run_stretch
from .backtesting_py_state import ORDER_DTYPE, TRADE_DTYPE, Ledger

_WORD = 8
_ORDER_WORDS = ORDER_DTYPE.itemsize // _WORD
_TRADE_WORDS = TRADE_DTYPE.itemsize // _WORD
_NUMBERS = sum(map(count_numbers, (EventBus, Ledger, TradeMetrics, EquityMetrics)))


def bytes_of_container(n_bytes: int, order_capacity: int) -> int:
    """Bytes of all that is kept of a container whose strategy keeps ``n_bytes``."""
    # Each order and trade has its row, and a place in the order of the rows.
    words = _NUMBERS + LANE_NUMBERS + order_capacity * (_ORDER_WORDS + 1 + _TRADE_WORDS + 1)
    return HEADER_BYTES + bytes_of_memory(n_bytes) + _WORD * words


@kernel
def _exchange(saves, place, opened, capacity):
    """Write what is kept to the memory at ``place``, or read it from there."""
    parts, equity_metrics = opened.parts, opened.equity_metrics
    place = exchange_numbers(saves, view(parts.bus), place)
    place = exchange_numbers(saves, view(parts.ledger), place)
    place = exchange_numbers(saves, view(parts.metrics), place)
    place = exchange_numbers(saves, view(equity_metrics), place)
    place = exchange_words(saves, address_of(equity_metrics.lanes), place, LANE_NUMBERS)
    place = exchange_words(saves, address_of(parts.orders), place, capacity * _ORDER_WORDS)
    place = exchange_words(saves, address_of(parts.queue), place, capacity)
    place = exchange_words(saves, address_of(parts.trades), place, capacity * _TRADE_WORDS)
    exchange_words(saves, address_of(parts.held), place, capacity)


@kernel
def _run_container(strategy, memory, columns, row, given, trap):
    kept, capacity = strategy.kept, int(row.settings.order_capacity)
    place = state_address(kept, strategy.n_bytes)
    opened = open_container(strategy, memory, columns, row)
    header = header_at(kept)
    if is_resumed(kept):
        opened.evaluation.result[FIRST_BAR] = header.first
        _exchange(False, place, opened, capacity)
    else:
        begin_counts(row.outcome)
    n_bars = columns.close.shape[1]
    t, end, begin = stretch_of(kept, n_bars, columns.source.close.shape[1] - n_bars)
    stretch = Stretch(t, end, begin, int(header.bars_held), int(header.evaluated))
    course = run_stretch(opened, columns, row, given, trap, stretch)
    header.bars_held, header.evaluated = course[2], course[3]
    write_header(kept, opened.evaluation, course[1])
    _exchange(True, place, opened, capacity)
    end_container(opened, row, course, max(course[1], 1))
    hold(opened)


@kernel
def run_containers(strategy, columns, rows, ring, trap):
    """Go on with the container of ``rows`` whose state is kept: there is one."""
    if strategy.kept == 0:
        raise ValueError("expected a kept container")
    memory = memory_of(strategy.kept, strategy.n_bytes)
    for k in range(rows.symbol.shape[0]):
        if not is_refused(rows, k):
            _run_container(strategy, memory, columns, row_of(rows, k), ring, trap)
