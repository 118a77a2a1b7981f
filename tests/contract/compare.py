"""Compare what the public API returns with an outcome of the reference."""

import math
from typing import Any

import pandas as pd

from admf_kernels.constants import COUNT_NAMES
from tests.invariants import check_invariants
from tests.reference.costs import Settings
from tests.reference.engine import Outcome
from tests.reference.ledger import Event

RELATIVE = 1e-9
# Differences of larger numbers: rounding leaves an error of the size of those, so near zero a relative bound
# alone would ask for more digits than a double has. In the metric's own unit.
NEAR_ZERO = {"sharpe_ratio": 1e-9, "sortino_ratio": 1e-9, "skewness": 1e-9, "kurtosis": 1e-9}
WHOLE_NUMBERS = ("max_drawdown_duration", "n_trades")
PAYLOAD = {
    "BAR": ("price",),
    "SIGNAL": ("price", "quantity"),
    "ORDER": ("price", "quantity"),
    "FILL": ("price", "quantity", "value", "fee"),
    "REJECT": ("reason",),
    "POSITION_OPEN": ("price", "quantity", "fee"),
    "POSITION_CLOSE": ("price", "quantity", "value", "fee"),
    "PORTFOLIO_UPDATE": ("price", "quantity", "value", "fee"),
}


def same(a: float, b: float, near_zero: float = 0.0, relative: float = RELATIVE) -> bool:
    """Return whether two numbers agree to the suite's tolerance; NaN agrees with NaN."""
    return (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=relative, abs_tol=near_zero)


def api_settings(settings: Settings) -> dict[str, Any]:
    """Keywords of `aj.backtest` and `aj.grid` for the settings of the reference."""
    return {name: getattr(settings, name) for name in Settings.__dataclass_fields__}


def assert_agrees(result: Any, outcome: Outcome, settings: Settings, relative: float = RELATIVE) -> None:
    """Assert that every event, fill, trade, equity and metric agrees, and that the invariants hold.

    `relative` bounds the differences of events alone; 0 asks for the same bits.
    """
    compare_events(result.events, outcome.events, relative)
    assert len(result.equity) == len(outcome.equity)
    for bar, (a, b) in enumerate(zip(result.equity, outcome.equity, strict=True)):
        assert same(a, b), ("equity", bar, a, b)
    compare_trades(result.trades, outcome)
    compare_metrics(result.metrics, outcome, settings.cash)
    check_invariants(result, settings)


def compare_events(events: pd.DataFrame, expected: list[Event], relative: float = RELATIVE) -> None:
    """Assert that the same things happened in the same order for the same reasons."""
    rows = list(events.itertuples(index=False))
    for row, event in zip(rows, expected, strict=False):
        got = (row.sequence, row.cause, row.kind, row.bar)
        assert got == (event.sequence, event.cause, event.kind, event.bar), (row, event)
        for name in PAYLOAD.get(event.kind, ()):
            a, b = getattr(row, name), getattr(event, name)
            # A profit is a difference of two values traded.
            near_zero = relative * abs(row.price * row.quantity) if name == "value" else 0.0
            assert a == b if name == "reason" else same(a, b, near_zero, relative), (name, row, event)
    assert len(rows) == len(expected)


def compare_trades(trades: pd.DataFrame, outcome: Outcome) -> None:
    """Assert that the same trades were made."""
    assert len(trades) == len(outcome.trades)
    for row, trade in zip(trades.to_dict("records"), outcome.trades, strict=True):
        whole = [row[name] for name in ("entry_bar", "exit_bar", "direction", "holding")]
        assert whole == [trade.entry_bar, trade.exit_bar, trade.direction, trade.exit_bar - trade.entry_bar]
        for name in ("quantity", "entry_price", "commission"):
            assert same(row[name], getattr(trade, name)), (name, row, trade)
        if trade.exit_fills == 1:
            assert same(row["exit_price"], trade.exit_price), (row, trade)
        assert same(row["profit"], trade.profit, RELATIVE * trade.entry_value), (row, trade)
        assert same(row["return"], trade.profit / trade.entry_value, RELATIVE), (row, trade)


def compare_metrics(metrics: dict[str, float], outcome: Outcome, cash: float) -> None:
    """Assert that every metric agrees, in the order of the contract."""
    # What the plain engine's account cannot have is 0.
    assert list(metrics) == [*outcome.metrics, "financing_paid", "risk_breaches", "liquidations", *COUNT_NAMES]
    rejects = [event.reason for event in outcome.events if event.kind == "REJECT"]
    assert metrics["rejects"] == len(rejects)
    assert all(metrics[f"rejects_{reason}"] == rejects.count(reason) for reason in set(rejects))
    sent = sum(event.kind == "ORDER" for event in outcome.events)
    assert metrics["orders"] == sent + rejects.count("below_lot_size")
    assert metrics["financing_paid"] == metrics["risk_breaches"] == metrics["liquidations"] == 0.0
    near_zero = {**NEAR_ZERO, "total_return": 1e-12, "cagr": 1e-12, "expectancy": 1e-12 * cash}
    near_zero |= {"best_trade": 1e-12, "worst_trade": 1e-12, "calmar_ratio": 1e-9, "max_drawdown": 1e-12}
    for name, expected in outcome.metrics.items():
        if name in WHOLE_NUMBERS:
            assert metrics[name] == expected, name
        assert same(metrics[name], expected, near_zero.get(name, 0.0)), (name, metrics[name], expected)
