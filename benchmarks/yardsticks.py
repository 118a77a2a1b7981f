"""What the machine itself takes, measured in the same session: limits are ratios to it.

``python -m benchmarks.yardsticks`` prints them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import cached_property

import numpy as np

from admf_jit.workers.batch import new_ring
from admf_kernels.ring import STACK_RING
from benchmarks.plain_loop import COLUMNS, run_plain_loop
from benchmarks.processes import probe, run
from benchmarks.workload import minute_bars

_ROUNDS = 5
_STARTING_CASH, _RATE = 100_000.0, 0.001
#: Fast and slow period, threshold and size: one of the headline grid.
_PARAMETERS = np.array([[20.0, 120.0, 0.0005, 1.0]])


class Yardsticks:
    """The least of some rounds of each, measured when it is first asked for."""

    @cached_property
    def loop(self) -> float:
        """Seconds per bar of the loop over local variables, `plain_loop.py`."""
        data = minute_bars()
        ring, out = new_ring(STACK_RING), np.zeros((1, len(COLUMNS)))

        def run_loop() -> None:
            run_plain_loop(data.open[0], data.close[0], _PARAMETERS, _STARTING_CASH, _RATE, ring, out)

        run_loop()  # which compiles it
        return _least(run_loop, 20 * _ROUNDS) / data.n_bars

    @cached_property
    def start(self) -> float:
        """Seconds from the start of Python to its end, with NumPy and pandas imported."""
        return _least(lambda: run(sys.executable, "-c", "import numpy, pandas"), _ROUNDS)

    @cached_property
    def compilation(self) -> float:
        """Processor seconds that Numba takes for a function of ten lines, after another one."""
        return min(float(probe("ten_lines", "")["seconds"]) for _ in range(_ROUNDS))


def _least(action: Callable[[], object], rounds: int) -> float:
    found = []
    for _ in range(rounds):
        started = time.perf_counter()
        action()
        found.append(time.perf_counter() - started)
    return min(found)


if __name__ == "__main__":
    measured = Yardsticks()
    print(f"a bar of the plain loop  {1e9 * measured.loop:.2f} ns")
    print(f"a start of Python        {measured.start:.3f} s")
    print(f"a compilation            {measured.compilation:.3f} s of processor time")
