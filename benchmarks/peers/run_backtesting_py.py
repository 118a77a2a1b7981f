"""The work by backtesting.py, in its own environment: `python -m benchmarks.peers.run_backtesting_py WORK ROUNDS`.

It trades whole units: prices are scaled down so far that a unit is nothing, as its own `FractionalBacktest` does.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

import numpy as np
import pandas as pd
from backtesting import Backtest, Strategy

from benchmarks.peers.timing import measure, peak_bytes
from benchmarks.peers.work import CASH, Work, averages, read_work, report

UNIT = 1e-7
#: "All of it": a size of 1 would be one unit.
ALL = 1.0 - 1e-12


class Crossover(Strategy):  # type: ignore[misc]
    """Long while the fast average is above the slow one."""

    fast = 5
    slow = 20

    def init(self) -> None:
        found = averages(np.asarray(self.data.Close), (self.fast, self.slow))
        # Equal before both are known: of an indicator that begins with NaN, backtesting.py skips the first number too.
        known = ~np.isnan(found[self.slow])
        self.fast_average, self.slow_average = (
            self.I(np.where, known, found[period], 0.0, plot=False) for period in (self.fast, self.slow)
        )

    def next(self) -> None:
        above, below = self.fast_average[-1], self.slow_average[-1]
        if above > below and not self.position:
            self.buy(size=ALL)
        elif above < below and self.position:
            self.position.close()


def run(work: Work, frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A row for every combination."""
    rows = []
    for fast, slow, fee in work.combinations:
        found = Backtest(frame, Crossover, cash=CASH, commission=fee).run(fast=fast, slow=slow)
        equity = found["_equity_curve"]["Equity"].to_numpy()
        returns = np.diff(equity) / equity[:-1]
        rows.append(
            {
                "final_equity": float(equity[-1]),
                "n_trades": int(found["# Trades"]),
                # Its own Sharpe ratio is made of daily returns; this is the other engines' definition.
                "sharpe_ratio": float(
                    returns.sum() / len(equity) / _deviation(returns, len(equity)) * work.bars_per_year**0.5
                ),
                "max_drawdown": float(found["Max. Drawdown [%]"]) / 100.0,
            }
        )
    return rows


def _deviation(returns: np.ndarray, n: int) -> float:
    """Standard deviation of n returns, the first of which is 0 and not in `returns`; n - 1 below the line."""
    mean = returns.sum() / n
    return float(np.sqrt((((returns - mean) ** 2).sum() + mean**2) / (n - 1)))


def main() -> None:
    warnings.filterwarnings("ignore")
    work, rounds = read_work(sys.argv[1]), int(sys.argv[2])
    bars = work.bars()
    names = {"open": "Open", "high": "High", "low": "Low", "close": "Close"}
    frame = pd.DataFrame({there: bars[here] * UNIT for here, there in names.items()})
    frame["Volume"] = bars["volume"]
    frame.index = pd.to_datetime(bars["time"])
    seconds, rows = measure(lambda: run(work, frame), rounds)
    report(compile_seconds=0.0, seconds=seconds, peak_bytes=peak_bytes(), rows=rows)


if __name__ == "__main__":
    main()
