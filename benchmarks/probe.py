"""Measurements that need a fresh process; each prints one JSON object.

`python -m benchmarks.probe compile STRATEGY` and `python -m benchmarks.probe memory STORE`.
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

    One container comes first, uncounted: what a worker loads once is no growth. All batches are made before
    any is run, because to make them is not a worker's business.
    """
    from pathlib import Path

    from admf_jit.config import load_config
    from admf_jit.workers.batch import BatchTask, run_task
    from admf_jit.workers.plan import plan_batches
    from admf_jit.workflow.prepare import prepare
    from benchmarks.workload import configuration, grid_of

    work: list[tuple[int, list[BatchTask]]] = []
    for n_containers in (1, 1, 10, 100, 1000):
        prepared = prepare(load_config(configuration(Path(store), grid_of(n_containers))))
        module, build, ring = prepared.compiled.module, prepared.inputs.build, prepared.inputs.ring_length
        containers = list(prepared.grid)
        size = plan_batches(n_containers, n_jobs=2, batch_size=None, cap=None).batch_size
        batches = [containers[first : first + size] for first in range(0, n_containers, size)]
        tasks = [BatchTask(prepared.store, module, build(batch), ring(batch)) for batch in batches]
        work.append((n_containers, tasks))
    private: dict[int, int] = {}
    for n_containers, tasks in work:
        outcomes = [run_task(task) for task in tasks]
        assert not any(error for outcome in outcomes for error in outcome.errors)
        private[n_containers] = max(outcome.private_bytes for outcome in outcomes)
    return {"private_bytes": private}


_PROBES = {"compile": compile_strategy, "memory": worker_memory}


if __name__ == "__main__":
    print(json.dumps(_PROBES[sys.argv[1]](sys.argv[2])))
