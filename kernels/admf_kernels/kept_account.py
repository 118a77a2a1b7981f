"""What the engine of market orders keeps of a container from one call to the next: see ``kept``."""

from .addresses import address_of
from .broker import Broker
from .compilation import kernel
from .events import EventBus
from .kept import HEADER_BYTES, bytes_of_memory, count_numbers, exchange_numbers, exchange_words
from .metrics import LANE_NUMBERS, EquityMetrics, TradeMetrics
from .portfolio import Portfolio
from .trade_history import TRADES_WORDS
from .views import view

_WORD = 8
_NUMBERS = sum(map(count_numbers, (EventBus, Broker, Portfolio, TradeMetrics, EquityMetrics)))


def bytes_of_account(n_bytes: int) -> int:
    """Bytes of all that is kept of a container whose strategy keeps ``n_bytes``."""
    return HEADER_BYTES + bytes_of_memory(n_bytes) + _WORD * (_NUMBERS + LANE_NUMBERS + TRADES_WORDS)


@kernel
def exchange(saves, place, account, equity_metrics, told):
    """Write what the engine keeps of a container to the memory at ``place``, or read it from there.

    ``told`` has the record of the trades before.
    """
    place = exchange_numbers(saves, view(account.bus), place)
    place = exchange_numbers(saves, view(account.broker), place)
    place = exchange_numbers(saves, view(account.portfolio), place)
    place = exchange_numbers(saves, view(account.trades), place)
    place = exchange_numbers(saves, view(equity_metrics), place)
    place = exchange_words(saves, address_of(equity_metrics.lanes), place, LANE_NUMBERS)
    exchange_words(saves, address_of(told), place, TRADES_WORDS)
