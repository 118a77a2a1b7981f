"""A container bar by bar: from a line that was read to its orders and fills written, and memory over many bars.

With the folder of a live run, so that every bar is written down before the engine gets it, and snapshots are kept.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from admf_jit.config import load_config
from admf_jit.live.feed import LineCutter
from admf_jit.live.session import DescriptorOutput, LiveSession
from admf_jit.live.setup import from_config, open_session
from benchmarks.limits import LIVE_GROWTH, LIVE_MEDIAN, LIVE_SLOWEST
from benchmarks.note import note

N_BARS = 100_000
MANY_BARS = 1_000_000
_WARM_UP = 2_000
_MINUTE = 60_000_000_000
EXITS = {"stop_loss": 0.01, "trailing_stop": {"type": "atr", "multiple": 3.0}}


def _lines(first: int, n: int) -> Iterator[bytes]:
    """Bars of a random walk, a minute each."""
    changes = np.random.default_rng(1).normal(0.0, 0.001, n)
    price = 100.0
    for i in range(n):
        before, price = price, round(price * (1.0 + changes[i]), 2)
        bar = {"time": first + i * _MINUTE, "open": before, "high": max(before, price), "low": min(before, price)}
        yield json.dumps({**bar, "close": price, "volume": 1000.0}).encode() + b"\n"


def _session(folder: Path, exits: dict[str, Any]) -> LiveSession:
    data = {"source": "sample", "symbols": ["ALFA"], "timeframe": "1m"}
    config = {"name": "live", "data": data, "strategy": {"type": "sma_crossover"}, "exits": exits}
    output = DescriptorOutput(os.open(os.devnull, os.O_WRONLY))
    session = open_session(from_config(load_config(config)), output, folder)
    session.begin(resume=False)
    return session


def _fed(session: LiveSession, n: int) -> Iterator[tuple[int, int]]:
    """Processor time and wall time of each bar, in ns."""
    cutter = LineCutter()
    for line in _lines(session.container.bars.axis.last_time + _MINUTE, n):
        started, began = time.process_time_ns(), time.perf_counter_ns()
        for cut in cutter.add(line):
            session.take(cut)
        yield time.process_time_ns() - started, time.perf_counter_ns() - began


@pytest.mark.parametrize("exits", [{}, EXITS], ids=["market_orders", "exits"])
@pytest.mark.parametrize("what", ["p50", "p99"])
def test_latency(benchmark: Any, tmp_path: Path, exits: dict[str, Any], what: str) -> None:
    session = _session(tmp_path, exits)
    took = benchmark.pedantic(lambda: np.array(list(_fed(session, N_BARS))), rounds=1)
    session.close()
    assert session.container.ended is None and session.container.count == N_BARS
    share, limit = {"p50": (50, LIVE_MEDIAN), "p99": (99, LIVE_SLOWEST)}[what]
    found, wall = (float(ns) / 1e6 for ns in np.percentile(took[_WARM_UP:], share, axis=0))
    detail = f"{what} of a bar: {found:.3f} ms of processor time, {wall:.3f} ms by the clock"
    note(benchmark, limit=limit, value=found, bars=N_BARS, detail=detail)
    assert found <= limit.value


def test_memory(benchmark: Any, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    n = MANY_BARS if request.config.getoption("--long") else N_BARS
    session = _session(tmp_path, EXITS)
    fed = _fed(session, n)
    for _ in range(n // 10):
        next(fed)
    process = psutil.Process()
    before = process.memory_info().rss
    benchmark.pedantic(lambda: sum(1 for _ in fed), rounds=1)
    session.close()
    grown = (process.memory_info().rss - before) / 1024**2
    note(benchmark, limit=LIVE_GROWTH, value=grown, bars=n, detail="from a tenth of the bars to all of them")
    assert grown <= LIVE_GROWTH.value
