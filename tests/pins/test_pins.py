"""The pins hold on a sample, in plain Python; and what all of them cover, which `make pins` runs."""

import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

from admf_jit.config.execution import PRESETS
from admf_kernels.constants import EventKind, Reason
from tests.patience import PATIENCE
from tests.pins import stored
from tests.pins.coverage import LATER_EVENTS, LATER_REASONS, all_labels, cases_by_label, ends, trades
from tests.pins.play import Row
from tests.pins.sweeps import ACTORS, CASES, draw_sweeps

LEAST = 10
ROOT = Path(__file__).resolve().parents[2]


def test_a_sample_is_as_stored_in_plain_python() -> None:
    """Here in plain Python, which compiles nothing; `make pins` runs all of them compiled."""
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "tests.pins", "--sample", "--without-events", "--jobs", "1"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, "cases are as stored" in done.stdout) == (0, True), done.stdout + done.stderr


def test_there_are_as_many_as_said_and_the_sample_has_every_strategy() -> None:
    assert len(ends()) == CASES
    assert {sweep.number for sweep in draw_sweeps()} == set(stored.read())
    assert 80 <= sum(len(sweep.cases) for sweep in stored.sample()) <= 200
    assert {sweep.actor.name for sweep in stored.sample()} == {actor.name for actor in ACTORS}
    assert {sweep.kind for sweep in stored.sample()} == {kind for actor in ACTORS for kind in actor.kinds}


def test_every_value_of_every_setting_has_cases_with_trades() -> None:
    counts = cases_by_label()
    assert set(counts) <= all_labels()
    assert {label: counts[label] for label in all_labels() if counts[label] < LEAST} == {}
    presets = Counter(sweep.kind for sweep, _, end in ends() if trades(end))
    assert all(presets[preset] >= LEAST for preset in PRESETS)


def test_every_strategy_has_cases_with_trades_and_the_failing_ones_fail() -> None:
    trading = Counter(sweep.actor.name for sweep, _, end in ends() if trades(end))
    failed = Counter(sweep.actor.name for sweep, _, end in ends() if not end.isdigit())
    for actor in ACTORS:
        counts = failed if "Failing" in actor.name else trading
        assert counts[actor.name] >= LEAST, actor.name
    assert sum(failed.values()) >= 10 * LEAST


def test_every_kind_of_event_and_every_reason_comes_up() -> None:
    counts = stored.cases_by_event()
    assert {kind.name for kind in EventKind if counts.get(kind.name, 0) < LEAST} == LATER_EVENTS
    by_reason: Counter[str] = Counter()
    for text, count in counts.items():
        by_reason[text.partition(" ")[2]] += count
    expected = {reason.name.lower() for reason in Reason if reason}
    assert {reason for reason in expected if by_reason[reason] < LEAST} == LATER_REASONS


def test_whatever_moves_is_said() -> None:
    sweep = next(sweep for sweep in draw_sweeps() if len(sweep.cases) > 1)
    rows = [Row(f"{index:016x}", "3", f"id{index}", 4.0, "full", "abcd") for index in range(len(sweep.cases))]
    line = stored.line_of(sweep, rows)
    assert stored.differences(line, sweep, rows) == []
    assert stored.differences(line, sweep, [replace(row, events="") for row in rows]) == []
    for change in ({"result_hash": "0" * 15 + "f"}, {"end": "4"}, {"end": "failed@7"}, {"events": "abce"}):
        moved = [*rows[:-1], replace(rows[-1], **change)]
        (said,) = stored.differences(line, sweep, moved)
        assert f"case {len(rows) - 1}: " in said and next(iter(change)).replace("end", "trades 3 -> ") in said
    (said,) = stored.differences(line, sweep, [replace(rows[0], container_id="id"), *rows[1:]])
    assert "container ids moved" in said


def test_only_all_can_be_stored() -> None:
    command = [sys.executable, "-m", "tests.pins", "--write", "--strategy", "Averages"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 2 and "stores all configurations" in done.stderr
