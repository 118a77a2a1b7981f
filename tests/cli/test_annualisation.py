"""What a year was taken for is said by the commands, and can be stated from every side."""

import json
import math

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit.cli.main import main
from admf_jit.results import BacktestResult


@pytest.fixture(scope="module")
def session() -> pd.DataFrame:
    """One session of 390 minutes."""
    close = 100 * np.exp(np.cumsum(np.random.default_rng(7).normal(0, 1e-4, 390)))
    index = pd.date_range("2024-01-02 14:30", periods=390, freq="1min", tz="UTC", name="time")
    bars = {"open": close, "high": close + 0.1, "low": close - 0.1, "close": close, "volume": 1.0}
    return pd.DataFrame(bars, index=index)


def sharpe(result: BacktestResult, bars_per_year: float) -> float:
    equity = np.concatenate([[10_000.0], result.equity])
    returns = equity[1:] / equity[:-1] - 1
    return float(returns.mean() / returns.std(ddof=1) * math.sqrt(bars_per_year))


@pytest.mark.parametrize(("stated", "expected"), [(None, 252 * 390), (525_960, 525_960)])
def test_one_session_of_minutes_is_annualised_by_sessions(
    session: pd.DataFrame, stated: float | None, expected: float
) -> None:
    data = aj.load(session, timezone="America/New_York")
    result = aj.backtest("sma_crossover", data, cash=10_000.0, bars_per_year=stated)
    assert result.data.bars_per_year == expected
    assert result.metrics["sharpe_ratio"] == pytest.approx(sharpe(result, expected), rel=1e-9)
    assert aj.load(session, bars_per_year=stated).bars_per_year == expected


@pytest.mark.parametrize("command", ["run", "grid"])
def test_the_commands_say_what_a_year_was_taken_for(
    session: pd.DataFrame, command: str, tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    session.to_csv("minutes.csv")
    text = "name: t\ndata: {source: minutes.csv}\nstrategy: {type: sma_crossover}\n"
    text += "optimization: {parameters: {fast_period: [5, 10]}}\n" if command == "grid" else ""
    (tmp_path / "c.yaml").write_text(text)
    ids = {}
    for settings in ([], ["--set", "data.bars_per_year=1000"]):
        assert main([command, "c.yaml", "--json", *settings]) == 0
        captured = capsys.readouterr()
        basis = "1000 bars: as stated" if settings else "98280 bars: 252 sessions of 390 bars"
        assert f"note: a year is {basis}\n" in captured.err
        ids[basis] = captured.out
        json.loads(captured.out)
    assert len(set(ids.values())) == 2


def test_a_calendar_makes_the_year(session: pd.DataFrame, tmp_path, monkeypatch, capsys) -> None:
    """2024 has 249 sessions of 390 minutes and three of 210: 97,740 minutes."""
    monkeypatch.chdir(tmp_path)
    late = session.iloc[:5].set_axis(pd.date_range("2024-01-02 21:00", periods=5, freq="1min", tz="UTC", name="time"))
    pd.concat([session, late]).to_csv("minutes.csv")
    (tmp_path / "c.yaml").write_text("data: {source: minutes.csv, calendar: NYSE}\nstrategy: {type: sma_crossover}\n")
    assert main(["run", "c.yaml", "--json"]) == 0
    told = capsys.readouterr()
    expected = 97_740 * 395 / 390
    assert f"note: a year is {expected:.10g} bars: 252 sessions of XNYS a year, of " in told.err
    note = "calendar XNYS: 5 of 395 bars lie before the open, in a break or after the close"
    assert f"note: {note}\n" in told.err
    result = aj.backtest("sma_crossover", aj.load("minutes.csv", calendar="XNYS"))
    assert json.loads(told.out)["metrics"]["sharpe_ratio"] == result.metrics["sharpe_ratio"]
    assert main(["ingest", "minutes.csv", "--calendar", "XNYS", "--out", "store", "--json"]) == 0
    stored = json.loads(capsys.readouterr().out)
    assert (stored["calendar"], stored["timezone"], stored["gaps"]) == ("XNYS", "America/New_York", 0)
    assert stored["digest"] == result.data.digest and note in stored["notes"]
    assert main(["validate", "c.yaml", "--set", "data.calendar=XNYX"]) == 2
    assert "calendar: 'XNYX' is not a known calendar" in capsys.readouterr().err
    assert main(["validate", "c.yaml", "--set", "data.timezone=UTC"]) == 2
    assert "sessions of XNYS are dates of America/New_York, and timezone says UTC" in capsys.readouterr().err
