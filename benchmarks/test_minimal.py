"""Isolation minimal on one core: the headline grid, the same with stops and targets, and the state of a container."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from admf_jit.config import load_config
from admf_jit.workers.batch import new_ring, run_containers
from admf_jit.workflow.prepare import prepare
from admf_kernels.constants import METRIC_NAMES, OUTCOME_COLUMNS
from admf_kernels.metrics import LANE_NUMBERS
from admf_kernels.minimal.accounts import BOOK_FIELDS, EQUITY_DTYPE
from benchmarks.ledger import Ledger
from benchmarks.limits import CONTAINER_STATE, KERNEL
from benchmarks.note import note
from benchmarks.workload import HEADLINE, N_BARS, configuration


def grid(store: Path, isolation: str, **blocks: Any) -> Any:
    """A run of the headline grid in this process: (call, containers)."""
    prepared = prepare(load_config(configuration(store, HEADLINE, isolation=isolation) | blocks))
    containers = list(prepared.grid)
    inputs = prepared.inputs.build(containers)
    module = prepared.runner.module
    ring = new_ring(prepared.inputs.ring_length(containers))
    return lambda: run_containers(module, prepared.data, inputs, ring), containers


def test_headline_grid(benchmark: Any, store: Path, ledger: Ledger) -> None:
    run, containers = grid(store, "minimal")
    metrics, errors, _ = benchmark.pedantic(run, rounds=5, warmup_rounds=1)
    results = ledger.take_metrics(containers, metrics[:, : len(METRIC_NAMES)], [error is not None for error in errors])
    note(benchmark, limit=KERNEL["minimal"], bars=len(containers) * N_BARS, isolation="minimal", results=results)


@pytest.mark.parametrize("isolation", ["minimal"])
def test_headline_grid_with_stops_and_targets(benchmark: Any, store: Path, ledger: Ledger, isolation: str) -> None:
    run, containers = grid(store, isolation, exits={"stop_loss": 0.002, "take_profit": 0.004})
    metrics, errors, _ = benchmark.pedantic(run, rounds=3, warmup_rounds=1)
    results = ledger.take_metrics(containers, metrics[:, : len(METRIC_NAMES)], [error is not None for error in errors])
    note(benchmark, bars=len(containers) * N_BARS, isolation=isolation, results=results)


def test_state_of_a_container_in_minimal(benchmark: Any, store: Path) -> None:
    def state() -> int:
        prepared = prepare(load_config(configuration(store, isolation="minimal")))
        inputs = prepared.inputs.build([prepared.grid.container(0)])
        rows = (inputs.symbol, inputs.parameters, inputs.settings, inputs.random_state)
        written = 8 * (len(METRIC_NAMES) + len(OUTCOME_COLUMNS))
        return (
            8 * len(BOOK_FIELDS) + EQUITY_DTYPE.itemsize + 8 * LANE_NUMBERS + written + sum(row.nbytes for row in rows)
        )

    total = benchmark.pedantic(state, rounds=1) / 1024
    note(benchmark, limit=CONTAINER_STATE["minimal"], value=total, isolation="minimal")
    assert total <= CONTAINER_STATE["minimal"].value
