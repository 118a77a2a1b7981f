"""Sweeps over drawn points: the same for a seed however they are run, resumed, replayed, and known by a grid's ids."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from admf_jit.config import load_config
from admf_jit.errors import ConfigError, ResultsError
from admf_jit.workflow import replay, verify
from tests.workflow.runs import Stopping, moody, on, results_of, run
from tests.workflow.test_search import run_rows

SPACE: dict[str, Any] = {
    "period": {"start": 2, "stop": 60, "log": True},
    "position_size": {"start": 0.2, "stop": 1},
    "exits.stop_loss": [None, 0.05],
}


def drawn(folder: Path, method: str = "random", n_trials: int = 12, **parameters: Any) -> dict[str, Any]:
    config = moody(folder, **(parameters or SPACE))
    config["optimization"] |= {"method": method, "n_trials": n_trials}
    return config


@pytest.mark.parametrize("method", ["random", "sobol", "latin_hypercube"])
def test_its_rows_are_those_of_a_grid_with_these_points(tmp_path: Path, method: str) -> None:
    done = run(drawn(tmp_path, method), tmp_path / "drawn", n_jobs=2, batch_size=5)
    rows = run_rows(tmp_path / "drawn")
    assert [row["index"] for row in rows] == list(range(12)) and done.failed == 0
    assert len({row["period"] for row in rows}) > 4 and len({row["position_size"] for row in rows}) == 12
    assert {row["exits.stop_loss"] for row in rows} == {None, 0.05}
    config = moody(tmp_path)
    config["optimization"]["parameters"] = [{name: row[name] for name in SPACE} for row in rows]
    run(config, tmp_path / "grid", n_jobs=1)
    assert run_rows(tmp_path / "grid") == rows
    run(on("inline", drawn(tmp_path, method)), tmp_path / "again", n_jobs=1)
    assert results_of(tmp_path / "again") == results_of(tmp_path / "drawn")


def test_a_latin_hypercube_has_one_point_in_each_slice(tmp_path: Path) -> None:
    space = {"account.cash": {"start": 1000, "stop": 13000}, "period": {"start": 2, "stop": 13}}
    run(drawn(tmp_path, "latin_hypercube", 12, **space), tmp_path / "run", n_jobs=1)
    rows = run_rows(tmp_path / "run")
    assert sorted(int(row["account.cash"] / 1000) for row in rows) == list(range(1, 13))
    assert sorted(row["period"] for row in rows) == list(range(2, 14))


def test_another_seed_draws_other_points(tmp_path: Path) -> None:
    run(drawn(tmp_path), tmp_path / "one", n_jobs=1)
    config = drawn(tmp_path)
    config["workflow"]["reproducibility"]["master_seed"] = 8
    run(config, tmp_path / "other", n_jobs=1)
    one, other = run_rows(tmp_path / "one"), run_rows(tmp_path / "other")
    assert not {row["position_size"] for row in one} & {row["position_size"] for row in other}


@pytest.mark.parametrize("method", ["random", "sobol"])
def test_more_trials_go_on_where_fewer_ended(tmp_path: Path, method: str) -> None:
    run(drawn(tmp_path, method, 20), tmp_path / "clean", n_jobs=1)
    with pytest.raises(KeyboardInterrupt):
        run(drawn(tmp_path, method, 12), tmp_path / "run", n_jobs=2, batch_size=1, progress=Stopping(7, None))
    run(drawn(tmp_path, method, 12), tmp_path / "run", n_jobs=2, resume=True)
    done = run(drawn(tmp_path, method, 20), tmp_path / "run", n_jobs=2, resume=True)
    assert results_of(tmp_path / "run") == results_of(tmp_path / "clean")
    assert done.manifest["accounting"]["Moody"]["containers"] == 8, "the others were there"


def test_a_killed_one_ends_with_the_same_bytes(tmp_path: Path) -> None:
    run(drawn(tmp_path), tmp_path / "clean", n_jobs=1)
    words = [json.dumps(drawn(tmp_path)), str(tmp_path / "run"), "SIGKILL"]
    killed = subprocess.run([sys.executable, "-m", "tests.workflow.runs", *words])
    assert killed.returncode == -signal.SIGKILL and not (tmp_path / "run/results.parquet").exists()
    run(drawn(tmp_path), tmp_path / "run", n_jobs=1, resume=True)
    assert results_of(tmp_path / "run") == results_of(tmp_path / "clean")


def test_other_points_are_not_mixed_with_those_that_are_there(tmp_path: Path) -> None:
    run(drawn(tmp_path, "latin_hypercube"), tmp_path / "run", n_jobs=1)
    with pytest.raises(ResultsError, match=r"search\.n_trials was 12 and is now 13"):
        run(drawn(tmp_path, "latin_hypercube", 13), tmp_path / "run", n_jobs=1, resume=True)
    with pytest.raises(ResultsError, match=r"optimization\.method was 'latin_hypercube' and is now 'sobol'"):
        run(drawn(tmp_path, "sobol"), tmp_path / "run", n_jobs=1, resume=True)


def test_functions_of_python_are_kept_to_and_their_change_is_found(tmp_path: Path) -> None:
    def long(values: Any) -> bool:
        return values["period"] > 20

    def short(values: Any) -> bool:
        return values["period"] < 10

    run(drawn(tmp_path), tmp_path / "run", n_jobs=1, conditions=[long])
    assert min(row["period"] for row in run_rows(tmp_path / "run")) > 20
    assert verify(tmp_path / "run").differences == [], "without the function"
    with pytest.raises(ResultsError, match="cannot resume, container 0 was .* the search draws other points"):
        run(drawn(tmp_path), tmp_path / "run", n_jobs=1, resume=True, conditions=[short])


def test_its_rows_are_verified_and_replayed(tmp_path: Path) -> None:
    done = run(drawn(tmp_path, "sobol"), tmp_path / "run", n_jobs=1)
    report = verify(tmp_path / "run", sample=4)
    assert (report.checked, report.differences) == (4, [])
    assert replay(tmp_path / "run", 11).result_hash == done.table.column("result_hash").to_pylist()[-1]


def test_a_small_space_is_run_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = drawn(tmp_path, "sobol", 50, period=[3, 5], position_size=[0.5])
    done = run(config, tmp_path / "run", n_jobs=1)
    assert {row["period"] for row in run_rows(tmp_path / "run")} == {3, 5}
    assert done.table.num_rows == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"method": "sobbol"}, "is 'sobbol'; expected grid, random, sobol.*; did you mean 'sobol'"),
        (
            {"n_trials": None},
            "optimization.n_trials: is None; expected a whole number >= 1 of containers for method random",
        ),
        ({"n_trials": 0}, r"optimization\.n_trials: is 0; expected a whole number from 1 to 1,000,000"),
        ({"method": "grid"}, "optimization.n_trials: is 12; method grid runs every combination"),
        ({"method": "grid", "n_trials": None}, "but step is None; method random, sobol"),
        ({"parameters": {}}, "method random has nothing to draw"),
        ({"parameters": [{"period": 3}]}, "method random draws by itself; expected a mapping"),
        ({"parameters": {"period": {"start": 0, "stop": 5, "log": True}}}, "start > 0, since log is true: start is 0"),
        ({"parameters": {"period": {"start": 9, "stop": 5}}}, "expected a range with start <= stop"),
        (
            {"parameters": {"period": {"start": 1, "stop": 5, "lg": True}}},
            "unknown key 'lg' of a range; did you mean 'log'",
        ),
        ({"parameters": {"period": {"start": 1, "stop": 5, "log": 1}}}, "whose log is true or false, not 1"),
        ({"parameters": {"period": {"start": 1}}}, "but stop is None"),
        ({"sampler": "tpe"}, "sampler: is of method optuna, and method is random; expected method optuna, or no such"),
        ({"block_size": 16}, "block_size: is of method optuna, and method is random"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_its_key(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    config = drawn(tmp_path)
    config["optimization"] |= changes
    with pytest.raises(ConfigError, match=said):
        load_config(config)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"period": {"start": 2.5, "stop": 9}}, r"parameters\.period\[0\]: .*2\.5: expected a whole number"),
        ({"position_size": {"start": -1, "stop": 1}}, r"parameters\.position_size\[0\]: is -1"),
        ({"symbol": {"start": 1, "stop": 2}}, r"parameters\.symbol\[0\]: is 1; unknown symbol"),
    ],
)
def test_ends_of_a_range_are_checked_as_values_are(tmp_path: Path, parameters: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        run(drawn(tmp_path, **parameters), tmp_path / "run")


def test_a_constraint_that_leaves_nothing_is_refused(tmp_path: Path) -> None:
    config = drawn(tmp_path, period={"start": 2, "stop": 60})
    config["optimization"]["constraints"] = ["period > 100"]
    with pytest.raises(ConfigError, match="constraints leave none of the 59 points"):
        run(config, tmp_path / "run")
