"""How isolated from each other the containers of a sweep run: which form is asked for, which is possible, and why."""

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
ANSWERS = "answers"
INDICATORS = "indicators"
NOTHING = "nothing"
TOGETHER = "together"
FILL_TO_FILL = "from fill to fill"
BAR_BY_BAR = "bar by bar"
#: Events that may wait at a time without shared answers, at the most: after a fill that turns a position round.
_WAITING_EVENTS = 2
#: Keys of ``account`` that are charged at every bar.
_RATES = ("interest_rate", "borrow_rate")


@dataclass(frozen=True)
class Isolation:
    """The isolation that was asked for, the one that containers run with, what they share, and why it is not more.

    ``shares`` is what containers have in common besides market data: ``ANSWERS`` (and the indicators behind them),
    ``INDICATORS`` alone, or ``NOTHING``. Their strategy is asked for all of them ``TOGETHER``, or each by itself:
    ``FILL_TO_FILL``, about many bars at a time, or ``BAR_BY_BAR``.
    """

    asked: str
    used: str
    shares: str
    answers: str
    reason: str | None = None

    @property
    def described(self) -> str:
        """The isolation in a phrase."""
        if self.reason is None:
            return self.used
        if self.used != MINIMAL:
            return f"{self.used}: {self.reason}"
        return f"{self.used}, {self.shares} shared, each asked {self.answers}: {self.reason}"

    def engine(self, engine: str) -> str:
        """Name of what runs the containers, for an estimate of their time."""
        if self.answers == BAR_BY_BAR:
            return engine
        return f"{MINIMAL} {engine}" if self.answers == TOGETHER else f"{MINIMAL} {self.answers} {engine}"

    def facts(self) -> dict[str, Any]:
        """For the manifest."""
        return {
            "asked": self.asked,
            "used": self.used,
            "shares": self.shares,
            "answers": self.answers,
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
        return Isolation(phase.isolation, otherwise, NOTHING, BAR_BY_BAR, refused)
    reason = _why_bar_by_bar(config, definition, source, engine, grid)
    shares = INDICATORS if definition.indicators else NOTHING
    if reason is None:
        alone = why_position_dependent(source)
        if alone is None:
            return Isolation(phase.isolation, MINIMAL, ANSWERS, TOGETHER)
        return Isolation(phase.isolation, MINIMAL, shares, FILL_TO_FILL, alone)
    if shares == NOTHING:
        return Isolation(phase.isolation, otherwise, NOTHING, BAR_BY_BAR, f"{reason}, and there are no indicators")
    return Isolation(phase.isolation, MINIMAL, INDICATORS, BAR_BY_BAR, reason)


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


def _why_bar_by_bar(
    config: Config, definition: Definition, source: StrategySource, engine: str, grid: Grid
) -> str | None:
    """Why each container has to be asked at every bar, or None."""
    own = why_bar_by_bar(definition, source)
    if own is not None:
        return own
    if engine not in (PLAIN_ENGINE, ORDER_ENGINE):
        return f"preset {engine} keeps its own rules"
    capacities = grid.axis_values.get("execution.event_capacity", (config.execution.event_capacity,))
    if min(int(capacity) for capacity in capacities) < _WAITING_EVENTS:
        return f"execution.event_capacity is below {_WAITING_EVENTS}"
    rate = next((rate for rate in _RATES if _is_above_zero(rate, config, grid)), None)
    if rate is not None and "cash" in looks_at_position(source):
        return f"on_bar looks at its cash or equity, which account.{rate} changes at every bar"
    return None


def _is_above_zero(rate: str, config: Config, grid: Grid) -> bool:
    values = grid.axis_values.get(f"account.{rate}", (getattr(config.account, rate),))
    return any(float(value) > 0.0 for value in values)
