"""Brokers: who is told of the orders of a container that goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from admf_jit.live.lines import LineWriter
from admf_kernels.constants import EventKind

#: Kinds of event that a broker is told of: orders as they are sent or changed, and their cancellations.
TOLD = (EventKind.ORDER, EventKind.CANCEL)


class Broker(Protocol):
    """Who is told of orders, and says what becomes of them.

    The engine keeps the account: it fills orders by the rules of the trading model, as a backtest does, and its
    position is that of these fills. ``order_id`` of a line names an order for good: after a kill the events of the last
    bar may be told once more, and a broker that has taken an id does not take it again.
    """

    def tell(self, events: NDArray[np.void], lines: Sequence[bytes]) -> Sequence[bytes]:
        """Take the orders of a bar's ``events``, EVENT_DTYPE (n,), each with its line; what is written of that bar."""

    def close(self) -> None:
        """Give the connection up."""


class PaperBroker:
    """Fills are those of the trading model: what is written of a bar are the engine's own events."""

    def __init__(self, writer: LineWriter) -> None:
        self.writer = writer
        self.n_told = 0

    def tell(self, events: NDArray[np.void], lines: Sequence[bytes]) -> Sequence[bytes]:
        """Count the orders; the engine has filled, or will fill, them."""
        self.n_told += int(np.isin(events["kind"], TOLD).sum()) if len(events) else 0
        return lines

    def close(self) -> None:
        """Nothing: there is no connection."""
