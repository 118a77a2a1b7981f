"""Scratch runs: where they go, how long they stay, and that nothing else is deleted."""

import os
import time

import pytest

from admf_jit.errors import ResultsError
from admf_jit.results import scratch
from admf_jit.results.lock import DirectoryLock
from admf_jit.results.scratch import DAYS_KEPT, note_use, prune_runs, scratch_directory

DAY = 86_400.0


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setattr(scratch, "cache_root", lambda: tmp_path)
    return tmp_path / "runs"


def make_run(root, name, days_old):
    directory = root / name
    directory.mkdir(parents=True)
    (directory / "manifest.json").write_text("{}")
    (directory / "results.parquet").write_text("rows")
    moment = time.time() - days_old * DAY
    os.utime(directory / "manifest.json", (moment, moment))
    return directory


def test_runs_are_counted_and_the_latest_is_resumed(root):
    assert [scratch_directory("sma") for _ in range(3)] == [root / "sma-1", root / "sma-2", root / "sma-3"]
    assert scratch_directory("sma", resume=True) == root / "sma-3"
    with pytest.raises(ResultsError, match="no run called 'ema'"):
        scratch_directory("ema", resume=True)


@pytest.mark.parametrize("name", ["../../elsewhere", "a/b", ".hidden", "", "Ä b", ".."])
def test_a_name_never_leads_out_of_the_folder(root, name):
    directory = scratch_directory(name)
    assert directory.parent == root and not directory.name.startswith(".")
    assert scratch_directory(name, resume=True) == directory


def test_a_run_goes_a_month_after_its_last_use(root):
    old = make_run(root, "sma-1", DAYS_KEPT + 1)
    used = make_run(root, "sma-2", DAYS_KEPT + 1)
    young = make_run(root, "sma-3", DAYS_KEPT - 1)
    note_use(used)
    new = scratch_directory("sma")
    assert not old.exists() and used.exists() and young.exists()
    assert new == root / "sma-4"
    assert sorted(entry.name for entry in root.iterdir()) == ["sma-2", "sma-3", "sma-4"]


def test_a_run_that_is_being_written_stays(root):
    running = make_run(root, "sma-1", 300)
    lock = DirectoryLock(running)
    try:
        assert prune_runs(root) == []
        assert running.exists()
    finally:
        lock.release()
    assert prune_runs(root) == [running]


def test_what_is_no_scratch_run_is_never_deleted(root, tmp_path):
    elsewhere = make_run(tmp_path / "elsewhere", "sma-1", 300)
    root.mkdir()
    (root / "sma-7").symlink_to(elsewhere)
    (root / "notes").mkdir()
    (root / "sma-8").write_text("a file")
    for entry in ("notes", "sma-8"):
        os.utime(root / entry, (0, 0))
    assert prune_runs(root) == []
    assert (elsewhere / "results.parquet").exists()
    assert sorted(entry.name for entry in root.iterdir()) == ["notes", "sma-7", "sma-8"]


def test_use_elsewhere_is_not_noted(root, tmp_path):
    run = make_run(tmp_path / "elsewhere", "sma-1", 300)
    before = (run / "manifest.json").stat().st_mtime
    note_use(run)
    assert (run / "manifest.json").stat().st_mtime == before
