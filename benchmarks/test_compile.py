"""What is waited for before a strategy runs: its engine, once; itself, after every edit; both from the cache."""

from typing import Any

import pytest

from benchmarks.edits import KINDS
from benchmarks.limits import EDIT, EDIT_IN_A_NEW_PROCESS, WARM
from benchmarks.note import note
from benchmarks.processes import probe, processor_seconds
from benchmarks.yardsticks import Yardsticks


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


@pytest.fixture(scope="module")
def edits() -> dict[str, list[float]]:
    """Processor seconds of three edits of each kind; the engines are compiled by others first."""
    found = {}
    for kind in KINDS:
        probe("edit", kind)
        found[kind] = probe("edit", kind)["seconds"]
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_edit_to_result(benchmark: Any, edits: dict[str, list[float]], yardsticks: Yardsticks, kind: str) -> None:
    """`aj.backtest` of a strategy whose text is new, in a process that has run another one."""
    later = benchmark.pedantic(lambda: min(edits[kind][1:]), rounds=1)
    note(
        benchmark,
        limit=EDIT,
        value=later / yardsticks.compilation,
        detail=f"{later:.2f} s of processor time; a compilation takes {yardsticks.compilation:.3f} s",
    )


@pytest.mark.parametrize("kind", KINDS)
def test_edit_to_result_in_a_new_process(
    benchmark: Any, edits: dict[str, list[float]], yardsticks: Yardsticks, kind: str
) -> None:
    first = benchmark.pedantic(lambda: edits[kind][0], rounds=1)
    note(
        benchmark,
        limit=EDIT_IN_A_NEW_PROCESS,
        value=first / yardsticks.compilation,
        detail=f"{first:.2f} s of processor time",
    )


def test_all_engines(benchmark: Any, yardsticks: Yardsticks, tmp_path_factory: pytest.TempPathFactory) -> None:
    """`admf_jit warm --engines` in an empty cache."""
    seconds = []

    def warm() -> None:
        seconds.append(processor_seconds("admf_jit", "warm", "--engines", cache=tmp_path_factory.mktemp("empty")))

    benchmark.pedantic(warm, rounds=1)
    note(
        benchmark,
        limit=WARM,
        value=seconds[0] / yardsticks.compilation,
        detail=f"{seconds[0]:.1f} s of processor time",
    )
