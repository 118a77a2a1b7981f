"""1,000 columns of signals over 100,000 bars: `aj.from_signals` beside vectorbt, `python -m benchmarks.peers.signals`.

Each runs in a process of its own, on one core, twice: what is printed is the least processor time. Signals fill at the
next open, with a fee of 0.1 %, and both return the final equity, the number of closed trades, the Sharpe ratio and the
deepest drawdown of each column. vectorbt takes a hundred columns at a time, as a thousand would not fit into memory.
Nothing is timed where results differ.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from typing import Any

import numpy as np

from benchmarks.peers.timing import measure, peak_bytes, timed
from benchmarks.peers.work import CASH, Work, report

N_BARS, N_COLUMNS, TOGETHER, FEE = 100_000, 1_000, 100, 0.001
FIGURES = ("final_equity", "n_trades", "sharpe_ratio", "max_drawdown")
#: How often a bar has an entry, and how often an exit.
SHARE = 0.005
#: Largest relative difference of a figure; trades have to be equal in number.
TOLERANCE = 1e-8
ROUNDS = 2


def signals(n_bars: int, n_columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Entries and exits, bool (n_bars, n_columns)."""
    random = np.random.Generator(np.random.PCG64(7))
    entries = random.random((n_bars, n_columns), np.float32) < SHARE
    return entries, random.random((n_bars, n_columns), np.float32) < SHARE


def ours(bars: dict[str, np.ndarray], entries: np.ndarray, exits: np.ndarray) -> np.ndarray:
    """The figures of each column, (n_columns, len(FIGURES))."""
    import pandas as pd

    import admf_jit as aj

    frame = pd.DataFrame(bars | {"time": pd.to_datetime(bars["time"], utc=True)})
    data = aj.load(frame, bars_per_year=365.25 * 24 * 60)
    many = aj.from_signals(
        data, entries, exits, cash=CASH, commission={"type": "percent", "rate": FEE}, n_jobs=1, master_seed=1
    )
    return many.frame[list(FIGURES)].to_numpy(np.float64)


def vectorbt(bars: dict[str, np.ndarray], entries: np.ndarray, exits: np.ndarray) -> np.ndarray:
    """The same by vectorbt, which acts at the bar of a signal: the signals are moved to the next one."""
    import pandas as pd
    import vectorbt as vbt

    found = []
    for first in range(0, entries.shape[1], TOGETHER):
        moved = []
        for table in (entries, exits):
            part = np.zeros((len(table), min(TOGETHER, table.shape[1] - first)), np.bool_)
            part[1:] = table[:-1, first : first + TOGETHER]
            moved.append(part)
        enter, leave = moved[0] & ~moved[1], moved[1] & ~moved[0]
        portfolio = vbt.Portfolio.from_signals(
            close=pd.DataFrame(np.broadcast_to(bars["close"][:, None], enter.shape)),
            entries=enter,
            exits=leave,
            price=bars["open"][:, None],
            fees=FEE,
            init_cash=CASH,
            freq="1min",
        )
        figures = (
            portfolio.final_value(),
            portfolio.trades.closed.count(),
            portfolio.sharpe_ratio(year_freq="365.25 days"),
            portfolio.max_drawdown(),
        )
        found.append(np.stack([one.to_numpy(np.float64) for one in figures], axis=1))
        del portfolio, figures
        gc.collect()
    return np.concatenate(found)


def main() -> None:
    """Run one engine, or both and compare them."""
    if len(sys.argv) > 1:
        return _one(sys.argv[1])
    from benchmarks.peers.compare import ENVIRONMENTS

    found = {}
    for name, python in (("admf_jit", sys.executable), ("vectorbt", str(ENVIRONMENTS / "vectorbt" / "bin" / "python"))):
        command = [python, "-m", "benchmarks.peers.signals", name]
        alone = {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        said = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | alone)
        found[name] = json.loads(said.stdout.splitlines()[-1])
    _agree(*(np.array(one["rows"]) for one in found.values()))
    least = {name: min(one["seconds"]) for name, one in found.items()}
    for name, seconds in least.items():
        per_bar, times = seconds / (N_BARS * N_COLUMNS) * 1e9, seconds / least["admf_jit"]
        megabytes = found[name]["peak_bytes"] / 1e6
        print(f"{name:10} {per_bar:8.2f} ns a bar and column, {times:6.1f} times, {megabytes:,.0f} MB")


def _one(name: str) -> None:
    run: Any = {"admf_jit": ours, "vectorbt": vectorbt}[name]
    small = Work(n_bars=5_000, n_fees=1).bars()
    timed(lambda: run(small, *signals(5_000, 4)))
    rows = run(small, *signals(5_000, 4))
    bars, given = Work(n_bars=N_BARS, n_fees=1).bars(), signals(N_BARS, N_COLUMNS)
    seconds, large = measure(lambda: run(bars, *given), ROUNDS)
    report(seconds=seconds, peak_bytes=peak_bytes(), rows=[*rows.tolist(), *large[:: N_COLUMNS // 20].tolist()])


def _agree(own: np.ndarray, other: np.ndarray) -> None:
    trades = FIGURES.index("n_trades")
    same = np.isclose(own, other, rtol=TOLERANCE, atol=0.0, equal_nan=True)
    if own.shape != other.shape or not same.all() or (own[:, trades] != other[:, trades]).any():
        bad = np.argwhere(~same)[0]
        raise SystemExit(f"results differ, and nothing is timed: {own[tuple(bad)]} and {other[tuple(bad)]} at {bad}")


if __name__ == "__main__":
    main()
