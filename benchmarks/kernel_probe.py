"""The headline strategy's best time per bar and container, in a process of its own, by whatever version runs it.

`python kernel_probe.py FOLDER` with another version first in PYTHONPATH measures that version; FOLDER keeps its bars.
Only names that c2f6140 already had are used here.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from admf_jit.data import write_store
from benchmarks.test_kernel import Engine
from benchmarks.workload import HEADLINE, N_BARS, configuration, minute_bars

_CONTAINERS = 4
_ROUNDS = 60


def main(folder: Path) -> None:
    """Print nanoseconds per bar and container: for each container its best round, and the mean of these."""
    store = folder / "minutes"
    if not store.exists():
        write_store(minute_bars(), store)
    engine = Engine(configuration(store, HEADLINE), every=1188 // _CONTAINERS)
    n = len(engine.containers)
    best = [float("inf")] * n
    everything = engine.inputs
    for _ in range(_ROUNDS):
        for k in range(n):
            columns = vars(everything).values()
            engine.inputs = type(everything)(*(None if column is None else column[k : k + 1] for column in columns))
            started = time.perf_counter()
            engine.run()
            best[k] = min(best[k], time.perf_counter() - started)
    print(sum(best) / n / N_BARS * 1e9)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
