"""The command `runs` lists what is there, says what differs, and deletes only what a run has written."""

import json

import pytest

from admf_jit.cli import main
from admf_jit.errors import ResultsError
from admf_jit.results import RunDirectory
from admf_jit.results.catalogue import remove_run
from tests.results.conftest import METRICS, SWEPT, make_result


def store(path, *, cash, best=1.0, finished=True):
    """A run of three rows, the second of which failed."""
    optimization = {"objective": "sharpe_ratio", "direction": "maximize", "parameters": {}}
    manifest = {
        "name": path.name,
        "config": {"account": {"cash": cash}, "optimization": optimization},
        "data": {"digest": f"d{cash}", "symbols": ["ALFA"]},
        "strategy": {"digest": "s", "name": "Crossing"},
        "versions": {"admf_jit": "0"},
        "containers": 3,
    }
    with RunDirectory.create(path, manifest, swept=SWEPT, metrics=METRICS) as run:
        results = [make_result(index, failed=index == 1) for index in range(3)]
        for result in results:
            if result.error is None:
                result.metrics["sharpe_ratio"] = best - result.index
        run.add(results)
        if finished:
            run.finish(expected=3)
        else:
            run.flush()
    (path / "report.html").write_text("a page")
    return path


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store(tmp_path / "runs" / "one-10", cash=1.0)
    store(tmp_path / "runs" / "one-2", cash=2.0, best=2.5)
    store(tmp_path / "runs" / "walk" / "window-1", cash=3.0, finished=False)
    (tmp_path / "runs" / "no run").mkdir()
    return tmp_path / "runs"


def listed(capsys, *options):
    assert main(["runs", *options, "--json"]) == 0
    return json.loads(capsys.readouterr().out)["runs"]


def test_runs_are_listed_by_name_with_their_best_row(capsys, runs):
    found = listed(capsys)
    assert [one["directory"] for one in found] == ["runs/one-2", "runs/one-10", "runs/walk/window-1"]
    assert [one["best"] for one in found] == [2.5, 1.0, None]
    assert [one["status"] for one in found] == ["finished", "finished", "running"]
    assert (found[0]["containers"], found[0]["failed"], found[0]["strategy"]) == (3, 1, "Crossing")
    assert [one["name"] for one in listed(capsys, "--match", "WINDOW")] == ["window-1"]
    assert main(["runs"]) == 0
    assert "runs/one-10" in capsys.readouterr().out


def test_one_that_cannot_be_read_is_named_and_hides_no_other(capsys, runs):
    (runs / "one-2" / "manifest.json").write_text("{")
    found = listed(capsys)
    assert "not readable as JSON" in found[0]["problem"] and found[1]["best"] == 1.0
    assert main(["runs", "elsewhere"]) == 2
    assert "elsewhere: no such folder" in capsys.readouterr().err


def test_two_are_compared_by_what_they_differ_in(capsys, runs):
    assert main(["runs", "--compare", "runs/one-2", "runs/one-10", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["differences"] == {"account.cash": [2.0, 1.0], "data.digest": ["d2.0", "d1.0"]}
    assert main(["runs", "--compare", "runs/one-2", "runs/one-10"]) == 0
    assert "account.cash" in capsys.readouterr().out


def test_nothing_is_deleted_before_it_is_confirmed(capsys, runs):
    assert main(["runs", "--delete", "runs/one-2"]) == 0
    assert "nothing is deleted yet: add --yes to delete 1 run" in capsys.readouterr().out
    assert (runs / "one-2" / "results.parquet").exists()
    assert main(["runs", "--yes"]) == 2
    assert "--yes: is for --delete" in capsys.readouterr().err


def test_a_run_is_deleted_and_what_is_not_its_own_stays(capsys, runs):
    (runs / "one-2" / "notes.txt").write_text("mine")
    assert main(["runs", "--delete", "runs/one-2", "runs/one-10", "runs/walk/window-1", "--yes"]) == 0
    assert "left in it: notes.txt" in capsys.readouterr().out
    assert [entry.name for entry in (runs / "one-2").iterdir()] == ["notes.txt"]
    assert not (runs / "one-10").exists() and not (runs / "walk" / "window-1").exists()


def test_all_or_none_are_deleted_where_one_is_no_run(capsys, runs):
    assert main(["runs", "--delete", "runs/one-2", "runs/no run", "--yes"]) == 2
    assert "runs/no run" in capsys.readouterr().err
    assert (runs / "one-2" / "results.parquet").exists()


def test_a_run_that_is_written_to_is_not_deleted(runs):
    opened = RunDirectory.open(runs / "one-2")
    with (
        RunDirectory.create(runs / "one-2", opened.manifest, swept=SWEPT, metrics=METRICS, resume=True),
        pytest.raises(ResultsError, match="is writing to this run directory"),
    ):
        remove_run(runs / "one-2")
    assert (runs / "one-2" / "results.parquet").exists()
