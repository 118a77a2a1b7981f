"""Metrics taken bar by bar against pandas over the whole equity."""

import math
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from numba import njit

from admf_kernels import metrics as kernels
from admf_kernels.broker import Broker
from admf_kernels.constants import METRIC_NAMES, OUTCOME_COLUMNS
from admf_kernels.metrics import EQUITY_TILE, EquityMetrics, TradeMetrics, add_equities
from admf_kernels.portfolio import Portfolio, open_position
from admf_kernels.views import view

write_metrics = kernels.write_metrics
CASH = 10_000.0


class Settings(NamedTuple):
    """What metrics look at of the settings."""

    cash: float
    bars_per_year: float


@njit(error_model="numpy")
def run(equity, opened, trades, fills, cash, bars_per_year, row):  # type: ignore[no-untyped-def]
    running = EquityMetrics(cash, False)
    equities = running.equities
    for start in range(0, equity.shape[0], EQUITY_TILE):
        count = min(EQUITY_TILE, equity.shape[0] - start)
        equities[1 : count + 1] = equity[start : start + count]
        add_equities(view(running), equities, count)
    portfolio = Portfolio(cash)
    if opened >= 0:
        open_position(portfolio, opened, 1.0, 100.0, 0.0)
    closed = TradeMetrics()
    for i in range(trades.shape[0]):
        closed.record(trades[i, 0], trades[i, 1], int(trades[i, 2]))
    broker = Broker(np.zeros(len(OUTCOME_COLUMNS), np.int64))
    for i in range(fills.shape[0]):
        broker.book(fills[i, 0], fills[i, 1], fills[i, 2], fills[i, 3])
    held = closed.bars_sum
    if opened >= 0:
        held += equity.shape[0] - portfolio.entry_bar
    write_metrics(
        running,
        running.lanes,
        closed,
        broker,
        held,
        equity.shape[0],
        Settings(cash, bars_per_year),
        row,
    )


def measured(
    equity: Any, *, opened: int = -1, trades: Any = (), fills: Any = (), per_year: float = 252.0
) -> dict[str, float]:
    equity = np.asarray(equity, dtype=np.float64)
    row = np.full(len(METRIC_NAMES), -777.0)
    closed = np.array(trades, dtype=np.float64).reshape(len(trades), 3)
    booked = np.array(fills, dtype=np.float64).reshape(len(fills), 4)
    run(equity, opened, closed, booked, CASH, per_year, row)
    assert not (row[:22] == -777.0).any(), "every column is written"
    return dict(zip(METRIC_NAMES, row.tolist(), strict=True))


def random_equity(seed: int, n: int = 700, volatility: float = 0.01) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return CASH * np.cumprod(1.0 + volatility * generator.standard_t(4, n) + 0.0004)


@pytest.mark.parametrize("seed", range(4))
def test_a_random_equity_against_pandas(seed: int) -> None:
    equity = random_equity(seed, volatility=0.004)
    found = measured(equity, per_year=1638.0)
    series = pd.Series(np.concatenate([[CASH], equity]))
    returns = series.pct_change().dropna()
    peaks = series.cummax()
    downside = math.sqrt((returns.clip(upper=0.0) ** 2).mean())
    cagr = (equity[-1] / CASH) ** (1638.0 / len(equity)) - 1.0
    drawdown = (series / peaks - 1.0).min()
    below = series < peaks
    expected = {
        "final_equity": equity[-1],
        "total_return": equity[-1] / CASH - 1.0,
        "cagr": cagr,
        "annual_volatility": returns.std() * math.sqrt(1638.0),
        "sharpe_ratio": returns.mean() / returns.std() * math.sqrt(1638.0),
        "sortino_ratio": returns.mean() / downside * math.sqrt(1638.0),
        "calmar_ratio": cagr / -drawdown,
        "max_drawdown": drawdown,
        "max_drawdown_duration": below.groupby((~below).cumsum()).sum().max(),
        "skewness": returns.skew(),
        "kurtosis": returns.kurt(),
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-9), name


def test_trades_costs_and_exposure_by_hand() -> None:
    found = measured(
        [10_100.0, 10_000.0, 9_900.0, 10_000.0],
        trades=[(30.0, 0.03, 1), (-10.0, -0.02, 1), (0.0, 0.0, 0)],
        fills=[(10.0, 100.5, 5.0, 2.0), (-10.0, 99.5, 5.0, 1.0)],
    )
    assert found["exposure"] == 0.5
    assert found["n_trades"] == 3.0
    assert found["win_rate"] == pytest.approx(1 / 3)
    assert found["profit_factor"] == 3.0
    assert found["expectancy"] == pytest.approx(20 / 3)
    assert (found["best_trade"], found["worst_trade"]) == (0.03, -0.02)
    assert found["average_holding"] == pytest.approx(2 / 3)
    assert found["turnover"] == pytest.approx((1005.0 + 995.0) / 10_000.0)
    assert found["commission_paid"] == 3.0
    assert found["slippage_paid"] == 10.0
    assert found["max_drawdown"] == pytest.approx(9_900.0 / 10_100.0 - 1.0)
    assert found["max_drawdown_duration"] == 3.0


def test_an_open_position_counts_as_exposure_from_its_first_bar_on() -> None:
    found = measured([10_100.0, 10_000.0, 9_900.0, 10_000.0], opened=1, trades=[(30.0, 0.03, 1)])
    assert found["exposure"] == 1.0, "one bar of the closed trade, three of the open position"


def test_an_account_at_rest_has_no_ratios() -> None:
    written = measured([CASH] * 10)
    found = {name: written[name] for name in METRIC_NAMES[:22]}
    undefined = {name for name, value in found.items() if math.isnan(value)}
    assert undefined == {
        "sharpe_ratio",
        "sortino_ratio",
        "calmar_ratio",
        "skewness",
        "kurtosis",
        "win_rate",
        "profit_factor",
        "expectancy",
        "best_trade",
        "worst_trade",
        "average_holding",
    }
    assert all(found[name] == 0.0 for name in found if name not in undefined and name != "final_equity")


def test_growth_without_a_loss_has_no_downside() -> None:
    found = measured([CASH * 1.01**t for t in range(1, 30)], trades=[(5.0, 0.1, 2)])
    assert math.isnan(found["sortino_ratio"]) and math.isnan(found["calmar_ratio"])
    assert math.isnan(found["sharpe_ratio"]), "equal returns have no deviation but for rounding"
    assert found["profit_factor"] == math.inf
    assert found["win_rate"] == 1.0


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_handful_of_bars(n: int) -> None:
    equity = [CASH * 1.01, CASH * 0.99, CASH * 1.03][:n]
    found = measured(equity)
    assert math.isnan(found["skewness"]) == (n < 3)
    assert math.isnan(found["kurtosis"])
    assert math.isnan(found["annual_volatility"]) == (n < 2)
    assert found["total_return"] == equity[-1] / CASH - 1.0


def test_losing_trades_alone() -> None:
    found = measured([CASH] * 3, trades=[(-5.0, -0.1, 2), (-1.0, -0.2, 2)])
    assert (found["profit_factor"], found["win_rate"]) == (0.0, 0.0)
    assert (found["best_trade"], found["worst_trade"]) == (-0.1, -0.2)
