"""The headline sweep by each executor, in turns within one process: the same rows, and the time against forks."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from admf_jit.config import load_config
from admf_jit.workers.executors.loky import end_idle_workers
from admf_jit.workflow import run_grid
from benchmarks.ledger import Ledger
from benchmarks.limits import DASK_BESIDE_FORKS, LOKY_AGAINST_FORKS
from benchmarks.note import note
from benchmarks.workload import HEADLINE, configuration

_N_JOBS = 2
#: What is run in a round, in this order, and the executor of each.
_RUNS = {"forks": "forks", "threads": "threads", "new workers of loky": "loky", "loky": "loky"}


@pytest.mark.parametrize("isolation", ["full", "minimal"])
def test_headline_by_each_executor(
    benchmark: Any, store: Path, isolation: str, ledger: Ledger, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Workers of loky are there from the round before; how long new ones take is said beside."""
    seconds: dict[str, list[float]] = {name: [] for name in _RUNS}
    results = set()

    def run(name: str) -> None:
        fields = configuration(store, HEADLINE, isolation=isolation)
        fields["infrastructure"] = {"backend": _RUNS[name]}
        started = time.perf_counter()
        done = run_grid(load_config(fields), out=tmp_path_factory.mktemp("run") / "headline", n_jobs=_N_JOBS)
        seconds[name].append(time.perf_counter() - started)
        ids, hashes = (done.table[column].to_pylist() for column in ("container_id", "result_hash"))
        results.add(ledger.take(ids, hashes))

    def measure() -> None:
        end_idle_workers()
        for name in _RUNS:
            run(name)

    benchmark.pedantic(measure, rounds=4, warmup_rounds=1)
    (hash_of_all,) = results
    best = {name: min(found) for name, found in seconds.items()}
    note(
        benchmark,
        limit=LOKY_AGAINST_FORKS[isolation],
        value=best["loky"] / best["forks"],
        isolation=isolation,
        results=hash_of_all,
        detail=", ".join(f"{name} {found:.2f} s" for name, found in best.items()),
    )


@pytest.mark.parametrize("isolation", ["full", "minimal"])
def test_headline_by_dask_on_this_machine(
    benchmark: Any, store: Path, isolation: str, ledger: Ledger, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """With `scheduler: local` and two workers, its start and its end included: so many seconds more than by forks."""
    seconds: dict[str, list[float]] = {"forks": [], "dask": []}
    results = set()

    def measure() -> None:
        for name, found in seconds.items():
            fields = configuration(store, HEADLINE, isolation=isolation)
            fields["infrastructure"] = {"backend": name}
            started = time.perf_counter()
            done = run_grid(load_config(fields), out=tmp_path_factory.mktemp("run") / "headline", n_jobs=_N_JOBS)
            found.append(time.perf_counter() - started)
            ids, hashes = (done.table[column].to_pylist() for column in ("container_id", "result_hash"))
            results.add(ledger.take(ids, hashes))

    benchmark.pedantic(measure, rounds=4)
    (hash_of_all,) = results
    best = {name: min(found) for name, found in seconds.items()}
    first = seconds["dask"][0] - seconds["forks"][0]
    note(
        benchmark,
        limit=DASK_BESIDE_FORKS,
        value=best["dask"] - best["forks"],
        isolation=isolation,
        results=hash_of_all,
        detail=f"forks {best['forks']:.2f} s, dask {best['dask']:.2f} s; the first time {first:.2f} s more",
    )
