"""`execution.preset: vectorbt` against orders that vectorbt itself made, recorded in tests/golden/vectorbt."""

import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import admf_jit as aj
from tests.oracles.vectorbt import golden, kernel
from tests.oracles.vectorbt.cases import random_case
from tests.patience import PATIENCE

LINES = golden.read()
ROOT = Path(__file__).resolve().parents[2]
CAUSES = {
    "FEATURES": {"BAR"},
    "SIGNAL": {"FEATURES"},
    "ORDER": {"SIGNAL", "BAR"},
    "FILL": {"ORDER"},
    "REJECT": {"SIGNAL", "ORDER"},
    "CANCEL": {"ORDER"},
    "POSITION_OPEN": {"FILL"},
    "POSITION_CLOSE": {"FILL"},
    "PORTFOLIO_UPDATE": {"BAR"},
}
# Made of returns, of growth or of the average equity.
OF_RETURNS = {
    "cagr", "annual_volatility", "sharpe_ratio", "sortino_ratio", "calmar_ratio", "skewness", "kurtosis", "turnover",
}  # fmt: skip
IN_PLAIN_PYTHON = """
import sys
from tests.oracles.vectorbt import golden, kernel
from tests.oracles.vectorbt.cases import random_case
lines = golden.read()[:60]
cases = [random_case(line["seed"]) for line in lines]
assert [golden.record(case, *kernel.play(case)) for case in cases] == lines
print(len(lines))
"""


def is_taken(line: dict[str, Any]) -> bool:
    """Whether settings can ask for the case: a commission of 100 % and more cannot be configured."""
    return random_case(line["seed"]).rules.fees < 1


def backtest(line: dict[str, Any]) -> Any:
    case = random_case(line["seed"])
    return aj.backtest(kernel.Script, kernel.market_data(case), raise_errors=False, **kernel.settings(case))


def test_most_cases_can_be_asked_for_by_settings() -> None:
    assert sum(map(is_taken, LINES)) >= 200


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"seed{line['seed']}")
def test_orders_and_equity_have_the_recorded_bits(line: dict[str, Any]) -> None:
    case = random_case(line["seed"])
    if is_taken(line):
        result = backtest(line)
        assert result.error is None
        played = kernel.played(result.records, result.metrics)
        assert list(result.equity) == played.equity
    else:
        played = kernel.play(case)
    assert golden.record(case, *played) == line


def test_plain_python_has_the_same_bits() -> None:
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-W", "error", "-c", IN_PLAIN_PYTHON]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stdout) == (0, "60\n"), done.stderr


@pytest.mark.parametrize("line", list(filter(is_taken, LINES))[::4], ids=lambda line: f"seed{line['seed']}")
def test_every_event_has_its_cause_and_the_books_add_up(line: dict[str, Any]) -> None:
    result = backtest(line)
    events = list(result.events.itertuples(index=False))
    assert [event.sequence for event in events] == list(range(len(events)))
    held = 0.0
    for event in events:
        if event.kind == "BAR":
            assert event.cause == -1
            continue
        cause = events[event.cause]
        assert cause.sequence < event.sequence and cause.kind in CAUSES[event.kind], (event, cause)
        if event.kind in ("FILL", "REJECT") and cause.kind == "ORDER":
            assert (event.order, math.copysign(1, event.quantity)) == (cause.order, math.copysign(1, cause.quantity))
        if event.kind == "FILL":
            held += event.quantity
        if event.kind == "PORTFOLIO_UPDATE":
            assert math.isclose(event.quantity, held, rel_tol=1e-9, abs_tol=1e-9)
            held = event.quantity
            assert event.value == event.fee + event.quantity * event.price
    _check_metrics(result, events, random_case(line["seed"]).rules.cash)


def _check_metrics(result: Any, events: list[Any], cash: float) -> None:
    fills = [event for event in events if event.kind == "FILL"]
    closed = [event for event in events if event.kind == "POSITION_CLOSE"]
    marks = [event for event in events if event.kind == "PORTFOLIO_UPDATE"]
    metrics = result.metrics
    assert metrics["total_return"] == metrics["final_equity"] / cash - 1
    assert metrics["n_trades"] == len(closed) == len(result.trades)
    assert math.isclose(metrics["final_equity"], marks[-1].value, rel_tol=1e-9, abs_tol=1e-9)
    assert math.isclose(metrics["commission_paid"], math.fsum(fill.fee for fill in fills), abs_tol=1e-12)
    assert math.isclose(metrics["slippage_paid"], math.fsum(fill.value for fill in fills), abs_tol=1e-12)
    assert metrics["exposure"] == sum(mark.quantity != 0 for mark in marks) / len(marks)
    if marks[-1].quantity == 0:
        profit = math.fsum(result.trades["profit"])
        traded = cash + math.fsum(abs(fill.quantity) * fill.price for fill in fills)
        assert math.isclose(profit, marks[-1].value - cash, rel_tol=1e-9, abs_tol=1e-9 * traded)


def test_an_account_that_owes_goes_on_without_the_metrics_of_returns() -> None:
    found = 0
    for line in filter(is_taken, LINES):
        case = random_case(line["seed"])
        if math.isinf(case.rules.size):
            continue
        result = backtest(line)
        owed = min(result.equity) <= 0
        found += owed
        assert result.status == "ok"
        assert float(result.metrics["final_equity"]).hex() == line["final_equity"]
        nan = {name for name, value in result.metrics.items() if math.isnan(value)}
        assert OF_RETURNS <= nan if owed else "cagr" not in nan
    assert found >= 3
