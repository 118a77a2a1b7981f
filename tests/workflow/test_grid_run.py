"""A sweep from its configuration to its table, its manifest and its exit status."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

import admf_jit as aj
from admf_jit.cli import main
from admf_jit.config import load_config
from admf_jit.data import write_store
from admf_jit.errors import WorkerError
from admf_jit.results.ranking import best_rows
from admf_jit.workers import batch
from admf_jit.workers.batch import RESULT_NAMES
from admf_jit.workers.executors import choice
from admf_jit.workflow import run_grid, run_single, validate
from admf_jit.workflow.prepare import prepare
from admf_kernels.constants import METRIC_NAMES
from tests.workflow.runs import STRATEGY, moody, results_of, run

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
SMALLER = {
    "quickstart": ["optimization.parameters.fast_period=[5, 9]", "optimization.parameters.slow_period=[20, 40]"],
    "minute_grid": ["optimization.parameters.fast_period=[5, 9]", "optimization.parameters.slow_period=[20]"],
    "rsi_reversion": ["optimization.parameters.period=[7]"],
    "bollinger_reversion": ["optimization.parameters.period=[10]"],
    "donchian_breakout": [],
    "vectorbt_preset": ["optimization.parameters.fast_period=[5]"],
    "backtesting_py_preset": ["optimization.parameters.fast_period=[5]"],
    "guarded_breakout": ["optimization.parameters.entry_period=[20]"],
    "intraday_crossover": ["data.end=2015-03-01"],
    "leveraged_breakout": [],
    "rules": ["optimization.parameters.period=[2]"],
}  # fmt: skip


def test_every_example_is_executed_here() -> None:
    assert {path.stem for path in CONFIGS.glob("*.yaml")} == {*SMALLER, "single_backtest", "workflow"}


@pytest.mark.parametrize("name", SMALLER)
def test_an_example_runs(name: str, tmp_path: Path) -> None:

    config = load_config(CONFIGS / f"{name}.yaml", SMALLER[name])
    done = run_grid(config, out=tmp_path / "run", n_jobs=1)
    frame = done.table.to_pandas()
    assert set(frame["status"]) == {"ok"}
    assert len(frame) == len(done.prepared.grid) > 5
    assert (frame["n_trades"] > 0).any()
    assert frame["container_id"].is_unique
    assert list(frame.columns[:5]) == ["index", "container_id", "seed", "status", "error"]
    columns = done.prepared.result_names
    assert columns == (RESULT_NAMES if name == "guarded_breakout" else METRIC_NAMES)
    assert list(frame.columns[-1 - len(columns) :]) == [*columns, "result_hash"]


def test_limits_of_another_strategy_are_said_to_limit_nothing(tmp_path: Path) -> None:
    config = load_config({**moody(tmp_path), "containers": {"another_one": {"resources": {"memory_limit": "2GB"}}}})
    assert [note for note in validate(config)["notes"] if note.startswith("containers.another_one limits nothing here")]
    with pytest.warns(UserWarning, match=r"containers\.another_one limits nothing here: the strategy is .*Moody"):
        run_grid(config, out=tmp_path / "run", n_jobs=1)


def test_the_example_of_one_backtest_runs() -> None:
    one = run_single(load_config(CONFIGS / "single_backtest.yaml"))
    assert one.status == "ok"
    assert one.metrics["n_trades"] > 0
    assert one.parameters == {"fast_period": 8, "slow_period": 21, "signal_period": 5, "allow_short": False}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("strategy")


@pytest.fixture(scope="module")
def clean(folder: Path) -> tuple[Path, Any]:
    directory = folder / "clean"
    return directory, run(moody(folder), directory, n_jobs=1)


@pytest.mark.parametrize(("n_jobs", "batch_size"), [(1, 1), (1, 7), (2, 2), (2, None)])
def test_workers_and_batches_change_no_byte(
    folder: Path, clean: Any, tmp_path: Path, n_jobs: int, batch_size: int | None
) -> None:
    done = run(moody(folder), tmp_path / "run", n_jobs=n_jobs, batch_size=batch_size)
    assert results_of(tmp_path / "run") == results_of(clean[0])
    workers = done.manifest["workers"]
    assert 1 <= workers["processes"] <= n_jobs
    # What is forked from this process has what was compiled in it, or loaded.
    hits = workers["processes"] if done.manifest["timings"]["compiled_from_cache"] else 0
    assert (workers["cache_hits"], workers["cache_misses"]) == (hits, workers["processes"] - hits)
    assert workers["events"] == clean[1].manifest["workers"]["events"] > 12 * 250 * 2


def test_rows_in_the_order_they_finish_hold_the_same(folder: Path, clean: Any, tmp_path: Path) -> None:
    config = moody(folder)
    config["workflow"]["reproducibility"]["deterministic_ordering"] = False
    run(config, tmp_path / "run", n_jobs=2, batch_size=1)
    found = pd.read_parquet(tmp_path / "run" / "results.parquet").sort_values("index", ignore_index=True)
    pd.testing.assert_frame_equal(found, pd.read_parquet(clean[0] / "results.parquet"))


def test_a_failing_container_leaves_its_neighbours_alone(folder: Path, clean: Any, tmp_path: Path) -> None:
    config = moody(folder, period=[3, 5, 8], trouble=[0, 1], position_size=[0.5, 1.0])
    done = run(config, tmp_path / "run", n_jobs=1)
    assert done.failed == 6
    frame = done.table.to_pandas()
    failed, fine = frame[frame["trouble"] == 1], frame[frame["trouble"] == 0]
    assert set(failed["status"]) == {"failed"} and set(fine["status"]) == {"ok"}
    assert failed["error"].str.contains("ValueError: trouble came at ").all()
    assert failed["error"].str.contains(r"moody\.py:15").all()
    assert failed["error"].str.contains("(bar 50, ", regex=False).all()
    assert failed[list(METRIC_NAMES)].isna().all(axis=None)
    whole = clean[1].table.to_pandas().set_index("container_id")
    for row in fine.itertuples():
        assert whole.loc[row.container_id, "result_hash"] == row.result_hash


def test_the_exit_status_says_whether_a_container_failed(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(moody(folder, period=[3], trouble=[0, 1])))
    assert main(["grid", str(path), "--out", str(tmp_path / "a"), "--n-jobs", "1"]) == 1
    fixed = ["--set", "optimization.parameters.trouble=[0, 2]", "--set", "account.cash=500"]
    assert main(["grid", str(path), "--out", str(tmp_path / "b"), "--n-jobs", "1", *fixed]) == 0
    frame = pd.read_parquet(tmp_path / "b" / "results.parquet")
    assert list(frame["trouble"]) == [0, 2]
    assert (frame["final_equity"] < 2_000.0).all()
    assert main(["grid", str(path), "--out", str(tmp_path / "c"), "--set", "acount.cash=500"]) == 2
    assert "account" in capsys.readouterr().err


def test_parameters_that_an_indicator_refuses_are_rows(tmp_path: Path) -> None:
    config = moody(tmp_path)
    config["strategy"] = {"type": "macd_cross"}
    config["optimization"]["parameters"] = {"fast_period": [5, 30], "slow_period": [20, 30]}
    done = run(config, tmp_path / "run", n_jobs=1)
    frame = done.table.to_pandas()
    assert list(frame["status"]) == ["ok", "ok", "failed", "failed"]
    assert "fast_period 30 must be below slow_period 20" in frame["error"][2]


def test_a_warm_up_longer_than_the_data_trades_nothing(folder: Path, tmp_path: Path) -> None:
    done = run(moody(folder, period=[5, 10_000]), tmp_path / "run", n_jobs=1)
    frame = done.table.to_pandas()
    assert list(frame["status"]) == ["ok", "ok"]
    assert frame["n_trades"][1] == 0.0
    assert np.isnan(frame["sharpe_ratio"][1])
    best = best_rows(done.table, "sharpe_ratio", "maximize", 2)
    assert [row["period"] for row in best] == [5, 10_000], "rows without a value come last"
    assert [row["period"] for row in best_rows(done.table, "sharpe_ratio", "minimize", 2)] == [5, 10_000]


@pytest.mark.parametrize("how", ["file", "module"])
def test_a_strategy_by_file_and_by_module(
    clean: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    package = tmp_path / "my_package_of_moods"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "inner.py").write_text(STRATEGY)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    named = "my_package_of_moods/inner.py:Moody" if how == "file" else "my_package_of_moods.inner:Moody"
    config = {**moody(tmp_path), "strategy": {"type": named}}
    done = run(config, tmp_path / "run", n_jobs=2, batch_size=3)
    column = done.table.column("result_hash").to_pylist()
    assert column == clean[1].table.column("result_hash").to_pylist(), "where the class lies is not what it is"


def test_validate_compiles_and_runs_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any, **settings: Any) -> None:
        raise AssertionError("validate compiled a strategy")

    for name in ("compile_strategy", "compile_shared", "compile_over_columns", "compile_engine"):
        monkeypatch.setattr(f"admf_jit.workflow.prepared.{name}", refuse)
    found = validate(load_config(moody(folder)))
    assert "compiler" in found["not_checked"]
    assert (found["containers"], found["strategy"], found["symbols"]) == (12, "Moody", ["ALFA"])
    assert found["swept"] == ["period", "position_size"]


def test_a_value_that_does_not_fit_is_refused_by_its_key(folder: Path) -> None:
    with pytest.raises(aj.ConfigError, match=r"optimization\.parameters\.period\[1\]: ta\.sma: period 0: expected"):
        validate(load_config(moody(folder, period=[3, 0])))


def test_few_stores_stay_mapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_mapped", {})
    monkeypatch.setattr(batch, "_MOST_STORES", 2)
    config = moody(tmp_path)
    first = results_of(run(config, tmp_path / "first", n_jobs=1).directory)
    for end in ("2016-10-31", "2016-11-30", "2016-12-01"):
        config["data"]["end"] = end
        run(config, tmp_path / end, n_jobs=1)
        assert len(batch._mapped) <= 2
    again = run(moody(tmp_path), tmp_path / "again", n_jobs=1)
    assert results_of(again.directory) == first


@pytest.mark.parametrize("workers", [False, True])
def test_a_store_that_others_come_to_the_place_of_is_not_mixed_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: bool
) -> None:
    if workers:
        monkeypatch.setattr(choice, "MOST_FORKED_BYTES", 0)
    store, data = tmp_path / "bars", aj.load("sample", symbols=["ALFA"], timeframe="1d")
    found = []
    short = aj.load("sample", symbols=["ALFA"], timeframe="1d", end="2017-12-31")
    for number, bars in enumerate((data, short)):
        write_store(bars, store)
        config = moody(tmp_path) | {"data": {"source": str(store)}}
        found.append(run(config, tmp_path / f"run-{number}", n_jobs=2).table)
        expected = run(
            config | {"data": {"source": str(write_store(bars, tmp_path / f"bars-{number}"))}},
            tmp_path / f"own-{number}",
            n_jobs=2,
        ).table
        assert found[-1]["result_hash"] == expected["result_hash"]
    assert found[0]["result_hash"] != found[1]["result_hash"]


def test_a_batch_over_other_bars_than_its_sweep_began_with_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = write_store(aj.load("sample", symbols=["ALFA"], timeframe="1d", end="2017-12-31"), tmp_path / "bars")
    prepared = prepare(load_config(moody(tmp_path) | {"data": {"source": str(store)}}))
    task = prepared.task([prepared.grid.container(0)], prepared.limits(1))
    write_store(aj.load("sample", symbols=["ALFA"], timeframe="1d"), store)
    monkeypatch.setattr(batch, "_mapped", {})
    with pytest.raises(WorkerError, match="holds other bars than when this sweep began"):
        batch.load_task(task)
