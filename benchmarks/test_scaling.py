"""Whole runs of 1 to 100,000 containers over 10,000 to 1,000,000 bars, by 1 worker and by all, in every isolation.

The process has everything loaded; a run goes from a checked configuration to the table on the disk. What takes longer
than some seconds is run by `make bench-scaling` alone.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from admf_jit.config import load_config
from admf_jit.data import write_store
from admf_jit.workers.batch import NO_RING, run_containers
from admf_jit.workers.plan import usable_cores
from admf_jit.workflow import GridRun, run_grid
from admf_jit.workflow.prepare import prepare
from admf_kernels.constants import METRIC_NAMES
from benchmarks.isolations import isolations
from benchmarks.ledger import Ledger
from benchmarks.limits import EFFICIENCY, FLATNESS
from benchmarks.note import note
from benchmarks.workload import N_BARS, configuration, grid_of, repeating_bars

WORKERS = sorted({1, 2, usable_cores()})
#: Containers of one bar that a round of the quick part has at the most, by isolation.
_QUICK = {"full": 110e6, "minimal": 1.1e9}
#: The same of a size that flatness is measured on, and how often.
_FLATNESS_WORK, _FLATNESS_ROUNDS = 1.1e9, {"full": 4, "minimal": 8}


class Size(NamedTuple):
    """Containers and bars of a run."""

    containers: int
    bars: int

    @property
    def work(self) -> int:
        """Containers of one bar."""
        return self.containers * self.bars


SIZES = [
    *(Size(n, N_BARS) for n in (1, 10, 100, 1_000)),
    *(Size(n, 10_000) for n in (100, 1_000, 10_000, 100_000)),
    Size(100, 1_000_000),
    Size(1_000, 1_000_000),
]
#: From here on a container's time is not the call's fixed time.
_FLAT_FROM = 100
#: Runs that take two workers five seconds and more.
_LONG_RUNS = {"full": Size(1_000, 1_200_000), "minimal": Size(100_000, 120_000)}


@dataclass
class Suite:
    """Runs the scaling grids over stores of bars, and keeps the best times."""

    folder: Path
    ledger: Ledger
    directories: pytest.TempPathFactory

    def store(self, n_bars: int) -> Path:
        path = self.folder / f"minutes-{n_bars}"
        return path if path.exists() else write_store(repeating_bars(n_bars), path)

    def configuration(self, isolation: str, size: Size) -> dict[str, Any]:
        fields = configuration(self.store(size.bars), grid_of(size.containers), isolation=isolation)
        # As many in flight as batches of a second's work are worth: what is measured is no cap.
        del fields["optimization"]["parallel_containers"]
        return fields

    def run(self, isolation: str, size: Size, n_jobs: int, batch_size: int | None = None) -> GridRun:
        out = self.directories.mktemp("run") / "scaling"
        return run_grid(load_config(self.configuration(isolation, size)), out=out, n_jobs=n_jobs, batch_size=batch_size)

    def results(self, done: GridRun) -> str:
        assert done.failed == 0
        ids, hashes = (done.table[name].to_pylist() for name in ("container_id", "result_hash"))
        return self.ledger.take(ids, hashes)


@pytest.fixture(scope="module")
def suite(ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Suite:
    """The suite, with workers that have the strategy loaded."""
    suite = Suite(tmp_path_factory.mktemp("bars"), ledger, tmp_path_factory)
    for isolation in isolations():
        suite.run(isolation, Size(10, N_BARS), max(WORKERS))
    return suite


def measure(
    benchmark: Any, suite: Suite, isolation: str, size: Size, *, n_jobs: int, batch_size: int | None = None
) -> None:
    finished = []

    def run() -> None:
        finished.append(suite.run(isolation, size, n_jobs, batch_size))

    rounds = 5 if size.work < 2e7 else 3 if size.work <= _QUICK[isolation] else 2
    # A process for each container takes a hundred times as long as what it does.
    benchmark.pedantic(run, rounds=2 if batch_size == 1 else rounds)
    (results,) = {suite.results(done) for done in finished}
    private = max(done.manifest["workers"]["largest_private_bytes"] for done in finished)
    note(
        benchmark,
        bars=size.work,
        containers=size.containers,
        workers=n_jobs,
        isolation=isolation,
        results=results,
        detail=f"private {private / 2**20:.1f} MiB",
    )


def skip_if_long(request: pytest.FixtureRequest, isolation: str, size: Size) -> None:
    if size.work > _QUICK[isolation] and not request.config.getoption("--long"):
        pytest.skip("long: make bench-scaling")


def _name(value: object) -> str:
    return f"{value.containers:,} x {value.bars:,}" if isinstance(value, Size) else str(value)


@pytest.mark.parametrize("isolation", isolations())
@pytest.mark.parametrize("size", SIZES, ids=_name)
@pytest.mark.parametrize("n_jobs", WORKERS, ids="{} worker(s)".format)
def test_scaling(
    benchmark: Any, request: pytest.FixtureRequest, suite: Suite, isolation: str, size: Size, n_jobs: int
) -> None:
    skip_if_long(request, isolation, size)
    measure(benchmark, suite, isolation, size, n_jobs=n_jobs)


@pytest.mark.parametrize("isolation", isolations())
@pytest.mark.parametrize("batch_size", [1, 7, 50])
def test_batch_size(benchmark: Any, suite: Suite, isolation: str, batch_size: int) -> None:
    measure(benchmark, suite, isolation, Size(100, N_BARS), n_jobs=2, batch_size=batch_size)


@pytest.mark.parametrize("isolation", isolations())
def test_efficiency_of_two_workers(
    benchmark: Any, request: pytest.FixtureRequest, suite: Suite, isolation: str
) -> None:
    """T1 / (2 * T2) of a run that takes both five seconds and more, in turns."""
    if not request.config.getoption("--long"):
        pytest.skip("long: make bench-scaling")
    size, n_rounds = _LONG_RUNS[isolation], 4
    seconds: dict[int, list[float]] = {1: [], 2: []}

    def run() -> None:
        for n_jobs, found in seconds.items():
            started = time.perf_counter()
            suite.run(isolation, size, n_jobs)
            found.append(time.perf_counter() - started)

    benchmark.pedantic(run, rounds=n_rounds)
    alone, together = min(seconds[1]), min(seconds[2])
    note(
        benchmark,
        limit=EFFICIENCY,
        value=100.0 * (1.0 - alone / (2.0 * together)),
        isolation=isolation,
        detail=f"{_name(size)}, {alone:.2f} s by one, {together:.2f} s by two, minimum of {n_rounds} each",
    )


@pytest.mark.parametrize("isolation", isolations())
def test_flatness(benchmark: Any, request: pytest.FixtureRequest, suite: Suite, isolation: str) -> None:
    """The largest time per container and bar over the smallest, of the engines alone, in this process."""
    if not request.config.getoption("--long"):
        pytest.skip("long: make bench-scaling")
    sizes = [size for size in SIZES if size.containers >= _FLAT_FROM and size.work <= _FLATNESS_WORK]
    engines = {size: _engine_alone(suite.configuration(isolation, size)) for size in sizes}
    each = dict.fromkeys(sizes, math.inf)

    def run() -> None:
        for size, engine in engines.items():
            # As many as take some tenths of a second: a millisecond is easily disturbed.
            for _ in range(int(np.clip(8e7 / size.work, 1, 40))):
                each[size] = min(each[size], _seconds(engine) / size.work)

    # All sizes in turns: some seconds in which the machine is slower are not those of one size alone.
    benchmark.pedantic(run, rounds=_FLATNESS_ROUNDS[isolation], warmup_rounds=1)
    slowest, fastest = max(each, key=each.__getitem__), min(each, key=each.__getitem__)
    note(
        benchmark,
        limit=FLATNESS,
        value=each[slowest] / each[fastest],
        isolation=isolation,
        detail=f"{1e9 * each[fastest]:.2f} ns at {_name(fastest)}, {1e9 * each[slowest]:.2f} ns at {_name(slowest)}",
    )


def _engine_alone(fields: dict[str, Any]) -> Callable[[], Any]:
    """A call that runs all containers of a configuration in this process, as the process of one batch would."""
    prepared = prepare(load_config(fields))
    indices = prepared.grid.side_by_side(np.arange(len(prepared.grid)))
    inputs = prepared.inputs.build_many(prepared.grid.select(indices))
    shape = len(indices), len(METRIC_NAMES)
    return lambda: run_containers(prepared.runner.module, prepared.data, inputs, NO_RING, np.empty(shape))


def _seconds(call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
