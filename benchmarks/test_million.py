"""A million containers over 10,000 bars by the command line: time, and the memory of all its processes together."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from admf_jit.data import write_store
from benchmarks.limits import DASK_AGAINST_FORKS, MILLION_MEMORY
from benchmarks.memory import PeakMemory
from benchmarks.note import note
from benchmarks.processes import ROOT
from benchmarks.workload import configuration, grid_of, minute_bars

N_CONTAINERS = 1_000_000
N_BARS = 10_000


def run(arguments: list[str]) -> tuple[float, int]:
    """Seconds of a command from start to end, and the most memory of its processes, in bytes."""
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "admf_jit", *arguments],
        cwd=ROOT,
        env=dict(os.environ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        with PeakMemory(process.pid) as memory:
            assert process.stderr is not None
            said = process.stderr.read()
            process.wait()
    assert process.returncode == 0, said
    return time.perf_counter() - began, memory.peak


def test_a_million_containers(benchmark: Any, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Also what its report takes, and a resume that finds all of them done."""
    if not request.config.getoption("--long"):
        pytest.skip("long: make bench-scaling")
    fields = configuration(write_store(minute_bars(N_BARS), tmp_path / "bars"), grid_of(N_CONTAINERS), isolation="auto")
    del fields["optimization"]["parallel_containers"]
    config, out = tmp_path / "million.yaml", tmp_path / "run"
    config.write_text(yaml.safe_dump(fields))
    found: list[tuple[float, int]] = []
    benchmark.pedantic(lambda: found.append(run(["grid", str(config), "--out", str(out), "--no-report"])), rounds=1)
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["counts"] == {"ok": N_CONTAINERS} and manifest["isolation"]["used"] == "minimal"
    reported = run(["report", str(out)])
    resumed = run(["grid", str(config), "--out", str(out), "--resume", "--no-report"])
    others = ", ".join(
        f"{name} {seconds:.1f} s and {peak / 2**20:,.0f} MiB"
        for name, (seconds, peak) in (("report", reported), ("resume", resumed))
    )
    note(
        benchmark,
        limit=MILLION_MEMORY,
        value=max(peak for _, peak in (*found, reported, resumed)) / 2**20,
        bars=N_CONTAINERS * N_BARS,
        containers=N_CONTAINERS,
        isolation="minimal",
        detail=f"PSS of all processes; {others}",
    )


def test_a_million_containers_by_dask(benchmark: Any, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """The same by two workers of a cluster on this machine, in turns with two forked processes; its memory too."""
    if not request.config.getoption("--long"):
        pytest.skip("long: make bench-scaling")
    fields = configuration(write_store(minute_bars(N_BARS), tmp_path / "bars"), grid_of(N_CONTAINERS), isolation="auto")
    del fields["optimization"]["parallel_containers"]
    config = tmp_path / "million.yaml"
    config.write_text(yaml.safe_dump(fields))
    found: dict[str, list[tuple[float, int]]] = {"forks": [], "dask": []}

    def measure() -> None:
        for name, runs in found.items():
            out = tmp_path / f"{name}-{len(runs)}"
            command = ["grid", str(config), "--no-report", "--out", str(out), "--n-jobs", "2"]
            runs.append(run([*command, "--set", f"infrastructure.backend={name}"]))

    benchmark.pedantic(measure, rounds=2)
    first, second = ((tmp_path / f"{name}-0" / "results.parquet").read_bytes() for name in found)
    assert first == second
    best = {name: min(seconds for seconds, _ in runs) for name, runs in found.items()}
    peak = {name: max(memory for _, memory in runs) / 2**20 for name, runs in found.items()}
    note(
        benchmark,
        limit=DASK_AGAINST_FORKS,
        value=best["dask"] / best["forks"],
        isolation="minimal",
        detail=", ".join(f"{name} {best[name]:.1f} s and {peak[name]:,.0f} MiB" for name in found),
    )
