"""How isolated from each other the containers of a sweep run: which form is asked for, which is possible, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from admf_jit.config import Config
from admf_jit.parameter_grid import Grid
from admf_jit.strategies.declaration import Definition
from admf_jit.strategies.generate import ORDER_ENGINE, PLAIN_ENGINE, PORTFOLIO_ENGINE
from admf_jit.strategies.sharing import why_not_shared
from admf_jit.strategies.source import StrategySource

FULL = "full"
MINIMAL = "minimal"
PROCESS = "process"
ANSWERS = "answers"
INDICATORS = "indicators"
NOTHING = "nothing"
#: Events that may wait at a time without shared answers, at the most: after a fill that turns a position round.
_WAITING_EVENTS = 2


@dataclass(frozen=True)
class Isolation:
    """The isolation that was asked for, the one that containers run with, what they share, and why it is not more.

    ``shares`` is what containers have in common besides market data: ``ANSWERS`` (and the indicators behind them),
    ``INDICATORS`` alone, or ``NOTHING``.
    """

    asked: str
    used: str
    shares: str
    reason: str | None = None

    @property
    def described(self) -> str:
        """The isolation in a phrase."""
        if self.reason is None:
            return self.used
        return (
            f"{self.used}, {self.shares} shared: {self.reason}"
            if self.used == MINIMAL
            else f"{self.used}: {self.reason}"
        )

    def engine(self, engine: str) -> str:
        """Name of what runs the containers, for an estimate of their time."""
        return f"{MINIMAL} {engine}" if self.shares == ANSWERS else engine

    def facts(self) -> dict[str, Any]:
        """For the manifest."""
        return {"asked": self.asked, "used": self.used, "shares": self.shares, "why_not_more": self.reason}


def choose_isolation(
    config: Config, definition: Definition, source: StrategySource, engine: str, grid: Grid
) -> Isolation:
    """The fastest form that ``config`` allows and that the strategy and the settings are eligible for."""
    phase = config.execution.optimization_phase
    otherwise = PROCESS if phase.isolation == PROCESS else FULL
    refused = _why_nothing(config, definition, engine)
    if refused is not None:
        return Isolation(phase.isolation, otherwise, NOTHING, refused)
    reason = _why_not_answers(config, definition, source, engine, grid)
    if reason is None:
        return Isolation(phase.isolation, MINIMAL, ANSWERS)
    if not definition.indicators:
        return Isolation(phase.isolation, otherwise, NOTHING, f"{reason}, and there are no indicators")
    return Isolation(phase.isolation, MINIMAL, INDICATORS, reason)


def _why_nothing(config: Config, definition: Definition, engine: str) -> str | None:
    """Why containers share nothing but market data, or None."""
    phase = config.execution.optimization_phase
    if phase.isolation in (FULL, PROCESS):
        return f"execution.optimization_phase.isolation is {phase.isolation}"
    if not phase.may_share:
        return "execution.optimization_phase.shared_services has no indicators"
    if definition.weighs:
        return "target_weights answers for all symbols at once"
    if engine == PORTFOLIO_ENGINE:
        return "a container trades several symbols, or the data lacks bars"
    return None


def _why_not_answers(
    config: Config, definition: Definition, source: StrategySource, engine: str, grid: Grid
) -> str | None:
    """Why containers that share indicators have to answer each for itself, or None."""
    own = why_not_shared(definition, source)
    if own is not None:
        return own
    if engine not in (PLAIN_ENGINE, ORDER_ENGINE):
        return f"preset {engine} keeps its own rules"
    capacities = grid.axis_values.get("execution.event_capacity", (config.execution.event_capacity,))
    if min(int(capacity) for capacity in capacities) < _WAITING_EVENTS:
        return f"execution.event_capacity is below {_WAITING_EVENTS}"
    return None
