"""Buy and hold, which containers are compared with: of their symbol, or of all symbols of a portfolio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from admf_jit.config import load_config
from admf_jit.data import MarketData
from admf_jit.errors import AdmfError, BacktestError
from admf_jit.parameter_grid.container import ALL_SYMBOLS
from admf_jit.workflow.prepare import prepare
from admf_jit.workflow.prepared import Prepared
from admf_jit.workflow.replay import run_container
from admf_jit.workflow.run_data import stored_as

#: What of a configuration says at which costs a position is bought, and nothing of when to leave it.
_KEPT_OF_ACCOUNT = ("cash", "commission", "slippage", "lot_size", "tick_size")


@dataclass(frozen=True)
class Holding:
    """Equity at the end of every bar of the data, float64 (n_bars,), and the metrics that are known of it."""

    symbol: str
    data: MarketData = field(repr=False)
    equity: NDArray[np.float64] = field(repr=False)
    metrics: Mapping[str, float] = field(repr=False)

    @property
    def cash(self) -> float:
        """What there was before the first bar."""
        return float(self.metrics["final_equity"] / (1.0 + self.metrics["total_return"]))


def holdings_of(made: Prepared, symbols: Sequence[str]) -> dict[str, Holding]:
    """Run buy and hold of some symbols of a sweep's data, by symbol, each with all of the cash, at the sweep's costs.

    Of ``ALL_SYMBOLS`` it is an equal part of the cash in each symbol, without a rebalance: its metrics are the final
    equity, the return and the drawdown. Raises AdmfError where it cannot be run.
    """
    every = list(made.data.symbols) if ALL_SYMBOLS in symbols else [one for one in made.data.symbols if one in symbols]
    single = {symbol: _held(made, symbol) for symbol in every}
    found = {symbol: holding for symbol, holding in single.items() if symbol in symbols}
    if ALL_SYMBOLS in symbols:
        equity = np.mean([holding.equity for holding in single.values()], axis=0)
        cash = single[every[0]].cash
        peak = np.maximum(np.maximum.accumulate(equity), cash)
        metrics = {
            "final_equity": float(equity[-1]),
            "total_return": float(equity[-1] / cash - 1.0),
            "max_drawdown": float(np.min(equity / peak - 1.0)),
        }
        found[ALL_SYMBOLS] = Holding(ALL_SYMBOLS, made.data, equity, metrics)
    return found


def _held(made: Prepared, symbol: str) -> Holding:
    config = made.config.model_dump(mode="json")
    account = {key: value for key, value in config["account"].items() if key in _KEPT_OF_ACCOUNT}
    several = {"optimization": {"parameters": {"symbol": [symbol]}}} if made.data.n_symbols > 1 else {}
    fields = {
        "name": "buy_and_hold",
        "strategy": {"type": "buy_and_hold"},
        "account": {**account, "position_size": 1.0},
        "data": stored_as(made.data) if made.data.directory else config["data"],
        "workflow": {"reproducibility": config["workflow"]["reproducibility"]},
        **several,
    }
    ready = prepare(load_config(fields), data=made.data).on_engine_of(made)
    ready.compile_unannounced()
    result = run_container(ready, ready.grid.container(0))
    if result.error is not None:
        raise BacktestError(f"{symbol}: {result.error}", result)
    bars, values = result.equity_at_bars
    # A symbol may have no bar at times, and its equity then stays.
    last = np.searchsorted(bars, np.arange(made.data.n_bars), side="right") - 1
    equity = np.where(last >= 0, values[np.maximum(last, 0)], result.initial_equity)
    return Holding(symbol, made.data, equity, result.metrics)


def try_holdings(made: Prepared, symbols: Sequence[str], notes: list[str]) -> dict[str, Holding]:
    """Do the same; a note where it cannot be run."""
    try:
        return holdings_of(made, symbols)
    except AdmfError as problem:
        notes.append(f"buy and hold is not shown: {problem}")
        return {}
