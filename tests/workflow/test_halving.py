"""Successive halving: rungs over the first bars, the better half of the points over more, few over all."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

import admf_jit as aj
from admf_jit.config import load_config
from admf_jit.data import load
from admf_jit.errors import ConfigError, ResultsError
from admf_jit.results.selection import selection_of
from admf_jit.workflow import grid_run, replay, verify
from tests.workflow.runs import moody, results_of, run
from tests.workflow.test_search import run_rows

SPACE: dict[str, Any] = {"period": {"start": 2, "stop": 30}, "position_size": {"start": 0.2, "stop": 1}}


def halving(folder: Path, **changes: Any) -> dict[str, Any]:
    config = {**moody(folder, **SPACE), "strategy": {"type": "momentum"}}
    config["optimization"] |= {"method": "halving", "n_trials": 10, "reduction": 2, "rungs": 3, **changes}
    return config


def test_each_rung_keeps_the_best_of_the_one_before(tmp_path: Path) -> None:
    done = run(halving(tmp_path), tmp_path / "run", n_jobs=2)
    drawn = halving(tmp_path, method="random")
    del drawn["optimization"]["reduction"], drawn["optimization"]["rungs"]
    time = load("sample", symbols=["ALFA"], timeframe="1d", start="2016-01-01", end="2016-12-31").time
    rows: list[dict[str, Any]] = []
    for number, (bars, expected) in enumerate([(66, 10), (131, 5), (261, 3)], 1):
        config = {**drawn, "data": {**drawn["data"], "end": str(time.astype("datetime64[ns]")[bars - 1])[:10]}}
        if rows:
            best = sorted(rows, key=lambda row: -row["sharpe_ratio"])[:expected]
            kept = sorted(best, key=lambda row: rows.index(row))
            listed = [{name: row[name] for name in SPACE} for row in kept]
            config["optimization"] = {"parameters": listed}
        run(config, tmp_path / f"alone{number}", n_jobs=1)
        alone = run_rows(tmp_path / f"alone{number}")
        rows = run_rows(tmp_path / "run" / (f"rungs/{number}" if number < 3 else ""))
        assert len(rows) == expected
        same = ("period", "position_size", "final_equity", "n_trades", "max_drawdown")
        assert [[row[name] for name in same] for row in rows] == [[row[name] for name in same] for row in alone]
    assert [row["container_id"] for row in rows] == [row["container_id"] for row in alone]
    assert done.manifest["halving"]["rungs"] == [
        {"directory": "rungs/1", "bars": 66, "containers": 10},
        {"directory": "rungs/2", "bars": 131, "containers": 5},
    ]
    assert (verify(tmp_path / "run").differences, replay(tmp_path / "run", 2).error) == ([], None)
    selection = selection_of(done.stored, done.manifest)
    assert selection is not None and selection["trials"] == 10, "every point that was drawn is a trial"


def test_it_goes_on_where_it_was_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(halving(tmp_path), tmp_path / "clean", n_jobs=1)
    real = grid_run.Sweep.run
    calls: list[int] = []

    def interrupted(self: Any, *arguments: Any) -> int:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(self, *arguments)

    monkeypatch.setattr(grid_run.Sweep, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(halving(tmp_path), tmp_path / "run", n_jobs=1)
    with pytest.raises(ResultsError, match="not empty; expected a new or empty directory. Please add --resume"):
        run(halving(tmp_path), tmp_path / "run", n_jobs=1)
    run(halving(tmp_path), tmp_path / "run", n_jobs=2, resume=True)
    assert results_of(tmp_path / "run") == results_of(tmp_path / "clean")
    with pytest.raises(ResultsError, match="cannot resume"):
        run(halving(tmp_path, n_trials=11), tmp_path / "run", resume=True)


def test_rows_that_have_not_traded_yet_are_kept_before_none(tmp_path: Path) -> None:
    config = {**halving(tmp_path, n_trials=8), "strategy": moody(tmp_path)["strategy"]}
    config["optimization"]["parameters"] = {"period": {"start": 90, "stop": 120}}
    run(config, tmp_path / "run", n_jobs=1)
    assert len(run_rows(tmp_path / "run")) == 2
    config["optimization"]["parameters"]["trouble"] = [1]
    config["optimization"]["parameters"]["period"] = {"start": 2, "stop": 20}
    with pytest.raises(ResultsError, match="all containers failed over the first 66 bars"):
        run(config, tmp_path / "failing", n_jobs=1)


def test_it_is_run_from_python_over_bars_at_hand() -> None:
    data = load("sample", symbols=["ALFA"], timeframe="1d", start="2015-06-01", end="2016-06-01")
    space = {"fast_period": {"start": 2, "stop": 8}, "slow_period": {"start": 10, "stop": 30}}
    how = {"method": "halving", "n_trials": 8, "reduction": 2, "rungs": 2}
    search = partial(aj.grid, "sma_crossover", data, space, n_jobs=1, **how)
    many = search()
    assert len(many) == 4 and many.container(3).error is None
    assert (many.frame["container_id"] == search().frame["container_id"]).all()
    with pytest.raises(ConfigError, match="objective: method halving needs a metric or a formula"):
        search(objective=lambda row: 1.0)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reduction": 1}, "optimization.reduction: is 1; expected a whole number >= 2"),
        ({"rungs": 1}, "optimization.rungs: is 1; expected a whole number >= 2"),
        ({"method": "random"}, "reduction: is of method halving, and method is random"),
        ({"n_trials": None}, "expected a whole number >= 1 of containers for method halving"),
    ],
)
def test_bad_settings_are_refused_by_key(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_config(halving(tmp_path, **changes))


def test_a_first_rung_of_few_bars_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the first of 6 rungs has 9 of 261 bars; expected 20 at least"):
        run(halving(tmp_path, rungs=6), tmp_path / "run")
