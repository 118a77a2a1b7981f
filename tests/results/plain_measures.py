"""The measures of section 6 of docs/trading-model.md in plain Python, from the page."""

import math
import statistics
from typing import Any

NAN = math.nan


def deviation(values: list[float]) -> float:
    if len(values) < 2:
        return NAN
    found = statistics.stdev(values)
    return 0.0 if found <= 1e-7 * abs(statistics.fmean(values)) else found


def over(value: float, by: float) -> float:
    return NAN if by == 0.0 or math.isnan(by) else value / by


def covariance(one: list[float], other: list[float]) -> float:
    if len(one) < 2:
        return NAN
    mean, second = statistics.fmean(one), statistics.fmean(other)
    return math.fsum((a - mean) * (b - second) for a, b in zip(one, other, strict=True)) / (len(one) - 1)


def quantile(values: list[float], share: float) -> float:
    """Between the two nearest, in proportion."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def geometric(values: list[float]) -> float:
    return NAN if not values else math.prod(1.0 + one for one in values) ** (1.0 / len(values)) - 1.0


def measures(
    equity: list[float],
    cash: float,
    benchmark: list[float],
    risk_free: list[float],
    bars_per_year: float,
    trades: list[tuple[float, float]],
) -> dict[str, float]:
    """All of them; ``trades`` are the profit and the commission of each."""
    r = [now / before - 1.0 for now, before in zip(equity, [cash, *equity[:-1]], strict=True)]
    n, root = len(r), math.sqrt(bars_per_year)
    e = [a - f for a, f in zip(r, risk_free, strict=True)]
    m = [b - f for b, f in zip(benchmark, risk_free, strict=True)]
    d = [a - b for a, b in zip(r, benchmark, strict=True)]
    beta = over(covariance(e, m), covariance(m, m)) if deviation(m) > 0.0 else NAN
    found: dict[str, Any] = {
        "excess_sharpe_ratio": over(statistics.fmean(e), deviation(e)) * root,
        "beta": beta,
        "alpha": (statistics.fmean(e) - beta * statistics.fmean(m)) * bars_per_year,
        "correlation": over(covariance(r, benchmark), deviation(r) * deviation(benchmark)),
        "tracking_error": deviation(d) * root,
        "information_ratio": over(statistics.fmean(d), deviation(d)) * root,
        "benchmark_return": math.prod(1.0 + b for b in benchmark) - 1.0,
    }
    yearly = bars_per_year / n
    growth, of_benchmark = equity[-1] / cash, math.prod(1.0 + b for b in benchmark)
    found["excess_return"] = growth**yearly - of_benchmark**yearly
    for name, chosen in (("up", [b > 0 for b in benchmark]), ("down", [b < 0 for b in benchmark])):
        mine = [a for a, there in zip(r, chosen, strict=True) if there]
        theirs = [b for b, there in zip(benchmark, chosen, strict=True) if there]
        found[f"{name}_capture"] = over(geometric(mine), geometric(theirs))
    worst = sorted(r)[: math.floor((n - 1) * 0.05) + 1]
    found |= {
        "value_at_risk": quantile(r, 0.05),
        "expected_shortfall": statistics.fmean(worst),
        "tail_ratio": over(abs(quantile(r, 0.95)), abs(quantile(r, 0.05))),
    }
    peak, below = cash, []
    for value in equity:
        peak = max(peak, value)
        below.append(value / peak - 1.0)
    found["ulcer_index"] = math.sqrt(math.fsum(one * one for one in below) / n)
    found["recovery_factor"] = over(growth - 1.0, -min(below))
    profits = [profit for profit, _ in trades]
    streaks = "".join("L" if profit < 0.0 else " " for profit in profits).split()
    found["longest_losing_streak"] = float(max(map(len, streaks), default=0)) if profits else NAN
    found["sqn"] = over(statistics.fmean(profits), deviation(profits)) * math.sqrt(len(profits)) if profits else NAN
    gains, losses = [one for one in profits if one > 0.0], [-one for one in profits if one < 0.0]
    found["kelly_fraction"] = NAN
    if gains and losses:
        won = len(gains) / len(profits)
        found["kelly_fraction"] = won - (1.0 - won) / (statistics.fmean(gains) / statistics.fmean(losses))
    gross = math.fsum(profit + fee for profit, fee in trades if profit + fee > 0.0)
    found["fees_to_gross_profit"] = over(math.fsum(fee for _, fee in trades), gross)
    return found
