"""Batches run by every executor: the same bytes."""

import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib
import pytest

import admf_jit as aj
from admf_jit.config import load_config
from admf_jit.errors import ConfigError
from admf_jit.registry import EXECUTORS, ExecutorEntry
from admf_jit.testing import Fault, inject_faults
from admf_jit.workers import forked
from admf_jit.workers.batch import BatchTask, run_task
from admf_jit.workers.bisection import BatchPart
from admf_jit.workers.columns import column_cache
from admf_jit.workers.executors import Result, choice, threads
from admf_jit.workers.executors.joblib_backends import active_backend
from tests.workflow.runs import Stopping, moody, on, results_of, run

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
    "signals": lambda folder: SHARED,
}


def on_threads(config: dict[str, Any]) -> dict[str, Any]:
    return on("threads", config)


class LastFirstExecutor:
    """Runs what waits in this process, the last part first."""

    def __init__(self, n_jobs: int) -> None:
        self.waiting: deque[tuple[BatchPart, BatchTask]] = deque()
        self.closed = False

    def __len__(self) -> int:
        return len(self.waiting)

    def submit(self, part: BatchPart, task: BatchTask) -> None:
        self.waiting.append((part, task))

    def results(self) -> Iterator[Result]:
        part, task = self.waiting.pop()
        yield part, run_task(task)

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("work", WORK)
def test_every_executor_comes_to_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: str) -> None:
    config = WORK[work](tmp_path)
    toys: list[LastFirstExecutor] = []

    def last_first(n_jobs: int) -> LastFirstExecutor:
        toys.append(LastFirstExecutor(n_jobs))
        return toys[-1]

    monkeypatch.setitem(EXECUTORS, "last_first", ExecutorEntry(last_first, watched=False))
    done = {name: run(on(name, config), tmp_path / name, n_jobs=2, batch_size=3) for name in EXECUTORS}
    assert len({results_of(tmp_path / name) for name in done}) == 1
    assert len({run.failed for run in done.values()}) == 1
    for name, ran in done.items():
        assert ran.manifest["workers"]["executor"] == name
        assert ran.manifest["isolation"]["shares"] == work
    assert [toy.closed for toy in toys] == [True]
    assert done["threads"].manifest["workers"]["processes"] == 1
    workers = done["loky"].manifest["workers"]
    assert (workers["cache_hits"], workers["cache_misses"]) == (workers["processes"], 0), "none compiles"


def test_threads_run_batches_on_threads_and_fork_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran_on: set[str] = set()
    genuine = threads.run_task

    def run_task(task: Any, loaded: Any) -> Any:
        ran_on.add(threading.current_thread().name.rpartition("_")[0])
        return genuine(task, loaded)

    monkeypatch.setattr(threads, "run_task", run_task)
    monkeypatch.setattr(forked.os, "fork", None)  # nobody calls it
    run(on_threads(SHARED), tmp_path / "threads", n_jobs=2, batch_size=3)
    assert ran_on == {"containers"}


def test_where_no_process_can_be_forked_loky_runs_a_sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = run(SHARED, tmp_path / "forks", n_jobs=1)
    assert expected.manifest["workers"]["executor"] == "forks"
    monkeypatch.setattr(choice, "CAN_FORK", False)
    done = run(SHARED, tmp_path / "loky", n_jobs=1)
    assert done.manifest["workers"]["executor"] == "loky"
    assert results_of(tmp_path / "forks") == results_of(tmp_path / "loky")


def test_an_executor_that_is_not_there_is_refused_with_the_names() -> None:
    expected = "infrastructure.backend: is 'spark'; expected processes, forks, loky, threads, inline or dask"
    with pytest.raises(ConfigError, match=expected):
        load_config(on("spark", SHARED))


@pytest.mark.parametrize(
    ("backend", "executor"),
    [("multiprocessing", "joblib multiprocessing"), ("threading", "threads"), ("loky", "loky")],
)
def test_a_backend_of_joblib_around_the_call_runs_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], backend: str, executor: str
) -> None:
    values = {"fast_period": [3, 5, 8], "slow_period": [20, 30]}

    def sweep(name: str, **how: Any) -> dict[str, Any]:
        result = aj.grid("sma_crossover", aj.load("sample", symbols=["ALFA"]), values, out=tmp_path / name, **how)
        return dict(result.manifest["workers"])

    sweep("expected")
    with joblib.parallel_config(backend=backend, n_jobs=2):
        assert sweep("by_joblib", batch_size=1)["executor"] == executor
        assert f"executor {executor} (joblib.parallel_config), 2 at a time" in capsys.readouterr().err
        assert sweep("by_name", backend="inline")["executor"] == "inline", "what is written wins"
    assert results_of(tmp_path / "expected") == results_of(tmp_path / "by_joblib") == results_of(tmp_path / "by_name")
    assert sweep("after")["executor"] == "forks"


def test_a_number_of_jobs_alone_is_no_backend_and_neither_is_that_of_joblibs_own_workers() -> None:
    with joblib.parallel_config(n_jobs=2):
        assert active_backend() is None
    (nested,) = joblib.Parallel(n_jobs=2, backend="threading")([joblib.delayed(active_backend)()])
    assert nested is None


def test_a_backend_of_joblib_that_keeps_no_limits_is_refused_where_there_are_some(tmp_path: Path) -> None:
    limited = {**SHARED, "containers": {"defaults": {"resources": {"memory_limit": "1GB"}}}}
    with joblib.parallel_config(backend="multiprocessing"), pytest.raises(ConfigError, match="executor joblib multi"):
        run(limited, tmp_path / "run")


@pytest.mark.parametrize("executor", ["forks", "threads"])
def test_a_column_is_computed_once_for_the_whole_sweep(tmp_path: Path, executor: str) -> None:
    column_cache.cache_clear()
    done = run(on(executor, SHARED), tmp_path / "run", n_jobs=2, batch_size=1)
    workers = done.manifest["workers"]
    # 3 fast and 2 slow averages; each of 12 containers asks for one of either.
    assert (workers["columns_computed"], workers["columns_reused"]) == (5, 2 * 12 - 5)


def test_a_run_goes_on_on_another_executor(tmp_path: Path) -> None:
    few = {**SHARED, "optimization": {"parameters": {"fast_period": [3], "slow_period": [20, 30]}}}
    run(few, tmp_path / "run", n_jobs=1)
    done = run(on_threads(SHARED), tmp_path / "run", n_jobs=2, resume=True)
    assert done.manifest["accounting"]["SmaCrossover"]["containers"] == 10, "two were there, under the same ids"
    run(SHARED, tmp_path / "whole", n_jobs=1)
    assert results_of(tmp_path / "run") == results_of(tmp_path / "whole")


@pytest.mark.parametrize("executor", ["threads", "inline"])
@pytest.mark.parametrize(
    ("blocks", "named"),
    [
        ({"execution": {"optimization_phase": {"isolation": "process"}}}, "isolation process"),
        ({"containers": {"defaults": {"resources": {"memory_limit": "1GB"}}}}, "memory_limit"),
        ({"containers": {"sma_crossover": {"resources": {"cpu_limit": 0.5}}}}, "cpu_limit"),
        ({"containers": {"defaults": {"resources": {"time_limit": 5}}}}, "time_limit"),
    ],
)
def test_limits_that_an_executor_cannot_keep_are_refused(blocks: dict[str, Any], named: str, executor: str) -> None:
    with pytest.raises(ConfigError, match=f"backend {executor} with .*{named}.*expected backend processes"):
        load_config(on(executor, {**SHARED, **blocks}))
    load_config({**SHARED, **blocks})
    load_config(on("loky", {**SHARED, **blocks}))


@pytest.mark.parametrize("executor", ["threads", "inline"])
def test_faults_are_injected_into_watched_processes_alone(tmp_path: Path, executor: str) -> None:
    with inject_faults({1: Fault.ABORT}), pytest.raises(ConfigError, match="inject_faults"):
        run(on(executor, SHARED), tmp_path / "run", n_jobs=2)


@pytest.mark.parametrize("executor", EXECUTORS)
def test_an_interrupted_sweep_stops_and_keeps_what_was_done(tmp_path: Path, executor: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(on(executor, SHARED), tmp_path / "run", n_jobs=2, batch_size=1, progress=Stopping(3, None))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("containers")]
    done = run(on(executor, SHARED), tmp_path / "run", n_jobs=2, resume=True)
    assert done.manifest["accounting"]["SmaCrossover"]["containers"] <= 9
    run(SHARED, tmp_path / "whole", n_jobs=1)
    assert results_of(tmp_path / "run") == results_of(tmp_path / "whole")
