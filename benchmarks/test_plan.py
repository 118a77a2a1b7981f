"""What `plan` predicts, against what the sweep then takes: time of the containers, and memory of all processes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from admf_jit.config import load_config
from admf_jit.data import write_store
from admf_jit.workflow import plan
from benchmarks.limits import PREDICTED_HOSTS, PREDICTED_MEMORY, PREDICTED_TIME
from benchmarks.note import note
from benchmarks.test_million import run
from benchmarks.workload import configuration, grid_of, minute_bars

#: Containers, bars, isolation.
SWEEPS = [
    (10_000, 10_000, "minimal"),
    (1_000, 100_000, "minimal"),
    (1_000, 100_000, "full"),
    (100, 1_000_000, "minimal"),
]


@pytest.mark.parametrize(("n_containers", "n_bars", "isolation"), SWEEPS)
@pytest.mark.parametrize("what", ["time", "memory"])
def test_prediction(benchmark: Any, tmp_path: Path, what: str, n_containers: int, n_bars: int, isolation: str) -> None:
    """The larger of prediction and measurement over the smaller."""
    fields = configuration(
        write_store(minute_bars(n_bars), tmp_path / "bars"), grid_of(n_containers), isolation=isolation
    )
    path = tmp_path / "planned.yaml"
    path.write_text(yaml.safe_dump(fields))
    predicted = plan(load_config(path))
    found: list[tuple[float, float]] = []

    def measure() -> None:
        out = tmp_path / f"run-{len(found)}"
        _, peak = run(["grid", str(path), "--out", str(out), "--no-report"])
        found.append((json.loads((out / "manifest.json").read_text())["timings"]["containers_seconds"], float(peak)))

    benchmark.pedantic(measure, rounds=3 if what == "time" else 1)
    seconds, peak = min(seconds for seconds, _ in found), max(peak for _, peak in found)
    said, measured = (predicted.seconds, seconds) if what == "time" else (predicted.peak_memory, peak)
    shown = f"{said:.2f} s, measured {measured:.2f} s"
    if what == "memory":
        shown = f"{said / 2**20:,.0f} MiB, measured {measured / 2**20:,.0f} MiB"
    note(
        benchmark,
        limit=PREDICTED_TIME if what == "time" else PREDICTED_MEMORY,
        value=max(said / measured, measured / said),
        isolation=isolation,
        detail=f"{n_containers:,} x {n_bars:,}: predicted {shown}",
    )


@pytest.mark.parametrize("n_hosts", [1, 2])
def test_prediction_for_hosts(benchmark: Any, tmp_path: Path, n_hosts: int) -> None:
    """Hosts are workers of Dask's on this machine; a run before says how long a container takes here."""
    config = configuration(write_store(minute_bars(100_000), tmp_path / "bars"), grid_of(10_000), isolation="full")
    del config["optimization"]["parallel_containers"]
    path = tmp_path / "planned.yaml"
    path.write_text(yaml.safe_dump(config))
    run(["grid", str(path), "--no-report", "--out", str(tmp_path / "recorded"), "--n-jobs", str(n_hosts)])
    (predicted,) = plan(load_config(path), n_jobs=1, hosts=[n_hosts], recorded=tmp_path / "recorded").hosts
    found: list[float] = []

    def measure() -> None:
        out = tmp_path / f"run-{len(found)}"
        options = ["--no-report", "--n-jobs", str(n_hosts), "--set", "infrastructure.backend=dask"]
        run(["grid", str(path), "--out", str(out), *options])
        found.append(json.loads((out / "manifest.json").read_text())["timings"]["containers_seconds"])

    benchmark.pedantic(measure, rounds=2)
    measured = min(found)
    note(
        benchmark,
        limit=PREDICTED_HOSTS,
        value=max(predicted.seconds / measured, measured / predicted.seconds),
        workers=n_hosts,
        isolation="full",
        detail=f"10,000 x 100,000: predicted {predicted.seconds:.2f} s at {predicted.efficiency:.0%}, measured "
        f"{measured:.2f} s",
    )
