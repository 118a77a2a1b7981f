"""Measures of one backtest beside the metrics of its row: against a benchmark, of its tails, and of its trades.

Numbers and arrays in, numbers out. NaN stands for "not defined", as in section 6 of docs/trading-model.md, where each
formula stands with its source.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from admf_jit.config.measures import MEASURES, OF_TRADES, RELATIVE, TAILS

Floats = NDArray[np.float64]

#: The share of returns that are the tail.
TAIL = 0.05
#: A deviation below this share of the mean is rounding: the numbers are constant.
_CONSTANT = 1e-7


def nothing() -> dict[str, float]:
    """All measures of a container that failed."""
    return dict.fromkeys(MEASURES, math.nan)


def relative(returns: Floats, benchmark: Floats, risk_free: Floats, bars_per_year: float) -> dict[str, float]:
    """The measures against a benchmark, of returns per bar, float64 (n,) each; rates are per bar too."""
    found = dict.fromkeys(RELATIVE, math.nan)
    over, root = returns - risk_free, math.sqrt(bars_per_year)
    found["excess_sharpe_ratio"] = _ratio(_mean(over), _deviation(over)) * root
    if not np.isfinite(benchmark).all() or not len(returns):
        return found
    market = benchmark - risk_free
    if len(returns) > 1 and _deviation(market) > 0.0:
        moved = market - market.mean()
        beta = _product(moved, over - over.mean()) / _product(moved, moved)
        found["beta"] = beta
        found["alpha"] = (_mean(over) - beta * _mean(market)) * bars_per_year
    both = _deviation(returns) * _deviation(benchmark)
    if both > 0.0:
        product = _product(returns - returns.mean(), benchmark - benchmark.mean())
        found["correlation"] = product / (len(returns) - 1) / both
    active = returns - benchmark
    found["tracking_error"] = _deviation(active) * root
    found["information_ratio"] = _ratio(_mean(active), _deviation(active)) * root
    of_benchmark = float(np.prod(1.0 + benchmark))
    found["benchmark_return"] = of_benchmark - 1.0
    grown = _yearly(float(np.prod(1.0 + returns)), len(returns), bars_per_year)
    found["excess_return"] = grown - _yearly(of_benchmark, len(returns), bars_per_year)
    for name, chosen in (("up_capture", benchmark > 0.0), ("down_capture", benchmark < 0.0)):
        found[name] = _ratio(_geometric_mean(returns[chosen]), _geometric_mean(benchmark[chosen]))
    return found


def tails(returns: Floats, equity: Floats, cash: float, max_drawdown: float) -> dict[str, float]:
    """The measures of the tails and of the drawdown, of returns per bar and equity, float64 (n,) each."""
    found = dict.fromkeys(TAILS, math.nan)
    if not len(returns) or not np.isfinite(returns).all():
        return found
    low, high = (float(np.quantile(returns, share)) for share in (TAIL, 1.0 - TAIL))
    found["value_at_risk"] = low
    last = int((len(returns) - 1) * TAIL)
    found["expected_shortfall"] = float(np.mean(np.partition(returns, last)[: last + 1]))
    found["tail_ratio"] = _ratio(abs(high), abs(low))
    below = equity / np.maximum(np.maximum.accumulate(equity), cash) - 1.0
    found["ulcer_index"] = math.sqrt(float(np.mean(below * below)))
    found["recovery_factor"] = _ratio(float(equity[-1]) / cash - 1.0, -max_drawdown)
    return found


def of_trades(trades: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The measures of closed trades, in their order: each has its ``profit`` and its ``commission``."""
    found = dict.fromkeys(OF_TRADES, math.nan)
    if not trades:
        return found
    profits = np.array([trade["profit"] for trade in trades], np.float64)
    fees = np.array([trade["commission"] for trade in trades], np.float64)
    longest = streak = 0
    for profit in profits.tolist():
        streak = streak + 1 if profit < 0.0 else 0
        longest = max(longest, streak)
    found["longest_losing_streak"] = float(longest)
    found["sqn"] = math.sqrt(len(profits)) * _ratio(_mean(profits), _deviation(profits))
    gains, losses = profits[profits > 0.0], -profits[profits < 0.0]
    if len(gains) and len(losses):
        won = len(gains) / len(profits)
        found["kelly_fraction"] = won - (1.0 - won) * _mean(losses) / _mean(gains)
    gross = profits + fees
    found["fees_to_gross_profit"] = _ratio(float(fees.sum()), float(gross[gross > 0.0].sum()))
    return found


def _product(left: Floats, right: Floats) -> float:
    """The sum of products, added up in one order however many threads a library of matrices has."""
    return float((left * right).sum())


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else math.nan


def _deviation(values: Floats) -> float:
    """The standard deviation (n - 1), 0 where the values are constant but for rounding."""
    if len(values) < 2:
        return math.nan
    found = float(values.std(ddof=1))
    return found if found > _CONSTANT * abs(float(values.mean())) else 0.0


def _ratio(value: float, by: float) -> float:
    return value / by if by > 0.0 or by < 0.0 else math.nan


def _yearly(growth: float, n: int, bars_per_year: float) -> float:
    try:
        return growth ** (bars_per_year / n) - 1.0 if growth > 0.0 else math.nan
    except OverflowError:
        return math.inf


def _geometric_mean(returns: Floats) -> float:
    """Of returns, 0 or below -1 where everything was lost: NaN of none."""
    if not len(returns) or (returns <= -1.0).any():
        return math.nan
    return math.expm1(float(np.mean(np.log1p(returns))))
