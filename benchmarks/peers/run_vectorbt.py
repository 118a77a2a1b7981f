"""The work by vectorbt, in its own environment: `python -m benchmarks.peers.run_vectorbt WORK ROUNDS numba|rust`.

All combinations of one fee are columns of one portfolio: 1,188 columns would need more memory than most machines have.
Signals are made with NumPy, which is faster than vectorbt's own averages.
"""

from __future__ import annotations

import gc
import sys
from typing import Any

import numpy as np
import pandas as pd
import vectorbt

from benchmarks.peers.timing import measure, peak_bytes, timed
from benchmarks.peers.work import CASH, Work, averages, read_work, report


def run(work: Work, bars: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    """A row for every combination."""
    combinations = work.combinations
    periods = tuple(sorted({period for fast, slow, _ in combinations for period in (fast, slow)}))
    found = averages(bars["close"], periods)
    rows: list[dict[str, Any]] = []
    for fee in sorted({fee for _, _, fee in combinations}):
        pairs = [(fast, slow) for fast, slow, other in combinations if other == fee]
        entries = np.zeros((len(bars["close"]), len(pairs)), np.bool_)
        exits = np.zeros_like(entries)
        for column, (fast, slow) in enumerate(pairs):
            entries[1:, column] = (found[fast] > found[slow])[:-1]
            exits[1:, column] = (found[fast] < found[slow])[:-1]
        portfolio = vectorbt.Portfolio.from_signals(
            close=pd.DataFrame(np.broadcast_to(bars["close"][:, None], entries.shape)),
            entries=entries,
            exits=exits,
            price=bars["open"][:, None],
            fees=fee,
            init_cash=CASH,
            freq="1min",
        )
        columns = zip(
            portfolio.final_value().to_numpy(),
            portfolio.trades.closed.count().to_numpy(),
            portfolio.sharpe_ratio(year_freq="365.25 days").to_numpy(),
            portfolio.max_drawdown().to_numpy(),
            strict=True,
        )
        rows += [
            {"final_equity": float(a), "n_trades": int(b), "sharpe_ratio": float(c), "max_drawdown": float(d)}
            for a, b, c, d in columns
        ]
        # A portfolio and what it has cached refer to each other: without this, all of them stay in memory.
        del portfolio, columns
        gc.collect()
    return rows


def main() -> None:
    work, rounds = read_work(sys.argv[1]), int(sys.argv[2])
    # "auto", the default, would take Numba without a word where the package of the other is missing.
    vectorbt.settings["engine"] = sys.argv[3]
    bars = work.bars()
    small = Work(n_bars=1000, n_fees=1, every=50)
    first, _ = timed(lambda: run(small, small.bars()))
    again, _ = timed(lambda: run(small, small.bars()))
    seconds, rows = measure(lambda: run(work, bars), rounds)
    report(compile_seconds=first - again, seconds=seconds, peak_bytes=peak_bytes(), rows=rows)


if __name__ == "__main__":
    main()
