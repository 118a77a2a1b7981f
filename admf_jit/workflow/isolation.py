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
#: Events that may wait at a time without shared answers, at the most: after a fill that turns a position round.
_WAITING_EVENTS = 2
_REASONS = {
    PORTFOLIO_ENGINE: "a container trades several symbols, or the data lacks bars",
}


@dataclass(frozen=True)
class Isolation:
    """The isolation that was asked for, the one that containers run with, and why it is not ``minimal``."""

    asked: str
    used: str
    reason: str | None = None

    @property
    def described(self) -> str:
        """The isolation in a phrase."""
        return self.used if self.reason is None else f"{self.used}: {self.reason}"

    def engine(self, engine: str) -> str:
        """Name of what runs the containers, for an estimate of their time."""
        return f"{MINIMAL} {engine}" if self.used == MINIMAL else engine

    def facts(self) -> dict[str, Any]:
        """For the manifest."""
        return {"asked": self.asked, "used": self.used, "why_not_minimal": self.reason}


def choose_isolation(
    config: Config, definition: Definition, source: StrategySource, engine: str, grid: Grid
) -> Isolation:
    """The fastest form that ``config`` allows and that the strategy and the settings are eligible for."""
    phase = config.execution.optimization_phase
    reason = _why_not(config, definition, source, engine, grid)
    otherwise = PROCESS if phase.isolation == PROCESS else FULL
    return Isolation(phase.isolation, otherwise if reason else MINIMAL, reason)


def _why_not(config: Config, definition: Definition, source: StrategySource, engine: str, grid: Grid) -> str | None:
    phase = config.execution.optimization_phase
    if phase.isolation in (FULL, PROCESS):
        return f"execution.optimization_phase.isolation is {phase.isolation}"
    if not phase.may_share:
        return "execution.optimization_phase.shared_services has no indicators"
    own = why_not_shared(definition, source)
    if own is not None:
        return own
    if engine not in (PLAIN_ENGINE, ORDER_ENGINE):
        return _REASONS.get(engine, f"preset {engine} keeps its own rules")
    capacities = grid.axis_values.get("execution.event_capacity", (config.execution.event_capacity,))
    if min(int(capacity) for capacity in capacities) < _WAITING_EVENTS:
        return f"execution.event_capacity is below {_WAITING_EVENTS}"
    return None
