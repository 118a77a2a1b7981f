"""Time per bar and container on one core, in full isolation with all metrics, and what a bare loop takes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from admf_jit.config import load_config
from admf_jit.strategies.resolve import BUILT_IN
from admf_jit.workers.batch import NO_RING, new_ring, run_inputs
from admf_jit.workflow.prepare import prepare
from admf_kernels.constants import METRIC_NAMES
from admf_kernels.ring import STACK_RING
from benchmarks.ledger import Ledger
from benchmarks.limits import KERNEL, STACK_PLACE
from benchmarks.note import note
from benchmarks.plain_loop import COLUMNS, run_plain_loop
from benchmarks.workload import HEADLINE, N_BARS, configuration

# Rounds of some milliseconds, and many of them: the best one is then one that nothing interrupted.
_CONTAINERS = 4
_ROUNDS = 80
_SAME = ("final_equity", "max_drawdown", "max_drawdown_duration", "n_trades", "commission_paid")


class Engine:
    """Containers ready to be run again and again by the batch function of the workers."""

    def __init__(self, config: dict[str, Any], every: int = 1) -> None:
        self.prepared = prepare(load_config(config))
        self.containers = list(self.prepared.grid)[::every]
        self.inputs = self.prepared.inputs.build(self.containers)
        self.ring = NO_RING

    def run(self) -> None:
        self.metrics, self.outcomes = run_inputs(
            self.prepared.compiled.module, self.prepared.data, self.inputs, self.ring, trap=True
        )

    def results(self, ledger: Ledger) -> str:
        return ledger.take_metrics(self.containers, self.metrics, self.outcomes[:, 0] != 0)


class PlainLoop:
    """The same containers, and the same bars, by the loop over local variables."""

    def __init__(self, engine: Engine) -> None:
        data, first = engine.prepared.data, engine.containers[0]
        self.open, self.close = data.open[0], data.close[0]
        self.parameters = np.array(
            [
                [
                    container.parameters["fast_period"],
                    container.parameters["slow_period"],
                    container.parameters["signal_threshold"],
                    container.account.position_size,
                ]
                for container in engine.containers
            ],
            np.float64,
        )
        commission = first.account.commission
        assert commission.type == "percent"
        self.cash, self.rate = first.account.cash, commission.rate
        self.ring = new_ring(STACK_RING)
        self.out = np.zeros((len(self.parameters), len(COLUMNS)))
        self.seconds: list[float] = []

    def run(self) -> None:
        started = time.perf_counter()
        run_plain_loop(self.open, self.close, self.parameters, self.cash, self.rate, self.ring, self.out)
        self.seconds.append(time.perf_counter() - started)


def test_headline_strategy_against_a_plain_loop(benchmark: Any, store: Path, ledger: Ledger) -> None:
    engine = Engine(configuration(store, HEADLINE), every=1188 // _CONTAINERS)
    loop = PlainLoop(engine)
    loop.run()
    loop.seconds.clear()
    # In turns, so that whatever else the machine does falls on both.
    benchmark.pedantic(engine.run, setup=loop.run, rounds=_ROUNDS, warmup_rounds=1)
    # At threshold 0 two equal averages leave the decision to their last bit, which the loop need not share.
    decided = loop.parameters[:, 2] > 0.0
    assert engine.outcomes[decided, 2].tolist() == loop.out[decided, COLUMNS.index("n_events")].tolist()
    for name in _SAME:
        mine, bare = engine.metrics[decided, METRIC_NAMES.index(name)], loop.out[decided, COLUMNS.index(name)]
        np.testing.assert_allclose(mine, bare, rtol=1e-12, err_msg=name)
    bars = _CONTAINERS * N_BARS
    bound = min(loop.seconds) / bars * 1e9
    ratio = benchmark.stats.stats.min / min(loop.seconds)
    note(
        benchmark,
        limit=KERNEL["full"],
        value=ratio,
        bars=bars,
        results=engine.results(ledger),
        detail=f"plain loop {bound:.1f} ns; engine / loop {ratio:.2f}",
    )


def test_wherever_the_stack_is(benchmark: Any, store: Path) -> None:
    """The longest time over the usual one, with calls nested ever deeper: over ten pages of stack or so."""
    engine = Engine(configuration(store, HEADLINE), every=1188 // _CONTAINERS)

    def seconds(depth: int) -> float:
        """The least of some calls, from so many calls of C functions deep."""
        if depth:
            return max(map(seconds, (depth - 1,)))
        found = []
        for _ in range(3):
            started = time.perf_counter()
            engine.run()
            found.append(time.perf_counter() - started)
        return min(found)

    times = benchmark.pedantic(lambda: [seconds(depth) for depth in range(64)], rounds=1, warmup_rounds=0)
    usual = float(np.median(times))
    note(
        benchmark,
        limit=STACK_PLACE,
        value=max(times) / usual,
        detail=f"usually {1e9 * usual / (len(engine.containers) * N_BARS):.2f} ns, at 64 depths",
    )


@pytest.mark.parametrize("strategy", BUILT_IN)
def test_built_in_strategy(benchmark: Any, store: Path, ledger: Ledger, strategy: str) -> None:
    sizes = {"position_size": HEADLINE["position_size"]}
    engine = Engine(configuration(store, sizes, strategy=strategy))
    benchmark.pedantic(engine.run, rounds=20, warmup_rounds=1)
    trades = int(engine.metrics[0, METRIC_NAMES.index("n_trades")])
    note(
        benchmark,
        bars=len(engine.containers) * N_BARS,
        results=engine.results(ledger),
        detail=f"{trades:,} trades",
    )
