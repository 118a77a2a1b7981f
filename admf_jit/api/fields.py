"""From the arguments of a call to the configuration that they amount to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from admf_jit.config import AccountConfig, ExecutionConfig
from admf_jit.config.execution import PHASES
from admf_jit.config.model import RULES
from admf_jit.config.problems import Problem, refuse, unknown
from admf_jit.data import MarketData, load
from admf_jit.errors import ConfigError
from admf_jit.strategies.declaration import Definition
from admf_jit.strategies.resolve import BUILT_IN
from admf_jit.strategies.rules import rules_of
from admf_jit.workflow.run_data import map_data, stored_as

_WHOLE_BLOCKS = ("exits", "risk", "evaluation")
_FLAT_SETTINGS = {
    "account": tuple(AccountConfig.model_fields),
    "execution": tuple(key for key in ExecutionConfig.model_fields if key not in PHASES),
}

#: What `backtest` and `grid` take as further settings.
SETTINGS = (*_WHOLE_BLOCKS, *(name for keys in _FLAT_SETTINGS.values() for name in keys))


def unknown_setting(key: str, known: Sequence[str]) -> ConfigError:
    """The error of a setting that is none of the known ones."""
    return refuse([Problem((key,), unknown("setting", key, known))])


def as_data(data: Any, bars_per_year: float | None = None, delisted: Mapping[str, float] | None = None) -> MarketData:
    """The bars as mapped from their store, so that nothing after this has to map them again."""
    bars = data if isinstance(data, MarketData) else load(data)
    return map_data(bars.with_bars_per_year(bars_per_year).with_delisted(delisted))[0]


def fields_of(
    definition: Definition,
    strategy: Any,
    data: MarketData,
    settings: Mapping[str, Any],
    *,
    parameters: Mapping[str, Any],
) -> dict[str, Any]:
    """The configuration that a call amounts to, unchecked; each setting goes to the block that it is a key of."""
    blocks: dict[str, Any] = {"account": {}, "execution": {}}
    for key, value in settings.items():
        if key in _WHOLE_BLOCKS:
            blocks[key] = {} if value is None else value
            continue
        block = next((block for block, keys in _FLAT_SETTINGS.items() if key in keys), None)
        if block is None:
            raise unknown_setting(key, SETTINGS)
        if value is not None:
            blocks[block][key] = value
    return {
        "name": definition.name,
        "data": stored_as(data),
        "strategy": _strategy_of(definition, strategy, parameters),
        **blocks,
    }


def limits_of(time_limit: float | None, memory_limit: int | str | None) -> dict[str, Any]:
    """The block of a configuration that says what a container may use; nothing where nothing is said."""
    said = {"time_limit": time_limit, "memory_limit": memory_limit}
    resources = {key: value for key, value in said.items() if value is not None}
    return {"containers": {"defaults": {"resources": resources}}} if resources else {}


def _strategy_of(definition: Definition, strategy: Any, parameters: Mapping[str, Any]) -> dict[str, Any]:
    written = rules_of(definition.cls)
    if written is None or isinstance(strategy, str):
        return {"type": _type_of(definition, strategy), "parameters": dict(parameters)}
    return {"type": RULES, **written.texts, "parameters": {**written.parameters, **parameters}}


def _type_of(definition: Definition, strategy: Any) -> str:
    if isinstance(strategy, str):
        return strategy
    cls = definition.cls
    for built_in, class_name in BUILT_IN.items():
        if (cls.__module__, cls.__name__) == (f"admf_jit.strategies.builtin.{built_in}", class_name):
            return built_in
    return f"{cls.__module__}:{cls.__qualname__}"
