"""Compiling ahead: what a later run would have to wait for is put into the cache now."""

from __future__ import annotations

from typing import Any

from admf_jit.config import Config, load_config
from admf_jit.strategies.resolve import resolve_strategy
from admf_jit.workflow.prepare import prepare

_CONFIG_SUFFIXES = (".yaml", ".yml")


def warm(named: str) -> dict[str, Any]:
    """Compile what a configuration file's run needs, or a strategy for market data like the sample's.

    Returns the strategy's name, the seconds that it took, and whether it was in the cache already. Raises AdmfError
    for bad input, as a run would.
    """
    prepared = prepare(_config(named))
    # What a sweep runs, and what a replay of one of its rows runs with every event.
    made = [prepared.runner] if prepared.runner is prepared.compiled else [prepared.runner, prepared.compiled]
    return {
        "strategy": prepared.definition.name,
        "seconds": sum(one.seconds for one in made),
        "from_cache": all(one.from_cache for one in made),
    }


def _config(named: str) -> Config:
    if named.endswith(_CONFIG_SUFFIXES):
        return load_config(named)
    config = load_config({"name": "warm", "data": {"source": "sample"}, "strategy": {"type": named}})
    if not resolve_strategy(config.strategy.type).timeframes:
        return config
    # Indicators on longer timeframes need bars that are shorter than these.
    return config.model_copy(update={"data": config.data.model_copy(update={"timeframe": "1m"})})
