"""A run that is stopped in the middle goes on where it was, and ends with the same bytes."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

import admf_jit as aj
from admf_jit.results import Progress, RunDirectory, run_directory
from tests.faults.vandal import LOOP
from tests.patience import PATIENCE
from tests.workflow.runs import Stopping, moody, results_of, run

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("strategy")
    return moody(folder, period=[2, 3, 5, 8, 13, 21], trouble=[0, 1])


@pytest.fixture(scope="module")
def clean(config: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> bytes:
    directory = tmp_path_factory.mktemp("clean") / "run"
    run(config, directory, n_jobs=1)
    return results_of(directory)


def test_an_interrupted_run_ends_with_the_same_bytes(config: dict[str, Any], clean: bytes, tmp_path: Path) -> None:
    directory = tmp_path / "run"
    for after in (5, 3):
        with pytest.raises(KeyboardInterrupt):
            run(config, directory, n_jobs=1, batch_size=1, progress=Stopping(after, None), resume=after == 3)
        assert not (directory / "results.parquet").exists()
    assert len(RunDirectory.open(directory).completed()) == 5 + 3
    resumed = run(config, directory, n_jobs=1, resume=True)
    assert results_of(directory) == clean
    assert resumed.failed == 6
    assert sum(resumed.manifest["counts"].values()) == 12
    assert not (directory / "parts").exists()


def stopped(config: dict[str, Any], directory: Path, name: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    command = [sys.executable, "-m", "tests.workflow.runs", json.dumps(config), str(directory), name]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE)


@pytest.mark.parametrize("name", ["SIGINT", "SIGKILL"])
def test_a_stopped_process_with_two_workers_leaves_a_run_that_goes_on(
    config: dict[str, Any], clean: bytes, tmp_path: Path, name: str
) -> None:
    directory = tmp_path / "run"
    done = stopped(config, directory, name)
    assert done.returncode == -getattr(signal, name) or "KeyboardInterrupt" in done.stderr, done.stderr
    found = len(RunDirectory.open(directory).completed())
    assert 4 <= found < 12
    run(config, directory, n_jobs=2, resume=True)
    assert results_of(directory) == clean


def test_a_finished_run_is_not_run_again(config: dict[str, Any], clean: bytes, tmp_path: Path) -> None:
    run(config, tmp_path / "run", n_jobs=1)
    again = run(config, tmp_path / "run", n_jobs=1, resume=True)
    assert results_of(tmp_path / "run") == clean
    assert again.manifest["workers"]["processes"] == 0
    with pytest.raises(aj.ResultsError):
        run(config, tmp_path / "run", n_jobs=1)


def test_another_work_is_not_resumed(config: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(config, tmp_path / "run", n_jobs=1, batch_size=1, progress=Stopping(2, None))
    other = {**config, "account": {"cash": 5}}
    with pytest.raises(aj.ResultsError, match="cannot resume, config.account.cash was 100000"):
        run(other, tmp_path / "run", n_jobs=1, resume=True)


def test_a_larger_grid_runs_only_what_is_new(config: dict[str, Any], clean: bytes, tmp_path: Path) -> None:
    small = {**config, "optimization": {**config["optimization"], "parameters": {"trouble": [1], "period": [3, 8]}}}
    directory = tmp_path / "run"
    run(small, directory, n_jobs=1)
    counting = Counting()
    run(config, directory, n_jobs=1, resume=True, progress=counting)
    assert (counting.before, counting.done) == (2, 10)
    assert results_of(directory) == clean
    with pytest.raises(aj.ResultsError, match="10 of its rows are not of this grid"):
        run(small, directory, n_jobs=1, resume=True)
    assert results_of(directory) == clean


def test_a_damaged_part_is_warned_of_and_run_again(
    config: dict[str, Any], clean: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "run"
    # One part, however long it takes to come to it.
    monkeypatch.setattr(run_directory, "_SECONDS_PER_PART", math.inf)
    with pytest.raises(KeyboardInterrupt):
        run(config, directory, n_jobs=1, batch_size=1, progress=Stopping(7, None))
    (part,) = (directory / "parts").iterdir()
    part.write_bytes(part.read_bytes()[:500])
    with pytest.warns(UserWarning, match=f"{part.name}.*its containers are run again"):
        resumed = run(config, directory, n_jobs=1, resume=True)
    assert results_of(directory) == clean
    assert part.name in resumed.manifest["damaged"][0]


def test_ctrl_c_stops_what_hears_nothing_keeps_what_is_done_and_says_how_to_go_on(tmp_path: Path) -> None:
    """Two containers in endless loops, which hear nothing, after two that came to their end."""
    out = tmp_path / "run"
    spread = ["--n-jobs", "2", "--batch-size", "1"]
    command = [sys.executable, "-m", "admf_jit", "grid", str(endless(tmp_path)), "--out", str(out), *spread]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    workers: list[psutil.Process] = []
    deadline = time.monotonic() + PATIENCE
    try:
        while sum(psutil_seconds(worker) > 0.2 for worker in workers) < 2:
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.1)
            workers = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert process.returncode == 130
    assert said.splitlines()[-1].endswith(f"--out {out} --resume")
    assert said.splitlines()[-1].startswith("interrupted. Go on with: python -m admf_jit grid ")
    _, alive = psutil.wait_procs(workers, timeout=PATIENCE)
    assert not alive
    kept = RunDirectory.open(out)
    assert kept.manifest["status"] == "running" and len(kept.completed()) == 2


def endless(folder: Path) -> Path:
    path = folder / "endless.yaml"
    config = {
        "data": {"source": "sample", "symbols": ["ALFA"], "timeframe": "1d"},
        "strategy": {"type": "tests.faults.vandal:Vandal"},
        "optimization": {"parameters": {"damage": [0, LOOP], "period": [5, 6]}},
    }
    path.write_text(json.dumps(config), encoding="utf-8")
    return path


def psutil_seconds(process: psutil.Process) -> float:
    """Processor time of a process that runs containers, which has a session of its own."""
    try:
        return sum(process.cpu_times()[:2]) if os.getsid(process.pid) == process.pid else 0.0
    except (psutil.NoSuchProcess, ProcessLookupError):
        return 0.0


class Counting(Progress):
    """Counts the containers that are run, and those that were there."""

    before = done = 0

    def begin(self, total: int, *, done: int = 0, bars_per_container: int = 0) -> None:
        self.before = done

    def advance(self, containers: int) -> None:
        self.done += containers
