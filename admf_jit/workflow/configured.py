"""The strategy that a configuration names, or has."""

from __future__ import annotations

from typing import Any

from admf_jit.config import Config
from admf_jit.config.model import RULES, SIGNALS
from admf_jit.strategies.declaration import Definition, definition_of
from admf_jit.strategies.resolve import resolve_strategy
from admf_jit.strategies.rules import rules_class


def configured_strategy(config: Config) -> Definition:
    """Return the definition of the strategy of a configuration; StrategyError where there is none."""
    strategy = config.strategy
    if strategy.type == SIGNALS:
        from admf_jit.strategies.builtin.signal_columns import signal_columns

        return signal_columns(strategy.columns)
    if strategy.type == RULES:
        return definition_of(rules_class(strategy.rules, _declared(config), "strategy."))
    return resolve_strategy(strategy.type)


def has_no_name(config: Config) -> bool:
    """Whether the strategy stands in the configuration, and is not found by a name."""
    return config.strategy.type in (SIGNALS, RULES)


def _declared(config: Config) -> dict[str, Any]:
    """The names that rules may have, with their values: what is swept and has none begins with its first."""
    swept = config.optimization.parameters
    first = {name: config.optimization.values(name)[0] for name in swept if name.isidentifier()}
    return {**first, **config.strategy.parameters}
