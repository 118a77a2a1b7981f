"""The line of a container that its process did not survive, as a replay tells it."""

import json
from pathlib import Path

import pytest

from admf_jit.cli import main
from admf_jit.workflow.locate_failure import locate_failure
from tests.faults.test_damage import config
from tests.faults.vandal import ALLOCATE, DEEP_CALL, LOOP
from tests.workflow.runs import run

VANDAL = Path(__file__).with_name("vandal.py")
SAYS = {
    LOOP: ("timeout", "StillInThisBar: for more than 5 s at ", ("while bar.close", "n += 1", "if n ==", "n = 0")),
    ALLOCATE: ("memory_limit", "MemoryError: Unable to allocate 7.63 MiB ", ("kept.append(np.ones(1_000_000))",)),
    DEEP_CALL: ("crashed", "RecursionError: maximum recursion depth exceeded", ("deeper(",)),
}


def test_a_replay_names_the_line_and_the_bar(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    damages = list(SAYS)
    assert run(config(damages, [5]), tmp_path / "run", n_jobs=1).failed == len(damages)
    for place, damage in enumerate(damages):
        status, begins, lines = SAYS[damage]
        capsys.readouterr()
        assert main(["replay", str(tmp_path / "run"), str(place), "--json"]) == 1
        said = json.loads(capsys.readouterr().out)
        assert said["error"].startswith(f"{status}: ")
        where = said["where"]
        assert where.startswith(begins) and f"{VANDAL}:" in where, where
        assert "(bar 50, " in where and any(line in where for line in lines), where


def test_the_bar_is_that_of_the_strategy_where_nothing_was_filled_for_long(tmp_path: Path) -> None:
    # The close is never above the average of one bar: no signal leads to anything.
    assert run(config([LOOP], [1]), tmp_path / "run", n_jobs=1).failed == 1
    assert "(bar 50, " in locate_failure(tmp_path / "run", 0)


def test_a_container_that_came_to_its_end_is_not_looked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(config([0], [5]), tmp_path / "run", n_jobs=1)
    assert main(["replay", str(tmp_path / "run"), "0"]) == 0
    assert "plain Python" not in "".join(capsys.readouterr())
