"""Getting a strategy ready to run in a process that has none: by compiling it, and from the cache."""

from typing import Any

import pytest

from benchmarks.note import note
from benchmarks.processes import probe


def test_cold_compile(benchmark: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    seconds = []

    def compile_in_an_empty_cache() -> None:
        found = probe("compile", "sma_crossover", cache=tmp_path_factory.mktemp("empty"))
        assert not found["from_cache"]
        seconds.append(found["seconds"])

    benchmark.pedantic(compile_in_an_empty_cache, rounds=2)
    note(benchmark, detail=f"compiling alone {min(seconds):.2f} s")


def test_load_from_cache(benchmark: Any) -> None:
    seconds = []

    def load() -> None:
        found = probe("compile", "sma_crossover")
        assert found["from_cache"]
        seconds.append(found["seconds"])

    benchmark.pedantic(load, rounds=5)
    note(benchmark, detail=f"loading alone {min(seconds):.2f} s")
