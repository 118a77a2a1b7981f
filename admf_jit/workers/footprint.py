"""Memory that a container needs before it has run a bar: known from its settings, and compared with its limit."""

from __future__ import annotations

from admf_jit.parameter_grid import ALL_SYMBOLS, ContainerSpec
from admf_jit.results.row import MEMORY_LIMIT, explained
from admf_jit.strategies.generate import PLAIN_ENGINE, PORTFOLIO_ENGINE
from admf_kernels.constants import EVENT_DTYPE, METRIC_NAMES, OUTCOME_COLUMNS
from admf_kernels.settings import SETTINGS_DTYPE

#: Objects of an engine, its sums and tiles for metrics, the strategy and its indicators: 9.3 KiB for the plain one.
#: It is counted under every isolation alike, so that a limit refuses the same containers.
_OBJECTS = 12 * 1024
_OBJECTS_OF_ORDERS = 20 * 1024
#: An order in the book, and what may be asked for in one bar (``admf_kernels.order_engine.state``).
_BYTES_OF_ORDER = 288
_REQUESTS = 4
_BYTES_OF_SYMBOL = 1024


def state_bytes(container: ContainerSpec, engine: str, *, n_symbols: int, n_bars: int, n_features: int) -> int:
    """Memory that a container takes from its start to its end, in bytes; what its strategy allocates comes on top.

    The event ring, the order book, one row each of inputs and results, the engine's objects; in a portfolio also a
    column of every indicator for every symbol.
    """
    traded = n_symbols if container.symbol == ALL_SYMBOLS else 1
    row = SETTINGS_DTYPE.itemsize + 8 * (len(METRIC_NAMES) + len(OUTCOME_COLUMNS) + len(container.parameters))
    ring = EVENT_DTYPE.itemsize * max(64, container.execution.event_capacity)
    if engine == PLAIN_ENGINE:
        return _OBJECTS + row + ring
    orders = _BYTES_OF_ORDER * container.execution.order_capacity * (1 + _REQUESTS)
    columns = 8 * traded * n_bars * (n_features + 1) if engine == PORTFOLIO_ENGINE else 0
    return _OBJECTS_OF_ORDERS + row + ring + orders + columns + _BYTES_OF_SYMBOL * traded


def refusal_of(needed: int, memory_limit: int | None) -> str | None:
    """The error of a container whose state alone exceeds its memory limit, or None."""
    if memory_limit is None or needed <= memory_limit:
        return None
    reason = f"its state takes {needed:,} bytes, and resources.memory_limit allows {memory_limit:,}"
    return explained(MEMORY_LIMIT, reason)
