"""Optuna's samplers over a space: the same rows however they are run and wherever they are interrupted."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from admf_jit.config import load_config
from admf_jit.errors import ConfigError, ResultsError
from admf_jit.workflow import plan, replay, validate, verify
from tests.workflow.runs import Stopping, moody, on, results_of, run
from tests.workflow.test_search import run_rows

pytest.importorskip("optuna")

SPACE: dict[str, Any] = {
    "period": {"start": 2, "stop": 60, "log": True},
    "position_size": {"start": 0.2, "stop": 1},
    "exits.stop_loss": [None, 0.05, 0.1],
    "account.cash": {"start": 10_000, "stop": 50_000, "step": 10_000},
}


def sampled(folder: Path, sampler: str = "tpe", n_trials: int = 15, **changes: Any) -> dict[str, Any]:
    config = moody(folder, **SPACE)
    config["optimization"] |= {"method": "optuna", "sampler": sampler, "n_trials": n_trials, "block_size": 5, **changes}
    return config


@pytest.mark.parametrize("sampler", ["tpe", "cmaes", "nsga2"])
def test_its_rows_are_the_same_with_any_workers_and_those_of_a_grid(tmp_path: Path, sampler: str) -> None:
    done = run(sampled(tmp_path, sampler), tmp_path / "two", n_jobs=2, batch_size=1)
    run(on("inline", sampled(tmp_path, sampler)), tmp_path / "one", n_jobs=1)
    assert results_of(tmp_path / "one") == results_of(tmp_path / "two") and done.failed == 0
    rows = run_rows(tmp_path / "one")
    assert [row["index"] for row in rows] == list(range(15))
    assert len({tuple(row[name] for name in SPACE) for row in rows}) == 15
    assert {row["account.cash"] for row in rows} <= {10_000.0, 20_000.0, 30_000.0, 40_000.0, 50_000.0}
    config = moody(tmp_path)
    config["optimization"]["parameters"] = [{name: row[name] for name in SPACE} for row in rows]
    run(config, tmp_path / "grid", n_jobs=1)
    assert run_rows(tmp_path / "grid") == rows


def test_it_learns_from_the_rows_and_is_interrupted_killed_and_resumed(tmp_path: Path) -> None:
    run(sampled(tmp_path), tmp_path / "clean", n_jobs=1)
    with pytest.raises(KeyboardInterrupt):
        run(sampled(tmp_path), tmp_path / "run", n_jobs=2, batch_size=1, progress=Stopping(8, None))
    words = [json.dumps(sampled(tmp_path)), str(tmp_path / "killed"), "SIGKILL"]
    killed = subprocess.run([sys.executable, "-m", "tests.workflow.runs", *words])
    assert killed.returncode == -signal.SIGKILL
    for name in ("run", "killed"):
        run(sampled(tmp_path), tmp_path / name, n_jobs=1, resume=True)
        assert results_of(tmp_path / name) == results_of(tmp_path / "clean")
    run(sampled(tmp_path, direction="minimize"), tmp_path / "other", n_jobs=1)
    one, other = run_rows(tmp_path / "clean"), run_rows(tmp_path / "other")
    assert one[:5] == other[:5] and one[10:] != other[10:], "what comes later depends on rows"


def test_more_trials_go_on_and_another_objective_does_not(tmp_path: Path) -> None:
    run(sampled(tmp_path, n_trials=15), tmp_path / "clean", n_jobs=1)
    run(sampled(tmp_path, n_trials=10), tmp_path / "run", n_jobs=1)
    assert (verify(tmp_path / "run", sample=3).differences, replay(tmp_path / "run", 9).error) == ([], None)
    with pytest.raises(ResultsError, match=r"search\.objective was 'sharpe_ratio' and is now 'total_return'"):
        run(sampled(tmp_path, n_trials=15, objective="total_return"), tmp_path / "run", resume=True)
    done = run(sampled(tmp_path, n_trials=15), tmp_path / "run", n_jobs=1, resume=True)
    assert results_of(tmp_path / "run") == results_of(tmp_path / "clean")
    assert done.manifest["accounting"]["Moody"]["containers"] == 5


def test_constraints_and_conditions_are_kept_to(tmp_path: Path) -> None:
    config = sampled(tmp_path, constraints=["period > 10"], result_constraints=["n_trades >= 2"])
    run(config, tmp_path / "run", n_jobs=1)
    assert min(row["period"] for row in run_rows(tmp_path / "run")) > 10


def test_containers_that_all_fail_and_a_small_space_come_to_an_end(tmp_path: Path) -> None:
    config = sampled(tmp_path, n_trials=40)
    config["optimization"]["parameters"] = {"period": {"start": 2, "stop": 9}, "trouble": [1]}
    done = run(config, tmp_path / "run", n_jobs=1)
    assert (done.table.num_rows, done.failed) == (8, 8)


def test_it_is_planned_and_validated_ahead(tmp_path: Path) -> None:
    config = load_config(sampled(tmp_path))
    assert plan(config).containers == 15
    assert validate(config)["containers"] == 15
    assert "exits.stop_loss" in validate(config)["engine"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sampler": "tpee"}, "optimization.sampler: is 'tpee'; expected tpe, .*; did you mean 'tpe'"),
        ({"block_size": 0}, "optimization.block_size: is 0; expected a whole number >= 1"),
        ({"method": "random"}, "sampler|block_size: is of method optuna, and method is random"),
        ({"n_trials": None}, "expected a whole number >= 1 of containers for method optuna"),
    ],
)
def test_bad_settings_are_refused_by_key(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_config(sampled(tmp_path, **changes))


def test_what_must_be_known_ahead_is_refused(tmp_path: Path) -> None:
    config = sampled(tmp_path)
    config["evaluation"] = {"start": "common"}
    with pytest.raises(ConfigError, match="method optuna does not know its containers ahead"):
        run(config, tmp_path / "run")
    constrained = sampled(tmp_path, constraints=["period > 100"])
    with pytest.raises(ConfigError, match="constraints leave none of the"):
        run(constrained, tmp_path / "run")
