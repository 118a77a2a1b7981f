"""Indicator columns that containers share: who computes them, and how many are kept."""

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import admf_jit as aj
from admf_jit.config import load_config
from admf_jit.workers import columns
from admf_jit.workers.batch import BatchTask, load_task
from admf_jit.workers.computed_columns import Columns
from admf_jit.workflow.prepare import prepare
from tests.contract.samples import MARKET

SWEPT = {"fast_period": [2, 3, 5], "slow_period": [9, 12, 20], "position_size": [0.5, 1.0]}
N_AVERAGES = 6


@pytest.fixture
def task() -> BatchTask:
    config = {
        "name": "columns",
        "data": {"source": "sample"},
        "strategy": {"type": "sma_crossover"},
        "execution": {"optimization_phase": {"isolation": "minimal"}},
        "optimization": {"parameters": SWEPT},
    }
    prepared = prepare(load_config(config), data=aj.load(MARKET.frame()))
    return prepared.task(list(prepared.grid), prepared.limits(1))


@pytest.fixture
def computed_by(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Which thread has computed each column, of a cache that is empty."""
    computed: list[int] = []
    compute = columns.compute_columns

    def noted(*told: Any) -> Columns:
        computed.append(threading.get_ident())
        return compute(*told)

    monkeypatch.setattr(columns, "compute_columns", noted)
    monkeypatch.setattr(columns, "_WORTH_THREADS", 1)
    columns.column_cache.cache_clear()
    yield computed
    columns.column_cache.cache_clear()


def kept() -> dict[Any, np.ndarray]:
    return {key: found.values for key, found in columns.column_cache()._kept.items()}


def test_threads_that_help_have_ended_before_a_process_is_forked(task: BatchTask, computed_by: list[int]) -> None:
    assert load_task(task).columns == (N_AVERAGES, 2 * 9 - N_AVERAGES)
    alone = kept()
    assert set(computed_by) == {threading.get_ident()}
    columns.column_cache.cache_clear()
    del computed_by[:]
    before = threading.active_count()
    assert load_task(task, n_threads=3).columns == (N_AVERAGES, 2 * 9 - N_AVERAGES)
    assert len(computed_by) == N_AVERAGES and threading.get_ident() not in computed_by
    assert threading.active_count() <= before  # others may end meanwhile
    together = kept()
    assert list(alone) == list(together), "in the same order, which says what goes first"
    for key, values in alone.items():
        assert np.array_equal(values, together[key], equal_nan=True)
    assert load_task(task, n_threads=3).columns == (0, 2 * 9)


@pytest.mark.parametrize("short_of", [0, 1])
def test_few_bars_are_not_worth_a_thread(
    task: BatchTask, computed_by: list[int], monkeypatch: pytest.MonkeyPatch, short_of: int
) -> None:
    n_bars = load_task(task).data.n_bars
    columns.column_cache.cache_clear()
    del computed_by[:]
    monkeypatch.setattr(columns, "_WORTH_THREADS", N_AVERAGES * n_bars + short_of)
    load_task(task, n_threads=3)
    assert len(computed_by) == N_AVERAGES
    assert (threading.get_ident() in computed_by) == bool(short_of)


@pytest.mark.parametrize("n_threads", [1, 3])
def test_no_more_are_kept_than_there_is_room_for(task: BatchTask, computed_by: list[int], n_threads: int) -> None:
    n_bars = load_task(task).data.n_bars
    columns.column_cache.cache_clear()
    columns.column_cache().capacity_bytes = 2 * 8 * n_bars
    load_task(task, n_threads)
    assert columns.column_cache().kept_bytes == 2 * 8 * n_bars and len(kept()) == 2
