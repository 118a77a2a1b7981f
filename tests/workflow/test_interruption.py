"""A run that is stopped in the middle goes on where it was, and ends with the same bytes."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import admf_jit as aj
from admf_jit.results import RunDirectory
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
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)


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
