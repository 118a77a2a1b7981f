"""What a sweep hands to other programs, and where two of its rows part."""

import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import admf_jit as aj
from admf_jit.errors import ConfigError, ResultsError

VALUES = {"fast_period": [5, 8], "slow_period": [20, 30]}


@pytest.fixture(scope="module")
def data() -> aj.MarketData:
    return aj.load("sample", symbols=["ALFA"], timeframe="1d").select(end="2016-12-31")


@pytest.fixture(scope="module")
def many(data: aj.MarketData) -> Any:
    return aj.grid("sma_crossover", data, VALUES, master_seed=4)


def test_duckdb_has_the_table(many: Any, tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    path = tmp_path / "runs.db"
    many.to_duckdb(path, table="averages")
    with pytest.raises(ResultsError, match="averages.*already exists.*replace=True"):
        many.to_duckdb(str(path), table="averages")
    many.to_duckdb(path, table="averages", replace=True)
    with duckdb.connect(str(path)) as connection:
        many.to_duckdb(connection, table="again")
        for table in ("averages", "again"):
            rows = connection.sql(f"select * from {table}").df()
            assert rows["container_id"].tolist() == many.frame["container_id"].tolist()
            assert np.array_equal(rows["sharpe_ratio"], many.frame["sharpe_ratio"], equal_nan=True)
            assert list(rows) == list(many.frame)
        assert {name for (name,) in connection.sql("show tables").fetchall()} == {"averages", "again"}


@pytest.mark.parametrize(
    ("target", "table", "said"),
    [("x.db", 'a"; drop', "expected a name of letters"), (5, "a", "5 is no database; expected a path or a connection")],
)
def test_what_is_no_table_or_database_is_refused(many: Any, target: Any, table: str, said: str) -> None:
    pytest.importorskip("duckdb")
    with pytest.raises(ConfigError, match=said):
        many.to_duckdb(target, table)


class Mlflow(types.ModuleType):
    """Notes what is logged to it, and refuses what MLflow refuses: texts as metrics."""

    def __init__(self) -> None:
        super().__init__("mlflow")
        self.params: dict[str, str] = {}
        self.metrics: dict[str, float] = {}
        self.tags: dict[str, str] = {}
        self.artifacts: list[str] = []
        self.named: list[Any] = []
        self.info = types.SimpleNamespace(run_id="run-1")
        self.log_params, self.set_tags = self.params.update, self.tags.update

    def set_experiment(self, name: str) -> None:
        self.named.append(name)

    def start_run(self, run_name: str) -> "Mlflow":
        self.named.append(run_name)
        return self

    def log_metrics(self, metrics: dict[str, float]) -> None:
        assert all(type(value) is float and np.isfinite(value) for value in metrics.values())
        self.metrics |= metrics

    def log_artifact(self, path: str) -> None:
        assert Path(path).is_file()
        self.artifacts.append(Path(path).name)

    def __enter__(self) -> "Mlflow":
        return self

    def __exit__(self, *exception: object) -> None:
        self.named.append("ended")


def test_mlflow_has_one_run(many: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = Mlflow()
    monkeypatch.setitem(sys.modules, "mlflow", fake)
    assert many.to_mlflow(experiment="averages", run_name="first") == "run-1"
    assert fake.named == ["averages", "first", "ended"]
    assert fake.params["swept.fast_period"] == "[5, 8]" and fake.params["master_seed"] == "4"
    assert fake.metrics["containers"] == 4.0 and fake.metrics["failed"] == 0.0
    assert fake.metrics["best.sharpe_ratio"] == many.frame["sharpe_ratio"].max()
    assert {"manifest.json", "results.parquet"} <= set(fake.artifacts)
    assert fake.tags["admf_jit.data"] == many.manifest["data"]["digest"]


@pytest.mark.parametrize(("package", "call"), [("duckdb", "to_duckdb"), ("mlflow", "to_mlflow")])
def test_a_missing_package_is_named(many: Any, monkeypatch: pytest.MonkeyPatch, package: str, call: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ConfigError, match=rf"{call}: needs the package {package}: pip install 'admf_jit\["):
        getattr(many, call)(**({"target": "x.db"} if package == "duckdb" else {}))


def test_two_rows_part_at_their_first_different_event(many: Any, data: aj.MarketData) -> None:
    found = many.diff(0, 2)
    one, other = many.container(0).events, many.container(2).events
    columns = ["kind", "bar", "order", "price", "quantity", "value", "fee"]
    unlike = (one[columns].head(len(other)) != other[columns].head(len(one))).any(axis=1)
    first = one.loc[unlike.idxmax()]
    assert not found.same and found.parting.bar == first["bar"]
    assert found.settings["strategy.parameters.fast_period"] == (5, 8)
    assert set(found.events["side"]) == {"A", "B"} and found.events["kind"].iloc[0] == first["kind"]
    assert f"they part at bar {first['bar']}" in repr(found) and "fast_period: 5, 8" in repr(found)
    same = aj.diff(many.container(1), many.container(1))
    assert same.same and not len(same.events) and repr(same) == "the same events, bit for bit\nsettings: the same"
    own = aj.backtest("sma_crossover", data, parameters={"fast_period": 5, "slow_period": 20}, commission=0.01)
    assert set(aj.diff(many.container(0), own).settings) >= {"account.commission.rate"}
    with pytest.raises(ResultsError, match=r"diff: GridResult is no result.*many\.diff\(3, 17\)"):
        aj.diff(many, own)
