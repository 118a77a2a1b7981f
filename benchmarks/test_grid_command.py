"""The headline grid by the command line, from the start of the process to its end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet
import pytest
import yaml

from admf_jit.data import open_store
from benchmarks.ledger import Ledger
from benchmarks.limits import GRID_EMPTY_CACHE, GRID_WARM
from benchmarks.note import note
from benchmarks.processes import python
from benchmarks.workload import HEADLINE, N_BARS, configuration
from benchmarks.yardsticks import Yardsticks

N_CONTAINERS = 1188


class Command:
    """The command over the headline grid, into a new directory each time."""

    def __init__(self, config: Path, directories: pytest.TempPathFactory) -> None:
        self._config = config
        self._directories = directories
        self._out = Path()

    def run(self, cache: Path | None = None) -> None:
        self._out = self._directories.mktemp("run") / "headline"
        done = python("admf_jit", "grid", str(self._config), "--no-report", "--out", str(self._out), cache=cache)
        assert done.returncode == 0, done.stderr

    def run_in_an_empty_cache(self) -> None:
        self.run(self._directories.mktemp("empty"))

    def manifest(self) -> Any:
        return json.loads((self._out / "manifest.json").read_text())

    def results(self, ledger: Ledger) -> str:
        rows = parquet.read_table(self._out / "results.parquet")
        assert rows.num_rows == N_CONTAINERS
        ids, hashes = (rows[name].to_pylist() for name in ("container_id", "result_hash"))
        return ledger.take(ids, hashes)


@pytest.fixture(params=["full", "minimal"])
def isolation(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def command(store: Path, isolation: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Command:
    path = tmp_path / "headline.yaml"
    path.write_text(yaml.safe_dump(configuration(store, HEADLINE, isolation=isolation)))
    return Command(path, tmp_path_factory)


def detail(manifest: Any) -> str:
    """Where the time went, and that machine code was loaded if it was there."""
    workers, timings = manifest["workers"], manifest["timings"]
    # What is forked from the process that compiled has what that has.
    assert workers["cache_misses"] == (0 if timings["compiled_from_cache"] else workers["processes"])
    return f"{workers['processes']} processes at a time; containers {timings['containers_seconds']:.2f} s"


def test_whole_grid_warm_cache(
    benchmark: Any, command: Command, isolation: str, ledger: Ledger, yardsticks: Yardsticks
) -> None:
    benchmark.pedantic(command.run, rounds=4, warmup_rounds=1)
    manifest = command.manifest()
    assert manifest["timings"]["compiled_from_cache"]
    results = command.results(ledger)
    bars = N_CONTAINERS * N_BARS
    note(
        benchmark,
        limit=GRID_WARM[isolation],
        value=benchmark.stats.stats.min / (bars * yardsticks.loop),
        bars=bars,
        isolation=isolation,
        results=results,
        detail=detail(manifest),
    )


def test_whole_grid_from_a_file(
    benchmark: Any,
    store: Path,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    ledger: Ledger,
    yardsticks: Yardsticks,
) -> None:
    """From a Parquet file that an earlier run has read."""
    bars = tmp_path / "SPY_1m.parquet"
    open_store(store).frame().to_parquet(bars)
    path = tmp_path / "headline.yaml"
    path.write_text(yaml.safe_dump(configuration(bars, HEADLINE, isolation="minimal")))
    command = Command(path, tmp_path_factory)
    benchmark.pedantic(command.run, rounds=4, warmup_rounds=1)
    note(
        benchmark,
        limit=GRID_WARM["minimal"],
        value=benchmark.stats.stats.min / (N_CONTAINERS * N_BARS * yardsticks.loop),
        bars=N_CONTAINERS * N_BARS,
        isolation="minimal",
        results=command.results(ledger),
        detail=detail(command.manifest()),
    )


def test_whole_grid_empty_cache(
    benchmark: Any, command: Command, isolation: str, ledger: Ledger, yardsticks: Yardsticks
) -> None:
    benchmark.pedantic(command.run_in_an_empty_cache, rounds=2)
    manifest = command.manifest()
    assert not manifest["timings"]["compiled_from_cache"]
    results = command.results(ledger)
    bars = N_CONTAINERS * N_BARS
    note(
        benchmark,
        limit=GRID_EMPTY_CACHE[isolation],
        value=benchmark.stats.stats.min / yardsticks.compilation,
        bars=bars,
        isolation=isolation,
        results=results,
        detail=detail(manifest),
    )
