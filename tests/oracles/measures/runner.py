"""Answers cases with empyrical and quantstats: JSON lines from stdin to stdout.

Runs inside `.oracles/measures` alone. In: returns, those of a benchmark, an annual risk-free rate and bars per year.
Out: the measures that each library defines as the trading model does.
"""

import json
import sys
import warnings
from typing import Any

import empyrical
import numpy as np
import pandas as pd
from quantstats import stats

Answer = dict[str, float]


def main() -> None:
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        print(json.dumps(answer(**json.loads(line))), flush=True)


def answer(returns: list[float], benchmark: list[float], risk_free: float, bars_per_year: int) -> dict[str, Answer]:
    times = pd.date_range("2015-01-01", periods=len(returns), freq="D")
    mine, market = pd.Series(returns, times), pd.Series(benchmark, times)
    return {
        "empyrical": by_empyrical(mine, market, risk_free / bars_per_year, bars_per_year),
        "quantstats": by_quantstats(mine, market, bars_per_year),
    }


def by_empyrical(mine: Any, market: Any, rate: float, year: int) -> Answer:
    return {
        "excess_sharpe_ratio": empyrical.sharpe_ratio(mine, rate, annualization=year),
        "beta": empyrical.beta(mine, market, rate),
        # It compounds the mean of what is left; ours adds it up.
        "alpha": ((1.0 + empyrical.alpha(mine, market, rate, annualization=year)) ** (1.0 / year) - 1.0) * year,
        "information_ratio": empyrical.excess_sharpe(mine, market) * np.sqrt(year),
        "tracking_error": empyrical.annual_volatility(mine - market, annualization=year),
        "benchmark_return": empyrical.cum_returns_final(market),
        "excess_return": empyrical.cagr(mine, annualization=year) - empyrical.cagr(market, annualization=year),
        # A year of one bar: the mean growth of a bar.
        "up_capture": empyrical.up_capture(mine, market, period="yearly"),
        "down_capture": empyrical.down_capture(mine, market, period="yearly"),
        "value_at_risk": empyrical.value_at_risk(mine, 0.05),
        "expected_shortfall": empyrical.conditional_value_at_risk(mine, 0.05),
        "tail_ratio": empyrical.tail_ratio(mine),
        "recovery_factor": -empyrical.cum_returns_final(mine) / empyrical.max_drawdown(mine),
    }


def by_quantstats(mine: Any, market: Any, year: int) -> Answer:
    greeks = stats.greeks(mine, market, periods=year, prepare_returns=False)
    n = len(mine)
    return {
        "beta": float(greeks["beta"]),
        "alpha_without_rate": float(greeks["alpha"]),
        "correlation": float(np.sqrt(stats.r_squared(mine, market, prepare_returns=False))),
        "information_ratio": stats.information_ratio(mine, market, prepare_returns=False) * np.sqrt(year),
        "tail_ratio": stats.tail_ratio(mine, prepare_returns=False),
        # It divides by n - 1.
        "ulcer_index": float(stats.ulcer_index(mine)) * np.sqrt((n - 1) / n),
    }


if __name__ == "__main__":
    main()
