"""What runs leave in the ledger of trials, and what a best row is worth among all that were ever tried on its data."""

import json
import math
import statistics as plain
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import admf_jit as aj
from admf_jit import statistics
from admf_jit.cli import main
from admf_jit.config import load_run
from admf_jit.ledger import Ledger, ledger_path
from admf_jit.ledger import count as count_trials
from admf_jit.results.selection import selection_of, selection_sentence
from admf_jit.testing import create_test_container, generate_test_data
from admf_jit.workflow import run_grid
from tests.workflow.runs import results_of, run


def config(**changes: Any) -> dict[str, Any]:
    """Nine crossings, three streams, over sample bars."""
    fields: dict[str, Any] = {
        "name": "trials",
        "data": {"source": "sample", "symbols": ["ALFA"], "timeframe": "1d", "end": "2015-12-31"},
        "strategy": {"type": "sma_crossover", "parameters": {"slow_period": 20}},
        "optimization": {"parameters": {"fast_period": [3, 5, 8], "position_size": [0.2, 0.5, 1.0]}},
    }
    return fields | changes


def swept(*periods: int) -> dict[str, Any]:
    return {"optimization": {"parameters": {"fast_period": list(periods), "position_size": [0.2, 0.5, 1.0]}}}


def year_of_bars() -> aj.MarketData:
    return aj.load("sample", symbols=["ALFA"], timeframe="1d").select(end="2015-12-31")


def recorded() -> dict[str, int]:
    """Containers in the ledger by the data that they were run on."""
    ledger = Ledger(ledger_path())
    return {data: count_trials(ledger.trials(data)).containers for data in {e.data for _, e, _ in ledger.entries()}}


def test_a_run_is_recorded_and_not_counted_twice(tmp_path: Path) -> None:
    first = run(config(), tmp_path / "first")
    data = first.manifest["data"]["digest"]
    assert recorded() == {data: 9}
    ids = sorted(int(one, 16) for one in first.table.column("container_id").to_pylist())
    trials = Ledger(ledger_path()).trials(data)
    assert trials["container"].tolist() == ids and len(set(trials["stream"].tolist())) == 3
    by_id = dict(zip(first.table["container_id"].to_pylist(), first.table["sharpe_ratio"].to_pylist(), strict=True))
    per_bar = [by_id[f"{one:016x}"] / math.sqrt(first.manifest["data"]["bars_per_year"]) for one in ids]
    assert trials["sharpe"].tolist() == pytest.approx(per_bar, rel=1e-6)
    said = first.manifest["ledger"]
    assert said["recorded"] and said["data"][data] == {
        **{"containers": 9, "streams": 3, "earlier": 0, "earlier_mean": 0.0, "earlier_variance": 0.0}
    }
    again = run(config(), tmp_path / "again")
    assert again.manifest["ledger"] == said and len(list(Ledger(ledger_path()).entries())) == 1
    assert results_of(again.directory) == results_of(first.directory)


def deflated_by(sharpes: list[float], done: Any) -> tuple[float, float]:
    """The deflated Sharpe ratio of the best row of a run among all these, per bar, and the luck that it is against."""
    best = max(done.table.to_pylist(), key=lambda row: row["sharpe_ratio"])
    data = done.manifest["data"]
    year = math.sqrt(data["bars_per_year"])
    variance = plain.variance(sharpes)
    luck = statistics.expected_maximum_sharpe_ratio(len(sharpes), variance) * year
    given = best["sharpe_ratio"] / year, data["bars"], best["skewness"], best["kurtosis"] + 3.0
    return float(statistics.deflated_sharpe_ratio(*given, len(sharpes), variance)), float(luck)


def per_bar(done: Any) -> list[float]:
    year = math.sqrt(done.manifest["data"]["bars_per_year"])
    return [value / year for value in done.table["sharpe_ratio"].to_pylist()]


def test_the_best_row_is_judged_among_all_that_were_tried_on_the_data(tmp_path: Path) -> None:
    first = run(config(**swept(3, 5, 8)), tmp_path / "first")
    other_data = config(data={**config()["data"], "symbols": ["BETA"]})
    run(other_data, tmp_path / "other")
    second = run(config(**swept(8, 13)), tmp_path / "second")
    found = selection_of(second.table, second.manifest)
    assert found is not None
    everything = [*per_bar(second), *per_bar(first)[:6]]  # fast_period 8 is in both
    assert (found["trials"], found["earlier_trials"], found["lower_bound"]) == (12, 6, None)
    deflated, luck = deflated_by(everything, second)
    assert found["deflated_sharpe_ratio"] == pytest.approx(deflated, rel=1e-6)
    assert found["expected_maximum_sharpe_ratio"] == pytest.approx(luck, rel=1e-6)
    assert found["effective_trials"] == 4
    assert found["effective_deflated_sharpe_ratio"] > found["deflated_sharpe_ratio"]
    sentence = selection_sentence(found)
    assert "chosen from 12 (6 of this run, 6 of earlier ones on the same data): " in sentence
    assert f"{found['effective_deflated_sharpe_ratio']:.1%} where the 4 with different signals or exits" in sentence
    assert "lower bound" not in sentence
    # What was tried later changes nothing of a run that has ended.
    run(config(**swept(21)), tmp_path / "third")
    assert selection_of(second.table, second.manifest) == found


def test_without_the_ledger_the_count_is_said_to_be_a_lower_bound(tmp_path: Path) -> None:
    run(config(**swept(3, 5)), tmp_path / "first")
    off = config(infrastructure={"ledger": False})
    done = run(off, tmp_path / "off")
    assert sum(recorded().values()) == 6
    found = selection_of(done.table, done.manifest)
    assert found is not None
    assert (found["trials"], found["earlier_trials"], found["effective_trials"]) == (9, 0, 3)
    assert found["deflated_sharpe_ratio"] == pytest.approx(deflated_by(per_bar(done), done)[0], rel=1e-12)
    said = "the number is a lower bound, as the ledger of trials has no record: it is turned off"
    assert said in selection_sentence(found)
    # A run is resumed with the ledger on as well.
    again = run(config(), tmp_path / "off", resume=True)
    assert again.manifest["ledger"]["recorded"] and sum(recorded().values()) == 9


def test_a_run_of_before_the_ledger_says_so(tmp_path: Path) -> None:
    done = run(config(), tmp_path / "run")
    manifest = {key: value for key, value in done.manifest.items() if key != "ledger"}
    found = selection_of(done.table, manifest)
    assert found is not None and found["effective_trials"] is None
    assert found["lower_bound"] == "the run is older than that"


def test_a_ledger_that_cannot_be_written_ends_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ADMF_JIT_LEDGER_DIR", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match="ledger of trials cannot be used .* not counted in later runs"):
        done = run(config(), tmp_path / "run")
    assert done.failed == 0 and done.manifest["ledger"]["recorded"] is False
    assert "ledger of trials cannot be used" in done.manifest["ledger"]["reason"]
    with pytest.warns(UserWarning, match="This backtest is not counted"):
        aj.backtest("sma_crossover", year_of_bars())


def test_backtests_are_trials_and_tests_of_strategies_are_none() -> None:
    data = year_of_bars()
    for period in (3, 5, 3):
        aj.backtest("sma_crossover", data, parameters={"fast_period": period})
    aj.backtest("sma_crossover", data, parameters={"fast_period": 8}, ledger=False)
    assert recorded() == {data.digest: 2}
    create_test_container().load_data(generate_test_data()).run_strategy()
    assert recorded() == {data.digest: 2}
    many = aj.grid("sma_crossover", data, {"fast_period": [5, 8]})
    assert many.selection is not None and many.selection["trials"] == 3
    many.container(0)
    assert recorded() == {data.digest: 3}, "a replay is no trial"
    aj.grid("sma_crossover", data, {"fast_period": [13]}, ledger=False)
    assert recorded() == {data.digest: 3}


def test_each_sweep_of_a_run_is_recorded_on_its_data(tmp_path: Path) -> None:
    bars = {"source": "sample", "timeframe": "1d", "end": "2015-12-31"}
    several = config(data=[{"name": name, **bars, "symbols": [name]} for name in ("ALFA", "BETA")])
    done = run_grid(load_run(several), out=tmp_path / "run")
    assert sorted(recorded().values()) == [9, 9]
    entries = [entry for _, entry, _ in Ledger(ledger_path()).entries()]
    assert [entry.facts["data_set"] for entry in entries] == ["ALFA", "BETA"]
    assert set(done.manifest["ledger"]["data"]) == {entry.data for entry in entries}


def test_what_failed_is_recorded_without_a_sharpe_ratio(tmp_path: Path) -> None:
    # Costs that no account can bear leave no equity.
    ruinous = config(account={"cash": 100.0, "commission": {"type": "fixed", "amount": 99.0}})
    done = run(ruinous, tmp_path / "run")
    (data,) = recorded()
    found = count_trials(Ledger(ledger_path()).trials(data))
    judged = sum(value is not None and math.isfinite(value) for value in done.table["sharpe_ratio"].to_pylist())
    assert (found.containers, found.trials) == (9, judged)


def test_the_command_shows_verifies_and_moves_the_ledger(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["ledger", "show"]) == 0
    assert capsys.readouterr().out == f"0 sets of data in {ledger_path()}\n"
    done = run(config(), tmp_path / "run")
    capsys.readouterr()
    assert main(["ledger", "show", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["data"]
    assert (row["containers"], row["streams"], row["strategies"]) == (9, 3, 1)
    assert row["data"] == done.manifest["data"]["digest"]
    assert main(["ledger", "show"]) == 0
    assert f"{row['data'][:16]}  ALFA " in capsys.readouterr().out
    assert main(["ledger", "verify", str(tmp_path / "run")]) == 0
    assert f"the chain of 1 entry is whole, its end {done.manifest['ledger']['entry']}" in capsys.readouterr().out
    exported = tmp_path / "ledger.jsonl"
    assert main(["ledger", "export", str(exported)]) == 0
    assert main(["ledger", "export", "-"]) == 0
    assert capsys.readouterr().out == exported.read_text()

    monkeypatch.setenv("ADMF_JIT_LEDGER_DIR", str(tmp_path / "another machine"))
    assert main(["ledger", "verify", str(tmp_path / "run")]) == 1, "what its manifest names is not there"
    assert main(["ledger", "import", str(exported)]) == 0
    assert "9 containers of " in capsys.readouterr().out
    assert main(["ledger", "verify", str(tmp_path / "run"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["entries"] == 1
    for words, said in (
        (["show", "x"], "takes no path"),
        (["export"], "0 paths; expected one file"),
        (["verify", str(tmp_path)], "manifest"),
    ):
        assert main(["ledger", *words]) == 2
        assert said in capsys.readouterr().err


def test_commands_leave_the_ledger_alone_where_they_are_told_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    fields = config(**swept(3, 5))
    Path("config.yaml").write_text(json.dumps(fields))
    assert main(["run", "config.yaml", "--no-ledger"]) == 0
    assert main(["grid", "config.yaml", "--no-report", "--no-ledger"]) == 0
    assert "as the ledger of trials has no record: it is turned off" in capsys.readouterr().out
    assert recorded() == {}
    assert main(["run", "config.yaml"]) == 0
    assert list(recorded().values()) == [1]


def test_a_damaged_manifest_is_refused(tmp_path: Path) -> None:
    done = run(config(), tmp_path / "run")
    path = done.directory / "manifest.json"
    manifest = json.loads(path.read_text())
    (data,) = manifest["ledger"]["data"]
    for damage in ([], {"data": {data: {}}}, {"data": {data: {**manifest["ledger"]["data"][data], "earlier": "x"}}}):
        path.write_text(json.dumps({**manifest, "ledger": damage}))
        with pytest.raises(aj.ResultsError, match="ledger is .*; expected the manifest of a run"):
            aj.open_run(done.directory)


def test_halving_counts_every_point_and_what_came_before(tmp_path: Path) -> None:
    run(config(**swept(30)), tmp_path / "before")
    searched = config()
    searched["optimization"] = {"method": "halving", "n_trials": 9, "reduction": 3, "rungs": 2, "parameters": {}}
    searched["optimization"]["parameters"] = {"fast_period": {"start": 3, "stop": 12}}
    done = run(searched, tmp_path / "halving")
    found = selection_of(done.table, done.manifest)
    assert found is not None and found["effective_trials"] is None
    assert found["trials"] == done.manifest["halving"]["trials"] + 3 == 12
    assert np.isfinite(found["deflated_sharpe_ratio"])
