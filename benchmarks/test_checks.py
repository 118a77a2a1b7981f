"""What the checks of indexes and divisors cost: the same strategy with them and without, in turns."""

from __future__ import annotations

import ast
import time
from pathlib import Path
from typing import Any

import pytest

from admf_jit.strategies import source
from admf_jit.strategies.declaration import definition_of
from admf_jit.strategies.origin import Origin
from benchmarks import indexers
from benchmarks.limits import CHECKS
from benchmarks.note import note
from benchmarks.test_minimal import grid
from benchmarks.workload import N_BARS

_PERIODS = {"period": [5, 10, 15, 20, 30]}
_STRATEGIES = ("OneIndex", "TwoIndexes", "Window", "Helper", "Table", "Counting", "Chain", "Divisors")


def unchecked(tree: ast.FunctionDef, first_line: int, origins: dict[int, Origin]) -> tuple[str, dict[int, Origin]]:
    """The text of a function as `checked_text` gets it."""
    return ast.unparse(tree), origins


@pytest.mark.parametrize("isolation", ["full", "minimal"])
@pytest.mark.parametrize("name", _STRATEGIES)
def test_what_checks_cost(
    benchmark: Any, monkeypatch: pytest.MonkeyPatch, store: Path, name: str, isolation: str
) -> None:
    definition = definition_of(getattr(indexers, name))
    runs = {"with": grid(store, isolation, _PERIODS, definition)}
    monkeypatch.setattr(source, "checked_text", unchecked)
    runs["without"] = grid(store, isolation, _PERIODS, definition)
    seconds: dict[str, list[float]] = {kind: [] for kind in runs}
    assert runs["with"][0]()[0].tobytes() == runs["without"][0]()[0].tobytes()

    def measure() -> None:
        for kind, (run, _) in runs.items():
            started = time.process_time()
            run()
            seconds[kind].append(time.process_time() - started)

    benchmark.pedantic(measure, rounds=20, warmup_rounds=1)
    checked, bare = (1e9 * min(found) / (len(_PERIODS["period"]) * N_BARS) for found in seconds.values())
    note(
        benchmark,
        limit=CHECKS,
        value=checked / bare,
        isolation=isolation,
        detail=f"{checked:.1f} ns, {bare:.1f} without",
    )
