"""The page of a run: its time, its memory and its size, for tables that are embedded whole and for a million rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from admf_jit.data import write_store
from benchmarks.limits import REPORT_MEMORY, REPORT_SIZE, REPORT_TIME, Limit
from benchmarks.note import note
from benchmarks.test_million import run
from benchmarks.workload import configuration, grid_of, minute_bars

#: Containers and bars: the rows count, and the bars of what is replayed.
N_BARS = 2_500


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Directories of finished runs by their number of containers, filled as they are needed."""
    return {}


@pytest.mark.parametrize("what", ["time", "size", "memory"])
@pytest.mark.parametrize("n_containers", [1_000, 100_000, 1_000_000])
def test_report(
    benchmark: Any,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    runs: dict[int, Path],
    n_containers: int,
    what: str,
) -> None:
    """By the command line, which starts Python, reads the run, verifies it and replays the best rows for a second."""
    if n_containers > 100_000 and not request.config.getoption("--long"):
        pytest.skip("long: make bench-scaling")
    if n_containers not in runs:
        folder = tmp_path_factory.mktemp("report")
        store = write_store(minute_bars(N_BARS), folder / "bars")
        fields = configuration(store, grid_of(n_containers), isolation="auto")
        del fields["optimization"]["parallel_containers"]
        (folder / "config.yaml").write_text(yaml.safe_dump(fields))
        run(["grid", str(folder / "config.yaml"), "--no-report", "--out", str(folder / "run")])
        runs[n_containers] = folder / "run"
    directory = runs[n_containers]
    found: list[tuple[float, int]] = []
    benchmark.pedantic(lambda: found.append(run(["report", str(directory), "--html", "--json"])), rounds=2)
    seconds, peak = min(time for time, _ in found), max(memory for _, memory in found) / 2**20
    size = (directory / "report.html").stat().st_size / 2**20
    figures: dict[str, tuple[Limit, float]] = {
        "time": (REPORT_TIME[n_containers], seconds),
        "size": (REPORT_SIZE[n_containers], size),
        "memory": (REPORT_MEMORY, peak),
    }
    limit, value = figures[what]
    shown = f"{what} of {n_containers:,} rows: {seconds:.2f} s, {size:.1f} MiB, PSS {peak:,.0f} MiB"
    note(benchmark, limit=limit, value=value, containers=n_containers, detail=shown)
