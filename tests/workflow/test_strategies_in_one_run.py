"""Several strategies, and several sets of data, in one run: one table, and the rows that each alone has."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from admf_jit.config import load_config, load_run
from admf_jit.errors import ConfigError
from admf_jit.results import RunDirectory
from admf_jit.workflow import GridRun, replay, run_grid, verify
from tests.workflow.runs import moody, results_of

OTHER = '''import admf_jit as aj
from admf_jit import ta


@aj.strategy
class Breakout:
    """Holds above the highest high of some bars, with dice of its own."""

    channel: int = 10
    top = ta.highest("channel")

    def on_bar(self, bar, position):
        if self.random.uniform() < 0.05:
            return aj.FLAT
        return bar.close >= self.top
'''


def two(folder: Path, **changes: Any) -> dict[str, Any]:
    """A run of two strategies: 6 containers of one, 4 of the other."""
    one = moody(folder)
    path = folder / "breakout.py"
    path.write_text(OTHER, encoding="utf-8")
    strategies = {
        "calm": {**one.pop("strategy"), "optimization": {"parameters": {"period": [2, 5, 8]}}},
        "bold": {"type": f"{path}:Breakout", "optimization": {"parameters": {"channel": [5, 20]}}},
    }
    swept = {"objective": "sharpe_ratio", "parameters": {"position_size": [0.5, 1.0]}}
    return {**one, "strategies": strategies, "optimization": swept, **changes}


def alone(config: dict[str, Any], name: str) -> dict[str, Any]:
    """The same run of one of its strategies."""
    fields = {key: value for key, value in config.items() if key != "strategies"}
    entry = config["strategies"][name]
    parameters = {**config["optimization"]["parameters"], **entry["optimization"]["parameters"]}
    return {**fields, "strategy": {"type": entry["type"]}, "optimization": {"parameters": parameters}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("strategies")


@pytest.fixture(scope="module")
def done(folder: Path) -> GridRun:
    return run_grid(load_run(two(folder)), out=folder / "two", n_jobs=1)


def test_one_table_has_the_rows_of_each_strategy_alone(folder: Path, done: GridRun) -> None:
    frame = done.table.to_pandas()
    assert frame["index"].tolist() == list(range(10))
    assert frame["strategy"].tolist() == ["calm"] * 6 + ["bold"] * 4
    assert frame["period"].isna().tolist() == [False] * 6 + [True] * 4
    assert frame["channel"].isna().tolist() == [True] * 6 + [False] * 4
    for name in ("calm", "bold"):
        one = run_grid(load_config(alone(two(folder), name)), out=folder / name, n_jobs=1).table.to_pandas()
        mine = frame[frame["strategy"] == name].reset_index(drop=True)
        assert (one["n_trades"] > 0).any()
        for column in one.columns.drop("index"):
            if column not in ("period", "channel"):
                pd.testing.assert_series_equal(mine[column], one[column], check_exact=True)
            else:
                assert mine[column].astype(int).tolist() == one[column].tolist()


def test_a_run_of_strategies_is_replayed_verified_and_accounted(folder: Path, done: GridRun) -> None:
    frame = done.table.to_pandas()
    for index in (1, 7):
        assert replay(done.directory, index).result_hash == frame.loc[index, "result_hash"]
    assert replay(done.directory, frame.loc[9, "container_id"]).parameters["channel"] == 20
    found = verify(done.directory)
    assert (found.checked, found.differences) == (10, [])
    assert {name: used["containers"] for name, used in done.manifest["accounting"].items()} == {"calm": 6, "bold": 4}


def test_the_manifest_gives_the_same_run_again(done: GridRun) -> None:
    stored = json.loads((done.directory / "manifest.json").read_text(encoding="utf-8"))
    again = load_run(stored["config"])
    for before, now in zip(done.sweeps.config.sweeps, again.sweeps, strict=True):
        assert now.config.model_copy(update={"containers": before.config.containers}) == before.config
        limits = [one.config.containers.resources_for(one.config.strategy.type) for one in (before, now)]
        assert limits[0] == limits[1]
    assert again.resolved() == stored["config"]
    assert [(one["strategy"], one["first"], one["containers"]) for one in stored["sweeps"]] == [
        ("calm", 0, 6),
        ("bold", 6, 4),
    ]


class StopError(Exception):
    """Ends a run in its middle."""


@pytest.mark.parametrize("after", [2, 8])
def test_a_run_goes_on_in_the_strategy_where_it_was(
    folder: Path, done: GridRun, tmp_path: Path, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = 0
    genuine = RunDirectory.add

    def stop(self: RunDirectory, results: Any) -> None:
        nonlocal added
        genuine(self, results)
        added += len(results)
        if added >= after:
            raise StopError

    with monkeypatch.context() as patch:
        patch.setattr(RunDirectory, "add", stop)
        with pytest.raises(StopError):
            run_grid(load_run(two(folder)), out=tmp_path / "run", n_jobs=1, batch_size=1)
    assert not (tmp_path / "run" / "results.parquet").exists()
    resumed = run_grid(load_run(two(folder)), out=tmp_path / "run", n_jobs=1, resume=True)
    assert results_of(tmp_path / "run") == results_of(done.directory)
    assert sum(used["containers"] for used in resumed.manifest["accounting"].values()) == 10 - after


def test_more_values_of_one_strategy_run_only_what_is_new(folder: Path, done: GridRun, tmp_path: Path) -> None:
    config = two(folder)
    run_grid(load_run(config), out=tmp_path / "run", n_jobs=1)
    config["strategies"]["calm"]["optimization"]["parameters"]["period"] = [2, 3, 5, 8]
    grown = run_grid(load_run(config), out=tmp_path / "run", n_jobs=1, resume=True)
    assert {name: used["containers"] for name, used in grown.manifest["accounting"].items()} == {"calm": 2, "bold": 0}
    old, new = (one.table.to_pandas().set_index("container_id") for one in (done, grown))
    assert len(new) == 12
    assert new.loc[old.index, "result_hash"].equals(old["result_hash"])
    assert new.loc[old.index, "period"].equals(old["period"])


def test_rows_move_with_the_order_of_strategies(folder: Path, done: GridRun, tmp_path: Path) -> None:
    config = two(folder)
    run_grid(load_run(config), out=tmp_path / "run", n_jobs=1)
    turned = two(folder, strategies=dict(reversed(config["strategies"].items())))
    resumed = run_grid(load_run(turned), out=tmp_path / "run", n_jobs=1, resume=True)
    run_grid(load_run(turned), out=tmp_path / "fresh", n_jobs=1)
    assert results_of(tmp_path / "run") == results_of(tmp_path / "fresh") != results_of(done.directory)
    assert sum(used["containers"] for used in resumed.manifest["accounting"].values()) == 0


def test_each_strategy_has_its_own_settings_and_limits(folder: Path, tmp_path: Path) -> None:
    config = two(folder, containers={"calm": {"resources": {"memory_limit": "96MB"}}, "defaults": {"resources": {}}})
    config["strategies"]["bold"]["account"] = {"commission": {"type": "percent", "rate": 0.01}, "cash": 5000}
    config["strategies"]["calm"]["optimization"]["parameters"] = {"period": [2, 5]}
    run = run_grid(load_run(config), out=tmp_path / "run", n_jobs=1)
    frame = run.table.to_pandas()
    by_strategy = frame.groupby("strategy")
    assert by_strategy["final_equity"].max()["bold"] < 20_000 < by_strategy["final_equity"].min()["calm"]
    assert run.manifest["accounting"]["calm"]["memory_limit"] == 96 * 2**20
    assert run.manifest["accounting"]["bold"]["memory_limit"] is None


def test_a_strategy_that_fails_leaves_the_others_alone(folder: Path, done: GridRun, tmp_path: Path) -> None:
    config = two(folder)
    config["strategies"]["calm"]["parameters"] = {"trouble": 1}
    run = run_grid(load_run(config), out=tmp_path / "run", n_jobs=1)
    frame, clean = run.table.to_pandas(), done.table.to_pandas()
    assert frame["status"].tolist() == ["failed"] * 6 + ["ok"] * 4
    assert frame["result_hash"][6:].equals(clean["result_hash"][6:])


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"strategy": {"type": "rsi_reversion"}}, "strategies: is given beside strategy"),
        ({"strategies": {}}, "strategies: is {}; expected a mapping of names"),
        ({"strategies": {"<script>": {"type": "rsi_reversion"}}}, "strategies: has the name '<script>'; expected"),
        ({"strategies": {"a": {"typ": "rsi_reversion"}}}, "strategies.a.typ: unknown key; did you mean 'type'"),
        (
            {"strategies": {"a": {"type": "rsi_reversion", "exitz": {}}}},
            "strategies.a.exitz: unknown key; did you mean",
        ),
        ({"strategies": {"a": {"parameters": {}}}}, "strategies.a.type: missing; expected the name"),
        (
            {"strategies": {"a": {"type": "rsi_reversion", "account": {"cahs": 5}}}},
            "strategies.a.account.cahs: unknown key; did you mean 'cash'",
        ),
        (
            {"strategies": {"a": {"type": "rsi_reversion", "optimization": {"objective": "cagr"}}}},
            "strategies.a.optimization.objective: unknown key; expected one of parameters",
        ),
        ({"containers": {"clam": {"resources": {}}}}, "containers.clam: is not a strategy of this configuration; did"),
        (
            {"containers": {"calm": {"resources": {"memory_limit": "lots"}}}},
            "containers.calm.resources.memory_limit: is 'lots'; expected a size",
        ),
        (
            {"optimization": {"parameters": [{"position_size": 1.0}]}},
            "strategies.calm.optimization.parameters: is given beside optimization.parameters, and one",
        ),
        ({"data": [{"source": "sample"}]}, "data[0].name: missing; expected a name"),
        ({"data": [{"name": "a", "source": "sample"}] * 2}, "data[1].name: is 'a', as that of [0]"),
        ({"data": [{"name": "a", "source": "sample", "star": 1}]}, "data[0].star: unknown key; did you mean 'start'"),
        ({"optimization": {"across_data": "worst"}}, "optimization.across_data: judges several sets of data together"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(folder: Path, change: dict[str, Any], text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_run(two(folder, **change))
    assert text in str(refused.value)


def test_an_unknown_parameter_is_named_with_its_strategy(folder: Path, tmp_path: Path) -> None:
    config = two(folder)
    config["strategies"]["bold"]["parameters"] = {"chanel": 3}
    with pytest.raises(ConfigError, match=r"^strategies\.bold\.parameters\.chanel: unknown parameter .*did you mean"):
        run_grid(load_run(config), out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_command_for_one_strategy_refuses_several_by_name(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"strategies: has calm, bold; expected one strategy"):
        load_config(two(folder))


GREEDY = '''import admf_jit as aj
import numpy as np


@aj.strategy
class Greedy:
    """Takes as many megabytes as it is told, once."""

    megabytes: int = 1

    def on_bar(self, bar, position):
        if bar.index == 10:
            taken = np.ones(self.megabytes * 131_072)
            return taken.sum() > 0.0
        return False
'''


def test_each_strategy_is_held_to_its_own_memory(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "greedy.py"
    path.write_text(GREEDY, encoding="utf-8")
    of = {"type": f"{path}:Greedy", "optimization": {"parameters": {"megabytes": [1, 300]}}}
    limits = {"small": {"resources": {"memory_limit": "100MB"}}, "large": {"resources": {"memory_limit": "2GB"}}}
    fields = {**two(folder), "strategies": {"small": of, "large": of}, "containers": limits, "optimization": {}}
    frame = run_grid(load_run(fields), out=tmp_path / "run", n_jobs=1).table.to_pandas()
    statuses = frame.set_index(["strategy", "megabytes"])["status"].to_dict()
    assert statuses == {
        ("small", 1): "ok",
        ("small", 300): "memory_limit",
        ("large", 1): "ok",
        ("large", 300): "ok",
    }
