"""What trouble costs: one container of a thousand that crashes its process, and Ctrl-C in the middle of a sweep."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from admf_jit.config import load_config
from admf_jit.data import write_store
from admf_jit.results import RunDirectory
from admf_jit.workflow import GridRun, run_grid
from benchmarks.limits import INTERRUPTED, RETRIES
from benchmarks.note import note
from benchmarks.processes import ROOT
from benchmarks.workload import configuration, grid_of, minute_bars
from benchmarks.yardsticks import Yardsticks
from tests.faults.vandal import DEEP_CALL

#: A thousand containers of a strategy with market orders alone take ten seconds over so many, on two cores.
_BARS = 1_000_000
_TURNS = 2
_GUILTY = 700
_INTERRUPTS = 5


@pytest.fixture(scope="module")
def long_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bars for a run of ten seconds."""
    return write_store(minute_bars(_BARS), tmp_path_factory.mktemp("bars") / "long")


def sweep(store: Path, constraint: str) -> dict[str, Any]:
    """A thousand containers, and the one that crashes where the constraint lets it in."""
    axes = {"period": range(2, 1002), "damage": (0, DEEP_CALL)}
    config = configuration(store, axes, strategy="tests.faults.vandal:Vandal")
    config["strategy"]["parameters"] = {"moment": _BARS // 2}
    config["optimization"]["constraints"] = [constraint]
    return config


def test_one_crash_in_a_thousand_containers(
    benchmark: Any, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Clean runs and runs with one more container, which crashes, in turns."""
    if not request.config.getoption("--long"):
        pytest.skip("long: make bench-scaling")
    long_store = request.getfixturevalue("long_store")
    configs = {
        "clean": sweep(long_store, "damage < 1"),
        "crash": sweep(long_store, f"damage * (period - {_GUILTY}) == 0"),
    }
    seconds: dict[str, list[float]] = {name: [] for name in configs}
    finished: dict[str, GridRun] = {}

    def alternate() -> None:
        for _ in range(_TURNS):
            for name, config in configs.items():
                started = time.perf_counter()
                finished[name] = run_grid(load_config(config), out=tmp_path_factory.mktemp("run") / name, n_jobs=2)
                seconds[name].append(time.perf_counter() - started)

    benchmark.pedantic(alternate, rounds=1)
    rows = {name: finished[name].table.to_pylist() for name in configs}
    crashed = [row for row in rows["crash"] if row["status"] == "crashed"]
    assert len(crashed) == 1 and len(rows["crash"]) == 1001
    hashes = {name: {row["container_id"]: row["result_hash"] for row in rows[name]} for name in configs}
    del hashes["crash"][crashed[0]["container_id"]]
    assert hashes["crash"] == hashes["clean"]
    clean, crash = min(seconds["clean"]), min(seconds["crash"])
    note(
        benchmark,
        limit=RETRIES,
        value=100.0 * (crash / clean - 1.0),
        detail=f"clean {clean:.2f} s, with a crash {crash:.2f} s, minimum of {_TURNS} each in turns",
    )


def test_interrupted_sweep(benchmark: Any, store: Path, tmp_path: Path, yardsticks: Yardsticks) -> None:
    """The longest of several: from Ctrl-C, at some moment of a large sweep of two processes, to the end of it."""
    path = tmp_path / "large.yaml"
    path.write_text(yaml.safe_dump(configuration(store, grid_of(100_000))))
    chance = random.Random(0)
    seconds = []

    def interrupt() -> None:
        out = tmp_path / f"run-{len(seconds)}"
        options = ["--no-report", "--n-jobs", "2", "--out", str(out)]
        command = [sys.executable, "-m", "admf_jit", "grid", str(path), *options]
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True)
        while not any(out.glob("parts/part-*.parquet")):
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(chance.uniform(0.0, 2.0))
        started = time.perf_counter()
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate()
        seconds.append(time.perf_counter() - started)
        assert process.returncode == 130 and said.splitlines()[-1].endswith("--resume"), said
        assert json.loads((out / "manifest.json").read_text())["status"] == "running"
        assert len(RunDirectory.open(out).completed())

    benchmark.pedantic(interrupt, rounds=_INTERRUPTS)
    starts = max(seconds) / yardsticks.start
    note(benchmark, limit=INTERRUPTED, value=starts, detail=f"the longest of {_INTERRUPTS}: {max(seconds):.2f} s")
