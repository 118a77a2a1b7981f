"""Measurements that need a fresh process; each prints one JSON object.

`python -m benchmarks.probe compile STRATEGY`, `... memory STORE`, `... backtest STORE`, `... edit KIND`,
`... overfitting CONTAINERS` and `... ten_lines ""`.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def compile_strategy(name: str) -> dict[str, Any]:
    """Get a built-in strategy ready to run, from the cache or by compiling it."""
    from admf_jit.strategies import compiled, resolve

    strategy = compiled.compile_strategy(resolve.resolve_strategy(name))
    return {"seconds": strategy.seconds, "from_cache": strategy.from_cache}


def worker_memory(store: str) -> dict[str, Any]:
    """Private bytes of a worker after 1, 10, 100 and 1,000 containers, in the batches that a pool would send.

    `grown` is what the processes that it forks for the batches took at most, and gave back.

    One container comes first, uncounted: what a worker loads once is no growth. All batches are made before
    any is run, because to make them is not a worker's business.
    """
    from pathlib import Path

    from admf_jit.config import load_config
    from admf_jit.workers.batch import BatchOutcome, BatchTask, private_bytes
    from admf_jit.workers.forked import run_forked
    from admf_jit.workers.plan import plan_batches
    from admf_jit.workflow.prepare import prepare
    from benchmarks.workload import configuration, grid_of

    work: list[tuple[int, list[BatchTask]]] = []
    for n_containers in (1, 1, 10, 100, 1000):
        prepared = prepare(load_config(configuration(Path(store), grid_of(n_containers))))
        limits, containers = prepared.limits(2), list(prepared.grid)
        plan = plan_batches(n_containers, n_jobs=2, batch_size=None, cap=None)
        first, tasks = 0, []
        for size in plan.sizes(n_containers):
            tasks.append(prepared.task(containers[first : first + size], limits))
            first += size
        work.append((n_containers, tasks))
    private: dict[int, int] = {}
    grown: dict[int, int] = {}
    for n_containers, tasks in work:
        grown[n_containers] = 0
        for task in tasks:
            # Nothing is kept, as a worker sends what it came to away.
            outcome = run_forked(task)
            assert isinstance(outcome, BatchOutcome) and not any(outcome.errors)
            grown[n_containers] = max(grown[n_containers], outcome.grown)
        private[n_containers] = private_bytes()
    return {"private_bytes": private, "grown": grown}


def one_backtest(store: str) -> dict[str, Any]:
    """Trades of the headline strategy over the bars of a store."""
    import admf_jit as aj

    one = aj.backtest("sma_crossover", store, commission={"type": "percent", "rate": 0.001})
    return {"n_trades": one.metrics["n_trades"]}


def ten_lines(_: str) -> dict[str, Any]:
    """Processor seconds that Numba takes for a function of ten lines, once it has compiled another one."""
    import time

    import numpy as np
    from numba import njit

    def compiled(offset: float) -> float:
        def mean_gain(prices: Any, period: int) -> float:
            total = 0.0
            count = 0
            for t in range(period, prices.shape[0]):
                change = prices[t] - prices[t - period]
                if change > offset:
                    total += change / prices[t - period]
                    count += 1
            if count == 0:
                return 0.0
            return total / count

        function = njit(mean_gain)
        started = time.process_time()
        function(np.arange(1.0, 10.0), 2)
        return time.process_time() - started

    compiled(0.0)
    return {"seconds": min(compiled(float(offset)) for offset in range(1, 4))}


def edit(kind: str) -> dict[str, Any]:
    """Processor seconds from a strategy of new text to its result: in this process, which has run another one."""
    from benchmarks.edits import seconds_of_edits

    return {"seconds": seconds_of_edits(kind)}


def overfitting(n_containers: str) -> dict[str, Any]:
    """Processor and wall seconds of PBO over 16 blocks of 80 bars of noise, and the peak memory of the process."""
    import resource
    import time

    import numpy as np

    from admf_jit.statistics import backtest_overfitting_from_sums

    rng = np.random.default_rng(0)
    sums, squares = np.empty((16, int(n_containers))), np.empty((16, int(n_containers)))
    for block in range(16):
        returns = 0.01 * rng.standard_normal((80, int(n_containers)))
        sums[block], squares[block] = returns.sum(axis=0), np.square(returns).sum(axis=0)
    processor, wall = time.process_time(), time.perf_counter()
    found = backtest_overfitting_from_sums(np.full(16, 80), sums, squares)
    return {
        "seconds": time.process_time() - processor,
        "wall": time.perf_counter() - wall,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "splits": len(found.logits),
    }


_PROBES = {
    "compile": compile_strategy,
    "memory": worker_memory,
    "backtest": one_backtest,
    "ten_lines": ten_lines,
    "edit": edit,
    "overfitting": overfitting,
}


if __name__ == "__main__":
    print(json.dumps(_PROBES[sys.argv[1]](sys.argv[2])))
