"""The work by this package: `python -m benchmarks.peers.run_admf_jit WORK ROUNDS ISOLATION`.

From a checked configuration to the table of results on the disk, every metric included, by one process.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from admf_jit.config import load_config
from admf_jit.data import write_store
from admf_jit.data.bar_columns import VALUE_COLUMNS
from admf_jit.data.market_data import build
from admf_jit.workflow import run_grid
from benchmarks.peers.timing import measure, peak_bytes, timed
from benchmarks.peers.work import CASH, FAST, FEES, SLOW, Work, read_work, report

NAMES = ("final_equity", "n_trades", "sharpe_ratio", "max_drawdown")


def configuration(work: Work, store: Path, isolation: str) -> dict[str, Any]:
    """The configuration of the whole grid of `work`."""
    return {
        "name": "peers",
        "data": {"source": str(store)},
        "strategy": {"type": "sma_crossover"},
        "account": {"cash": CASH, "commission": {"type": "percent", "rate": 0.0}, "position_size": 1.0},
        "execution": {"fill": "next_open", "optimization_phase": {"isolation": isolation}},
        "optimization": {
            "parameters": {
                "account.commission.rate": list(FEES[: work.n_fees]),
                "fast_period": list(FAST),
                "slow_period": list(SLOW),
            }
        },
    }


def write_bars(work: Work, folder: Path) -> Path:
    """The bars as a store."""
    columns = work.bars()
    time, values = columns["time"], {name: columns[name][None, :] for name in VALUE_COLUMNS}
    return write_store(build("bars", ("BARS",), time, values, timezone="UTC"), folder / f"bars-{work.n_bars}")


def run(work: Work, store: Path, isolation: str, folder: Path) -> list[dict[str, Any]]:
    """A row for every combination."""
    out = Path(tempfile.mkdtemp(dir=folder)) / "run"
    table = run_grid(load_config(configuration(work, store, isolation)), out=out, n_jobs=1).table
    columns = [table[name].to_pylist() for name in NAMES]
    return [dict(zip(NAMES, values, strict=True)) for values in zip(*columns, strict=True)][:: work.every]


def main() -> None:
    work, rounds, isolation = read_work(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        small = Work(n_bars=1000, n_fees=1)
        little, much = write_bars(small, folder), write_bars(work, folder)
        first, _ = timed(lambda: run(small, little, isolation, folder))
        again, _ = timed(lambda: run(small, little, isolation, folder))
        seconds, rows = measure(lambda: run(work, much, isolation, folder), rounds)
        report(compile_seconds=first - again, seconds=seconds, peak_bytes=peak_bytes(), rows=rows)


if __name__ == "__main__":
    main()
