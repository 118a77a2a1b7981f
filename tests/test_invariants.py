"""The invariants accept what the reference does, and notice when any part of it is falsified."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd
import pytest

from tests.invariants import check_invariants
from tests.reference.bars import Bars
from tests.reference.costs import Settings
from tests.reference.engine import run
from tests.reference.strategies import momentum

DAY = 86_400_000_000_000
SETTINGS = Settings(
    cash=1000.0,
    commission={"type": "fixed", "amount": 1.0},
    slippage={"type": "percent", "rate": 0.001},
    close_at_end=True,
)


@dataclass
class Result:
    metrics: dict[str, float]
    trades: pd.DataFrame
    equity: pd.Series
    events: pd.DataFrame


def waves(n: int = 120) -> Bars:
    close = [100 + 10 * math.sin(t / 7) + 0.05 * t for t in range(n)]
    times, sessions = [t * DAY for t in range(n)], list(range(n))
    return Bars(times, sessions, close, close, close, close, [1.0] * n)


def result() -> Result:
    bars = waves()
    outcome = run(bars, momentum(bars, period=5, allow_short=True), SETTINGS)
    assert len(outcome.trades) > 3
    events = pd.DataFrame([asdict(event) for event in outcome.events])
    trades = pd.DataFrame([asdict(trade) for trade in outcome.trades])
    return Result(outcome.metrics, trades, pd.Series(outcome.equity), events)


def last(kind: str, table: pd.DataFrame) -> int:
    return int(table.index[table["kind"] == kind][-1])


def change(column: str, kind: str, by: float) -> Callable[[Result], None]:
    def tamper(falsified: Result) -> None:
        falsified.events.loc[last(kind, falsified.events), column] += by

    return tamper


def lose_an_event(falsified: Result) -> None:
    falsified.events = falsified.events.drop(last("POSITION_OPEN", falsified.events))


def swap_two_events(falsified: Result) -> None:
    row = last("SIGNAL", falsified.events)
    falsified.events.loc[[row, row + 1], "kind"] = ["ORDER", "SIGNAL"]


def change_metric(name: str, by: float) -> Callable[[Result], None]:
    def tamper(falsified: Result) -> None:
        falsified.metrics[name] += by

    return tamper


def lower_equity(falsified: Result) -> None:
    falsified.equity.iloc[50] -= 1e-9


def test_the_reference_holds_every_invariant() -> None:
    check_invariants(result(), SETTINGS)


@pytest.mark.parametrize(
    "tamper",
    [
        change("price", "FILL", 1e-9),
        change("quantity", "FILL", 1e-9),
        change("fee", "FILL", 1e-9),
        change("fee", "POSITION_OPEN", 1e-3),
        change("quantity", "POSITION_CLOSE", 1e-3),
        change("value", "POSITION_CLOSE", 1e-9),
        change("value", "PORTFOLIO_UPDATE", 1e-9),
        change("cause", "FILL", -1),
        change("cause", "ORDER", 1),
        change("sequence", "BAR", 1),
        change_metric("n_trades", 1),
        change_metric("commission_paid", 0.1),
        change_metric("slippage_paid", 0.1),
        change_metric("final_equity", 0.1),
        lose_an_event,
        swap_two_events,
        lower_equity,
    ],
)
def test_a_falsified_backtest_is_noticed(tamper: Callable[[Result], None]) -> None:
    falsified: Any = result()
    tamper(falsified)
    with pytest.raises(AssertionError):
        check_invariants(falsified, SETTINGS)
