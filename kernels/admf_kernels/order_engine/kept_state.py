"""What the order engine keeps of a container from one call to the next: see ``kept``."""

from ..addresses import address_of
from ..compilation import kernel
from ..constants import OUTCOME_COLUMNS
from ..events import EventBus
from ..indicators.atr import Atr
from ..kept import HEADER_BYTES, bytes_of_memory, count_numbers, exchange_numbers, exchange_words
from ..metrics import EQUITY_TILE, LANE_NUMBERS, EquityMetrics, TradeMetrics
from ..random_stream import RandomStream
from .state import HOLDING_DTYPE, ORDER_DTYPE, Ledger

_WORD = 8
_ORDER_WORDS = ORDER_DTYPE.itemsize // _WORD
_HOLDING_WORDS = HOLDING_DTYPE.itemsize // _WORD
_COUNTS = len(OUTCOME_COLUMNS)
_NUMBERS = sum(map(count_numbers, (EventBus, Ledger, TradeMetrics, RandomStream, EquityMetrics, Atr)))


def bytes_of_orders(n_bytes: int, order_capacity: int, n_symbols: int) -> int:
    """Bytes of all that is kept of a container with ``n_symbols``, whose strategy keeps ``n_bytes``."""
    words = _NUMBERS + EQUITY_TILE + 1 + LANE_NUMBERS
    words += _COUNTS + n_symbols * (_HOLDING_WORDS + 1) + (order_capacity + 1) * _ORDER_WORDS
    return HEADER_BYTES + bytes_of_memory(n_bytes) + _WORD * words


@kernel
def exchange(saves, place, container, equity_metrics, atr):
    """Write what the engine keeps of a container to the memory at ``place``, or read it from there.

    ``container``, ``equity_metrics`` and ``atr`` are views.
    """
    place = exchange_numbers(saves, container.bus, place)
    place = exchange_numbers(saves, container.ledger, place)
    place = exchange_numbers(saves, container.trades, place)
    place = exchange_numbers(saves, container.random, place)
    place = exchange_numbers(saves, equity_metrics, place)
    place = exchange_numbers(saves, atr, place)
    place = exchange_words(saves, address_of(equity_metrics.equities), place, EQUITY_TILE + 1)
    place = exchange_words(saves, address_of(equity_metrics.lanes), place, LANE_NUMBERS)
    place = exchange_words(saves, address_of(container.counts), place, _COUNTS)
    n_symbols = container.holdings.shape[0]
    place = exchange_words(saves, address_of(container.holdings), place, n_symbols * _HOLDING_WORDS)
    place = exchange_words(saves, address_of(container.atrs), place, n_symbols)
    exchange_words(saves, address_of(container.book), place, container.ledger.working * _ORDER_WORDS)
