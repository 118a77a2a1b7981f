"""The reference's metrics against the statistics module, pandas and sums done by hand."""

import math
import random
import statistics

import pandas as pd
import pytest

from tests.reference import metrics
from tests.reference.metrics import Totals, Trade, all_metrics

NOTHING = Totals(bars_with_position=0, traded_value=0.0, commission_paid=0.0, slippage_paid=0.0)


def random_returns(seed: int, n: int) -> list[float]:
    generator = random.Random(seed)
    return [generator.gauss(0.0005, 0.01) for _ in range(n)]


def equity_of(returns: list[float], cash: float) -> list[float]:
    equity = []
    for r in returns:
        cash *= 1 + r
        equity.append(cash)
    return equity


def trade(profit: float, entry_value: float = 1000.0, entry_bar: int = 0, exit_bar: int = 1) -> Trade:
    return Trade(
        entry_bar=entry_bar,
        exit_bar=exit_bar,
        direction=1,
        quantity=1.0,
        entry_price=entry_value,
        exit_price=entry_value,
        entry_value=entry_value,
        profit=profit,
        commission=0.0,
        exit_fills=1,
    )


@pytest.mark.parametrize("n", [4, 5, 37, 300])
def test_moments_are_those_of_pandas(n: int) -> None:
    returns = random_returns(n, n)
    series = pd.Series(returns)
    assert metrics.skewness(returns) == pytest.approx(series.skew(), rel=1e-11)
    assert metrics.kurtosis(returns) == pytest.approx(series.kurt(), rel=1e-11)
    assert metrics.deviation(returns) == pytest.approx(series.std(), rel=1e-13)


def test_deviation_and_mean_are_those_of_the_statistics_module() -> None:
    returns = random_returns(7, 100)
    assert metrics.deviation(returns) == pytest.approx(statistics.stdev(returns), rel=1e-14)
    assert metrics.mean(returns) == pytest.approx(statistics.fmean(returns), rel=1e-14)


def test_ratios_are_what_their_names_say() -> None:
    returns = random_returns(3, 250)
    equity = equity_of(returns, 1000.0)
    result = all_metrics(equity, [], NOTHING, cash=1000.0, per_year=252.0)
    mean, deviation = statistics.fmean(returns), statistics.stdev(returns)
    assert result["annual_volatility"] == pytest.approx(deviation * 252**0.5)
    assert result["sharpe_ratio"] == pytest.approx(mean / deviation * 252**0.5)
    downside = (sum(r * r for r in returns if r < 0) / 250) ** 0.5
    assert result["sortino_ratio"] == pytest.approx(mean / downside * 252**0.5)
    assert result["cagr"] == pytest.approx((equity[-1] / 1000) ** (252 / 250) - 1)
    series = pd.Series([1000.0, *equity])
    assert result["max_drawdown"] == pytest.approx((series / series.cummax() - 1).min())
    assert result["calmar_ratio"] == pytest.approx(result["cagr"] / -result["max_drawdown"])


def test_drawdown_counts_the_starting_cash_as_a_peak() -> None:
    equity = [90.0, 95.0, 100.0, 110.0, 99.0, 110.0]
    assert metrics.max_drawdown(equity, 100.0) == pytest.approx(-0.1, rel=1e-15)
    assert metrics.max_drawdown([90.0, 95.0], 100.0) == 90 / 100 - 1
    assert metrics.max_drawdown_duration(equity, 100.0) == 2
    assert metrics.max_drawdown_duration([99.0, 98.0, 97.0, 101.0, 100.0], 100.0) == 3
    assert metrics.max_drawdown([100.0, 101.0], 100.0) == 0.0


def test_an_idle_account_has_no_ratios() -> None:
    result = all_metrics([500.0] * 10, [], NOTHING, cash=500.0, per_year=252.0)
    zero = ("total_return", "cagr", "annual_volatility", "max_drawdown", "max_drawdown_duration", "exposure")
    zero += ("n_trades", "turnover", "commission_paid", "slippage_paid")
    assert {name: result[name] for name in zero} == dict.fromkeys(zero, 0.0)
    assert result["final_equity"] == 500.0
    assert all(math.isnan(value) for name, value in result.items() if name not in (*zero, "final_equity"))


def test_trade_metrics_by_hand() -> None:
    trades = [
        trade(30.0, 1000.0, 0, 4),
        trade(-10.0, 500.0, 5, 6),
        trade(0.0, 100.0, 7, 9),
        trade(20.0, 100.0, 9, 9),
    ]
    totals = Totals(bars_with_position=5, traded_value=3400.0, commission_paid=3.0, slippage_paid=2.0)
    result = all_metrics([1000.0, 1040.0], trades, totals, cash=1000.0, per_year=252.0)
    assert result["n_trades"] == 4
    assert result["win_rate"] == 2 / 4
    assert result["profit_factor"] == (30 + 20) / 10
    assert result["expectancy"] == (30 - 10 + 0 + 20) / 4
    assert result["best_trade"] == 20 / 100
    assert result["worst_trade"] == -10 / 500
    assert result["average_holding"] == (4 + 1 + 2 + 0) / 4
    assert result["turnover"] == 3400 / 1020
    assert result["exposure"] == 5 / 2
    assert (result["commission_paid"], result["slippage_paid"]) == (3.0, 2.0)


def test_profit_factor_at_its_limits() -> None:
    assert metrics.profit_factor([trade(1.0), trade(0.0)]) == math.inf
    assert metrics.profit_factor([trade(-1.0)]) == 0.0
    assert math.isnan(metrics.profit_factor([trade(0.0)]))
    assert math.isnan(metrics.profit_factor([]))


def test_metrics_come_in_the_order_of_the_contract() -> None:
    names = (
        "final_equity total_return cagr annual_volatility sharpe_ratio sortino_ratio calmar_ratio "
        "max_drawdown max_drawdown_duration skewness kurtosis exposure n_trades win_rate profit_factor "
        "expectancy best_trade worst_trade average_holding turnover commission_paid slippage_paid"
    )
    assert list(all_metrics([1.0, 2.0], [], NOTHING, cash=1.0, per_year=1.0)) == names.split()
