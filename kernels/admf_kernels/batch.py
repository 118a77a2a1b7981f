"""What an engine is called with: a strategy, the bars, and rows of containers (``signatures.ENGINE_SIGNATURE``)."""

from typing import Any, NamedTuple

from .codes import refuse_unknown_code
from .compilation import hot_kernel
from .ownership import borrow


class Strategy(NamedTuple):
    """A strategy as an engine calls it.

    The addresses of its ``evaluate`` and, on the engine of several symbols, of its ``record``; the bytes that its state
    needs; how many fields its indicators have; whether it sends orders of its own, or says target weights; the address
    of the state that its container goes on from (``kept``), or 0 for one that is run in one call.
    """

    function: Any
    record: Any
    n_bytes: Any
    n_fields: Any
    sends_orders: Any
    weighs: Any
    kept: Any


class Columns(NamedTuple):
    """The bars: times and columns of those that are evaluated, and what indicators take, which begins earlier."""

    time: Any
    session: Any
    clock: Any
    open: Any
    high: Any
    low: Any
    close: Any
    volume: Any
    source: Any
    higher: Any
    completed: Any
    delisted: Any
    actions: Any


class Rows(NamedTuple):
    """The containers: their symbols, parameters, settings and random states, and the room for their results."""

    symbol: Any
    parameters: Any
    settings: Any
    random_state: Any
    metrics: Any
    outcomes: Any


class Row(NamedTuple):
    """One container of ``Rows``."""

    symbol: Any
    parameters: Any
    settings: Any
    random_state: Any
    metrics: Any
    outcome: Any


@hot_kernel
def row_of(rows, k):
    """Container ``k``."""
    return Row(
        rows.symbol[k],
        rows.parameters[k],
        borrow(rows.settings[k]),
        rows.random_state[k],
        rows.metrics[k],
        rows.outcomes[k],
    )


@hot_kernel
def is_refused(rows, k):
    """Whether a code in the settings of container ``k`` is unknown; its outcome is written then."""
    return refuse_unknown_code(borrow(rows.settings[k]), rows.outcomes[k])
