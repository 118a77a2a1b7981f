"""Several objectives of a run: its front in the report, from Python, and as what Optuna searches for."""

import json
from pathlib import Path
from typing import Any

import pytest

import admf_jit as aj
from admf_jit.cli import main
from admf_jit.config import load_config
from admf_jit.errors import ConfigError, ResultsError
from tests.workflow.runs import moody, results_of, run

OBJECTIVES = {"total_return": "maximize", "2 * turnover": "minimize"}


def config(folder: Path, **optimization: Any) -> dict[str, Any]:
    found = {**moody(folder), "strategy": {"type": "momentum"}}
    found["optimization"] = {"parameters": {"period": list(range(2, 22))}, "objectives": OBJECTIVES, **optimization}
    return found


def front(rows: list[dict[str, Any]]) -> list[int]:
    """Indices of the rows that no other is better than in one objective and no worse in both."""
    pairs = [(row["total_return"], -row["turnover"], row["index"]) for row in rows]
    kept = [(r, t, i) for r, t, i in pairs if not any(a >= r and b >= t and (a, b) != (r, t) for a, b, _ in pairs)]
    return [index for *_, index in sorted(kept, key=lambda one: -one[0])]


def test_the_front_is_reported_and_returned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = run(config(tmp_path), tmp_path / "run", n_jobs=1)
    expected = front(done.table.to_pylist())
    assert 1 < len(expected) < 20
    many = aj.open_run(tmp_path / "run")
    found = many.pareto()
    assert found["index"].tolist() == expected
    assert (found["2 * turnover"] == 2.0 * found["turnover"]).all()
    worst = many.frame["total_return"].min(), 2.0 * many.frame["turnover"].max()
    assert tuple(found.attrs["reference"].values()) == worst
    # Steps of a staircase, from the largest return on.
    area, reached = 0.0, worst[1]
    for value, cost in zip(found["total_return"], found["2 * turnover"], strict=True):
        area += (value - worst[0]) * (reached - cost)
        reached = cost
    assert found.attrs["hypervolume"] == pytest.approx(area)
    assert main(["report", str(tmp_path / "run"), "--top", "1"]) == 0
    said = capsys.readouterr().out
    assert f"Pareto front to maximize total_return and minimize 2 * turnover: {len(expected)} of 20 rows" in said
    assert f"and {len(expected) - 1} more" in said
    assert main(["report", str(tmp_path / "run"), "--json"]) == 0
    assert [row["index"] for row in json.loads(capsys.readouterr().out)["pareto"]["front"]] == expected
    with pytest.raises(ResultsError, match="expected two objectives at least"):
        many.pareto({"total_return": "maximize"})
    with pytest.raises(ConfigError, match="is to 'up'; expected maximize or minimize"):
        many.pareto({"total_return": "maximize", "turnover": "up"})


def test_rows_that_satisfy_no_condition_are_on_no_front(tmp_path: Path) -> None:
    done = run(config(tmp_path, result_constraints=["n_trades >= 10"]), tmp_path / "run", n_jobs=1)
    rows = [row for row in done.table.to_pylist() if row["n_trades"] >= 10]
    assert aj.open_run(tmp_path / "run").pareto()["index"].tolist() == front(rows)


def test_optuna_searches_for_several(tmp_path: Path) -> None:
    pytest.importorskip("optuna")
    searched = {"method": "optuna", "sampler": "nsga2", "n_trials": 12, "block_size": 4}
    space = {"period": {"start": 2, "stop": 60}, "position_size": {"start": 0.1, "stop": 1}}
    run(config(tmp_path, **searched, parameters=space), tmp_path / "two", n_jobs=2)
    run(config(tmp_path, **searched, parameters=space), tmp_path / "one", n_jobs=1)
    assert results_of(tmp_path / "one") == results_of(tmp_path / "two")
    with pytest.raises(ResultsError, match="search.objectives was"):
        other = {**OBJECTIVES, "2 * turnover": "maximize"}
        run(config(tmp_path, **searched, parameters=space, objectives=other), tmp_path / "one", resume=True)


@pytest.mark.parametrize(
    ("objectives", "said"),
    [
        ({"total_return": "maximize"}, "optimization.objectives: .*expected two objectives at least"),
        ({"total_return": "maximize", "turnovr": "minimize"}, "optimization.objectives: .*did you mean 'turnover'"),
        ({"total_return": "maximize", "turnover": "less"}, "optimization.objectives.turnover: is 'less'; expected"),
    ],
)
def test_bad_objectives_are_refused_by_key(tmp_path: Path, objectives: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_config(config(tmp_path, objectives=objectives))


def test_a_sampler_of_one_objective_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="objectives: sampler cmaes has one objective"):
        load_config(config(tmp_path, method="optuna", sampler="cmaes", n_trials=5))
