"""Strategies of notebook cells that a magic runs: their source is found, again after a new definition."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("IPython")

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments):
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)


def test_a_class_in_a_timed_cell_is_compiled_and_names_its_lines():
    shown = run("-m", "tests.strategies.timed_cells")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    lines = [line for line in shown.stdout.splitlines() if not line.startswith(("CPU times", "Wall time"))]
    # Defined again, it is the new one; who kept the old one has that.
    assert lines[:3] == ["Timed True", "Timed False", "Kept True"]
    # The magic is line 1 of the cell, as people see it.
    assert lines[3] == "ValueError: three at notebook cell, line 9"
    assert lines[4].strip().startswith('raise ValueError("three") (bar 3, ')
    assert lines[5] == "Nested True"


def test_a_class_without_any_source_is_still_refused_in_words():
    script = (
        "import admf_jit as aj\nfrom admf_jit.testing import generate_test_data\n"
        "exec('@aj.strategy\\nclass Mine:\\n    def on_bar(self, bar, position):\\n        return aj.LONG\\n')\n"
        "try:\n    aj.backtest(Mine, generate_test_data(20))\nexcept aj.StrategyError as error:\n    print(error)\n"
    )
    assert "source of on_bar cannot be read (<string>): define the strategy in a file or a" in run("-c", script).stdout
