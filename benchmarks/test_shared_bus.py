"""The isolation page's comparison, measured: the same containers on one shared, locked bus and on a bus each.

Plain Python objects in threads and in processes, then this package; all of them come to the same results.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from admf_jit.config import load_config
from admf_jit.data import MarketData, write_store
from admf_jit.workflow import run_grid
from benchmarks.buses import Parameters, run_isolated_processes, run_isolated_threads, run_shared
from benchmarks.isolations import isolations
from benchmarks.note import note
from benchmarks.workload import configuration, minute_bars

N_BARS = 4_000
GRID = {
    "fast_period": range(5, 10),
    "slow_period": (20, 40),
    "signal_threshold": (0.0002, 0.0005),
    "position_size": (0.02, 0.05),
}
#: In the order of the grid, the last name fastest.
WORK = [
    Parameters(fast, slow, threshold, size)
    for fast in GRID["fast_period"]
    for slow in GRID["slow_period"]
    for threshold in GRID["signal_threshold"]
    for size in GRID["position_size"]
]
FORMS: dict[str, Callable[..., Any]] = {
    "shared bus, threads": run_shared,
    "a bus each, threads": run_isolated_threads,
    "a bus each, processes": run_isolated_processes,
}


@pytest.fixture(scope="module")
def bars() -> MarketData:
    return minute_bars(N_BARS)


@pytest.fixture(scope="module")
def expected(bars: MarketData) -> Any:
    columns = list(zip(bars.open[0].tolist(), bars.close[0].tolist(), strict=True))
    return run_isolated_threads(columns, WORK, 1)


def _note(benchmark: Any, form: str, n: int) -> None:
    note(benchmark, bars=len(WORK) * N_BARS, containers=len(WORK), workers=n, isolation=form)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("n", [1, 2], ids="{} at a time".format)
def test_plain_python(benchmark: Any, bars: MarketData, expected: Any, form: str, n: int) -> None:
    columns = list(zip(bars.open[0].tolist(), bars.close[0].tolist(), strict=True))
    found = []
    benchmark.pedantic(lambda: found.append(FORMS[form](columns, WORK, n)), rounds=3)
    assert all(results == expected for results in found)
    _note(benchmark, form, n)


@pytest.mark.parametrize("isolation", isolations())
def test_admf_jit(
    benchmark: Any, bars: MarketData, expected: Any, tmp_path_factory: pytest.TempPathFactory, isolation: str
) -> None:
    store = write_store(bars, tmp_path_factory.mktemp("bars") / "minutes")
    config = load_config(configuration(Path(store), GRID, isolation=isolation))

    def run() -> Any:
        return run_grid(config, out=tmp_path_factory.mktemp("run") / "bus", n_jobs=1).table

    table = benchmark.pedantic(run, rounds=5, warmup_rounds=1)
    mine = np.column_stack([table[name].to_numpy() for name in ("final_equity", "n_trades", "max_drawdown")])
    np.testing.assert_allclose(mine, np.array(expected), rtol=1e-12)
    _note(benchmark, isolation, 1)
