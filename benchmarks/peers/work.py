"""The work that all engines do: bars from a seed, and a grid of moving averages and fees. NumPy alone.

An average of closes over `fast` bars above one over `slow`: all cash goes into the symbol at the next open, and out of
it at the next open after it is below. A fee of a fraction of its value is paid on every fill.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

CASH = 100_000.0
FAST = tuple(range(5, 16))
SLOW = tuple(range(20, 61, 5))
FEES = tuple(k * 1e-4 for k in range(12))
#: Length of a bar, and the first one.
MINUTE = 60_000_000_000
START = 1_577_836_800_000_000_000


@dataclass(frozen=True)
class Work:
    """So many bars of `seed`, and the combinations of the grid that an engine runs."""

    n_bars: int
    n_fees: int
    every: int = 1
    seed: int = 20_240_105

    @property
    def combinations(self) -> list[tuple[int, int, float]]:
        """(fast, slow, fee) of each combination, those of one fee together."""
        everything = [(fast, slow, fee) for fee in FEES[: self.n_fees] for fast in FAST for slow in SLOW]
        return everything[:: self.every]

    @property
    def bars_per_year(self) -> float:
        """Minutes in a year of 365.25 days: the factor that annualises."""
        return 365.25 * 24 * 60

    def bars(self) -> dict[str, np.ndarray]:
        """The columns `time` (ns), `open`, `high`, `low`, `close`, `volume`.

        A bar opens where the one before it closed: where a price jumps overnight, "all cash" means another quantity in
        every engine, and the engines would be compared on that.
        """
        random = np.random.Generator(np.random.PCG64(self.seed))
        close = 100.0 * np.exp(np.cumsum(random.normal(0.0, 0.0008, self.n_bars)))
        opened = np.concatenate(([100.0], close[:-1]))
        spread = np.abs(random.normal(0.0, 0.0004, (2, self.n_bars)))
        return {
            "time": START + MINUTE * np.arange(self.n_bars, dtype=np.int64),
            "open": opened,
            "high": np.maximum(opened, close) * (1.0 + spread[0]),
            "low": np.minimum(opened, close) * (1.0 - spread[1]),
            "close": close,
            "volume": np.full(self.n_bars, 1000.0),
        }


def averages(close: np.ndarray, periods: tuple[int, ...]) -> dict[int, np.ndarray]:
    """The average of the last `period` closes at every bar, NaN before there are so many."""
    found = {}
    for period in periods:
        windows = np.lib.stride_tricks.sliding_window_view(close, period)
        found[period] = np.concatenate((np.full(period - 1, np.nan), windows.mean(axis=1)))
    return found


def read_work(path: str) -> Work:
    """The work that `compare` has written down for an engine."""
    return Work(**json.loads(Path(path).read_text()))


def write_work(path: Path, work: Work) -> None:
    """Write the work down for an engine."""
    path.write_text(json.dumps(asdict(work)))


def report(**facts: Any) -> None:
    """Print what an engine's process found, as the last line of its output."""
    print(json.dumps(facts))
