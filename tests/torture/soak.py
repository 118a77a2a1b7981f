"""`python -m tests.torture.soak`: the same sweeps again and again in one process, and what its memory does.

The sweeps differ in engine and isolation, one of them has a container that crashes, and every other one is run by
workers, which stay warm from one to the next, instead of by processes that are forked for each batch. Every ten seconds
the private memory (what would be free again if the process ended) of this process and of each worker is taken. Without
its first minutes (a tenth of the whole), in which caches fill, a straight line through it has to rise by no more than
``--limit`` KiB a minute. Prints a line a minute and one JSON object; status 1 above the limit, or where no process was
there for long enough.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import psutil

from admf_jit.config import load_config
from admf_jit.testing import Fault, inject_faults
from admf_jit.workers.executors import choice
from admf_jit.workflow import run_grid

_SECONDS_PER_SAMPLE = 10.0
_FEWEST_SAMPLES = 10
#: For processes forked for each batch, and for workers.
MOST_FORKED_BYTES = (choice.MOST_FORKED_BYTES, 0)
#: Minutes and KiB: private memory of one process over time.
Samples = list[tuple[float, float]]


def sweeps(n_containers: int) -> list[tuple[dict[str, Any], dict[int, Fault]]]:
    """Configurations, and the faults that befall their containers."""
    common = {
        "name": "soak",
        "data": {"source": "sample", "symbols": ["ALFA"], "timeframe": "15m"},
        "strategy": {"type": "sma_crossover"},
        "optimization": {"parameters": {"slow_period": list(range(20, 20 + n_containers))}},
    }
    full = {"execution": {"optimization_phase": {"isolation": "full"}}}
    return [
        (common, {}),
        ({**common, **full}, {}),
        ({**common, "exits": {"stop_loss": 0.01, "take_profit": 0.02}}, {}),
        ({**common, **full}, {n_containers // 2: Fault.WILD_WRITE, n_containers // 3: Fault.EXCEPTION}),
    ]


def private_memory() -> Iterator[tuple[str, float]]:
    """This process and its workers by name, with their private memory in KiB."""
    parent = psutil.Process()
    yield "parent", parent.memory_full_info().uss / 1024
    for child in parent.children():
        if "popen_loky" in " ".join(child.cmdline()):
            yield f"worker {child.pid}", child.memory_full_info().uss / 1024


def slope(samples: Samples) -> float:
    """KiB a minute, by least squares."""
    minutes, sizes = np.array(samples).T
    return float(np.polyfit(minutes - minutes[0], sizes, 1)[0])


def soak(folder: Path, minutes: float, n_containers: int, idle: float) -> tuple[dict[str, Samples], int]:
    """Run sweeps for so long, after each of them resting ``idle`` times as long as it took; samples by process."""
    began = sampled = time.monotonic()
    taken: dict[str, Samples] = {}
    done = 0
    expected: dict[int, list[str]] = {}
    work = [(number, *sweep, most) for number, sweep in enumerate(sweeps(n_containers)) for most in MOST_FORKED_BYTES]
    # A crash ends a worker of loky, and what one gains is seen where it lives on.
    work = [entry for entry in work if not entry[2] or entry[3]]
    for number, config, faults, most in cycle(work):
        started = time.monotonic()
        if started - began >= 60.0 * minutes:
            break
        with inject_faults(faults), patch.object(choice, "MOST_FORKED_BYTES", most):
            run = run_grid(load_config(config), out=folder / "run", n_jobs=2)
        hashes = run.table.column("result_hash").to_pylist()
        assert expected.setdefault(number, hashes) == hashes and run.failed == len(faults)
        shutil.rmtree(folder / "run")
        done += 1
        time.sleep(idle * (time.monotonic() - started))
        now = time.monotonic()
        if now - sampled >= _SECONDS_PER_SAMPLE:
            last_minute, sampled = (sampled - began) // 60.0, now
            sizes = dict(private_memory())
            for name, size in sizes.items():
                taken.setdefault(name, []).append(((now - began) / 60.0, size))
            if (now - began) // 60.0 != last_minute:
                shown = ", ".join(f"{name} {size:,.0f} KiB" for name, size in sizes.items())
                print(f"{(now - began) / 60.0:5.1f} min, {done} sweeps: {shown}", flush=True)
    return taken, done


def main() -> int:
    """Soak for as long as the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture.soak")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--containers", type=int, default=200, help="containers of a sweep")
    parser.add_argument("--idle", type=float, default=0.0, help="rest after a sweep, in times of what it took")
    parser.add_argument("--limit", type=float, default=20.0, help="KiB a minute that a process may grow by")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        taken, done = soak(Path(folder), arguments.minutes, arguments.containers, arguments.idle)
    slopes = {}
    for name, samples in taken.items():
        settled = [sample for sample in samples if sample[0] - samples[0][0] >= arguments.minutes / 10.0]
        if len(settled) < _FEWEST_SAMPLES:
            continue
        slopes[name] = round(slope(settled), 2)
        sizes = [size for _, size in settled]
        print(
            f"{name:<14} {slopes[name]:+8.2f} KiB/minute over {len(settled)} samples, "
            f"{min(sizes):,.0f} to {max(sizes):,.0f} KiB"
        )
    print(json.dumps({"minutes": arguments.minutes, "sweeps": done, "process": os.getpid(), "slopes": slopes}))
    return int(not slopes or max(slopes.values()) > arguments.limit)


if __name__ == "__main__":
    sys.exit(main())
