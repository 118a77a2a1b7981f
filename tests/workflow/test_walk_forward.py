"""Walk-forward: windows, searches and tests that are those of single runs, their equity together, and resumption."""

import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit.cli import main
from admf_jit.config.walk_forward import WalkForwardConfig
from admf_jit.data import MarketData, load
from admf_jit.errors import ConfigError, ResultsError
from admf_jit.workflow import walk_forward as walks
from admf_jit.workflow.stitched import Segment, stitched
from admf_jit.workflow.walk_forward import windows_of

VALUES = {"fast_period": [3, 6], "slow_period": [12, 20]}


@cache
def bars() -> MarketData:
    return load("sample", symbols=["ALFA"], timeframe="1d", start="2015-03-02", end="2016-03-01")


def spans(n_bars: int, **settings: Any) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    return [(one.train, one.test) for one in windows_of(n_bars, WalkForwardConfig(**settings))]


def test_windows_follow_each_other() -> None:
    assert spans(20, train=8, test=5) == [((0, 7), (8, 12)), ((5, 12), (13, 17)), ((10, 17), (18, 19))]
    assert spans(20, train=8, test=5, anchored=True) == [((0, 7), (8, 12)), ((0, 12), (13, 17)), ((0, 17), (18, 19))]
    assert spans(20, train=8, test=5, gap=2) == [((0, 7), (10, 14)), ((5, 12), (15, 19))]
    assert spans(19, train=8, test=5) == [((0, 7), (8, 12)), ((5, 12), (13, 17))], "one bar more is no test"
    with pytest.raises(ConfigError, match="train 19 and gap 0 leave fewer than 2 of 20 bars"):
        spans(20, train=19, test=5)


def test_it_is_made_of_single_searches_and_backtests(tmp_path: Path) -> None:
    walk = aj.walk_forward(
        "sma_crossover", bars(), VALUES, train=100, test=60, commission=0.001, out=tmp_path / "walk", n_jobs=1
    )
    data, times = bars(), pd.DatetimeIndex(bars().time.astype("datetime64[ns]"), tz="UTC")
    year = data.bars_per_year
    parts, cash, level = [], 100_000.0, 100_000.0
    for window, (train, test) in enumerate(spans(data.n_bars, train=100, test=60)):
        cut = [data.select(start=times[a], end=times[b]).with_bars_per_year(year) for a, b in (train, test)]
        assert [one.n_bars for one in cut] == [b - a + 1 for a, b in (train, test)]
        best = aj.grid("sma_crossover", cut[0], VALUES, commission=0.001, n_jobs=1).best(1).iloc[0]
        row = walk.windows.iloc[window]
        chosen = {name: int(best[name]) for name in VALUES}
        assert {name: row[name] for name in VALUES} == chosen and row["in_sample"] == best["sharpe_ratio"]
        alone = aj.backtest("sma_crossover", cut[1], parameters=chosen, commission=0.001)
        assert row["out_of_sample"] == alone.metrics["sharpe_ratio"]
        assert (row["test_start"], row["test_end"]) == (times[test[0]], times[test[1]])
        parts.append(alone.equity * (level / cash))
        level = parts[-1].iloc[-1]
    equity = pd.concat(parts)
    pd.testing.assert_series_equal(walk.equity, equity, check_freq=False, rtol=1e-12)
    returns = equity.pct_change().fillna(equity.iloc[0] / cash - 1.0)
    assert walk.metrics["sharpe_ratio"] == pytest.approx(returns.mean() / returns.std() * np.sqrt(year))
    assert walk.metrics["total_return"] == pytest.approx(equity.iloc[-1] / cash - 1.0)
    assert walk.metrics["max_drawdown"] == pytest.approx((equity / equity.cummax().clip(lower=cash) - 1.0).min())
    assert walk.trials == 4 * len(parts)
    stored = pd.read_csv(tmp_path / "walk/equity.csv", index_col="time")
    assert stored["equity"].tolist() == walk.equity.tolist()
    assert len(walk.search(1)) == 4 and walk.stability["fast_period"]["values"] == walk.windows["fast_period"].tolist()


def config(folder: Path, **optimization: Any) -> Path:
    path = folder / "walk.json"
    fields = {
        "name": "walk",
        "data": {"source": "sample", "symbols": ["ALFA"], "timeframe": "1d", "end": "2015-12-31"},
        "strategy": {"type": "sma_crossover"},
        "optimization": {"parameters": VALUES, **optimization},
        "walk_forward": {"train": 100, "test": 70},
    }
    path.write_text(json.dumps(fields))
    return path


def test_it_goes_on_where_it_was_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    space = {"fast_period": {"start": 2, "stop": 8}, "slow_period": {"start": 10, "stop": 30}}
    path = config(tmp_path, method="random", n_trials=5, parameters=space)
    assert main(["walk-forward", str(path), "--out", str(tmp_path / "clean"), "--n-jobs", "1"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("3 windows, 15 trials; sharpe_ratio in and after each window:")
    calls, real = [], walks.run_grid

    def third(*arguments: Any, **named: Any) -> Any:
        calls.append(named["out"])
        if len(calls) == 4:
            raise KeyboardInterrupt
        return real(*arguments, **named)

    monkeypatch.setattr(walks, "run_grid", third)
    assert main(["walk-forward", str(path), "--out", str(tmp_path / "run")]) == 130
    assert "--resume" in capsys.readouterr().err
    monkeypatch.setattr(walks, "run_grid", real)
    assert main(["walk-forward", str(path), "--out", str(tmp_path / "run"), "--resume", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (tmp_path / "run/walk_forward.json").read_bytes() == (tmp_path / "clean/walk_forward.json").read_bytes()
    assert (tmp_path / "run/equity.csv").read_bytes() == (tmp_path / "clean/equity.csv").read_bytes()
    assert shown["trials"] == 15 and len(shown["windows"]) == 3
    other = ["walk-forward", str(path), "--out", str(tmp_path / "run"), "--resume", "--set", "walk_forward.test=60"]
    assert main(other) == 2
    assert "config.walk_forward.test was 70 and is now 60" in capsys.readouterr().err


def test_a_window_without_a_row_is_told_and_stands_still(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = config(tmp_path, result_constraints=["n_trades >= 1000"])
    assert main(["walk-forward", str(path), "--out", str(tmp_path / "run"), "--n-jobs", "1"]) == 1
    said = capsys.readouterr().out
    assert "no row has a result that satisfies the conditions" in said and "failed_windows     3" in said
    assert "total_return       0.00%" in said


def test_tests_are_put_together_by_hand() -> None:
    data = load("sample", symbols=["ALFA"], timeframe="1d", end="2015-01-13")
    assert data.n_bars == 8
    first, last = np.array([110.0, 99.0]), np.array([1000.0, 1500.0])  # with ten times the cash
    tests = [Segment(2, 3, 100.0, first), Segment(4, 5, 100.0, None), Segment(6, 7, 1000.0, last)]
    found = stitched(data, 100.0, tests)
    assert found.equity.tolist() == pytest.approx([110.0, 99.0, 99.0, 99.0, 99.0, 148.5])
    assert found.returns.tolist() == pytest.approx([0.1, -0.1, 0.0, 0.0, 0.0, 0.5])
    assert (found.failed, found.first) == (1, 2)
    assert found.facts()["max_drawdown"] == pytest.approx(-0.1)


def test_cash_may_be_swept_and_a_search_by_halving_counts_what_it_drew(tmp_path: Path) -> None:
    values = {"account.cash": [1_000, 50_000], "fast_period": [3, 4, 5], "slow_period": [12, 20]}
    data = bars().select(end="2015-09-24")
    settings: dict[str, Any] = {"method": "halving", "n_trials": 9, "rungs": 2, "out": tmp_path / "walk"}
    walk = aj.walk_forward("sma_crossover", data, values, train=90, test=29, **settings)
    assert [walk.windows["trials"].tolist(), walk.trials] == [[9, 9], 18]
    assert len(walk.equity) == 58 == data.n_bars - 91, "one bar more is no test"
    growth = 1.0
    for window in (1, 2):
        test = aj.open_run(tmp_path / f"walk/window-{window:03}/test").frame.iloc[0]
        growth *= test["final_equity"] / test["account.cash"]
    assert walk.metrics["total_return"] == pytest.approx(growth - 1.0, rel=1e-12) != 0.0
    shutil.rmtree(tmp_path / "walk/window-002/test")  # as if it was killed between the rungs of the last search
    for name in ("manifest.json", "results.parquet", "periods.npy"):
        (tmp_path / "walk/window-002/search" / name).unlink()
    again = aj.walk_forward("sma_crossover", data, values, train=90, test=29, **settings, resume=True)
    assert again.equity.tolist() == walk.equity.tolist()


def test_bad_usage_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = config(tmp_path)
    assert main(["grid", str(path), "--out", str(tmp_path / "run")]) == 2
    assert "walk_forward: is run by the command walk-forward" in capsys.readouterr().err
    assert main(["plan", str(path)]) == 2
    assert "walk_forward: is run by the command walk-forward" in capsys.readouterr().err
    assert main(["walk-forward", str(path), "--set", "walk_forward.train=1"]) == 2
    assert "walk_forward.train: is 1; expected a whole number >= 2" in capsys.readouterr().err
    assert main(["walk-forward", str(path), "--set", "walk_forward=null"]) == 2
    assert "walk_forward: missing; expected a mapping such as" in capsys.readouterr().err
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").touch()
    with pytest.raises(ResultsError, match="not empty; expected a new or empty directory"):
        aj.walk_forward("sma_crossover", bars(), VALUES, train=100, test=60, out=tmp_path / "full")
    with pytest.raises(ConfigError, match="objective: is a function"):
        aj.walk_forward("sma_crossover", bars(), VALUES, train=100, test=60, objective=lambda row: 1.0)  # type: ignore[arg-type]
