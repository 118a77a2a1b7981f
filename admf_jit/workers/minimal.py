"""Containers of isolation ``minimal``: those with the same symbol and parameters share the answers of their strategy."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from admf_jit.data import MarketData
from admf_jit.strategies.compiled import load_function
from admf_jit.strategies.shared import SharedStrategy
from admf_jit.workers.columns import Column, ColumnCache, warmup_of
from admf_jit.workers.failures import MESSAGES, RAISED, with_bar
from admf_kernels.constants import METRIC_NAMES, OUTCOME_COLUMNS, Outcome
from admf_kernels.minimal.answers import MASK_BARS

Answers = NDArray[np.int8]


@functools.cache
def column_cache() -> ColumnCache:
    """The columns of this process."""
    return ColumnCache()


def run_shared(
    strategy: SharedStrategy,
    data: MarketData,
    symbols: NDArray[np.int64],
    parameters: Column,
    settings: Column,
) -> tuple[Column, list[str | None]]:
    """Run n containers: metrics (n, len(METRIC_NAMES)), and an error or None each.

    symbols int64 (n,), parameters float64 (n, n_parameters), settings float64 (n, SETTINGS), as in ``BatchInputs``.
    """
    metrics = np.full((len(symbols), len(METRIC_NAMES)), np.nan)
    errors: list[str | None] = [None] * len(symbols)
    engine = load_function(strategy.engine, "run_market_orders").function
    words = -(-data.n_bars // MASK_BARS)
    acting = np.empty((3, words), np.uint64)
    for places in _groups(symbols, parameters):
        symbol, row = int(symbols[places[0]]), parameters[places[0]]
        answers = answers_of(strategy, data, symbol, row)
        rows = np.empty((len(places), len(METRIC_NAMES)))
        outcomes = np.zeros((len(places), len(OUTCOME_COLUMNS)), np.int64)
        engine(data.open[symbol], data.close[symbol], answers, acting, settings[places], rows, outcomes)
        metrics[places] = rows
        for k in np.flatnonzero(outcomes[:, 0]):
            kind, bar = Outcome(int(outcomes[k, 0])), int(outcomes[k, 1])
            errors[places[k]] = with_bar(_message(kind, strategy, data, symbol, row), data, bar)
    return metrics, errors


def _groups(symbols: NDArray[np.int64], parameters: Column) -> Iterator[NDArray[np.int64]]:
    """Places of the containers that share their answers, group by group, in the order of their first ones."""
    groups: dict[bytes, list[int]] = {}
    for place in range(len(symbols)):
        groups.setdefault(symbols[place].tobytes() + parameters[place].tobytes(), []).append(place)
    return (np.array(places, np.int64) for places in groups.values())


def answers_of(strategy: SharedStrategy, data: MarketData, symbol: int, row: Column, *, trap: bool = True) -> Answers:
    """What the strategy answers at every bar of a symbol, with the parameters in ``row``: codes, int8 (n_bars,)."""
    cache = column_cache()
    outputs = [cache.columns(data, symbol, strategy, indicator, row) for indicator in strategy.indicators]
    columns = [outputs[indicator].values[output] for indicator, output in strategy.features]
    last_zeros = [outputs[indicator].last_zeros[output] for indicator, output in strategy.features]
    warmup = warmup_of(data, symbol, strategy, row)
    path = strategy.trapped.path
    if trap and strategy.straight is not None and not _divides_by_zero(strategy, last_zeros, row, warmup):
        path = strategy.straight
    answers = np.empty(data.n_bars, np.int8)
    load_function(path, "record_answers").function(
        data.time,
        data.open[symbol],
        data.high[symbol],
        data.low[symbol],
        data.close[symbol],
        data.volume[symbol],
        row,
        warmup,
        trap,
        answers,
        *columns,
    )
    return answers


def _divides_by_zero(strategy: SharedStrategy, last_zeros: list[int], row: Column, warmup: int) -> bool:
    if any(row[place] == 0.0 for place in strategy.parameter_divisors):
        return True
    return any(last_zeros[place] >= warmup for place in strategy.feature_divisors)


def _message(kind: Outcome, strategy: SharedStrategy, data: MarketData, symbol: int, row: Column) -> str:
    if kind is Outcome.STRATEGY_RAISED:
        try:
            answers_of(strategy, data, symbol, row, trap=False)
        except Exception as problem:
            return strategy.trapped.explain(problem)
    return MESSAGES.get(kind, RAISED)
