"""The invariants of accounting hold in a container where everything happens, and each notices when it is falsified."""

import importlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

import admf_jit as aj
from tests.accounting import check_accounting

CASH = 100_000.0
SETTINGS: dict[str, Any] = {
    "cash": CASH,
    "commission": {"type": "percent", "rate": 0.001},
    "slippage": {"type": "spread", "spread": 0.002},
    "sizing": {"type": "risk", "risk": 0.02},
    "pyramiding": 3,
    "margin": {"leverage": 4, "maintenance": 0.24},
    "interest_rate": 0.1,
    "borrow_rate": 0.05,
    "max_volume_share": 0.002,
    "exits": {"stop_loss": 0.02, "take_profit": 0.03, "trailing_stop": {"type": "atr", "multiple": 3, "period": 5}},
    "risk": {"max_daily_loss": 0.03, "on_breach": "flatten", "max_gross_exposure": 3.0},
    "close_at_end": True,
}


@pytest.fixture(scope="module")
def genuine() -> Any:
    data = aj.load("sample", symbols=["ALFA"], timeframe="1d")
    one = aj.backtest("donchian_breakout", data, parameters={"allow_short": True}, **SETTINGS)
    assert one.error is None
    return one


def copy_of(one: Any) -> Any:
    return SimpleNamespace(
        multipliers=(),
        data=SimpleNamespace(symbols=()),
        error=one.error,
        events=one.events.copy(),
        equity=one.equity.copy(),
        trades=one.trades.copy(),
        metrics=dict(one.metrics),
    )


def test_every_kind_of_event_happens_and_all_adds_up(genuine: Any) -> None:
    kinds = set(genuine.events["kind"])
    assert kinds >= {"ORDER", "FILL", "CANCEL", "FINANCING", "RISK_BREACH", "POSITION_OPEN", "POSITION_CLOSE"}
    assert {"modified", "stop_loss", "take_profit", "trailing_stop"} <= set(genuine.events["reason"])
    assert genuine.metrics["risk_breaches"] > 0 and genuine.metrics["financing_paid"] > 0
    assert (genuine.trades["n_fills"] > 2).any()
    check_accounting(genuine, CASH)


def test_every_backtest_of_the_suite_is_checked() -> None:
    checked = importlib.import_module("admf_jit.workflow.replay").run_container
    assert checked.__name__ == "run_and_check"
    assert aj.api.single.run_container is checked and aj.api.grid_result.run_container is checked


def place(events: pd.DataFrame, kind: str, reason: str | None = None) -> int:
    """The last event of a kind: after it there is nothing that could make up for what is done to it."""
    chosen = events["kind"] == kind
    if reason is not None:
        chosen &= events["reason"] == reason
    return int(events.index[chosen][-1])


def change(column: str, kind: str, by: float) -> Callable[[Any], None]:
    def tamper(one: Any) -> None:
        one.events.loc[place(one.events, kind), column] += by

    return tamper


def change_metric(name: str, by: float) -> Callable[[Any], None]:
    def tamper(one: Any) -> None:
        one.metrics[name] += by

    return tamper


def become(kind: str, other: str) -> Callable[[Any], None]:
    def tamper(one: Any) -> None:
        one.events.loc[place(one.events, kind), "kind"] = other

    return tamper


def same_number(kind: str) -> Callable[[Any], None]:
    """Give the last event of a kind the number of the first order, which ended long before."""

    def tamper(one: Any) -> None:
        one.events.loc[place(one.events, kind), "order"] = 1

    return tamper


def modified_unsent(one: Any) -> None:
    sent = one.events[(one.events["kind"] == "ORDER") & (one.events["reason"] == "stop_loss")]
    one.events.loc[sent.index[-1], "reason"] = "modified"


def sent_twice(one: Any) -> None:
    one.events.loc[place(one.events, "ORDER", "modified"), "reason"] = ""


def caused_by_itself(one: Any) -> None:
    one.events.loc[place(one.events, "ORDER"), "cause"] = place(one.events, "ORDER")


def no_cause(one: Any) -> None:
    one.events.loc[place(one.events, "ORDER"), "cause"] = -1


def lose_a_trade(one: Any) -> None:
    one.trades = one.trades.iloc[:-1]


def change_trade(column: str, by: float) -> Callable[[Any], None]:
    def tamper(one: Any) -> None:
        one.trades.loc[one.trades.index[-1], column] += by

    return tamper


@pytest.mark.parametrize(
    "tamper",
    [
        change("price", "FILL", 1e-9),
        change("quantity", "FILL", 1e-9),
        change("fee", "FILL", 1e-9),
        change("value", "FILL", 1e-6),
        change("value", "FINANCING", 1e-9),
        change("value", "PORTFOLIO_UPDATE", 1e-9),
        change("quantity", "PORTFOLIO_UPDATE", 1e-9),
        change("fee", "PORTFOLIO_UPDATE", 1e-9),
        change("sequence", "CANCEL", 1),
        change("cause", "FILL", -1),
        change("cause", "BAR", 1),
        become("POSITION_CLOSE", "POSITION_OPEN"),
        become("RISK_BREACH", "REJECT"),
        same_number("CANCEL"),
        same_number("ORDER"),
        same_number("FILL"),
        modified_unsent,
        sent_twice,
        caused_by_itself,
        no_cause,
        lose_a_trade,
        change_trade("profit", 1.0),
        change_trade("return", 1.0),
        change_trade("holding", 1),
        *(change_metric(name, 1e-6) for name in ("commission_paid", "slippage_paid", "financing_paid", "final_equity")),
        *(change_metric(name, 1) for name in ("n_trades", "risk_breaches", "liquidations", "average_holding")),
        lambda one: one.equity.__setitem__(one.equity.index[50], 1.0),
    ],
)
def test_a_falsified_container_is_noticed(tamper: Callable[[Any], None], genuine: Any) -> None:
    falsified = copy_of(genuine)
    tamper(falsified)
    with pytest.raises(AssertionError):
        check_accounting(falsified, CASH)
