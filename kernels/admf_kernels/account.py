"""What the event handlers of one container work on, bundled so that a handler takes one argument."""

from typing import Any, NamedTuple

from .arithmetic import Grid
from .costs import Costs


class Grids(NamedTuple):
    """The grids of sizes and prices."""

    lot: Grid
    tick: Grid


class Account(NamedTuple):
    """One container's bus, broker, portfolio and trade metrics (jitclasses), its costs and its grids."""

    bus: Any
    broker: Any
    portfolio: Any
    trades: Any
    costs: Costs
    grids: Grids
