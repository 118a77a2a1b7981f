"""The work that is measured: a year of minute bars, made from a seed, and the grids that run over them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from admf_jit.data import MarketData
from admf_jit.data.bar_columns import VALUE_COLUMNS
from admf_jit.data.market_data import build
from admf_jit.data.sample import generate_sample

#: As many as the year of SPY minutes has that the limits were set for.
N_BARS = 102_236
_SESSIONS = 263
#: Bars after which prices repeat, where they do.
PERIOD = 10_000

#: The headline grid: 11 x 9 x 4 x 3 = 1,188 containers.
HEADLINE: Mapping[str, Sequence[float]] = {
    "fast_period": range(5, 16),
    "slow_period": range(20, 61, 5),
    "signal_threshold": (0.0, 0.0002, 0.0005, 0.001),
    "position_size": (0.01, 0.02, 0.05),
}

#: Containers -> number of fast and slow periods, thresholds and sizes of a grid of so many. Periods are spread over the
#: same ranges in all of them, so that a container trades as much in a large grid as in a small one; and from 100 on
#: each answer is shared by five sizes, but for the million.
_SHAPES = {
    1: (1, 1, 1, 1),
    10: (5, 1, 2, 1),
    100: (5, 1, 4, 5),
    1_000: (10, 5, 4, 5),
    10_000: (25, 20, 4, 5),
    100_000: (50, 100, 4, 5),
    1_000_000: (50, 200, 4, 25),
}


def grid_of(n_containers: int) -> dict[str, list[float]]:
    """A grid of 1, 10, 100, ... 1,000,000 containers."""
    n_fast, n_slow, n_thresholds, n_sizes = _SHAPES[n_containers]
    return {
        "fast_period": [5 + 50 * (2 * i + 1) // (2 * n_fast) for i in range(n_fast)],
        "slow_period": [60 + 200 * (2 * i + 1) // (2 * n_slow) for i in range(n_slow)],
        "signal_threshold": [0.0005, 0.0, 0.0002, 0.001][:n_thresholds],
        "position_size": [0.05 - 0.04 * i / n_sizes for i in range(n_sizes)],
    }


def minute_bars(n_bars: int = N_BARS) -> MarketData:
    """One sample symbol, `n_bars` one-minute bars."""
    data = generate_sample("1m", sessions=math.ceil(n_bars * _SESSIONS / N_BARS))
    last = datetime.fromtimestamp(int(data.time[n_bars - 1]) // 1_000_000_000, UTC)
    return data.select(data.symbols[0], end=last)


def repeating_bars(n_bars: int) -> MarketData:
    """`n_bars` one-minute bars, of which every 10,000 have the same prices: containers hold as much of any number."""
    data = minute_bars(n_bars)
    prices = {name: np.resize(getattr(data, name)[:, :PERIOD], (1, n_bars)) for name in VALUE_COLUMNS}
    return build("repeating", data.symbols, data.time, prices, timezone=data.timezone, timeframe=data.timeframe)


def configuration(
    store: Path,
    parameters: Mapping[str, Sequence[float]] | None = None,
    *,
    strategy: str = "sma_crossover",
    isolation: str = "full",
) -> dict[str, Any]:
    """A configuration over the bars of `store`: 0.1 % commission, grid of `parameters`."""
    return {
        "name": "benchmark",
        "data": {"source": str(store)},
        "strategy": {"type": strategy},
        "account": {"cash": 100_000, "commission": {"type": "percent", "rate": 0.001}},
        "execution": {"fill": "next_open", "optimization_phase": {"isolation": isolation}},
        "workflow": {"reproducibility": {"master_seed": 42}},
        "optimization": {
            "objective": "sharpe_ratio",
            "parallel_containers": 1000,
            "parameters": {name: list(values) for name, values in (parameters or {}).items()},
        },
    }
