"""Measures as columns of a sweep: those of the replayed container to the bit, under any isolation and any workers."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import admf_jit as aj
from admf_jit.config import load_config
from admf_jit.config.measures import MEASURES
from admf_jit.errors import ConfigError, ResultsError
from admf_jit.results.columns import checksum
from admf_jit.workflow import GridRun, run_grid, verify
from admf_jit.workflow.replay import replay
from tests.workflow.runs import moody, on, results_of

PARAMETERS = {"period": [2, 5, 13], "trouble": [0, 1]}


def run(folder: Path, name: str, n_jobs: int = 1, isolation: str = "auto", **optimization: Any) -> GridRun:
    config = moody(folder, **PARAMETERS)
    config["optimization"] |= optimization
    config["execution"] = {"optimization_phase": {"isolation": isolation}}
    return run_grid(load_config(config), out=folder / name, n_jobs=n_jobs)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("measures")


@pytest.fixture(scope="module")
def plain(folder: Path) -> GridRun:
    return run(folder, "plain")


@pytest.fixture(scope="module")
def whole(folder: Path) -> GridRun:
    return run(folder, "whole", metrics=["all"])


def columns_of(one: GridRun, names: tuple[str, ...] = MEASURES) -> np.ndarray:
    return np.array([one.table.column(name).to_pylist() for name in names], np.float64)


def test_a_row_has_the_measures_of_its_container_to_the_bit(whole: GridRun) -> None:
    for row in whole.table.to_pylist():
        expected = replay(whole.directory, str(row["index"])).measures()
        found = np.array([row[name] for name in MEASURES])
        assert found.tobytes() == np.array([expected[name] for name in MEASURES]).tobytes(), row["index"]
        assert np.isnan(found).all() == (row["trouble"] == 1)
    assert len(np.unique(whole.table.column("beta").to_numpy())) == 4  # three that differ, and NaN
    assert verify(whole.directory).differences == []


@pytest.mark.parametrize(
    ("isolation", "n_jobs"), [("auto", 2), ("minimal", 1), ("full", 1), ("full", 2), ("process", 1), ("process", 2)]
)
def test_isolations_and_workers_give_the_same_bytes(folder: Path, whole: GridRun, isolation: str, n_jobs: int) -> None:
    other = run(folder, f"{isolation}-{n_jobs}", n_jobs, isolation, metrics=["all"])
    assert checksum(other.table) == checksum(whole.table)


def test_executors_without_watch_compute_them_too(folder: Path, whole: GridRun) -> None:
    for executor in ("inline", "threads"):
        config = on(executor, moody(folder, **PARAMETERS))
        config["optimization"]["metrics"] = ["all"]
        other = run_grid(load_config(config), out=folder / executor, n_jobs=1)
        assert columns_of(other).tobytes() == columns_of(whole).tobytes()


def test_rows_are_otherwise_those_of_a_sweep_without(folder: Path, plain: GridRun, whole: GridRun) -> None:
    assert not set(MEASURES) & set(plain.table.schema.names)
    assert checksum(whole.table.select(plain.table.schema.names)) == checksum(plain.table)
    assert "metrics" not in plain.manifest["config"]["optimization"]
    assert (
        plain.prepared.runner.module
        == plain.prepared.task([plain.prepared.grid.container(0)], plain.prepared.limits(1)).module
    )
    basic = run(folder, "basic", metrics=["basic", "sharpe_ratio"])
    assert results_of(basic.directory) == results_of(plain.directory)
    assert pq.read_schema(plain.directory / "results.parquet").names == plain.table.schema.names


def test_what_ranks_or_keeps_rows_is_computed(folder: Path, whole: GridRun) -> None:
    named = run(folder, "named", objective="sqn - ulcer_index", result_constraints=["beta > -9"], metrics=["alpha"])
    names = ("alpha", "beta", "ulcer_index", "sqn")
    assert set(named.table.schema.names) & set(MEASURES) == set(names)
    assert columns_of(named, names).tobytes() == columns_of(whole, names).tobytes()
    result = aj.open_run(named.directory)
    best = result.best(3)
    value = best["objective"].tolist()
    assert value == sorted(value, reverse=True) and "alpha" in best and "beta" not in best
    assert result.best(1, by="beta")["beta"].tolist() == [max(b for b in columns_of(named, ("beta",))[0] if b == b)]
    with pytest.raises(ConfigError, match="'alpah'"):
        result.best(by="alpah")
    with pytest.raises(ConfigError, match=r"asked for it: metrics: \[tail_ratio\]"):
        result.best(by="tail_ratio")


def test_a_swept_name_that_a_measure_has_is_no_measure() -> None:
    config = {"objective": "alpha", "parameters": {"alpha": [1, 2]}}
    checked = load_config(
        {"name": "x", "data": {"source": "sample"}, "strategy": {"type": "sma_crossover"}, "optimization": config}
    )
    assert checked.optimization.measures == ()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["basic", "bta"], "optimization.metrics.*no metric 'bta'; did you mean 'beta'"),
        ("everything_there_is", "no metric 'everything_there_is'; expected basic, all, or measures: excess_sharpe"),
    ],
)
def test_a_name_that_is_no_metric_is_refused(given: Any, said: str) -> None:
    data = aj.load("sample", symbols=["ALFA"], timeframe="1d")
    with pytest.raises(ConfigError, match=said):
        aj.grid("sma_crossover", data, {"fast_period": [5, 6]}, metrics=given)


def test_events_beyond_the_memory_of_a_container_are_its_failure(folder: Path) -> None:
    """A year of bars has some 1,300 events of 96 bytes: 64 KiB do not hold them, and 8 MiB do."""
    for limit, status in (("64KB", "memory_limit"), ("8MB", "ok")):
        config = moody(folder, period=[5])
        config["optimization"]["metrics"] = ["sqn"]
        config["containers"] = {"defaults": {"resources": {"memory_limit": limit}}}
        one = run_grid(load_config(config), out=folder / limit, n_jobs=1)
        (row,) = one.table.to_pylist()
        assert row["status"] == status, row["error"]
        if status == "memory_limit":
            assert "events, which measures are computed from" in row["error"] and np.isnan(row["sharpe_ratio"])


def test_a_run_is_not_resumed_with_other_metrics(folder: Path, plain: GridRun) -> None:
    config = moody(folder, **PARAMETERS)
    config["optimization"]["metrics"] = ["sqn"]
    with pytest.raises(ResultsError, match="metrics"):
        run_grid(load_config(config), out=plain.directory, n_jobs=1, resume=True)
