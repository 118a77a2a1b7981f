"""Batches run by forked processes, by workers or by threads: the same bytes."""

import threading
from pathlib import Path
from typing import Any

import pytest

from admf_jit.config import load_config
from admf_jit.errors import ConfigError
from admf_jit.testing import Fault, inject_faults
from admf_jit.workers import lanes, watched
from admf_jit.workers.columns import column_cache
from tests.workflow.runs import moody, results_of, run

SHARED = {
    "data": {"source": "sample", "symbols": ["ALFA"], "timeframe": "1d"},
    "strategy": {"type": "sma_crossover"},
    "optimization": {"parameters": {"fast_period": [3, 5, 8], "slow_period": [20, 30], "position_size": [0.5, 1.0]}},
}


def troubled(folder: Path) -> dict[str, Any]:
    """With failures and random numbers."""
    return moody(folder, period=[2, 5, 8], trouble=[0, 1], position_size=[0.5, 1.0])


#: By what containers share.
WORK = {
    "nothing": lambda folder: {**troubled(folder), "execution": {"optimization_phase": {"isolation": "full"}}},
    "indicators": troubled,
    "answers": lambda folder: SHARED,
}


def on_threads(config: dict[str, Any]) -> dict[str, Any]:
    return {**config, "infrastructure": {"backend": "threads"}}


@pytest.mark.parametrize("work", WORK)
def test_every_backend_comes_to_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: str) -> None:
    config = WORK[work](tmp_path)
    done = {"forks": run(config, tmp_path / "forks", n_jobs=2, batch_size=3)}
    ran_on: set[str] = set()
    genuine = lanes.run_task

    def run_task(task: Any, loaded: Any) -> Any:
        ran_on.add(threading.current_thread().name.rpartition("_")[0])
        return genuine(task, loaded)

    with monkeypatch.context() as patch:
        patch.setattr(lanes, "run_task", run_task)
        patch.setattr(watched.os, "fork", None)  # nobody asks for it
        done["threads"] = run(on_threads(config), tmp_path / "threads", n_jobs=2, batch_size=3)
    with monkeypatch.context() as patch:
        patch.setattr(lanes, "MOST_FORKED_BYTES", 0)
        done["workers"] = run(config, tmp_path / "workers", n_jobs=2, batch_size=3)
    assert ran_on == {"containers"}
    assert len({results_of(tmp_path / name) for name in done}) == 1
    assert len({run.failed for run in done.values()}) == 1
    assert done["threads"].manifest["workers"]["processes"] == 1
    workers = done["workers"].manifest["workers"]
    assert (workers["cache_hits"], workers["cache_misses"]) == (workers["processes"], 0), "none compiles"
    assert done["threads"].manifest["isolation"]["shares"] == work


@pytest.mark.parametrize("backend", ["processes", "threads"])
def test_a_column_is_computed_once_for_the_whole_sweep(tmp_path: Path, backend: str) -> None:
    column_cache.cache_clear()
    config = {**SHARED, "infrastructure": {"backend": backend}}
    done = run(config, tmp_path / "run", n_jobs=2, batch_size=1)
    workers = done.manifest["workers"]
    # 3 fast and 2 slow averages; each of 12 containers asks for one of either.
    assert (workers["columns_computed"], workers["columns_reused"]) == (5, 2 * 12 - 5)


def test_a_run_goes_on_on_another_backend(tmp_path: Path) -> None:
    few = {**SHARED, "optimization": {"parameters": {"fast_period": [3], "slow_period": [20, 30]}}}
    run(few, tmp_path / "run", n_jobs=1)
    done = run(on_threads(SHARED), tmp_path / "run", n_jobs=2, resume=True)
    assert done.manifest["accounting"]["SmaCrossover"]["containers"] == 10, "two were there, under the same ids"
    run(SHARED, tmp_path / "whole", n_jobs=1)
    assert results_of(tmp_path / "run") == results_of(tmp_path / "whole")


@pytest.mark.parametrize(
    ("blocks", "named"),
    [
        ({"execution": {"optimization_phase": {"isolation": "process"}}}, "isolation process"),
        ({"containers": {"defaults": {"resources": {"memory_limit": "1GB"}}}}, "memory_limit"),
        ({"containers": {"sma_crossover": {"resources": {"cpu_limit": 0.5}}}}, "cpu_limit"),
        ({"containers": {"defaults": {"resources": {"time_limit": 5}}}}, "time_limit"),
    ],
)
def test_what_threads_cannot_keep_is_refused(blocks: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError, match=f"backend threads with .*{named}.*expected backend processes"):
        load_config(on_threads({**SHARED, **blocks}))
    load_config({**SHARED, **blocks})


def test_faults_are_not_injected_into_threads(tmp_path: Path) -> None:
    with inject_faults({1: Fault.ABORT}), pytest.raises(ConfigError, match="inject_faults"):
        run(on_threads(SHARED), tmp_path / "run", n_jobs=2)


def test_an_interrupted_sweep_on_threads_stops_and_keeps_what_was_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.workflow.runs import Stopping

    with pytest.raises(KeyboardInterrupt):
        run(on_threads(SHARED), tmp_path / "run", n_jobs=2, batch_size=1, progress=Stopping(3, None))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("containers")]
    done = run(on_threads(SHARED), tmp_path / "run", n_jobs=2, resume=True)
    assert done.manifest["accounting"]["SmaCrossover"]["containers"] <= 9
    run(SHARED, tmp_path / "whole", n_jobs=1)
    assert results_of(tmp_path / "run") == results_of(tmp_path / "whole")
