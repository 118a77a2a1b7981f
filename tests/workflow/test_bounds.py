"""`intrabar: bounds`: rows, replays and verifications of containers that are run under two conventions."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import admf_jit as aj
from admf_jit.results.spread import SPREAD_NAMES
from admf_jit.workers import batch
from admf_jit.workflow import replay, verify
from admf_kernels.constants import METRIC_NAMES, Intrabar, Outcome
from tests.workflow.runs import run

#: A stop and a target so near that many a bar touches both.
EXITS = {"stop_loss": 0.01, "take_profit": 0.01}


def guarded(**execution: Any) -> dict[str, Any]:
    return {
        "name": "guarded",
        "data": {"source": "sample", "symbols": ["ALFA"], "timeframe": "1d"},
        "strategy": {"type": "sma_crossover"},
        "execution": execution,
        "exits": EXITS,
        "optimization": {"objective": "sharpe_ratio", "parameters": {"fast_period": [3, 5]}},
    }


def swept(*values: str) -> dict[str, Any]:
    config = guarded()
    config["optimization"]["parameters"]["execution.intrabar"] = list(values)
    return config


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    directory = tmp_path_factory.mktemp("bounds") / "run"
    done = run(swept("stop_first", "target_first", "bounds"), directory, n_jobs=1, batch_size=4)
    return directory, done.table.to_pandas()


def of(frame: Any, intrabar: str) -> Any:
    return frame[frame["execution.intrabar"] == intrabar].reset_index(drop=True)


def test_bounds_hold_both_conventions(stored: tuple[Path, Any]) -> None:
    frame = stored[1]
    assert list(frame.columns[-5:]) == [*SPREAD_NAMES, "result_hash"]
    stop, target, bounds = (of(frame, name) for name in ("stop_first", "target_first", "bounds"))
    for name in METRIC_NAMES:
        np.testing.assert_array_equal(bounds[name], stop[name], name)
    for name in ("final_equity", "total_return"):
        assert (stop[name] != target[name]).all(), "the two conventions differ on this data"
        np.testing.assert_array_equal(bounds[f"{name}_low"], np.minimum(stop[name], target[name]))
        np.testing.assert_array_equal(bounds[f"{name}_high"], np.maximum(stop[name], target[name]))
    assert stop[list(SPREAD_NAMES)].isna().all(axis=None)


def test_other_runs_have_no_such_columns_and_the_same_hashes(stored: tuple[Path, Any], tmp_path: Path) -> None:
    alone = run(swept("stop_first", "target_first"), tmp_path / "alone", n_jobs=1).table.to_pandas()
    assert not set(SPREAD_NAMES) & set(alone.columns)
    mixed = stored[1].set_index("container_id")
    for row in alone.itertuples():
        assert mixed.loc[row.container_id, "result_hash"] == row.result_hash


def test_a_row_of_bounds_is_replayed_and_verified(stored: tuple[Path, Any]) -> None:
    directory, frame = stored
    row = of(frame, "bounds").iloc[0]
    one = replay(directory, row["index"])
    assert list(one.metrics) == [*METRIC_NAMES, *SPREAD_NAMES]
    assert one.result_hash == row["result_hash"]
    assert [one.metrics[name] for name in SPREAD_NAMES] == [row[name] for name in SPREAD_NAMES]
    assert one.equity.iloc[-1] == one.metrics["final_equity"], "the events are those of stop_first"
    assert verify(directory).differences == []


def test_the_hash_is_of_the_bounds_too(stored: tuple[Path, Any]) -> None:
    directory, frame = stored
    one = replay(directory, of(frame, "bounds").iloc[0]["index"])
    before = one.result_hash
    one.metrics["final_equity_high"] = float(np.nextafter(one.metrics["final_equity_high"], np.inf))
    assert one.result_hash != before


def test_workers_and_batches_change_no_byte(stored: tuple[Path, Any], tmp_path: Path) -> None:
    config = swept("stop_first", "target_first", "bounds")
    run(config, tmp_path / "run", n_jobs=2, batch_size=1)
    assert (tmp_path / "run" / "results.parquet").read_bytes() == (stored[0] / "results.parquet").read_bytes()


def test_a_second_run_that_fails_is_a_failed_row(
    stored: tuple[Path, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = batch.run_inputs

    def fails_under_target_first(module: Any, data: Any, inputs: Any, ring: Any, **how: Any) -> Any:
        metrics, outcomes = genuine(module, data, inputs, ring, **how)
        second = inputs.settings["intrabar"] == Intrabar.TARGET_FIRST
        outcomes[second, 0], outcomes[second, 1] = Outcome.EQUITY_EXHAUSTED, 9
        return metrics, outcomes

    monkeypatch.setattr(batch, "run_inputs", fails_under_target_first)
    # The function that fails is that of containers which share nothing.
    config = guarded(intrabar="bounds", optimization_phase={"isolation": "full"})
    frame = run(config, tmp_path / "run", n_jobs=1).table.to_pandas()
    assert set(frame["status"]) == {"failed"}
    assert frame["error"].str.startswith("under intrabar target_first, the second run of bounds: equity is used").all()
    assert frame["error"].str.contains("(bar 9, ", regex=False).all()
    assert frame[["final_equity", *SPREAD_NAMES]].isna().all(axis=None)


def test_one_backtest_of_bounds() -> None:
    data = aj.load("sample", symbols=["ALFA"], timeframe="1d")
    one = aj.backtest("sma_crossover", data, parameters={"fast_period": 3}, exits=EXITS, intrabar="bounds")
    assert one.metrics["final_equity_low"] < one.metrics["final_equity_high"]
    assert one.metrics["final_equity"] in (one.metrics["final_equity_low"], one.metrics["final_equity_high"])
