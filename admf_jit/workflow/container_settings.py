"""What a container was run with, as values by dotted names: to say in what two of them differ."""

from __future__ import annotations

from typing import Any

from admf_jit.parameter_grid import ContainerSpec
from admf_jit.workflow.prepared import Prepared

_BLOCKS = ("account", "execution", "exits", "risk")


def settings_of(prepared: Prepared, spec: ContainerSpec) -> dict[str, Any]:
    """What decides the events of a container, by dotted names."""
    said: dict[str, Any] = {"strategy": prepared.digest, "data": prepared.data.digest, "seed": spec.seed}
    said |= {"symbol": spec.symbol, "engine": prepared.engine}
    said |= {f"strategy.parameters.{name}": value for name, value in spec.parameters.items()}
    for block in _BLOCKS:
        said |= _flat(block, getattr(spec, block).model_dump(mode="json"))
    return said


def _flat(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {name: value}
    return {key: one for inner, value in value.items() for key, one in _flat(f"{name}.{inner}", value).items()}
