"""Which isolations this version has: every benchmark that can covers them all."""

from __future__ import annotations

from admf_jit.config import load_config
from admf_jit.errors import ConfigError

_KNOWN = ("full", "minimal")


def isolations() -> list[str]:
    """The values of `execution.optimization_phase.isolation` that are accepted, of those that are measured."""
    return [name for name in _KNOWN if _is_accepted(name)]


def _is_accepted(name: str) -> bool:
    config = {
        "name": "isolation",
        "data": {"source": "sample"},
        "strategy": {"type": "sma_crossover"},
        "execution": {"optimization_phase": {"isolation": name}},
    }
    try:
        load_config(config)
    except ConfigError:
        return False
    return True
