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
    compiled = prepare(_config(named)).compiled
    return {"strategy": compiled.definition.name, "seconds": compiled.seconds, "from_cache": compiled.from_cache}


def _config(named: str) -> Config:
    if named.endswith(_CONFIG_SUFFIXES):
        return load_config(named)
    config = load_config({"name": "warm", "data": {"source": "sample"}, "strategy": {"type": named}})
    if not resolve_strategy(config.strategy.type).timeframes:
        return config
    # Indicators on longer timeframes need bars that are shorter than these.
    return config.model_copy(update={"data": config.data.model_copy(update={"timeframe": "1m"})})
