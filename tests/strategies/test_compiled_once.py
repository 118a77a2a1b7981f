"""Engines are compiled once: a strategy that is new compiles its own entries alone."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from numba import config
from numba.core import event

from admf_jit.strategies.compiled import compile_strategy
from admf_jit.strategies.generate import ENGINES, PORTFOLIO_ENGINE
from tests.strategies.declare import class_with, declared, on_bar

FIELDS = "fast = ta.sma(3)"


class _Compiled(event.Listener):  # type: ignore[misc]
    """Notes the functions that Numba compiles."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def on_start(self, one: Any) -> None:
        self.names.add(one.data["dispatcher"].py_func.__name__)

    def on_end(self, one: Any) -> None:
        pass


def text_of(way: str) -> str:
    """A strategy that no cache has."""
    number = uuid.uuid4().int % 10**12
    if way == "on_bar":
        return on_bar(f"return bar.close > self.fast + {number} * 1e-12", fields=FIELDS)
    return class_with(f"{FIELDS}\n\ndef target_weights(self, market, weights):\n    weights[0] = {number} * 1e-13")


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="nothing is compiled")
@pytest.mark.parametrize(
    ("engine", "way"), [*((engine, "on_bar") for engine in ENGINES), (PORTFOLIO_ENGINE, "weights")]
)
def test_a_new_strategy_compiles_nothing_of_its_engine(tmp_path: Path, engine: str, way: str) -> None:
    before = compile_strategy(declared(tmp_path, text_of(way)), engine)
    listener = _Compiled()
    with event.install_listener("numba:compile", listener):
        compiled = compile_strategy(declared(tmp_path, text_of(way)), engine)
    assert not compiled.from_cache and compiled.module.path != before.module.path
    assert compiled.module.engine == before.module.engine is not None
    assert "evaluate" in listener.names
    assert not listener.names & {"run_batch", "run_containers", "_run_container", "_advance", "mark", "settle"}
