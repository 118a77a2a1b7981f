"""A whole run over 1 to 1,000 containers by 1 or 2 workers, in a process that has everything loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from admf_jit.config import load_config
from admf_jit.workflow import GridRun, run_grid
from benchmarks.ledger import Ledger
from benchmarks.note import note
from benchmarks.workload import N_BARS, SCALING, configuration

_ROUNDS = {1: 5, 10: 5, 100: 4, 1000: 2}


@pytest.fixture(scope="module", autouse=True)
def workers(store: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Two worker processes with the bars mapped and the strategy loaded."""
    config = load_config(configuration(store, SCALING[10]))
    run_grid(config, out=tmp_path_factory.mktemp("run") / "first", n_jobs=2)


@dataclass(frozen=True)
class Suite:
    """Runs one of the scaling grids over the bars."""

    store: Path
    ledger: Ledger
    directories: pytest.TempPathFactory

    def run(self, n_containers: int, n_jobs: int, batch_size: int | None = None) -> GridRun:
        config = load_config(configuration(self.store, SCALING[n_containers]))
        out = self.directories.mktemp("run") / "scaling"
        return run_grid(config, out=out, n_jobs=n_jobs, batch_size=batch_size)

    def results(self, done: GridRun) -> str:
        assert done.failed == 0 and done.manifest["workers"]["cache_misses"] == 0
        ids, hashes = (done.table[name].to_pylist() for name in ("container_id", "result_hash"))
        return self.ledger.take(ids, hashes)


@pytest.fixture
def suite(store: Path, ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Suite:
    return Suite(store, ledger, tmp_path_factory)


def measure(benchmark: Any, suite: Suite, n_containers: int, *, n_jobs: int, batch_size: int | None = None) -> None:
    finished = []

    def run() -> None:
        finished.append(suite.run(n_containers, n_jobs, batch_size))

    benchmark.pedantic(run, rounds=_ROUNDS[n_containers])
    (results,) = {suite.results(done) for done in finished}
    private = max(done.manifest["workers"]["largest_private_bytes"] for done in finished)
    note(
        benchmark,
        bars=n_containers * N_BARS,
        containers=n_containers,
        workers=n_jobs,
        results=results,
        detail=f"private {private / 2**20:.1f} MiB",
    )


@pytest.mark.parametrize("n_containers", SCALING, ids="{:,} containers".format)
@pytest.mark.parametrize("n_jobs", [1, 2], ids="{} worker(s)".format)
def test_scaling(benchmark: Any, suite: Suite, n_containers: int, n_jobs: int) -> None:
    measure(benchmark, suite, n_containers, n_jobs=n_jobs)


@pytest.mark.parametrize("batch_size", [1, 7, 50])
def test_batch_size(benchmark: Any, suite: Suite, batch_size: int) -> None:
    measure(benchmark, suite, 100, n_jobs=2, batch_size=batch_size)
