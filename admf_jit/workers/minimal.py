"""Containers of isolation ``minimal``: neighbours with the same symbol and parameters share their answers."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from admf_jit.data import MarketData
from admf_jit.strategies.compiled import load_function
from admf_jit.strategies.shared import RECORD_ANSWERS, SharedStrategy
from admf_jit.workers.columns import Column, Columns, aligned, column_cache, group_begins, indicator_warmup
from admf_jit.workers.failures import MESSAGES, RAISED, said_by, with_bar
from admf_kernels.addresses import address_of, function_address
from admf_kernels.constants import METRIC_NAMES, OUTCOME_COLUMNS, SETTINGS, Outcome
from admf_kernels.metrics import LANE_NUMBERS
from admf_kernels.minimal.accounts import BOOK_NUMBERS, EQUITY_DTYPE, SLOTS
from admf_kernels.minimal.answers import MASK_BARS
from admf_kernels.minimal.market_orders import tile_length

Answers = NDArray[np.int8]
Places = NDArray[np.int64]

#: Sets of columns that are looked at together: as many as the second cache has room for a tile of.
_SETS_TOGETHER = 16


def run_shared(
    strategy: SharedStrategy,
    data: MarketData,
    symbols: Places,
    parameters: Column,
    settings: Column,
    random_state: Places,
    outcomes: Places | None = None,
) -> tuple[Column, list[str | None]]:
    """Run n containers: metrics (n, len(METRIC_NAMES)), and an error or None each.

    symbols int64 (n,), parameters float64 (n, n_parameters), settings float64 (n, SETTINGS), random_state int64
    (n, 12), as in ``BatchInputs``; ``outcomes`` is filled as they end, and says which of them is running.
    """
    metrics = np.full((len(symbols), len(METRIC_NAMES)), np.nan)
    if outcomes is None:
        outcomes = np.zeros((len(symbols), len(OUTCOME_COLUMNS)), np.int64)
    containers = _Containers(strategy, data, symbols, np.ascontiguousarray(parameters), settings, random_state)
    if strategy.uses_orders:
        containers.run_group_by_group(metrics, outcomes)
    else:
        containers.run_together(metrics, outcomes)
    errors: list[str | None] = [None] * len(symbols)
    for place in np.flatnonzero(outcomes[:, 0] != Outcome.DONE):
        kind, bar = Outcome(int(outcomes[place, 0])), int(outcomes[place, 1])
        message = _message(kind, strategy, data, int(symbols[place]), parameters[place])
        errors[place] = with_bar(message, data, bar)
    return metrics, errors


def prime_shared(strategy: SharedStrategy, data: MarketData) -> None:
    """Call the engine for no container, so that Numba has seen the types of its arguments."""
    settings, random_state = np.empty((0, SETTINGS)), np.empty((0, 12), np.int64)
    results = np.empty((0, len(METRIC_NAMES))), np.empty((0, len(OUTCOME_COLUMNS)), np.int64)
    room = _Room(0, data.n_bars)
    engine = strategy.load().function
    if strategy.uses_orders:
        answers = np.zeros(data.n_bars, np.int8)
        engine(*bars_of(data), 0, answers, _acting(data.n_bars), settings, random_state, *results)
    else:
        nothing = np.empty(0, np.int64)
        answering = _answers_address(strategy.straight or strategy.trapped.path)
        functions = [answering] if callable(answering) else nothing
        bars = _bar_addresses(data, 0)
        engine(data.open[0], data.close[0], bars, functions, *[nothing] * 4, settings, *room.of(0), *results)


@dataclass(frozen=True)
class _Containers:
    """The arguments of ``run_shared``."""

    strategy: SharedStrategy
    data: MarketData
    symbols: Places
    parameters: Column
    settings: Column
    random_state: Places

    def run_together(self, metrics: Column, outcomes: Places) -> None:
        """Run containers that only send market orders, many groups in one call."""
        engine = self.strategy.load().function
        room = _Room(min(len(self.symbols), SLOTS), self.data.n_bars)
        for some in self._sheets():
            symbol = int(self.symbols[some.first])
            bars = _bar_addresses(self.data, symbol)
            part = slice(some.first, some.first + int(some.ends[-1]))
            engine(
                self.data.open[symbol],
                self.data.close[symbol],
                bars,
                some.functions,
                some.columns,
                some.parameters,
                some.warmups,
                some.ends,
                self.settings[part],
                *room.of(int(some.ends[-1])),
                metrics[part],
                outcomes[part],
            )

    def run_group_by_group(self, metrics: Column, outcomes: Places) -> None:
        """Run containers on the order engine."""
        engine = self.strategy.load().function
        acting = _acting(self.data.n_bars)
        told = self.strategy.shared.parameters
        inputs, inputs_of = None, b""
        begins = group_begins(self.symbols, self.parameters)
        for first, end in zip(begins[:-1], begins[1:], strict=True):
            symbol, row = int(self.symbols[first]), self.parameters[first]
            # Neighbours often differ in what no indicator is told.
            key = b"%d:" % symbol + row[told].tobytes()
            if inputs is None or key != inputs_of:
                inputs, inputs_of = inputs_for(self.strategy, self.data, symbol, row), key
            answers = answers_of(self.strategy, self.data, symbol, row, inputs)
            part = slice(first, end)
            own = self.settings[part], self.random_state[part], metrics[part], outcomes[part]
            engine(*bars_of(self.data), symbol, answers, acting, *own)

    def _sheets(self) -> Iterator[_Sheet]:
        """The containers in groups of equal answers, as many groups at a time as go through the bars together."""
        begins = group_begins(self.symbols, self.parameters)
        told = self.parameters[:, self.strategy.shared.parameters]
        starts_set = np.isin(begins, group_begins(self.symbols, told)).tolist()
        places: list[int] = begins.tolist()
        most = self._most_sets()
        firsts: list[int] = []
        sets: list[int] = []
        for begin, behind, is_new in zip(places[:-1], places[1:], starts_set[:-1], strict=True):
            for first in range(begin, behind, SLOTS):
                end = min(behind, first + SLOTS)
                is_full = bool(firsts) and (
                    end - firsts[0] > SLOTS
                    or (is_new and first == begin and len(sets) == most)
                    or self.symbols[first] != self.symbols[firsts[0]]
                )
                if is_full:
                    yield self._sheet(firsts, sets, first)
                    firsts, sets = [], []
                if not firsts or (is_new and first == begin):
                    sets.append(len(firsts))
                firsts.append(first)
        if firsts:
            yield self._sheet(firsts, sets, len(self.symbols))

    def _most_sets(self) -> int:
        """How many sets of columns there may be together, which have to be in memory all at once."""
        outputs = sum(indicator.n_outputs for indicator in self.strategy.shared.indicators)
        return min(_SETS_TOGETHER, max(1, column_cache().capacity_bytes // max(1, 8 * self.data.n_bars * outputs)))

    def _sheet(self, firsts: list[int], sets: list[int], end: int) -> _Sheet:
        """The groups that begin at ``firsts``, those of one set of columns from the places in ``sets`` on."""
        strategy, symbol = self.strategy, int(self.symbols[firsts[0]])
        known: Known = {}
        inputs = [inputs_for(strategy, self.data, symbol, self.parameters[firsts[place]], known) for place in sets]
        begins = np.array(firsts)
        set_of = np.searchsorted(sets, np.arange(len(firsts)), side="right") - 1
        rows = self.parameters[begins]
        divides = (rows[:, list(strategy.parameter_divisors)] == 0.0).any(axis=1)
        divides |= np.array([some.has_zero_divisor(strategy) for some in inputs])[set_of]
        functions = [self._function(straight=not trapped) for trapped in divides.tolist()]
        return _Sheet(
            firsts[0],
            functions if callable(functions[0]) else np.array(functions, np.int64),
            np.array([address_of(some.columns) for some in inputs])[set_of],
            address_of(self.parameters) + begins * self.parameters.strides[0],
            np.array([some.warmup for some in inputs])[set_of],
            np.append(begins[1:], end) - firsts[0],
            inputs,
        )

    def _function(self, *, straight: bool) -> Any:
        path = self.strategy.straight if straight and self.strategy.straight else self.strategy.trapped.path
        return _answers_address(path)


class _Sheet(NamedTuple):
    """Groups of containers that go through the bars together: what ``run_containers`` is told of each."""

    #: Place of the first container; ``ends`` are counted from there.
    first: int
    functions: Places | list[Any]
    columns: Places
    parameters: Places
    warmups: Places
    ends: Places
    #: Nothing but the owners of what stands at the addresses.
    held: Sequence[AnswerInputs]


class _Room:
    """Arrays that ``run_containers`` works in, for so many containers at the most."""

    def __init__(self, n: int, n_bars: int) -> None:
        length = tile_length(n_bars)
        self._answers = aligned((length,), np.int8)
        self._acting = _acting(length)
        self._books = aligned((BOOK_NUMBERS,), np.float64)
        self._books[:] = 0.0
        self._equities = np.empty(n, EQUITY_DTYPE)
        self._lanes = aligned((n, LANE_NUMBERS), np.float64)
        self._waiting = np.empty((n, 3), np.int64)

    def of(self, n: int) -> tuple[NDArray[Any], ...]:
        """The arrays for n containers."""
        containers = self._equities[:n], self._lanes[:n], self._waiting[:n]
        return self._answers, self._acting, self._books, *containers


def _acting(n_bars: int) -> NDArray[np.uint64]:
    return np.empty((3, -(-n_bars // MASK_BARS)), np.uint64)


def bars_of(data: MarketData) -> tuple[NDArray[np.int64] | Column, ...]:
    """The bars of all symbols in the order in which engines take them."""
    return data.time, data.session, data.clock, data.open, data.high, data.low, data.close, data.volume


def _bar_addresses(data: MarketData, symbol: int) -> Places:
    columns = (data.time, *(values[symbol] for values in (data.open, data.high, data.low, data.close, data.volume)))
    return np.array([address_of(column) for column in columns])


@dataclass(frozen=True)
class AnswerInputs:
    """What answers come from besides bars and parameters that no indicator is told."""

    #: Addresses of the columns of the feature fields, int64 (n_features,).
    columns: Places
    #: The last bar at which each of them is zero, or -1.
    last_zeros: tuple[int, ...]
    warmup: int
    #: The owners of what stands at the addresses.
    held: Sequence[Columns]

    def has_zero_divisor(self, strategy: SharedStrategy) -> bool:
        """Whether a feature by which the strategy divides is zero at a bar at which it is asked."""
        return any(self.last_zeros[place] >= self.warmup for place in strategy.feature_divisors)


#: Place of an indicator, and what it is told -> its columns, and its warm-up.
Known = dict[tuple[float, ...], tuple[Columns, int]]


def inputs_for(
    strategy: SharedStrategy, data: MarketData, symbol: int, row: Column, known: Known | None = None
) -> AnswerInputs:
    """The columns of indicators that are told the parameters in ``row``; ``known`` holds others of the same symbol."""
    known = {} if known is None else known
    shared = strategy.shared
    values = row.tolist()
    outputs: list[Columns] = []
    warmup = 0
    for place, indicator in enumerate(shared.indicators):
        key = (place, *(values[told] for told in indicator.told))
        found = known.get(key)
        if found is None:
            columns = column_cache().columns(data, symbol, shared, indicator, row)
            found = known[key] = columns, indicator_warmup(data, symbol, shared, indicator, row)
        outputs.append(found[0])
        warmup = max(warmup, found[1])
    return AnswerInputs(
        np.array([outputs[indicator].addresses[output] for indicator, output in shared.features], np.int64),
        tuple(outputs[indicator].last_zeros[output] for indicator, output in shared.features),
        warmup,
        outputs,
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
    inputs = inputs or inputs_for(strategy, data, symbol, row)
    path = strategy.trapped.path
    divides = inputs.has_zero_divisor(strategy) or any(row[place] == 0.0 for place in strategy.parameter_divisors)
    if trap and strategy.straight is not None and not divides:
        path = strategy.straight
    answers = np.empty(data.n_bars, np.int8)
    bars = _bar_addresses(data, symbol)
    row = np.ascontiguousarray(row)
    load_function(path, RECORD_ANSWERS).function(
        address_of(bars),
        address_of(inputs.columns),
        address_of(row),
        inputs.warmup,
        0,
        data.n_bars,
        int(trap),
        address_of(answers),
    )
    return answers


@functools.cache
def _answers_address(path: Path) -> Any:
    return function_address(load_function(path, RECORD_ANSWERS).function)


def _message(kind: Outcome, strategy: SharedStrategy, data: MarketData, symbol: int, row: Column) -> str:
    if kind is Outcome.STRATEGY_RAISED:
        try:
            answers_of(strategy, data, symbol, row, trap=False)
        except Exception as problem:
            return said_by(strategy.trapped, problem)
    return MESSAGES.get(kind, RAISED)
