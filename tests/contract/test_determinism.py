"""Workers, batches and order of submission change nothing in any row."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import admf_jit as aj
from tests.contract.fingerprint import COSTS, digest_of_events, rows_of
from tests.contract.samples import MARKET

PARAMETERS = {"fast_period": [2, 3, 5, 7], "slow_period": [5, 10, 20], "position_size": [0.5, 1.0]}
CONSTRAINTS = ["fast_period < slow_period"]
ROWS = 4 * 3 * 2 - 2 * 2


def grid(**how: Any) -> Any:
    data = aj.load(MARKET.frame())
    return aj.grid("sma_crossover", data, PARAMETERS, constraints=CONSTRAINTS, master_seed=42, **COSTS, **how)


@pytest.fixture(scope="module")
def clean() -> Any:
    return grid(n_jobs=1)


def test_rows_come_in_the_order_of_the_keys_last_fastest(clean: Any) -> None:
    frame = clean.frame
    assert list(frame["index"]) == list(range(ROWS))
    expected = [
        (fast, slow, size)
        for fast in PARAMETERS["fast_period"]
        for slow in PARAMETERS["slow_period"]
        for size in PARAMETERS["position_size"]
        if fast < slow
    ]
    assert list(frame[list(PARAMETERS)].itertuples(index=False, name=None)) == expected
    assert frame["container_id"].is_unique and frame["seed"].is_unique
    assert frame["result_hash"].is_unique


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("batch_size", [1, 7, 1188])
def test_workers_and_batches_change_nothing(clean: Any, n_jobs: int, batch_size: int) -> None:
    assert rows_of(grid(n_jobs=n_jobs, batch_size=batch_size)) == rows_of(clean)


def test_a_row_is_what_a_lone_backtest_gives(clean: Any) -> None:
    row = clean.frame.iloc[9]
    parameters = {name: int(row[name]) for name in ("fast_period", "slow_period")}
    data = aj.load(MARKET.frame())
    size = float(row["position_size"])
    one = aj.backtest("sma_crossover", data, parameters=parameters, position_size=size, **COSTS)
    replayed = clean.container(9)
    assert digest_of_events(one) == digest_of_events(replayed)
    for name, value in one.metrics.items():
        assert pd.isna(value) and pd.isna(row[name]) or value == row[name] == replayed.metrics[name], name


def config(source: Path, **reproducibility: Any) -> dict[str, Any]:
    return {
        "name": "determinism",
        "data": {"source": str(source)},
        "strategy": {"type": "sma_crossover"},
        "account": COSTS,
        "workflow": {"reproducibility": {"master_seed": 42, **reproducibility}},
        "optimization": {"method": "grid", "parameters": PARAMETERS, "constraints": CONSTRAINTS},
    }


def test_the_order_of_submission_changes_no_row(tmp_path: Path) -> None:
    source = tmp_path / "market.parquet"
    MARKET.frame().to_parquet(source)
    rows = {}
    for ordered in (True, False):
        plan = config(source, deterministic_ordering=ordered)
        rows[ordered] = rows_of(aj.run_optimization(plan, n_jobs=2, out=tmp_path / str(ordered)))
        stored = pd.read_parquet(tmp_path / str(ordered) / "results.parquet")
        assert sorted(stored["index"]) == list(range(ROWS))
        assert not ordered or list(stored["index"]) == list(range(ROWS))
    assert sorted(rows[False], key=lambda row: int(row["index"])) == rows[True]


def test_the_same_work_has_the_same_identity_in_any_grid(clean: Any) -> None:
    data = aj.load(MARKET.frame())
    part = aj.grid(
        "sma_crossover",
        data,
        {"fast_period": [5], "slow_period": [20], "position_size": [1.0]},
        master_seed=42,
        **COSTS,
    ).frame.iloc[0]
    whole = clean.frame.query("fast_period == 5 and slow_period == 20 and position_size == 1.0").iloc[0]
    assert part["result_hash"] == whole["result_hash"]
    assert (part["container_id"], part["seed"]) == (whole["container_id"], whole["seed"])
