"""The work that is measured: a year of minute bars, made from a seed, and the grids that run over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from admf_jit.data import MarketData
from admf_jit.data.sample import generate_sample

#: As many as the year of SPY minutes has that the limits were set for.
N_BARS = 102_236
_SESSIONS = 263

#: The headline grid: 11 x 9 x 4 x 3 = 1,188 containers.
HEADLINE: Mapping[str, Sequence[float]] = {
    "fast_period": range(5, 16),
    "slow_period": range(20, 61, 5),
    "signal_threshold": (0.0, 0.0002, 0.0005, 0.001),
    "position_size": (0.01, 0.02, 0.05),
}

#: Containers -> a grid of so many, each a part of the next, so that a container comes up in several.
SCALING: Mapping[int, Mapping[str, Sequence[float]]] = {
    n_fast * n_slow * n_thresholds * n_sizes: {
        "fast_period": range(5, 5 + n_fast),
        "slow_period": range(20, 20 + 5 * n_slow, 5),
        "signal_threshold": (0.0, 0.0002, 0.0005, 0.001, 0.002)[:n_thresholds],
        "position_size": (0.01, 0.02)[:n_sizes],
    }
    for n_fast, n_slow, n_thresholds, n_sizes in ((1, 1, 1, 1), (10, 1, 1, 1), (10, 10, 1, 1), (10, 10, 5, 2))
}


def minute_bars() -> MarketData:
    """One sample symbol, `N_BARS` one-minute bars."""
    data = generate_sample("1m", sessions=_SESSIONS)
    last = datetime.fromtimestamp(int(data.time[N_BARS - 1]) // 1_000_000_000, UTC)
    return data.select(data.symbols[0], end=last)


def configuration(
    store: Path, parameters: Mapping[str, Sequence[float]] | None = None, *, strategy: str = "sma_crossover"
) -> dict[str, Any]:
    """A configuration over the bars of `store`: 0.1 % commission, full isolation, grid of `parameters`."""
    return {
        "name": "benchmark",
        "data": {"source": str(store)},
        "strategy": {"type": strategy},
        "account": {"cash": 100_000, "commission": {"type": "percent", "rate": 0.001}},
        "execution": {"fill": "next_open", "optimization_phase": {"isolation": "full"}},
        "workflow": {"reproducibility": {"master_seed": 42}},
        "optimization": {
            "objective": "sharpe_ratio",
            "parallel_containers": 1000,
            "parameters": {name: list(values) for name, values in (parameters or {}).items()},
        },
    }
