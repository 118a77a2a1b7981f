"""Containers of isolation ``minimal``: neighbours with the same symbol and parameters share their signals."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.data import MarketData
from admf_jit.strategies.compiled import load_function
from admf_jit.strategies.shared import RECORD_SIGNALS, SharedStrategy
from admf_jit.workers.actions import actions_of
from admf_jit.workers.columns import group_begins
from admf_jit.workers.computed_columns import Column, aligned
from admf_jit.workers.failures import MESSAGES, RAISED, failure, said_by
from admf_jit.workers.kernel_calls import (
    ColumnSets,
    Integers,
    bar_addresses,
    column_sets,
    divides_by_zero,
    guarded_address,
    kernel_calls,
    set_groups,
    signals_address,
)
from admf_kernels.addresses import address_of
from admf_kernels.constants import METRIC_NAMES, OUTCOME_COLUMNS, Outcome
from admf_kernels.metrics import LANE_NUMBERS
from admf_kernels.minimal.accounts import ACCOUNT_NUMBERS, EQUITY_DTYPE, SLOTS
from admf_kernels.minimal.evaluation_blocks import POSITION_FIELDS
from admf_kernels.minimal.market_orders import tile_length
from admf_kernels.minimal.position_dependent import BLOCK_WORDS, ORDER_NUMBERS, room_for_signals
from admf_kernels.minimal.signal_codes import LET_RAISE, MASK_BARS, TRAPPED
from admf_kernels.settings import SETTINGS_DTYPE

Codes = NDArray[np.int8]
_DONE = int(Outcome.DONE)


def run_shared(
    strategy: SharedStrategy,
    data: MarketData,
    symbols: Integers,
    parameters: Column,
    settings: NDArray[np.record],
    random_state: Integers,
    metrics: Column,
    outcomes: Integers | None = None,
) -> list[str | None]:
    """Run n containers into ``metrics``, NaN (n, len(METRIC_NAMES)) but for the ends of periods: an error or None each.

    symbols int64 (n,), parameters float64 (n, n_parameters), settings SETTINGS_DTYPE (n,), random_state int64
    (n, 12), as in ``BatchInputs``; ``outcomes`` is filled as they end, and says which of them is running.
    """
    if outcomes is None:
        outcomes = np.zeros((len(symbols), len(OUTCOME_COLUMNS)), np.int64)
    positions = np.empty((len(symbols), len(POSITION_FIELDS)))
    containers = _Containers(strategy, data, symbols, np.ascontiguousarray(parameters), settings, random_state)
    if strategy.uses_orders:
        containers.run_group_by_group(positions, metrics, outcomes)
    else:
        containers.run_together(positions, metrics, outcomes)
    errors: list[str | None] = [None] * len(symbols)
    for row in np.flatnonzero(outcomes[:, 0] != _DONE):
        kind, bar = Outcome(int(outcomes[row, 0])), int(outcomes[row, 1])
        message = MESSAGES.get(kind, RAISED)
        if kind is Outcome.STRATEGY_RAISED:
            arguments = data, int(symbols[row]), parameters[row], containers.begin_at
            message = _evaluated_at(strategy, *arguments).message(bar, positions[row]) or message
        elif kind is Outcome.UNKNOWN_DIRECTION:
            message = strategy.guarded.place_return_value(message)
        errors[row] = failure(kind, message, data, bar, settings[row])
    return errors


def prime_shared(strategy: SharedStrategy, data: MarketData) -> None:
    """Call the engine for no container, so that Numba has seen the types of its arguments."""
    settings, random_state = np.empty(0, SETTINGS_DTYPE), np.empty((0, 12), np.int64)
    columns = len(POSITION_FIELDS), len(METRIC_NAMES)
    results = *(np.empty((0, n)) for n in columns), np.empty((0, len(OUTCOME_COLUMNS)), np.int64)
    engine = strategy.engine_function()
    nothing = np.empty(0, np.int64)
    recording = signals_address(strategy.unguarded or strategy.guarded.path)
    functions = [recording] if callable(recording) else nothing
    if strategy.uses_orders:
        signals = np.zeros(data.n_bars, np.int8)
        own = actions_of(data, settings), 0, 0, functions, nothing
        engine(*bars_of(data), *ranges_of(data), *own, signals, _acting(data.n_bars), settings, random_state, *results)
    else:
        own = strategy.dependence, guarded_address(strategy), bar_addresses(data, 0), functions, *[nothing] * 4
        engine(data.open[0], data.close[0], *own, settings, *_buffers(data.n_bars).of(0), *results)


@dataclass(frozen=True)
class _Containers:
    """The arguments of ``run_shared``."""

    strategy: SharedStrategy
    data: MarketData
    symbols: Integers
    parameters: Column
    settings: NDArray[np.record]
    random_state: Integers

    @property
    def begin_at(self) -> int:
        """The first bar at which any of them may be evaluated, which is the same for all."""
        return int(self.settings["evaluation_start"][0]) if len(self.settings) else 0

    def run_together(self, positions: Column, metrics: Column, outcomes: Integers) -> None:
        """Run containers that only send market orders, many groups in one call."""
        engine = self.strategy.engine_function()
        buffers = _buffers(self.data.n_bars)
        evaluated = self.strategy.dependence, guarded_address(self.strategy)
        for call in kernel_calls(self.strategy, self.data, self.symbols, self.parameters, self.begin_at):
            symbol = call.symbol
            part = slice(call.first, call.first + call.containers)
            engine(
                self.data.open[symbol],
                self.data.close[symbol],
                *evaluated,
                call.bars,
                call.functions,
                call.columns,
                call.parameters,
                call.warmups,
                call.ends,
                self.settings[part],
                *buffers.of(call.containers),
                positions[part],
                metrics[part],
                outcomes[part],
            )

    def run_group_by_group(self, positions: Column, metrics: Column, outcomes: Integers) -> None:
        """Run containers on the order engine."""
        strategy, data = self.strategy, self.data
        engine = strategy.engine_function()
        acting, actions = _acting(data.n_bars), actions_of(data, self.settings)
        room = np.empty(MASK_BARS * acting.shape[1], np.int8)
        begins = group_begins(self.symbols, self.parameters)
        all_groups = set_groups(strategy, data, self.symbols, self.parameters, begins, self.begin_at)
        for symbol, sets, firsts, set_of in all_groups:
            prices = bar_addresses(data, symbol)
            for first, end, number in zip(firsts[:-1], firsts[1:], set_of, strict=True):
                row = self.parameters[first]
                evaluated = _Evaluated(strategy, prices, row, sets, number)
                if strategy.dependence == 0:
                    signals = evaluated.record(slice(0, data.n_bars))
                else:
                    signals = room
                part = slice(first, end)
                own = self.settings[part], self.random_state[part], positions[part], metrics[part], outcomes[part]
                bars = *bars_of(data), *ranges_of(data), actions
                strategy_arguments = strategy.dependence, evaluated.functions, evaluated.arguments
                engine(*bars, symbol, *strategy_arguments, signals, acting, *own)


class _Buffers:
    """Arrays that ``run_containers`` works in, for tiles of ``length`` bars."""

    def __init__(self, length: int) -> None:
        self.length = length
        self._signals = aligned((room_for_signals(length),), np.int8)
        self._acting = _acting(length)
        self._accounts = aligned((ACCOUNT_NUMBERS,), np.float64)
        self._accounts[:] = 0.0
        self._equities = np.empty(SLOTS, EQUITY_DTYPE)
        self._lanes = aligned((SLOTS, LANE_NUMBERS), np.float64)
        self._waiting = np.empty((SLOTS, 3), np.int64)
        self._blocks = np.empty((SLOTS, BLOCK_WORDS), np.int64)
        self._orders = aligned((ORDER_NUMBERS,), np.float64)

    def of(self, n: int) -> tuple[NDArray[Any], ...]:
        """The arrays for n containers."""
        containers = self._equities[:n], self._lanes[:n], self._waiting[:n], self._blocks[:n]
        return self._signals, self._acting, self._accounts, *containers, self._orders


def _buffers(n_bars: int) -> _Buffers:
    """The buffers of this thread, which every call writes anew."""
    length = tile_length(n_bars)
    buffers: _Buffers | None = getattr(_of_thread, "buffers", None)
    if buffers is None or buffers.length != length:
        buffers = _of_thread.buffers = _Buffers(length)
    return buffers


_of_thread = threading.local()


def _acting(n_bars: int) -> NDArray[np.uint64]:
    return np.empty((3, -(-n_bars // MASK_BARS)), np.uint64)


def bars_of(data: MarketData) -> tuple[NDArray[np.int64] | Column, ...]:
    """The bars of all symbols in the order in which engines take them."""
    return data.time, data.session, data.clock, data.open, data.high, data.low, data.close, data.volume


def ranges_of(data: MarketData) -> tuple[Column, ...]:
    """High, low and close of all symbols with the history before them, as the order engine takes them."""
    whole = data.with_history
    return whole.high, whole.low, whole.close


def indicator_bars_of(data: MarketData) -> tuple[NDArray[np.int64] | Column, ...]:
    """The bars that indicators take, those of the history first, in the order in which engines take them."""
    whole = data.with_history
    return whole.session, whole.open, whole.high, whole.low, whole.close, whole.volume


@dataclass(frozen=True)
class _Evaluated:
    """A strategy that is evaluated with the parameters in ``row``, over the columns of a ``number`` among ``sets``."""

    strategy: SharedStrategy
    prices: Integers
    row: Column
    sets: ColumnSets
    number: int

    @property
    def arguments(self) -> Integers:
        """The first four of the arguments of ``record_signals``, int64 (4,)."""
        columns, warmup = self.sets.addresses[self.number], self.sets.warmups[self.number]
        return np.array((address_of(self.prices), address_of(columns), address_of(self.row), warmup), np.int64)

    @cached_property
    def path(self) -> Path:
        """The module that is evaluated: the unguarded one, if there is one, where no argument of 0 divides."""
        at = np.array([self.number])
        divides = divides_by_zero(self.strategy, self.sets, at, self.row[np.newaxis])[0]
        return self.strategy.guarded.path if divides or self.strategy.unguarded is None else self.strategy.unguarded

    @property
    def functions(self) -> Any:
        """The addresses of the two forms, as ``run_containers`` of ``all_orders`` takes them."""
        unguarded, guarded = signals_address(self.path), guarded_address(self.strategy)
        return [unguarded, guarded] if callable(unguarded) else np.array([unguarded, guarded])

    def record(self, bars: slice) -> Codes:
        """The signals at some bars, int8: codes."""
        signals = np.empty(bars.stop - bars.start, np.int8)
        function = load_function(self.path, RECORD_SIGNALS).function
        function(*self.arguments.tolist(), bars.start, bars.stop, TRAPPED, 0, address_of(signals))
        return signals

    def message(self, bar: int, position: Column) -> str | None:
        """What the strategy says when it is evaluated at a bar with this position, and raises."""
        function = load_function(self.strategy.guarded.path, RECORD_SIGNALS).function
        signals = np.empty(1, np.int8)
        try:
            function(*self.arguments.tolist(), bar, bar + 1, LET_RAISE, address_of(position), address_of(signals))
        except Exception as problem:
            return said_by(self.strategy.guarded, problem)
        return None


def _evaluated_at(strategy: SharedStrategy, data: MarketData, symbol: int, row: Column, begin_at: int) -> _Evaluated:
    row = np.ascontiguousarray(row)
    sets = column_sets(strategy, data, symbol, row[np.newaxis], begin_at)
    return _Evaluated(strategy, bar_addresses(data, symbol), row, sets, 0)


def signals_of(strategy: SharedStrategy, data: MarketData, symbol: int, row: Column) -> Codes:
    """What the strategy signals at every bar of a symbol, with the parameters in ``row``: codes, int8 (n_bars,)."""
    return _evaluated_at(strategy, data, symbol, row, 0).record(slice(0, data.n_bars))
