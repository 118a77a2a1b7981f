"""Time per bar and container on the order engine: exits by the configuration, and orders of a strategy's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from admf_kernels.constants import METRIC_NAMES
from benchmarks.ledger import Ledger
from benchmarks.note import note
from benchmarks.test_kernel import Engine
from benchmarks.workload import HEADLINE, N_BARS, configuration

BIDDER = f"{Path(__file__).with_name('bidder.py')}:Bidder"
CASES: dict[str, dict[str, Any]] = {
    "stop_and_target": {"exits": {"stop_loss": 0.005, "take_profit": 0.01}},
    "trailing_stop": {"exits": {"trailing_stop": {"type": "percent", "rate": 0.01}}},
    "orders_of_its_own": {"strategy": {"type": BIDDER}},
}


@pytest.mark.parametrize("case", CASES)
def test_order_engine(benchmark: Any, store: Path, ledger: Ledger, case: str) -> None:
    config = {**configuration(store, {"position_size": HEADLINE["position_size"]}), **CASES[case]}
    engine = Engine(config)
    benchmark.pedantic(engine.run, rounds=10, warmup_rounds=1)
    trades = int(engine.metrics[0, METRIC_NAMES.index("n_trades")])
    events = int(engine.outcomes[0, 2]) / N_BARS
    note(
        benchmark,
        bars=len(engine.containers) * N_BARS,
        results=engine.results(ledger),
        detail=f"{trades:,} trades, {events:.1f} events a bar",
    )
