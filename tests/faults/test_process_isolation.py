"""`isolation: process`, and what a container's memory is held against before it runs."""

import mmap
from pathlib import Path
from typing import Any

import psutil
import pytest

from admf_jit.config import load_config
from admf_jit.errors import ConfigError
from admf_jit.workers import forked
from admf_jit.workers.footprint import state_bytes
from admf_jit.workflow.prepare import prepare
from admf_kernels.constants import EVENT_DTYPE
from admf_kernels.order_engine.state import ORDER_DTYPE, REQUESTS
from tests.faults.test_damage import config
from tests.faults.vandal import DEEP_CALL, HUGE_ARRAY
from tests.workflow.runs import on, results_of, run


def in_processes(damage: list[int], periods: list[int], **resources: Any) -> dict[str, Any]:
    fields = config(damage, periods)
    fields["execution"] = {"optimization_phase": {"isolation": "process"}}
    fields["containers"]["Vandal"]["resources"] |= resources
    return fields


# A process of loky loads everything anew.
@pytest.mark.parametrize(("executor", "periods"), [("forks", [2, 3, 5]), ("loky", [2])])
def test_each_container_has_a_process_and_the_same_bits(tmp_path: Path, executor: str, periods: list[int]) -> None:
    damage = [0, DEEP_CALL, HUGE_ARRAY]
    run(config(damage, periods), tmp_path / "full", n_jobs=1)
    for n_jobs in (1, 2):
        done = run(on(executor, in_processes(damage, periods)), tmp_path / f"{n_jobs}", n_jobs=n_jobs)
        assert results_of(tmp_path / f"{n_jobs}") == results_of(tmp_path / "full")
        assert done.manifest["workers"]["batch_size"] == 1
        assert done.manifest["workers"]["ended_early"] == {"crashed": len(periods)}, "no other was with it"


@pytest.mark.parametrize("share", [0.005, 1.0])
def test_a_process_is_paused_where_a_share_of_a_core_is_all_that_it_gets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    """It works until it was paused and resumed, however late the watch comes to look; tests/workers/test_watch.py
    holds it to its share, on a clock that no other process has a part in."""
    sent = mmap.mmap(-1, 2)
    run_batch = forked._run

    def noted(place: int, genuine: Any) -> Any:
        def call(process: psutil.Process) -> None:
            sent[place] = 1
            genuine(process)

        return call

    def work_and_run(*arguments: Any) -> dict[str, Any]:
        while share < 1.0 and sent[:] != b"\1\1":
            pass
        return run_batch(*arguments)

    for place, name in enumerate(("suspend", "resume")):
        monkeypatch.setattr(psutil.Process, name, noted(place, getattr(psutil.Process, name)))
    monkeypatch.setattr(forked, "_run", work_and_run)
    fields = in_processes([0], [5], cpu_limit=share, time_limit=60)
    done = run(fields, tmp_path / "run", n_jobs=1)
    assert done.table.column("status").to_pylist() == ["ok"]
    assert sent[:] == (b"\1\1" if share < 1.0 else b"\0\0")


def test_a_larger_batch_than_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="optimization.batch_size: is 4, and .*isolation is process"):
        run(in_processes([0], [5]), tmp_path / "run", n_jobs=1, batch_size=4)


def test_a_container_whose_state_is_over_its_memory_limit_is_a_row_and_the_others_run(tmp_path: Path) -> None:
    fields = config([0], [5])
    fields["optimization"]["parameters"]["execution.event_capacity"] = [64, 65536]
    fields["containers"]["Vandal"]["resources"]["memory_limit"] = "1MB"
    done = run(fields, tmp_path / "run", n_jobs=1).table.to_pandas()
    assert list(done["status"]) == ["ok", "memory_limit"]
    assert done["error"][1].startswith("memory_limit: its state takes 4,2")
    assert done["error"][1].endswith("bytes, and resources.memory_limit allows 1,048,576")


@pytest.mark.parametrize(
    ("changes", "rings_and_orders"),
    [
        ({}, 64 * EVENT_DTYPE.itemsize),
        ({"execution": {"event_capacity": 4096}}, 4096 * EVENT_DTYPE.itemsize),
        ({"exits": {"stop_loss": 0.1}}, 64 * EVENT_DTYPE.itemsize + 64 * (1 + REQUESTS) * ORDER_DTYPE.itemsize),
        (
            {"execution": {"order_capacity": 4096}, "exits": {"stop_loss": 0.1}},
            64 * EVENT_DTYPE.itemsize + 4096 * (1 + REQUESTS) * ORDER_DTYPE.itemsize,
        ),
    ],
)
def test_the_known_state_covers_ring_and_orders(changes: dict[str, Any], rings_and_orders: int) -> None:
    checked = load_config({**config([0], [5]), "strategy": {"type": "sma_crossover"}, **changes, "optimization": {}})
    prepared = prepare(checked)
    size = state_bytes(
        prepared.grid.container(0),
        prepared.compiled.engine,
        n_symbols=1,
        n_bars=prepared.data.n_bars,
        n_features=len(prepared.compiled.definition.indicators),
    )
    assert rings_and_orders + 4096 < size < 1.2 * rings_and_orders + 32 * 1024
