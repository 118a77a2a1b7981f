"""The measures of a container from its events: what a result of one backtest has, and a worker computes for a row."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from admf_jit.results.measures import nothing, of_trades, relative, tails
from admf_jit.results.reference import Reference
from admf_jit.results.trades import closed_trades
from admf_kernels.constants import EventKind

if TYPE_CHECKING:
    from admf_jit.data import MarketData


def measures_of(
    records: np.ndarray, metrics: Mapping[str, float] | None, data: MarketData, reference: Reference
) -> dict[str, float]:
    """All measures by name, of a container's events (EVENT_DTYPE); NaN where ``metrics`` are None, as it failed."""
    traded = np.unique(records["symbol"][records["kind"] == EventKind.BAR]).tolist() or [0]
    market, rates = reference.returns(data, traded), reference.rates(data, traded)
    bars, equity = equity_at_bars(records)
    if metrics is None or not len(bars):
        return nothing()
    cash = initial_equity(metrics, equity)
    with np.errstate(divide="ignore", invalid="ignore"):
        returns = equity / np.concatenate([[cash], equity[:-1]]) - 1.0
        found = relative(returns, market[bars], rates[bars], data.bars_per_year)
        found |= tails(returns, equity, cash, metrics["max_drawdown"])
    return found | of_trades(list(closed_trades(records, data.symbols)))


def equity_at_bars(records: np.ndarray) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The numbers of the bars, int64 (n,), and the equity at the end of each, float64 (n,), of raw events."""
    updates = records[records["kind"] == EventKind.PORTFOLIO_UPDATE]
    bars = updates["bar"]
    updates = updates[np.append(bars[1:] != bars[:-1], np.ones(min(len(bars), 1), np.bool_))]
    return updates["bar"].astype(np.int64), updates["value"].copy()


def initial_equity(metrics: Mapping[str, float], equity: NDArray[np.float64]) -> float:
    """The cash at the start, from what it grew to and by how much; else the first of ``equity``, NaN without any."""
    final, grown = metrics.get("final_equity", math.nan), metrics.get("total_return", math.nan)
    if math.isfinite(final) and math.isfinite(grown) and grown > -1.0:
        return float(f"{final / (1.0 + grown):.12g}")  # without what the division rounded
    return float(equity[0]) if len(equity) else math.nan
