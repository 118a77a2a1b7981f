import json

import pandas as pd
import pytest

from admf_jit.cli import main


@pytest.fixture
def replayed(workflow, backtest):
    def replay(run_directory, container):
        workflow.asked = (str(run_directory), container)
        return backtest

    workflow.replay = replay
    return workflow


def test_metrics_and_trades_by_default(capsys, replayed):
    assert main(["replay", "runs/a-1", "17"]) == 0
    assert replayed.asked == ("runs/a-1", "17")
    out = capsys.readouterr().out
    assert "25.00%" in out and "1 trade:" in out and "long  2024-01-02 14:30  2024-01-05 14:30" in out


def test_why_walks_from_a_fill_to_its_bar(capsys, replayed):
    assert main(["replay", "runs/a-1", "17", "--why", "5", "--json"]) == 0
    kinds = [event["kind"] for event in json.loads(capsys.readouterr().out)["events"]]
    assert kinds == ["FILL", "ORDER", "SIGNAL", "FEATURES", "BAR"]


def test_why_of_no_event(capsys, replayed):
    assert main(["replay", "runs/a-1", "17", "--why", "99"]) == 2
    assert "--why 99: no such event; expected a sequence number from 0 to 5" in capsys.readouterr().err


@pytest.mark.parametrize(("suffix", "read"), [("csv", pd.read_csv), ("parquet", pd.read_parquet)])
def test_events_go_to_a_file(capsys, replayed, backtest, tmp_path, suffix, read):
    path = tmp_path / f"events.{suffix}"
    assert main(["replay", "runs/a-1", "17", "--events", str(path)]) == 0
    assert "6 events" in capsys.readouterr().out
    written = read(path)
    assert written["kind"].tolist() == backtest.events["kind"].tolist()
    whose = written[["run", "container", "correlation", "phase"]].drop_duplicates().values.tolist()
    assert whose == [["a run", "a container", "what began it", "a phase"]]


@pytest.mark.parametrize("name", ["events.xlsx", "nowhere/events.csv"])
def test_a_file_that_cannot_be_written_is_refused_before_the_replay(capsys, replayed, name):
    assert main(["replay", "runs/a-1", "17", "--events", name]) == 2
    assert f"--events {name}" in capsys.readouterr().err
    assert not hasattr(replayed, "asked")


def test_equity_and_trades(capsys, replayed):
    main(["replay", "runs/a-1", "17", "--equity", "--json"])
    assert json.loads(capsys.readouterr().out)["equity"] == [
        {"bar": 0, "equity": 100.0},
        {"bar": 1, "equity": 125.0},
    ]
    main(["replay", "runs/a-1", "17", "--trades"])
    assert "exit_price" in capsys.readouterr().out


def test_json_of_the_summary(capsys, replayed):
    main(["replay", "runs/a-1", "17", "--json"])
    content = json.loads(capsys.readouterr().out)
    assert content["metrics"]["sharpe_ratio"] is None
    assert [trade["profit"] for trade in content["trades"]] == [12.5]
