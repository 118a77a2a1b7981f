"""Runs from Python: scratch runs, runs that are saved, resumed and opened again."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from numba.core import event

import admf_jit as aj
from admf_jit.cli.main import main
from admf_jit.results import scratch
from admf_jit.strategies import compile_notice
from admf_jit.strategies.builtin.sma_crossover import SmaCrossover
from admf_jit.testing import generate_test_data
from admf_jit.workflow import grid_run, prepared

LESS = {"fast_period": [3, 5], "slow_period": [8, 16]}
MORE = {"fast_period": [3, 5, 7], "slow_period": [8, 16]}


@pytest.fixture(scope="module")
def data() -> Any:
    return generate_test_data(200, seed=4)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(scratch, "cache_root", lambda: tmp_path / "cache")
    return tmp_path / "cache" / "runs"


def test_a_scratch_run_says_where_it_is_and_is_saved_for_good(data: Any, folder: Path, tmp_path: Path) -> None:
    many = aj.grid("sma_crossover", data, LESS, n_jobs=1)
    assert many.directory == folder / "SmaCrossover-1"
    kept = "scratch, kept 30 days: save(directory) keeps it for good"
    assert repr(many).splitlines()[0] == f"GridResult(4 containers, 0 failed, {many.directory}; {kept})"
    before = many.frame
    assert many.save(tmp_path / "kept" / "run") is many
    assert repr(many).splitlines()[0] == f"GridResult(4 containers, 0 failed, {tmp_path / 'kept' / 'run'})"
    pd.testing.assert_frame_equal(aj.open_run(many.directory).frame, before)
    assert (folder / "SmaCrossover-1" / "results.parquet").exists()
    assert main(["report", str(many.directory)]) == 0
    with pytest.raises(aj.ResultsError, match="is there already; expected a new or empty directory"):
        many.save(tmp_path / "kept" / "run")


def test_an_opened_run_is_the_run(data: Any, tmp_path: Path) -> None:
    many = aj.grid(SmaCrossover, data, LESS, out=tmp_path / "run", n_jobs=1, cash=5000)
    again = aj.open_run(str(many.directory))
    pd.testing.assert_frame_equal(again.frame, many.frame)
    assert again.manifest == many.manifest and len(again) == 4 and again.failed == 0
    pd.testing.assert_frame_equal(again.best(2), many.best(2))
    assert again.container(3).result_hash == many.frame["result_hash"][3]


def test_a_run_over_a_part_of_the_bars_is_found_again_with_its_history(data: Any, tmp_path: Path) -> None:
    part = data.select(start="2015-03-02")
    assert 0 < part.n_history < data.n_bars
    several = {"all": data, "part": part}
    for name, given in (("one", part), ("several", several)):
        many = aj.grid(SmaCrossover, given, LESS, out=tmp_path / name, n_jobs=1)
        again = aj.open_run(many.directory)
        assert [again.container(index).result_hash for index in range(4)] == list(many.frame["result_hash"][:4])
        assert main(["verify", str(many.directory)]) == 0


def test_an_opened_run_takes_strategy_and_data_that_are_the_same(data: Any, tmp_path: Path) -> None:
    many = aj.grid(SmaCrossover, data, LESS, out=tmp_path / "run", n_jobs=1)
    given = aj.open_run(many.directory, strategy=SmaCrossover, data=data)
    assert given.container(1).result_hash == many.frame["result_hash"][1]
    other = aj.open_run(many.directory, data=generate_test_data(200, seed=5))
    pd.testing.assert_frame_equal(other.frame, many.frame)
    with pytest.raises(aj.ResultsError, match=r"data changed since the run.*give them: open_run\(\.\.\., strategy"):
        other.container(1)


def test_what_is_no_run_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(aj.ResultsError, match="no such directory"):
        aj.open_run(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(aj.ResultsError, match=r"no manifest\.json in it"):
        aj.open_run(tmp_path / "empty")


@pytest.mark.parametrize("named", [True, False])
def test_an_interrupted_sweep_goes_on(
    data: Any, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    out = {"out": tmp_path / "run"} if named else {}
    directory = tmp_path / "run" if named else folder / "SmaCrossover-1"
    genuine = grid_run.RunDirectory.add

    def add_and_stop(self: Any, rows: Any) -> None:
        genuine(self, rows)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(grid_run.RunDirectory, "add", add_and_stop)
        with pytest.raises(KeyboardInterrupt, match="resume=True goes on") as interrupted:
            aj.grid("sma_crossover", data, LESS, n_jobs=1, batch_size=2, **out)
    assert str(directory) in str(interrupted.value)
    with pytest.raises(aj.ResultsError, match="has not finished"):
        aj.open_run(directory)
    many = aj.grid("sma_crossover", data, LESS, n_jobs=1, resume=True, **out)
    assert many.directory == directory
    whole = aj.grid("sma_crossover", data, LESS, n_jobs=1, out=tmp_path / "whole")
    assert (directory / "results.parquet").read_bytes() == (whole.directory / "results.parquet").read_bytes()


def test_a_resumed_run_with_more_values_runs_what_is_new(data: Any, tmp_path: Path) -> None:
    aj.grid("sma_crossover", data, LESS, n_jobs=1)
    many = aj.grid("sma_crossover", data, MORE, n_jobs=1, resume=True)
    assert len(many) == 6 and many.manifest["accounting"]["SmaCrossover"]["containers"] == 2
    listed = [{"fast_period": fast, "slow_period": 16} for fast in (5, 3, 9)]
    chosen = aj.grid("sma_crossover", data, LESS, n_jobs=1, out=tmp_path / "run")
    with pytest.raises(aj.ResultsError, match="not empty.*resume=True"):
        aj.grid("sma_crossover", data, listed, n_jobs=1, out=chosen.directory)


def test_a_run_of_listed_combinations_goes_on(data: Any, tmp_path: Path) -> None:
    listed = [{"fast_period": fast, "slow_period": 16} for fast in (5, 3)]
    first = aj.grid("sma_crossover", data, listed, n_jobs=1, out=tmp_path / "run").frame
    more = aj.grid("sma_crossover", data, [*listed, {"fast_period": 9, "slow_period": 20}], n_jobs=1,
                   out=tmp_path / "run", resume=True)  # fmt: skip
    assert more.frame["result_hash"].tolist()[:2] == first["result_hash"].tolist()
    assert more.frame["fast_period"].tolist() == [5, 3, 9]
    assert more.manifest["accounting"]["SmaCrossover"]["containers"] == 1


def test_a_strategy_that_is_compiled_says_so_by_its_name(
    data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    genuine = prepared.compile_strategy

    def compile_anew(*given: Any, **more: Any) -> Any:
        event.start_event("numba:compile", data={})
        event.end_event("numba:compile", data={})
        return genuine(*given, **more)

    aj.backtest("sma_crossover", data)
    capsys.readouterr()
    aj.backtest("sma_crossover", data)
    assert capsys.readouterr() == ("", "")  # from the cache
    monkeypatch.setattr(compile_notice, "cache_directory", lambda: tmp_path)
    monkeypatch.setattr(prepared, "compile_strategy", compile_anew)
    aj.backtest("sma_crossover", data)
    assert capsys.readouterr() == ("", "compiling sma_crossover, once, about 2 s\n")
    aj.grid(SmaCrossover, data, LESS, isolation="full", n_jobs=1, out=tmp_path / "run")
    said, shown = capsys.readouterr()
    assert said == ""
    assert shown.startswith("compiling sma_crossover, once, about 1 s\n")
