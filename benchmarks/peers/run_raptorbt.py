"""The work by raptorbt, in its own environment: `python -m benchmarks.peers.run_raptorbt WORK ROUNDS`."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import raptorbt

from benchmarks.peers.timing import measure, peak_bytes
from benchmarks.peers.work import CASH, FEES, Work, read_work, report


def run(work: Work, bars: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    """A row for every combination: those of one fee are one batch, with raptorbt's own averages."""
    combinations = work.combinations
    periods = sorted({period for fast, slow, _ in combinations for period in (fast, slow)})
    found = {period: raptorbt.sma(bars["close"], period) for period in periods}
    columns = [bars[name] for name in ("time", "open", "high", "low", "close", "volume")]
    rows: list[dict[str, Any]] = []
    for fee in FEES[: work.n_fees]:
        config = raptorbt.BacktestConfig(
            initial_capital=CASH,
            fees=fee,
            slippage=0.0,
            fill_timing="next_bar_open",
            periods_per_year=work.bars_per_year,
        )
        items = [
            raptorbt.BatchSingleItem(
                f"{fast} {slow}", found[fast] > found[slow], found[fast] < found[slow], config=config
            )
            for fast, slow, other in combinations
            if other == fee
        ]
        for _, result in raptorbt.batch_single_backtest(*columns, items, config):
            metrics = result.metrics
            rows.append(
                {
                    "final_equity": metrics.end_value,
                    "n_trades": metrics.total_closed_trades,
                    "sharpe_ratio": metrics.sharpe_ratio,
                    "max_drawdown": -metrics.max_drawdown_pct / 100.0,
                }
            )
    return rows


def main() -> None:
    work, rounds = read_work(sys.argv[1]), int(sys.argv[2])
    bars = work.bars()
    seconds, rows = measure(lambda: run(work, bars), rounds)
    report(compile_seconds=0.0, seconds=seconds, peak_bytes=peak_bytes(), rows=rows)


if __name__ == "__main__":
    main()
