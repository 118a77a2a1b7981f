"""From an order back to the row that chose its parameters, and where two containers part."""

import json
from pathlib import Path
from typing import Any

import pytest

from admf_jit.cli.main import main
from admf_jit.config import load_run
from admf_jit.live.feed import LineCutter
from admf_jit.live.history import BACKTEST, LOG, history_of
from admf_jit.live.parting import different_settings, parting_of
from admf_jit.live.setup import from_row, open_session
from admf_jit.workflow import run_grid
from tests.live.test_session import FIELDS, Written, bar_line, closes

SWEPT = {
    "strategy": {"type": "sma_crossover"},
    "optimization": {"objective": "sharpe_ratio", "parameters": {"fast_period": [2, 3], "slow_period": [5, 8]}},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of four containers."""
    folder = tmp_path_factory.mktemp("runs") / "swept"
    run_grid(load_run({**FIELDS, **SWEPT}), out=folder, n_jobs=1)
    return folder


@pytest.fixture(scope="module")
def live(run: Path) -> Path:
    """A live run of row 0, over seven bars."""
    folder = run.parent / "live"
    session = open_session(from_row(run, "0", []), Written(), folder)
    session.begin(resume=False)
    for line in LineCutter().add(b"".join(bar_line(day, close) for day, close in closes())):
        session.take(line)
    session.save()
    session.close()
    return folder


def said_by(capsys: pytest.CaptureFixture[str], *arguments: Any) -> tuple[int, dict[str, Any]]:
    status = main([str(argument) for argument in (*arguments, "--json")])
    return status, json.loads(capsys.readouterr().out)


def test_an_order_is_followed_to_the_row_that_chose_its_parameters(
    run: Path, live: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = said_by(capsys, "trace", live, "--follow", "1")
    assert status == 0
    assert [event["kind"] for event in said["events"]] == ["FILL", "ORDER", "SIGNAL", "FEATURES", "BAR"]
    assert all(
        one["cause"] == other["sequence"] for one, other in zip(said["events"], said["events"][1:], strict=False)
    )
    (row,) = said["rows"]
    assert (row["index"], row["parameters"]) == (0, {"fast_period": 2, "slow_period": 5})
    assert (row["run"], row["objective"]) == (str(run), "sharpe_ratio")
    # What began it all is the run: the live one and the rows of the sweep share its id.
    assert said["correlation"] == row["run_id"] != said["run"]
    assert said_by(capsys, "trace", live, "--follow", f"{said['run']}-1")[1] == said
    status, swept = said_by(capsys, "trace", run, "0", "--follow", "1")
    assert (status, swept["correlation"], swept["rows"]) == (0, row["run_id"], [row])


def test_an_order_that_is_not_there_is_told(live: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", str(live), "--follow", "77"]) == 2
    assert "no such order; expected a number from 1 to" in capsys.readouterr().err


def test_the_log_of_a_live_run_is_the_backtest_of_its_bars(live: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", str(live), LOG, BACKTEST]) == 0
    assert "bit for bit" in capsys.readouterr().out
    log, backtest = history_of(live, LOG), history_of(live, BACKTEST)
    assert log.records.tobytes() == backtest.records.tobytes()
    assert set(different_settings(log, backtest)) <= {"data"}


def test_a_log_that_was_changed_parts_at_that_event(live: Path) -> None:
    log, backtest = history_of(live, LOG), history_of(live, BACKTEST)
    place = int((log.records["kind"] == 4).argmax())
    log.records["price"][place] += 1e-13 * log.records["price"][place]
    parting = parting_of(log, backtest)
    assert parting is not None
    assert parting.left[0]["sequence"] == parting.right[0]["sequence"] == log.records["sequence"][place]
    assert parting.bar == log.records["bar"][place]
    assert parting.left[1:] == parting.right[1:] and parting.left[-1]["kind"] == "BAR"


def test_containers_part_where_their_first_event_differs(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, said = said_by(capsys, "diff", run, 0, 2)
    assert status == 1
    assert said["settings"].keys() == {"seed", "strategy.parameters.fast_period"}
    assert said["settings"]["strategy.parameters.fast_period"] == [2, 3]
    left, right = history_of(run, "0").records, history_of(run, "2").records
    pairs = zip(left.tolist(), right.tolist(), strict=False)
    first = next(place for place, (one, other) in enumerate(pairs) if one[2:] != other[2:])
    assert said["parting"]["left"][0]["sequence"] == said["parting"]["right"][0]["sequence"] == first
    assert said["parting"]["bar"] == left["bar"][first]
    assert main(["diff", str(run), "1", f"{run}:1"]) == 0
    assert "settings: the same" in capsys.readouterr().out


def test_one_that_ends_before_the_other_parts_there(live: Path) -> None:
    backtest, shorter = history_of(live, BACKTEST), history_of(live, LOG)
    n = len(shorter.records) - 2
    cut = type(shorter)(**{**vars(shorter), "records": shorter.records[:n], "times": shorter.times[:n]})
    parting = parting_of(backtest, cut)
    assert parting is not None and parting.right == []
    assert parting.left[0]["sequence"] == backtest.records["sequence"][n]
