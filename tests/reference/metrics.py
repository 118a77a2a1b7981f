"""Every metric of docs/trading-model.md section 6, in two passes over an equity list and a list of trades."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

NAN = math.nan


@dataclass(frozen=True)
class Trade:
    """From flat to flat: bars of its first and last fill, direction, size entered, money made after costs."""

    entry_bar: int
    exit_bar: int
    direction: int
    quantity: float
    entry_price: float
    exit_price: float
    entry_value: float
    profit: float
    commission: float
    exit_fills: int


@dataclass(frozen=True)
class Totals:
    """What the ledger adds up over its fills, and the number of bars that closed with a position."""

    bars_with_position: int
    traded_value: float
    commission_paid: float
    slippage_paid: float


def returns_of(equity: Sequence[float], cash: float) -> list[float]:
    """Return of each bar, the first against the starting cash."""
    before = [cash, *equity[:-1]]
    return [now / then - 1 for now, then in zip(equity, before, strict=True)]


def mean(values: Sequence[float]) -> float:
    """Arithmetic mean."""
    return math.fsum(values) / len(values)


def deviation(values: Sequence[float]) -> float:
    """Sample standard deviation (divisor n - 1)."""
    if len(values) < 2:
        return NAN
    centre = mean(values)
    return math.sqrt(math.fsum((value - centre) ** 2 for value in values) / (len(values) - 1))


def growth_per_year(final_equity: float, cash: float, per_year: float, bars: int) -> float:
    """Compound growth; infinite where a few bars' luck, annualised, is beyond any double."""
    try:
        return (final_equity / cash) ** (per_year / bars) - 1
    except OverflowError:
        return math.inf


def sharpe_ratio(returns: Sequence[float], per_year: float) -> float:
    """Mean over deviation, annualised."""
    s = deviation(returns)
    return NAN if s == 0.0 else mean(returns) / s * math.sqrt(per_year)


def sortino_ratio(returns: Sequence[float], per_year: float) -> float:
    """Mean over downside deviation from zero, annualised."""
    d = math.sqrt(math.fsum(min(r, 0.0) ** 2 for r in returns) / len(returns))
    return NAN if d == 0.0 else mean(returns) / d * math.sqrt(per_year)


def skewness(values: Sequence[float]) -> float:
    """Sample-corrected third standardised moment."""
    n = len(values)
    if n < 3 or deviation(values) == 0.0:
        return NAN
    centre = mean(values)
    m2 = math.fsum((value - centre) ** 2 for value in values) / n
    m3 = math.fsum((value - centre) ** 3 for value in values) / n
    return m3 / m2**1.5 * math.sqrt(n * (n - 1)) / (n - 2)


def kurtosis(values: Sequence[float]) -> float:
    """Sample-corrected excess fourth standardised moment."""
    n = len(values)
    if n < 4 or deviation(values) == 0.0:
        return NAN
    centre = mean(values)
    m2 = math.fsum((value - centre) ** 2 for value in values) / n
    m4 = math.fsum((value - centre) ** 4 for value in values) / n
    return (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * m4 / m2**2 - 3 * (n - 1))


def max_drawdown(equity: Sequence[float], cash: float) -> float:
    """Deepest fall below the running peak, the starting cash being the first peak."""
    falls = [equity[t] / max(cash, *equity[: t + 1]) - 1 for t in range(len(equity))]
    return min(0.0, *falls)


def max_drawdown_duration(equity: Sequence[float], cash: float) -> int:
    """Longest run of bars below the running peak."""
    longest = run = 0
    for t in range(len(equity)):
        run = run + 1 if equity[t] < max(cash, *equity[: t + 1]) else 0
        longest = max(longest, run)
    return longest


def profit_factor(trades: Sequence[Trade]) -> float:
    """Money won over money lost."""
    won = math.fsum(trade.profit for trade in trades if trade.profit > 0)
    lost = math.fsum(trade.profit for trade in trades if trade.profit < 0)
    if lost == 0.0:
        return math.inf if won > 0 else NAN
    return won / -lost


def _of_trades(trades: Sequence[Trade]) -> dict[str, float]:
    n = len(trades)
    ratios = [trade.profit / trade.entry_value for trade in trades]
    return {
        "n_trades": n,
        "win_rate": sum(trade.profit > 0 for trade in trades) / n if n else NAN,
        "profit_factor": profit_factor(trades),
        "expectancy": mean([trade.profit for trade in trades]) if n else NAN,
        "best_trade": max(ratios) if n else NAN,
        "worst_trade": min(ratios) if n else NAN,
        "average_holding": mean([trade.exit_bar - trade.entry_bar for trade in trades]) if n else NAN,
    }


def all_metrics(
    equity: Sequence[float], trades: Sequence[Trade], totals: Totals, cash: float, per_year: float
) -> dict[str, float]:
    """Every metric, in the order of the contract."""
    returns, n = returns_of(equity, cash), len(equity)
    cagr = growth_per_year(equity[-1], cash, per_year, n)
    deepest = max_drawdown(equity, cash)
    return {
        "final_equity": equity[-1],
        "total_return": equity[-1] / cash - 1,
        "cagr": cagr,
        "annual_volatility": deviation(returns) * math.sqrt(per_year),
        "sharpe_ratio": sharpe_ratio(returns, per_year),
        "sortino_ratio": sortino_ratio(returns, per_year),
        "calmar_ratio": NAN if deepest == 0.0 else cagr / -deepest,
        "max_drawdown": deepest,
        "max_drawdown_duration": max_drawdown_duration(equity, cash),
        "skewness": skewness(returns),
        "kurtosis": kurtosis(returns),
        "exposure": totals.bars_with_position / n,
        **_of_trades(trades),
        "turnover": totals.traded_value / mean(equity),
        "commission_paid": totals.commission_paid,
        "slippage_paid": totals.slippage_paid,
    }
