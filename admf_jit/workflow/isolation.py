"""How isolated from each other the containers of a sweep run: which form is requested, which is possible, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from admf_jit.config import Config
from admf_jit.parameter_grid import Grid
from admf_jit.strategies.declaration import Definition
from admf_jit.strategies.generate import ORDER_ENGINE, PLAIN_ENGINE, PORTFOLIO_ENGINE
from admf_jit.strategies.sharing import looks_at_position, why_bar_by_bar, why_position_dependent
from admf_jit.strategies.source import StrategySource

FULL = "full"
MINIMAL = "minimal"
PROCESS = "process"
SIGNALS = "signals"
INDICATORS = "indicators"
NOTHING = "nothing"
TOGETHER = "together"
IN_BLOCKS = "in blocks between fills"
EVERY_BAR = "on every bar"
#: Events that may wait at a time without shared signals, at the most: after a fill that turns a position round.
_WAITING_EVENTS = 2
#: Keys of ``account`` that are charged at every bar.
_RATES = ("interest_rate", "borrow_rate")


@dataclass(frozen=True)
class Isolation:
    """The isolation that is requested, the one that containers run with, what they share, and why it is not more.

    ``shares`` is what containers have in common besides market data: ``SIGNALS`` (and the indicators behind them),
    ``INDICATORS`` alone, or ``NOTHING``. Their strategy is evaluated for all of them ``TOGETHER``, or per container:
    ``IN_BLOCKS`` of bars between fills, or on ``EVERY_BAR``.
    """

    requested: str
    used: str
    shares: str
    evaluated: str
    reason: str | None = None

    @property
    def described(self) -> str:
        """The isolation in a phrase."""
        if self.reason is None:
            return self.used
        if self.used != MINIMAL:
            return f"{self.used}: {self.reason}"
        return f"{self.used}, {self.shares} shared, evaluated {self.evaluated}: {self.reason}"

    def engine(self, engine: str) -> str:
        """Name of what runs the containers, for an estimate of their time."""
        if self.evaluated == EVERY_BAR:
            return engine
        return f"{MINIMAL} {engine}" if self.evaluated == TOGETHER else f"{MINIMAL} {self.evaluated} {engine}"

    def facts(self) -> dict[str, Any]:
        """For the manifest."""
        return {
            "requested": self.requested,
            "used": self.used,
            "shares": self.shares,
            "evaluated": self.evaluated,
            "why_not_more": self.reason,
        }


def choose_isolation(
    config: Config, definition: Definition, source: StrategySource, engine: str, grid: Grid
) -> Isolation:
    """The fastest form that ``config`` allows and that the strategy and the settings are eligible for."""
    phase = config.execution.optimization_phase
    otherwise = PROCESS if phase.isolation == PROCESS else FULL
    refused = _why_nothing(config, definition, engine)
    if refused is not None:
        return Isolation(phase.isolation, otherwise, NOTHING, EVERY_BAR, refused)
    reason = _why_bar_by_bar(config, definition, source, engine, grid)
    shares = INDICATORS if definition.indicators else NOTHING
    if reason is None:
        alone = why_position_dependent(source)
        if alone is None:
            return Isolation(phase.isolation, MINIMAL, SIGNALS, TOGETHER)
        return Isolation(phase.isolation, MINIMAL, shares, IN_BLOCKS, alone)
    if shares == NOTHING:
        return Isolation(phase.isolation, otherwise, NOTHING, EVERY_BAR, f"{reason}, and there are no indicators")
    return Isolation(phase.isolation, MINIMAL, INDICATORS, EVERY_BAR, reason)


def _why_nothing(config: Config, definition: Definition, engine: str) -> str | None:
    """Why containers share nothing but market data, or None."""
    phase = config.execution.optimization_phase
    if phase.isolation in (FULL, PROCESS):
        return f"execution.optimization_phase.isolation is {phase.isolation}"
    if config.optimization.measures:
        return f"{config.optimization.measures[0]} is computed from the whole history of a container"
    if not phase.may_share:
        return "execution.optimization_phase.shared_services has no indicators"
    if definition.weighs:
        return "target_weights is evaluated for all symbols at once"
    if engine == PORTFOLIO_ENGINE:
        return "a container trades several symbols, or the data lacks bars"
    return None


def _why_bar_by_bar(
    config: Config, definition: Definition, source: StrategySource, engine: str, grid: Grid
) -> str | None:
    """Why each container has to be evaluated on every bar, or None."""
    own = why_bar_by_bar(definition, source)
    if own is not None:
        return own
    if engine not in (PLAIN_ENGINE, ORDER_ENGINE):
        return f"preset {engine} keeps its own rules"
    capacities = grid.axis_values.get("execution.event_capacity", (config.execution.event_capacity,))
    if min(int(capacity) for capacity in capacities) < _WAITING_EVENTS:
        return f"execution.event_capacity is below {_WAITING_EVENTS}"
    rate = next((rate for rate in _RATES if _is_above_zero(rate, config, grid)), None)
    if config.account.contract is not None and looks_at_position(source):
        return "account.contract is set, and on_bar looks at more of its position than its side"
    if rate is not None and "cash" in looks_at_position(source):
        return f"on_bar looks at its cash or equity, which account.{rate} changes at every bar"
    return None


def _is_above_zero(rate: str, config: Config, grid: Grid) -> bool:
    values = grid.axis_values.get(f"account.{rate}", (getattr(config.account, rate),))
    return any(float(value) > 0.0 for value in values)
