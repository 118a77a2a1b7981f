"""What becomes of old folders of compiled strategies."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from admf_jit.strategies.cache_age import DAYS_KEPT, USED_NAME, hold, prune

DAY = 86_400


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def folder(root: Path, name: str, *, days: float, noted: bool = True) -> Path:
    made = root / name
    made.mkdir(parents=True)
    (made / "SmaCrossover_0123.py").write_text("compiled")
    then = time.time() - days * DAY
    if noted:
        (made / USED_NAME).touch()
        os.utime(made / USED_NAME, (then, then))
    os.utime(made, (then, then))
    return made


def test_only_what_nobody_used_for_a_month_goes(root):
    old = folder(root, "0" * 16, days=DAYS_KEPT + 1)
    before_notes = folder(root, "1" * 16, days=DAYS_KEPT + 1, noted=False)
    folder(root, "2" * 16, days=DAYS_KEPT - 1)
    folder(root, "data", days=400)
    folder(root, "my own things", days=400)
    assert prune(root) == [old, before_notes]
    assert sorted(entry.name for entry in root.iterdir()) == ["2" * 16, "data", "my own things"]


def test_use_makes_a_folder_young_again(root):
    used = folder(root, "a" * 16, days=400)
    hold(used)
    assert time.time() - (used / USED_NAME).stat().st_mtime < DAY
    assert prune(root) == []


def test_a_folder_that_another_process_holds_stays_until_it_ends(root):
    held = folder(root, "b" * 16, days=0)
    text = (
        "import sys; from pathlib import Path; from admf_jit.strategies.cache_age import hold\n"
        "hold(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", text, str(held)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        in_a_year = time.time() + 365 * DAY
        assert prune(root, now=in_a_year) == []
        other.communicate()
    assert prune(root, now=in_a_year) == [held]


def test_no_cache_yet(root):
    assert prune(root) == []
