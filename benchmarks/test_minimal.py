"""Isolation minimal on one core: the headline grid, with stops and targets too, other rules, a container's state."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import admf_jit as aj
from admf_jit import ta
from admf_jit.config import load_config
from admf_jit.data.periods import block_ends, month_ends
from admf_jit.strategies.declaration import definition_of
from admf_jit.workers.batch import NO_RING, run_containers
from admf_jit.workflow.prepare import prepare
from admf_kernels.constants import METRIC_NAMES, OUTCOME_COLUMNS, PERIOD_FIELDS
from admf_kernels.metrics import LANE_NUMBERS
from admf_kernels.minimal.accounts import ACCOUNT_FIELDS, EQUITY_DTYPE
from benchmarks.ledger import Ledger
from benchmarks.limits import BY_SIDE, CONTAINER_STATE, FILL_TO_FILL, KERNEL, MINIMAL_AGAINST_FULL, NOTED_PERIODS, Limit
from benchmarks.note import note
from benchmarks.workload import HEADLINE, N_BARS, configuration, grid_of
from benchmarks.yardsticks import Yardsticks

#: Rules of the order engine that no bar is stepped over for.
RULES: dict[str, dict[str, dict[str, Any]]] = {
    "margin": {"account": {"margin": {"leverage": 2.0, "maintenance": 0.3}}},
    "daily loss": {"risk": {"max_daily_loss": 0.02}},
    "exit at": {"exits": {"exit_at": "15:00"}},
    "ATR trailing stop": {"exits": {"trailing_stop": {"type": "atr", "multiple": 3.0}}},
}


@aj.strategy
class TwoRules:
    """The averages of the headline, entered by one rule and left by another: it asks whether it holds anything."""

    fast_period: int = 10
    slow_period: int = 30
    signal_threshold: float = 0.0
    fast = ta.sma("fast_period")
    slow = ta.sma("slow_period")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        gap = self.fast / self.slow - 1.0
        if position.quantity == 0.0:
            return aj.LONG if gap > self.signal_threshold else aj.KEEP
        return aj.FLAT if gap < 0.0 else aj.KEEP


@aj.strategy
class OwnExits:
    """The same, with a stop below the price of its entry and a longest holding: it looks at what it holds."""

    fast_period: int = 10
    slow_period: int = 30
    signal_threshold: float = 0.0
    fast = ta.sma("fast_period")
    slow = ta.sma("slow_period")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        gap = self.fast / self.slow - 1.0
        if position.quantity == 0.0:
            return aj.LONG if gap > self.signal_threshold else aj.KEEP
        if bar.close < 0.995 * position.entry_price or bar.index - position.entry_bar > 500:
            return aj.FLAT
        return aj.FLAT if gap < 0.0 else aj.KEEP


def grid(store: Path, isolation: str, swept: Any = HEADLINE, definition: Any = None, **blocks: Any) -> Any:
    """A run of a grid in this process, by default the headline grid: (call, containers)."""
    fields = configuration(store, swept, isolation=isolation)
    fields |= {block: {**fields.get(block, {}), **keys} for block, keys in blocks.items()}
    if definition is not None:
        fields["strategy"] = {"type": f"benchmark:{definition.name}"}
    prepared = prepare(load_config(fields), definition=definition)
    containers = list(prepared.grid)
    inputs = prepared.inputs.build(containers)
    module = prepared.runner.module

    def run() -> tuple[NDArray[np.float64], tuple[str | None, ...]]:
        metrics = np.empty((len(containers), len(METRIC_NAMES)))
        errors, _ = run_containers(module, prepared.data, inputs, NO_RING, metrics)
        return metrics, errors

    return run, containers


def test_headline_grid(benchmark: Any, store: Path, ledger: Ledger, yardsticks: Yardsticks) -> None:
    run, containers = grid(store, "minimal")
    metrics, errors = benchmark.pedantic(run, rounds=5, warmup_rounds=1)
    results = ledger.take_metrics(containers, metrics[:, : len(METRIC_NAMES)], [error is not None for error in errors])
    bars = len(containers) * N_BARS
    loops = benchmark.stats.stats.min / (bars * yardsticks.loop)
    note(benchmark, limit=KERNEL["minimal"], value=loops, bars=bars, isolation="minimal", results=results)


@pytest.mark.parametrize("isolation", ["minimal"])
def test_headline_grid_with_stops_and_targets(benchmark: Any, store: Path, ledger: Ledger, isolation: str) -> None:
    run, containers = grid(store, isolation, exits={"stop_loss": 0.002, "take_profit": 0.004})
    metrics, errors = benchmark.pedantic(run, rounds=3, warmup_rounds=1)
    results = ledger.take_metrics(containers, metrics[:, : len(METRIC_NAMES)], [error is not None for error in errors])
    note(benchmark, bars=len(containers) * N_BARS, isolation=isolation, results=results)


def test_headline_grid_with_sums_by_period(benchmark: Any, store: Path) -> None:
    """Sums of 16 blocks and of all months noted, against nothing noted, in turns."""
    prepared = prepare(load_config(configuration(store, HEADLINE, isolation="minimal")))
    inputs, data, module = prepared.inputs.build(list(prepared.grid)), prepared.data, prepared.runner.module
    months = month_ends(data).values()
    cases = {"off": (), "noted": tuple(sorted({*block_ends(data.n_bars, 16).tolist(), *months}))}
    best = dict.fromkeys(cases, math.inf)

    def measure() -> None:
        for name, ends in cases.items():
            results = np.empty((len(inputs.symbol), len(METRIC_NAMES) + len(ends) * len(PERIOD_FIELDS)))
            started = time.process_time()
            run_containers(module, data, inputs, NO_RING, results, ends=ends)
            best[name] = min(best[name], time.process_time() - started)

    benchmark.pedantic(measure, rounds=8, warmup_rounds=1)
    detail = f"{len(cases['noted'])} periods noted"
    note(benchmark, limit=NOTED_PERIODS, value=best["noted"] / best["off"], detail=detail)


@pytest.mark.parametrize(("strategy", "limit"), [(TwoRules, BY_SIDE), (OwnExits, FILL_TO_FILL)], ids=["side", "entry"])
def test_a_strategy_that_looks_at_its_position(benchmark: Any, store: Path, strategy: type, limit: Limit) -> None:
    """Minimal against full, in turns, of a strategy that asks for its side, or for more of what it holds."""
    sizes = {"minimal": HEADLINE, "full": grid_of(10)}
    runs = {name: grid(store, name, swept, definition_of(strategy)) for name, swept in sizes.items()}
    each: dict[str, list[float]] = {name: [] for name in runs}

    def measure() -> None:
        for name, (run, containers) in runs.items():
            started = time.perf_counter()
            run()
            each[name].append(1e9 * (time.perf_counter() - started) / (len(containers) * N_BARS))

    benchmark.pedantic(measure, rounds=5, warmup_rounds=1)
    minimal, full = (min(found) for found in each.values())
    note(benchmark, limit=limit, value=minimal / full, detail=f"headline grid {minimal:.1f} ns, full {full:.1f} ns")


@pytest.mark.parametrize("rule", RULES)
def test_rules_that_look_at_every_bar(benchmark: Any, store: Path, rule: str) -> None:
    """Minimal against full, in turns: `auto` takes it whatever the rules are, so it has to be the faster one."""
    runs = {isolation: grid(store, isolation, grid_of(10), **RULES[rule])[0] for isolation in ("minimal", "full")}
    seconds: dict[str, list[float]] = {isolation: [] for isolation in runs}

    def measure() -> None:
        for isolation, run in runs.items():
            started = time.perf_counter()
            run()
            seconds[isolation].append(time.perf_counter() - started)

    benchmark.pedantic(measure, rounds=8, warmup_rounds=1)
    minimal, full = (1e9 * min(found) / (10 * N_BARS) for found in seconds.values())
    note(benchmark, limit=MINIMAL_AGAINST_FULL, value=minimal / full, detail=f"{minimal:.1f} ns, full {full:.1f} ns")


def test_state_of_a_container_in_minimal(benchmark: Any, store: Path) -> None:
    def state() -> int:
        prepared = prepare(load_config(configuration(store, isolation="minimal")))
        inputs = prepared.inputs.build([prepared.grid.container(0)])
        rows = (inputs.symbol, inputs.parameters, inputs.settings, inputs.random_state)
        written = 8 * (len(METRIC_NAMES) + len(OUTCOME_COLUMNS))
        return (
            8 * len(ACCOUNT_FIELDS)
            + EQUITY_DTYPE.itemsize
            + 8 * LANE_NUMBERS
            + written
            + sum(row.nbytes for row in rows)
        )

    total = benchmark.pedantic(state, rounds=1) / 1024
    note(benchmark, limit=CONTAINER_STATE["minimal"], value=total, isolation="minimal")
    assert total <= CONTAINER_STATE["minimal"].value
