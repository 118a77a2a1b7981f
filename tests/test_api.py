# ruff: noqa: E501
"""The Python interface: what each function takes, gives back and refuses."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit.cli.main import main
from admf_jit.results import scratch
from admf_jit.strategies.builtin.sma_crossover import SmaCrossover
from admf_jit.testing import generate_test_data
from admf_jit.workflow import replay
from admf_kernels.constants import METRIC_NAMES

GRID = {"fast_period": [3, 5], "slow_period": range(8, 17, 8)}


@pytest.fixture(scope="module")
def data() -> Any:
    return generate_test_data(200, seed=4)


def test_every_public_name_is_there() -> None:
    for name in aj.__all__:
        assert getattr(aj, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = aj.nothing  # type: ignore[attr-defined]


def test_a_strategy_by_name_class_or_instance_is_the_same(data: Any) -> None:
    values = {"fast_period": 4, "slow_period": 12}
    results = [
        aj.backtest("sma_crossover", data, parameters=values),
        aj.backtest(SmaCrossover, data, parameters=values),
        aj.backtest(SmaCrossover(**values), data),  # type: ignore[arg-type]
        aj.backtest(SmaCrossover(fast_period=9, slow_period=12), data, parameters={"fast_period": 4}),  # type: ignore[call-arg]
    ]
    assert len({one.result_hash for one in results}) == 1
    assert list(results[0].metrics) == list(METRIC_NAMES)


def test_data_by_frame_path_or_object_is_the_same(data: Any, tmp_path: Path) -> None:
    frame = data.frame()
    frame.to_parquet(tmp_path / "bars.parquet")
    hashes = {
        aj.backtest("buy_and_hold", source).metrics["final_equity"]
        for source in (data, frame, tmp_path / "bars.parquet")
    }
    assert len(hashes) == 1


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("cash", 5_000),
        ("commission", {"type": "percent", "rate": 0.002}),
        ("slippage", {"type": "fixed", "amount": 0.05}),
        ("position_size", 0.3),
        ("lot_size", 7),
        ("fill", "same_close"),
        ("close_at_end", True),
    ],
)
def test_every_setting_has_an_effect(data: Any, setting: str, value: Any) -> None:
    values = {"fast_period": 3, "slow_period": 8}
    plain = aj.backtest("sma_crossover", data, parameters=values)
    changed = aj.backtest("sma_crossover", data, parameters=values, **{setting: value})
    assert changed.error is None
    assert changed.metrics != plain.metrics
    assert changed.container_id != plain.container_id


def test_a_small_event_capacity_has_an_effect(data: Any) -> None:
    values = {"fast_period": 3, "slow_period": 8, "allow_short": True}
    tight = aj.backtest("sma_crossover", data, parameters=values, event_capacity=1, raise_errors=False)
    assert tight.error is not None and "event_capacity" in tight.error
    with pytest.raises(aj.BacktestError, match="event_capacity") as raised:
        aj.backtest("sma_crossover", data, parameters=values, event_capacity=1)
    assert raised.value.result.error == tight.error == str(raised.value)


def test_a_symbol_is_chosen() -> None:
    sample = aj.load("sample", timeframe="1d", start="2016-01-01", end="2016-06-30")
    assert len(sample.symbols) > 1
    results = {symbol: aj.backtest("buy_and_hold", sample, symbol=symbol) for symbol in sample.symbols}
    assert len({one.metrics["total_return"] for one in results.values()}) == len(sample.symbols)
    assert results["BETA"].data.symbols == ("BETA",)
    with pytest.raises(aj.AdmfError):
        aj.backtest("buy_and_hold", sample, symbol="BETTA")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda data: aj.backtest("sma_crossover", data, csh=5), "cash"),
        (lambda data: aj.backtest("sma_crossover", data, parameters={"fast_perid": 5}), "fast_period"),
        (lambda data: aj.backtest("sma_crossover", data, parameters={"fast_period": 2.5}), "a whole number"),
        (lambda data: aj.backtest("sma_crosover", data), "sma_crossover"),
        (lambda data: aj.backtest("sma_crossover", data, fill="next_opne"), "next_open"),
        (lambda data: aj.backtest("sma_crossover", "no_such_file.csv"), "no_such_file.csv"),
        (lambda data: aj.grid("sma_crossover", data, {"fast_perid": [5]}), "fast_period"),
        (lambda data: aj.grid("sma_crossover", data, {"fast_period": [5]}, constraints=["fast_perid < 3"]), "fast_period"),
        (lambda data: aj.grid("sma_crossover", data, {"fast_period": [5]}, objective="sharp_ratio"), "sharpe_ratio"),
        (lambda data: aj.grid("sma_crossover", data, {"fast_period": [5]}, direction="up"), "maximize"),
        (lambda data: aj.grid("sma_crossover", data, {"fast_period": range(10**12)}), "at most 1,000,000 values"),
        (lambda data: aj.grid("sma_crossover", data, {"fast_period": itertools.count()}), "more than 1,000,000 values"),
        (lambda data: aj.grid("sma_crossover", data, {"fast_period": range(10**6), "slow_period": range(10**6)}),
         "1,000,000 x 1,000,000 = 1,000,000,000,000 containers"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_with_what_was_expected(data: Any, call: Any, message: str) -> None:
    with pytest.raises(aj.AdmfError) as refused:
        call(data)
    assert message in str(refused.value)


@pytest.fixture(scope="module")
def many(data: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    out = tmp_path_factory.mktemp("grid") / "run"
    return aj.grid(
        SmaCrossover(slow_period=12),
        data,
        {"fast_period": [3, 5, 9], "position_size": [0.5, 1.0]},
        out=out,
        master_seed=5,
        n_jobs=1,
        cash=1000,
    )  # type: ignore[call-arg]


def test_a_grid_has_a_row_for_each_container(many: Any) -> None:
    assert len(many) == len(many.frame) == 6
    assert many.failed == 0
    assert list(many.frame["position_size"]) == [0.5, 1.0] * 3
    assert (many.directory / "results.parquet").exists()
    assert many.manifest["config"]["account"]["cash"] == 1000
    assert many.manifest["config"]["strategy"]["parameters"]["slow_period"] == 12
    assert repr(many).splitlines() == [
        f"GridResult(6 containers, 0 failed, {many.directory})",
        "warning: 2 of 6 rows had orders cut to what the account could pay, 5 of 34",
    ]


def test_a_row_is_replayed_by_index_or_id(many: Any) -> None:
    for index in (0, 5, np.int64(3)):
        assert many.container(index).result_hash == many.frame["result_hash"][int(index)]
    assert many.container(many.frame["container_id"][2]).seed == many.frame["seed"][2]
    with pytest.raises(KeyError, match="no container 'zzz'"):
        many.container("zzz")


def test_best_rows_come_first(many: Any) -> None:
    assert many.best(3)["sharpe_ratio"].is_monotonic_decreasing
    assert len(many.best(3)) == 3 and len(many.best()) == 6
    assert many.best(1)["sharpe_ratio"].iloc[0] == many.frame["sharpe_ratio"].max()


def test_objective_direction_and_name(data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(scratch, "cache_root", lambda: tmp_path / "cache")
    least = aj.grid("sma_crossover", data, GRID, objective="turnover", direction="minimize", name="least", n_jobs=1)
    assert least.best()["turnover"].is_monotonic_increasing
    assert least.directory == tmp_path / "cache" / "runs" / "least-1"
    assert [entry.name for entry in tmp_path.iterdir()] == ["cache"]
    assert len(least) == 4


def test_the_seed_and_constraints_of_a_grid(data: Any, tmp_path: Path) -> None:
    one = aj.grid(
        "sma_crossover", data, GRID, constraints=["fast_period * 2 < slow_period"], out=tmp_path / "a", n_jobs=1
    )
    other = aj.grid(
        "sma_crossover",
        data,
        GRID,
        master_seed=9,
        deterministic_ordering=False,
        batch_size=1,
        out=tmp_path / "b",
        n_jobs=1,
    )
    assert (len(one), len(other)) == (3, 4)
    assert set(one.frame["seed"]).isdisjoint(other.frame["seed"])


def test_run_optimization_takes_a_file_or_a_mapping(tmp_path: Path) -> None:
    config = {
        "name": "optimized",
        "data": {"source": "sample", "symbols": ["ALFA"], "timeframe": "1d", "end": "2016-12-31"},
        "strategy": {"type": "sma_crossover"},
        "optimization": {"parameters": {"fast_period": [3, 5]}},
    }
    first = aj.run_optimization(config, n_jobs=1, batch_size=1, out=tmp_path / "a")
    import yaml

    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    second = aj.run_optimization(tmp_path / "config.yaml", n_jobs=1, out=tmp_path / "b")
    pd.testing.assert_frame_equal(first.frame, second.frame)
    again = aj.run_optimization(config, n_jobs=1, out=tmp_path / "a", resume=True)
    pd.testing.assert_frame_equal(first.frame, again.frame)


def swept(result: Any) -> list[tuple[Any, ...]]:
    names = ["fast_period", "slow_period"]
    return list(result.frame[names].itertuples(index=False, name=None))


@pytest.mark.parametrize(
    "constraints",
    [
        "fast_period * 2 < slow_period",
        lambda row: row.fast_period * 2 < row.slow_period,
        lambda row: np.bool_(row["fast_period"] * 2 < row["slow_period"]),
        lambda fast_period, slow_period: fast_period * 2 < slow_period,
        [lambda row: row.fast_period * 2 < row.slow_period, "slow_period > 0"],
    ],
)
def test_a_constraint_is_a_text_or_a_function(data: Any, tmp_path: Path, constraints: Any) -> None:
    many = aj.grid("sma_crossover", data, GRID, constraints=constraints, out=tmp_path / "run", n_jobs=1)
    assert swept(many) == [(3, 8), (3, 16), (5, 16)]
    # A run that a function decided is replayed without it.
    assert replay(tmp_path / "run", 2).result_hash == many.frame["result_hash"][2]


@pytest.mark.parametrize(
    ("constraints", "message"),
    [
        (lambda row: row.fast_perid > 2, "constraint <lambda>.*no 'fast_perid' in the row; did you mean 'fast_period'"),
        (lambda row: row["fast_perid"] > 2, "constraint <lambda>.*no 'fast_perid' in the row; did you mean 'fast_period'"),
        (lambda fast_period, slow: True, "takes 'slow'.*expected one argument"),
        (lambda row: None, "returned None; expected True or False"),
        (lambda row: False, "removes all of the 4 containers"),
        ([5], r"constraints\[0\]: is 5; expected a text"),
        ("fast_period <", "invalid syntax"),
    ],
)  # fmt: skip
def test_a_bad_constraint_is_refused_by_name(data: Any, tmp_path: Path, constraints: Any, message: str) -> None:
    with pytest.raises(aj.ConfigError, match=message) as refused:
        aj.grid("sma_crossover", data, GRID, constraints=constraints, out=tmp_path / "run")
    assert str(refused.value).count("\n") == 0


@pytest.mark.parametrize(
    "parameters",
    [
        {"fast_period": 3, "slow_period": [8, 16]},
        {"fast_period": np.int64(3), "slow_period": np.array([8, 16])},
        {"fast_period": (3,), "slow_period": pd.Series([8, 16])},
        {"fast_period": iter([3]), "slow_period": {"start": 8, "stop": 16, "step": 8}},
        [{"fast_period": 3, "slow_period": 8}, {"fast_period": 3, "slow_period": 16}],
        ({"fast_period": 3, "slow_period": slow} for slow in (8, 16)),
        [{"fast_period": 3, "slow_period": range(8, 17, 8)}],
        pd.DataFrame({"fast_period": [3, 3], "slow_period": [8, 16]}),
    ],
)
def test_a_grid_is_written_as_people_write_it(data: Any, tmp_path: Path, parameters: Any) -> None:
    many = aj.grid("sma_crossover", data, parameters, out=tmp_path / "run", n_jobs=1)
    assert swept(many) == [(3, 8), (3, 16)]
    hashes = [aj.backtest("sma_crossover", data, parameters={"fast_period": 3, "slow_period": slow}).result_hash
              for slow in (8, 16)]  # fmt: skip
    assert many.frame["result_hash"].tolist() == hashes


def test_a_text_is_one_value(tmp_path: Path) -> None:
    sample = aj.load("sample", timeframe="1d", start="2016-01-01", end="2016-06-30")
    many = aj.grid("sma_crossover", sample, {"symbol": "BETA", "fast_period": [3, 5]}, out=tmp_path / "run", n_jobs=1)
    assert many.frame["symbol"].tolist() == ["BETA", "BETA"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ("fast_period", "parameters: is 'fast_period'; expected a mapping"),
        (["fast_period"], r"parameters\[0\]: is 'fast_period'; expected a mapping"),
        (5, "parameters: is 5; expected a mapping"),
        ({3: [5]}, "parameters: name 3"),
        ({"fast_period": {"start": 3, "stop": 9}}, "fast_period.*step"),
    ],
)
def test_what_is_no_grid_is_refused(data: Any, parameters: Any, message: str) -> None:
    with pytest.raises(aj.ConfigError, match=message):
        aj.grid("sma_crossover", data, parameters)


def test_rows_are_ranked_by_a_function_of_the_row(data: Any, tmp_path: Path, capsys: Any) -> None:
    def calm(row: Any) -> float:
        return float(row.total_return - row["turnover"] / 100 + row.fast_period)

    many = aj.grid("sma_crossover", data, GRID, objective=calm, out=tmp_path / "run", n_jobs=1)
    frame = many.frame
    expected = (frame["total_return"] - frame["turnover"] / 100 + frame["fast_period"]).sort_values(ascending=False)
    assert many.best()["index"].tolist() == expected.index.tolist()
    assert many.best()["objective"].tolist() == pytest.approx(expected.tolist(), rel=1e-15)
    assert many.best(2, objective="turnover", direction="minimize")["turnover"].is_monotonic_increasing
    with pytest.raises(aj.ConfigError, match="'turn_over' is not a column .*did you mean 'turnover'"):
        many.best(objective="turn_over")
    with pytest.raises(aj.ConfigError, match="objective nothing: returned None for container 0; expected a number"):
        many.best(objective=nothing)
    main(["report", str(many.directory)])
    assert "was ranked by the function calm, which it does not keep" in capsys.readouterr().out


def nothing(row: Any) -> None:
    """Is no objective."""


def test_a_sweep_with_and_without_a_stop(data: Any, tmp_path: Path, capsys: Any) -> None:
    swept = {"exits.stop_loss": [None, 0.02], "account.commission": [0.001, None], "fast_period": 3, "slow_period": 8}
    many = aj.grid("sma_crossover", data, swept, out=tmp_path / "run", n_jobs=1)
    assert (
        many.frame["exits.stop_loss"].tolist()[2:] == [0.02, 0.02] and many.frame["exits.stop_loss"].isna().sum() == 2
    )
    parameters = {"fast_period": 3, "slow_period": 8}
    bare = aj.backtest("sma_crossover", data, parameters=parameters)
    costly = aj.backtest("sma_crossover", data, parameters=parameters, commission=0.001, exits={"stop_loss": 0.02})
    assert many.frame["result_hash"][1] == bare.result_hash
    assert many.frame["result_hash"][2] == costly.result_hash
    again = aj.open_run(many.directory)
    assert again.container(3).result_hash == many.frame["result_hash"][3]
    assert main(["report", str(many.directory)]) == 0 and main(["report", str(many.directory), "--json"]) == 0
    assert main(["verify", str(many.directory)]) == 0
