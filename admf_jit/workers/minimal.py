"""Containers of isolation ``minimal``: neighbours with the same symbol and parameters share their answers."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from admf_jit.data import MarketData
from admf_jit.strategies.compiled import load_function
from admf_jit.strategies.shared import RECORD_ANSWERS, SharedColumns, SharedStrategy
from admf_jit.workers.columns import Column, ColumnCache, ColumnCounts, warmup_of
from admf_jit.workers.failures import MESSAGES, RAISED, said_by, with_bar
from admf_kernels.constants import METRIC_NAMES, OUTCOME_COLUMNS, Outcome
from admf_kernels.metrics import LANE_NUMBERS
from admf_kernels.minimal.accounts import ACCOUNT_DTYPE
from admf_kernels.minimal.answers import MASK_BARS
from admf_kernels.minimal.market_orders import SIDE_BY_SIDE

Answers = NDArray[np.int8]


@functools.cache
def column_cache() -> ColumnCache:
    """The columns of this process."""
    return ColumnCache()


def fill_columns(
    shared: SharedColumns, data: MarketData, symbols: NDArray[np.int64], parameters: Column
) -> ColumnCounts:
    """Compute the columns that n containers will ask for: symbols int64 (n,), parameters (n, n_parameters).

    A process that is forked for the containers then finds them, and so does the next one.
    """
    cache = column_cache()
    before, asked = cache.computed, 0
    for places in groups(symbols, parameters):
        for indicator in shared.indicators:
            cache.columns(data, int(symbols[places[0]]), shared, indicator, parameters[places[0]])
            asked += 1
    computed = cache.computed - before
    return ColumnCounts(computed, asked - computed)


def run_shared(
    strategy: SharedStrategy,
    data: MarketData,
    symbols: NDArray[np.int64],
    parameters: Column,
    settings: Column,
    random_state: NDArray[np.int64],
    outcomes: NDArray[np.int64] | None = None,
) -> tuple[Column, list[str | None]]:
    """Run n containers: metrics (n, len(METRIC_NAMES)), and an error or None each.

    symbols int64 (n,), parameters float64 (n, n_parameters), settings float64 (n, SETTINGS), random_state int64
    (n, 12), as in ``BatchInputs``; ``outcomes`` is filled as they end, one after the other.
    """
    metrics = np.full((len(symbols), len(METRIC_NAMES)), np.nan)
    if outcomes is None:
        outcomes = np.zeros((len(symbols), len(OUTCOME_COLUMNS)), np.int64)
    errors: list[str | None] = [None] * len(symbols)
    engine = strategy.load().function
    acting = np.empty((3, -(-data.n_bars // MASK_BARS)), np.uint64)
    room = np.empty(SIDE_BY_SIDE, ACCOUNT_DTYPE), np.empty((SIDE_BY_SIDE, LANE_NUMBERS))
    told = strategy.shared.parameters
    inputs, inputs_of = None, b""
    for group in groups(symbols, parameters):
        symbol, row = int(symbols[group[0]]), parameters[group[0]]
        # Neighbours often differ in what no indicator is told.
        key = b"%d:" % symbol + row[told].tobytes()
        if inputs is None or key != inputs_of:
            inputs, inputs_of = inputs_for(strategy, data, symbol, row), key
        answers = answers_of(strategy, data, symbol, row, inputs)
        part = slice(group[0], group[-1] + 1)
        written = metrics[part], outcomes[part]
        if strategy.uses_orders:
            engine(*bars_of(data), symbol, answers, acting, settings[part], random_state[part], *written)
        else:
            prices = data.open[symbol], data.close[symbol]
            engine(*prices, answers, acting, settings[part], *room, *written)
        for place in group[outcomes[part, 0] != 0]:
            kind, bar = Outcome(int(outcomes[place, 0])), int(outcomes[place, 1])
            errors[place] = with_bar(_message(kind, strategy, data, symbol, row), data, bar)
    return metrics, errors


def bars_of(data: MarketData) -> tuple[NDArray[np.int64] | Column, ...]:
    """The bars of all symbols in the order in which engines take them."""
    return data.time, data.session, data.clock, data.open, data.high, data.low, data.close, data.volume


def groups(symbols: NDArray[np.int64], parameters: Column) -> list[NDArray[np.int64]]:
    """Places of consecutive containers that have the same answers."""
    keys = np.column_stack([symbols, parameters])
    begins = np.flatnonzero((keys[1:] != keys[:-1]).any(axis=1)) + 1
    return np.split(np.arange(len(symbols)), begins)


class AnswerInputs(NamedTuple):
    """What answers come from besides parameters that no indicator is told."""

    bars: tuple[NDArray[np.int64] | Column, ...]
    columns: list[Column]
    #: The last bar at which each column is zero, or -1.
    last_zeros: list[int]
    warmup: int


def inputs_for(strategy: SharedStrategy, data: MarketData, symbol: int, row: Column) -> AnswerInputs:
    """The bars of a symbol, and the columns of indicators that are told the parameters in ``row``."""
    cache = column_cache()
    shared = strategy.shared
    outputs = [cache.columns(data, symbol, shared, indicator, row) for indicator in shared.indicators]
    time, _, _, *values = bars_of(data)
    return AnswerInputs(
        (time, *(value[symbol] for value in values)),
        [outputs[indicator].values[output] for indicator, output in shared.features],
        [outputs[indicator].last_zeros[output] for indicator, output in shared.features],
        warmup_of(data, symbol, shared, row),
    )


def answers_of(
    strategy: SharedStrategy,
    data: MarketData,
    symbol: int,
    row: Column,
    inputs: AnswerInputs | None = None,
    *,
    trap: bool = True,
) -> Answers:
    """What the strategy answers at every bar of a symbol, with the parameters in ``row``: codes, int8 (n_bars,)."""
    bars, columns, last_zeros, warmup = inputs or inputs_for(strategy, data, symbol, row)
    path = strategy.trapped.path
    if trap and strategy.straight is not None and not _divides_by_zero(strategy, last_zeros, row, warmup):
        path = strategy.straight
    answers = np.empty(data.n_bars, np.int8)
    load_function(path, RECORD_ANSWERS).function(
        *bars,
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
            return said_by(strategy.trapped, problem)
    return MESSAGES.get(kind, RAISED)
