"""A container that fails is a row that says why; its neighbours keep every bit."""

import inspect
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import admf_jit as aj
from tests.contract import samples
from tests.contract.fingerprint import COSTS, rows_of
from tests.contract.samples import MARKET, Fragile, Scripted


def market() -> pd.DataFrame:
    """Make a market whose bar 100 is the one that `Fragile` stumbles over."""
    frame = MARKET.frame()
    frame["volume"] = 1000.0
    frame.iloc[100, frame.columns.get_loc("volume")] = 5000.0
    return frame


def line_of(text: str) -> int:
    lines, start = inspect.getsourcelines(samples)
    (place,) = [number for number, line in enumerate(lines, start=max(start, 1)) if text in line]
    return place


def without_place(rows: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    return {row["container_id"]: {k: v for k, v in row.items() if k != "index"} for row in rows}


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_error_in_a_strategy_stays_in_its_row(n_jobs: int) -> None:
    data = aj.load(market())
    clean = aj.grid(Fragile, data, {"trouble": [-4, 0, 5]}, n_jobs=1, **COSTS)
    many = aj.grid(Fragile, data, {"trouble": [-4, 0, 1, 2, 5]}, n_jobs=n_jobs, batch_size=5, **COSTS)
    assert list(many.frame["status"]) == ["ok", "ok", "failed", "failed", "ok"]
    rows = without_place(rows_of(many))
    for container, row in without_place(rows_of(clean)).items():
        assert row["error"] == rows[container]["error"]
        assert row == rows[container]
    zero, value = many.frame["error"].iloc[2], many.frame["error"].iloc[3]
    assert "ZeroDivisionError" in zero and "ValueError" in value
    assert "this parameter is not for this market" in value
    for error, text in ((zero, "share = 10 //"), (value, "raise ValueError(")):
        assert "samples.py" in error and str(line_of(text)) in error, error
    assert many.frame.loc[[2, 3], "final_equity":"slippage_paid"].isna().all(axis=None)


def instructions(closes: list[float], by_bar: dict[int, float]) -> pd.DataFrame:
    times = pd.date_range("2024-01-01", periods=len(closes), freq="D", tz="UTC", name="time")
    frame = pd.DataFrame({name: closes for name in ("open", "high", "low", "close")}, index=times)
    frame["volume"] = [by_bar.get(bar, 0.0) for bar in range(len(closes))]
    return frame


def test_a_bankrupt_short_is_a_failed_row() -> None:
    frame = instructions([10.0, 10.0, 15.0, 25.0, 5.0], {0: 3.0})
    sizes = {"position_size": [0.2, 1.0, 0.5]}
    many = aj.grid(Scripted, aj.load(frame), sizes, n_jobs=1)
    # short f * cash / 10 at 10: at 25 the equity is cash * (1 - 1.5 f)
    assert list(many.frame["status"]) == ["ok", "failed", "ok"]
    assert many.frame["error"].iloc[1]
    clean = aj.grid(Scripted, aj.load(frame), {"position_size": [0.2, 0.5]}, n_jobs=1)
    rows = without_place(rows_of(many))
    assert all(rows[container] == row for container, row in without_place(rows_of(clean)).items())


def overflow_config(source: Path, size: list[float], capacity: int) -> dict[str, Any]:
    return {
        "name": "overflow",
        "data": {"source": str(source)},
        "strategy": {"type": "momentum", "parameters": {"period": 2, "allow_short": True}},
        "execution": {"event_capacity": capacity},
        "optimization": {"method": "grid", "parameters": {"threshold": size}},
    }


def test_a_full_event_bus_is_a_failed_row(tmp_path: Path) -> None:
    # Rises by 10 % at first, and only the lower threshold sees the later falls, which reverse its position.
    closes = [100.0, 110.0, 121.0, 133.0, 130.0, 127.0, 124.0, 121.0]
    source = tmp_path / "market.parquet"
    instructions(closes, {}).to_parquet(source)
    small = aj.run_optimization(overflow_config(source, [0.01, 0.1], 1), n_jobs=1, out=tmp_path / "small")
    large = aj.run_optimization(overflow_config(source, [0.01, 0.1], 64), n_jobs=1, out=tmp_path / "large")
    assert list(small.frame["status"]) == ["failed", "ok"]
    assert list(large.frame["status"]) == ["ok", "ok"]
    assert "event_capacity" in small.frame["error"].iloc[0]
    # The capacity is part of what a container is, so identities differ; what came of it does not.
    identity = ("container_id", "seed", "result_hash")
    survivor, same = ({k: v for k, v in rows_of(run)[1].items() if k not in identity} for run in (small, large))
    assert survivor == same
