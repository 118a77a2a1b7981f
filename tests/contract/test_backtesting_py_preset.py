"""Preset backtesting.py against what that engine did, recorded in tests/golden/backtesting_py, and its own rules."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.oracles.backtesting_py import golden, kernel, public
from tests.oracles.backtesting_py.boundaries import case_of
from tests.oracles.backtesting_py.events import outcome_of

LINES = golden.read()
ROOT = Path(__file__).parents[2]
COLUMNS = ["entry_bar", "exit_bar", "direction", "quantity", "entry_price", "exit_price", "profit", "commission"]


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"seed{line['seed']}")
def test_a_backtest_makes_the_recorded_trades_and_equity(line: dict[str, Any]) -> None:
    case = case_of(line["seed"])
    result = public.backtest(case)
    assert (result.status, result.metrics["final_equity"]) == ("ok", line["final_equity"])
    assert golden.record(case, outcome_of(case, result.records)) == line
    assert result.trades[COLUMNS].to_numpy().tolist() == [
        [entry, exit_, 1.0 if size > 0 else -1.0, abs(size), *prices, profit, commission]
        for entry, exit_, size, *prices, profit, commission in line["trades"]
    ]
    assert result.metrics["n_trades"] == len(line["trades"])
    assert golden.digest(result.equity.tolist()) == line["equity"]


def test_plain_python_comes_to_the_same_bits() -> None:
    script = "from tests.contract import test_backtesting_py_preset as here; here.print_records()"
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert [json.loads(line) for line in done.stdout.splitlines()] == LINES


def print_records() -> None:
    for line in LINES:
        case = case_of(line["seed"])
        print(json.dumps(golden.record(case, kernel.play(case))))
