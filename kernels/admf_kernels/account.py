"""What the event handlers of one container work on, bundled so that a handler takes one argument."""

from typing import Any, NamedTuple

from .arithmetic import Grid
from .costs import Costs


class Rules(NamedTuple):
    """How signals become orders and when those are matched."""

    position_size: float
    lot: Grid
    tick: Grid
    fill_rule: int
    close_at_end: bool


class Account(NamedTuple):
    """One container's bus, broker, portfolio and trade metrics (jitclasses), its costs and its rules."""

    bus: Any
    broker: Any
    portfolio: Any
    trades: Any
    costs: Costs
    rules: Rules
