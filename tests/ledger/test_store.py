"""The file of the ledger: what is added stays, what was changed is found, and writers lose nothing."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
import pytest

from admf_jit.errors import LedgerError
from admf_jit.ledger import LEDGER_VARIABLE, Ledger, ledger_path
from admf_jit.ledger import store as store_module
from tests.ledger.made import DATA, OTHER_DATA, entry, trials
from tests.long import how_many, long

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "folder" / "trials.sqlite")


@pytest.fixture
def four(ledger: Ledger) -> Ledger:
    for number in range(4):
        ledger.append([entry([number], name=f"run {number}")])
    return ledger


def numbers(ledger: Ledger, data: str = DATA) -> list[int]:
    found: list[int] = ledger.trials(data)["container"].tolist()
    return found


def tampered(ledger: Ledger, *statements: str) -> None:
    """Change the file past its own rules, as somebody would who wants to."""
    connection = sqlite3.connect(ledger.path)
    with connection:
        for trigger in ("entries_stay", "entries_keep"):
            connection.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_nothing_is_there_before_something_is_added(ledger: Ledger) -> None:
    assert numbers(ledger) == [] and ledger.verify().entries == 0 and list(ledger.entries()) == []
    assert not ledger.path.parent.exists()


def test_a_container_counts_once_on_each_set_of_data(ledger: Ledger) -> None:
    head, _ = ledger.append([entry([5, 3, 5]), entry([3], OTHER_DATA)])
    again, known = ledger.append([entry([3, 5]), entry([3], OTHER_DATA)])
    assert again == head and known[DATA]["container"].tolist() == [3, 5], "nothing is new, so nothing is written"
    ledger.append([entry([4, 5])])
    assert (numbers(ledger), numbers(ledger, OTHER_DATA)) == ([3, 4, 5], [3])
    assert [one.trials["container"].tolist() for _, one, _ in ledger.entries()] == [[3, 5], [3], [4]]


def test_containers_of_two_sweeps_of_one_run_count_once(ledger: Ledger) -> None:
    ledger.append([entry([1, 2]), entry([2, 3])])
    assert numbers(ledger) == [1, 2, 3]


def test_a_sharpe_ratio_that_was_missing_is_added(ledger: Ledger) -> None:
    ledger.append([store_module.replace(entry([1]), trials=trials([1], sharpe=np.nan))])
    ledger.append([entry([1])])
    _, known = ledger.append([store_module.replace(entry([1]), trials=trials([1], sharpe=np.inf))])
    assert known[DATA]["sharpe"].tolist() == [np.float32(0.01)]
    ledger._remembered.clear()
    assert ledger.trials(DATA).tobytes() == known[DATA].tobytes(), "also where it is read from the file"


def test_another_file_of_the_same_name_is_read_anew(ledger: Ledger) -> None:
    ledger.append([entry([1])])
    for file in ledger.path.parent.iterdir():
        file.unlink()
    ledger.append([entry([2])])
    assert numbers(ledger) == [2]


@pytest.mark.parametrize("statement", ["DELETE FROM entries WHERE number = 2", "UPDATE entries SET hash = x'00'"])
def test_the_file_refuses_what_is_no_addition(four: Ledger, statement: str) -> None:
    connection = sqlite3.connect(four.path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()


LAST_BYTE = "substr(entry, 1, length(entry) - 1) || x'7f'"


@pytest.mark.parametrize(
    ("statement", "at", "said"),
    [
        ("DELETE FROM entries WHERE number = 1", 1, "entry 1 missing: entry 2 follows"),
        ("DELETE FROM entries WHERE number IN (2, 3)", 2, "entries 2 to 3 missing: entry 4 follows entry 1"),
        ("DELETE FROM entries WHERE number = 4", 4, "the last 1 of 4 entries missing"),
        ("DELETE FROM entries", 1, "the last 4 of 4 entries missing"),
        (
            "UPDATE entries SET entry = CAST(replace(entry, 'run 2', 'run 9') AS BLOB) WHERE number = 3",
            3,
            "was changed",
        ),
        (f"UPDATE entries SET entry = CAST({LAST_BYTE} AS BLOB) WHERE number = 4", 4, "entry 4 was changed"),
        ("UPDATE entries SET hash = zeroblob(32) WHERE number = 2", 2, "entry 2 was changed"),
        ("UPDATE entries SET number = 9 WHERE number = 2", 2, "entry 2 missing: entry 3 follows entry 1"),
        ("UPDATE entries SET number = 9 WHERE number = 4", 4, "entries 4 to 8 missing"),
        ("UPDATE head SET entries = 3", 4, "the last entry is not the one that was noted"),
        ("UPDATE head SET hash = zeroblob(32)", 4, "the last entry is not the one that was noted"),
        ("DELETE FROM head", 4, "the last entry is not the one that was noted"),
        ("INSERT INTO entries (number, entry, hash) SELECT 5, entry, hash FROM entries WHERE number = 4", 5, "changed"),
    ],
)
def test_what_was_changed_or_deleted_is_found(four: Ledger, statement: str, at: int, said: str) -> None:
    assert four.verify().fault is None
    tampered(four, statement)
    fault = four.verify().fault
    assert fault is not None and fault.entry == at and said in fault.problem


def test_the_chain_goes_on_from_the_last_entry(four: Ledger) -> None:
    before = four.verify().head
    head, _ = four.append([entry([9])])
    assert four.has([before, head, "00"]) == {before: True, head: True, "00": False}


def test_nothing_of_several_entries_is_added_where_one_is_refused(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="64 hexadecimal digits"):
        ledger.append([entry([1]), entry([2], "digest")])
    assert numbers(ledger) == []


def writers(kind: str, path: Path, *counts: int) -> Any:
    command = [sys.executable, "-W", "ignore", "-m", "tests.ledger.writers", kind, str(path), *map(str, counts)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_processes_that_write_at_once_lose_nothing(ledger: Ledger) -> None:
    said = writers("at_once", ledger.path, 2, 60)
    assert said["lost"] == [] and len(said["confirmed"]) == 120
    found = ledger.verify()
    assert found.fault is None and found.entries == 120


@long
def test_a_kill_at_any_moment_leaves_a_chain_and_all_that_was_confirmed(ledger: Ledger) -> None:
    said = writers("killed", ledger.path, how_many(20, 100))
    assert said["lost"] == [] and said["confirmed"]
    assert ledger.verify().fault is None


def test_a_database_of_something_else_is_refused(ledger: Ledger) -> None:
    ledger.path.parent.mkdir()
    connection = sqlite3.connect(ledger.path)
    connection.execute("CREATE TABLE mine (one)")
    connection.close()
    for action in (lambda: ledger.append([entry([1])]), ledger.verify):
        with pytest.raises(LedgerError, match="is a database of something else"):
            action()


def test_a_file_that_is_no_database_is_refused(ledger: Ledger) -> None:
    ledger.path.parent.mkdir()
    ledger.path.write_text("no database " * 100)
    with pytest.raises(LedgerError, match="cannot be used \\(file is not a database\\)"):
        ledger.append([entry([1])])


def test_nothing_is_added_where_the_end_is_not_known(four: Ledger) -> None:
    tampered(four, "DELETE FROM head")
    with pytest.raises(LedgerError, match="does not say which entry is the last"):
        four.append([entry([9])])


def test_a_newer_ledger_is_refused(four: Ledger) -> None:
    connection = sqlite3.connect(four.path)
    connection.execute("PRAGMA user_version = 2")
    connection.close()
    with pytest.raises(LedgerError, match="ledger of version 2; expected 1: update admf_jit"):
        four.append([entry([9])])


def test_an_empty_file_becomes_a_ledger(ledger: Ledger) -> None:
    """As a process leaves it that is killed before the tables are there."""
    ledger.path.parent.mkdir()
    ledger.path.touch()
    with pytest.raises(LedgerError, match="is an empty file"):
        ledger.verify()
    ledger.append([entry([1])])
    assert numbers(ledger) == [1]


def test_a_folder_that_cannot_be_written_is_an_error_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LedgerError, match="file/trials.sqlite: the ledger of trials cannot be used"):
        Ledger(tmp_path / "file" / "trials.sqlite").append([entry([1])])


def test_an_entry_has_a_million_containers_at_the_most(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "_MOST_IN_AN_ENTRY", 3)
    ledger.append([entry(range(8))])
    assert [len(one.trials) for _, one, _ in ledger.entries()] == [3, 3, 2]
    assert numbers(ledger) == list(range(8)) and ledger.verify().fault is None


def test_few_sets_of_data_are_remembered(ledger: Ledger) -> None:
    for number in range(10):
        ledger.append([entry([number], f"{number:02}" * 32)])
    assert len([key for key in ledger._remembered if key[0] == ledger.path]) <= 4
    assert numbers(ledger, "00" * 32) == [0]


def test_tests_keep_away_from_the_ledger_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = platformdirs.user_data_path("admf_jit")
    assert user not in ledger_path().parents
    assert os.environ[LEDGER_VARIABLE] == str(ledger_path().parent)
    monkeypatch.delenv(LEDGER_VARIABLE)
    assert ledger_path() == user / "trials.sqlite"
