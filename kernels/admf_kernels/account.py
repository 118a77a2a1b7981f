"""What the event handlers of one container work on, bundled so that a handler takes one argument."""

from typing import Any, NamedTuple

from .arithmetic import Grid
from .costs import Costs


class Terms(NamedTuple):
    """On what terms orders are filled: costs, and the grids of sizes and prices."""

    costs: Costs
    lot: Grid
    tick: Grid


class Account(NamedTuple):
    """One container's bus, broker, portfolio and trade metrics (jitclasses), and its terms."""

    bus: Any
    broker: Any
    portfolio: Any
    trades: Any
    terms: Terms
