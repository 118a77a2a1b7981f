"""The ledger as lines of JSON: what is exported is what is imported, once, and whole."""

import json
from pathlib import Path

import numpy as np
import pytest

from admf_jit.errors import LedgerError
from admf_jit.ledger import Entry, Ledger, export_lines, import_lines, trials_of
from tests.ledger.made import DATA, OTHER_DATA, entry


@pytest.fixture
def here(tmp_path: Path) -> Ledger:
    ledger = Ledger(tmp_path / "here.sqlite")
    sharpes = np.array([0.1, np.nan, -1 / 3])
    streams = np.array([2**64 - 1, 1, 0], np.uint64)
    ledger.append([Entry(DATA, {"name": "é", "n": 3}, trials_of(["0" * 16, "f" * 16, "1" * 16], streams, sharpes))])
    ledger.append([entry([5, 6], OTHER_DATA)])
    return ledger


@pytest.fixture
def there(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "there.sqlite")


def test_what_is_exported_is_what_is_imported(here: Ledger, there: Ledger) -> None:
    lines = list(export_lines(here))
    assert import_lines(there, lines, "there") == 5
    assert list(export_lines(there)) == lines
    assert there.verify() == here.verify()
    assert import_lines(there, lines, "there") == 0, "what is known already is not added again"


def test_two_machines_count_what_either_has_run(here: Ledger, there: Ledger) -> None:
    there.append([entry([6, 7], OTHER_DATA)])
    assert import_lines(there, export_lines(here), "there") == 4
    assert there.trials(OTHER_DATA)["container"].tolist() == [5, 6, 7]
    assert there.verify().fault is None


def test_the_lines_are_for_other_programs_too(here: Ledger) -> None:
    said = [json.loads(line) for line in export_lines(here)]
    assert [one["number"] for one in said] == [1, 2] and said[0]["facts"] == {"name": "é", "n": 3}
    assert said[0]["container_id"] == ["0" * 16, "1" * 16, "f" * 16]
    assert said[0]["sharpe_ratio_per_bar"] == [float(np.float32(0.1)), float(np.float32(-1 / 3)), None]


def test_a_damaged_export_is_refused_as_a_whole(here: Ledger, there: Ledger) -> None:
    first, second = export_lines(here)
    for lines, said in (
        ([second], "file: line 1: changed, or lines before it are missing"),
        ([first, second.replace(f"{5:016x}", f"{9:016x}")], "file: line 2: changed"),
        ([first, second[:-9]], "file: line 2: .*expected a line that `ledger export` wrote"),
        ([first, "[]"], "file: line 2: "),
        ([first, '{"container_id": ["x"]}'], "file: line 2: "),
    ):
        with pytest.raises(LedgerError, match=said):
            import_lines(there, lines, "file")
    assert len(there.trials(DATA)) == 0
