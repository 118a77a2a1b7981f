"""Containers of isolation ``minimal``: neighbours with the same symbol and parameters share their answers."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.data import MarketData
from admf_jit.strategies.compiled import load_function
from admf_jit.strategies.shared import RECORD_ANSWERS, SharedStrategy
from admf_jit.workers.columns import Column, aligned, group_begins
from admf_jit.workers.failures import MESSAGES, RAISED, said_by, with_bar
from admf_jit.workers.sheets import ColumnSets, Places, answers_address, bar_addresses, column_sets, set_groups, sheets
from admf_kernels.addresses import address_of
from admf_kernels.constants import METRIC_NAMES, OUTCOME_COLUMNS, SETTINGS, Outcome
from admf_kernels.metrics import LANE_NUMBERS
from admf_kernels.minimal.accounts import BOOK_NUMBERS, EQUITY_DTYPE, SLOTS
from admf_kernels.minimal.answers import MASK_BARS, TRAPPED, asked_on
from admf_kernels.minimal.market_orders import tile_length

Answers = NDArray[np.int8]
_DONE = int(Outcome.DONE)


def run_shared(
    strategy: SharedStrategy,
    data: MarketData,
    symbols: Places,
    parameters: Column,
    settings: Column,
    random_state: Places,
    metrics: Column,
    outcomes: Places | None = None,
) -> list[str | None]:
    """Run n containers into ``metrics``, float64 (n, len(METRIC_NAMES)): an error or None each.

    symbols int64 (n,), parameters float64 (n, n_parameters), settings float64 (n, SETTINGS), random_state int64
    (n, 12), as in ``BatchInputs``; ``outcomes`` is filled as they end, and says which of them is running.
    """
    metrics.fill(np.nan)
    if outcomes is None:
        outcomes = np.zeros((len(symbols), len(OUTCOME_COLUMNS)), np.int64)
    containers = _Containers(strategy, data, symbols, np.ascontiguousarray(parameters), settings, random_state)
    if strategy.uses_orders:
        containers.run_group_by_group(metrics, outcomes)
    else:
        containers.run_together(metrics, outcomes)
    errors: list[str | None] = [None] * len(symbols)
    for place in np.flatnonzero(outcomes[:, 0] != _DONE):
        kind, bar, side = Outcome(int(outcomes[place, 0])), int(outcomes[place, 1]), int(outcomes[place, 2])
        message = MESSAGES.get(kind, RAISED)
        if kind is Outcome.STRATEGY_RAISED:
            message = _raised_at(bar, side, strategy, data, int(symbols[place]), parameters[place]) or message
        errors[place] = with_bar(message, data, bar)
    return errors


def prime_shared(strategy: SharedStrategy, data: MarketData) -> None:
    """Call the engine for no container, so that Numba has seen the types of its arguments."""
    settings, random_state = np.empty((0, SETTINGS)), np.empty((0, 12), np.int64)
    results = np.empty((0, len(METRIC_NAMES))), np.empty((0, len(OUTCOME_COLUMNS)), np.int64)
    engine = strategy.engine_function()
    if strategy.uses_orders:
        answers = np.zeros(data.n_bars, np.int8)
        engine(*bars_of(data), 0, answers, _acting(data.n_bars), settings, random_state, *results)
    else:
        nothing = np.empty(0, np.int64)
        answering = answers_address(strategy.straight or strategy.trapped.path)
        functions = [answering] if callable(answering) else nothing
        told = bar_addresses(data, 0), functions, *[nothing] * 4
        engine(data.open[0], data.close[0], *told, settings, *_room(data.n_bars).of(0), *results)


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
        """Run containers that only send market orders, a sheet of groups in one call."""
        engine = self.strategy.engine_function()
        room = _room(self.data.n_bars)
        for sheet in sheets(self.strategy, self.data, self.symbols, self.parameters):
            symbol = sheet.symbol
            part = slice(sheet.first, sheet.first + sheet.containers)
            engine(
                self.data.open[symbol],
                self.data.close[symbol],
                sheet.bars,
                sheet.functions,
                sheet.columns,
                sheet.parameters,
                sheet.warmups,
                sheet.ends,
                self.settings[part],
                *room.of(sheet.containers),
                metrics[part],
                outcomes[part],
            )

    def run_group_by_group(self, metrics: Column, outcomes: Places) -> None:
        """Run containers on the order engine."""
        engine = self.strategy.engine_function()
        acting = _acting(self.data.n_bars)
        begins = group_begins(self.symbols, self.parameters)
        for symbol, sets, firsts, set_of in set_groups(self.strategy, self.data, self.symbols, self.parameters, begins):
            for first, end, number in zip(firsts[:-1], firsts[1:], set_of, strict=True):
                answers = answers_of(self.strategy, self.data, symbol, self.parameters[first], sets, number)
                part = slice(first, end)
                own = self.settings[part], self.random_state[part], metrics[part], outcomes[part]
                engine(*bars_of(self.data), symbol, answers, acting, *own)


class _Room:
    """Arrays that ``run_containers`` works in, for tiles of ``length`` bars."""

    def __init__(self, length: int) -> None:
        self.length = length
        self._answers = aligned((length,), np.int8)
        self._acting = _acting(length)
        self._books = aligned((BOOK_NUMBERS,), np.float64)
        self._books[:] = 0.0
        self._equities = np.empty(SLOTS, EQUITY_DTYPE)
        self._lanes = aligned((SLOTS, LANE_NUMBERS), np.float64)
        self._waiting = np.empty((SLOTS, 3), np.int64)

    def of(self, n: int) -> tuple[NDArray[Any], ...]:
        """The arrays for n containers."""
        containers = self._equities[:n], self._lanes[:n], self._waiting[:n]
        return self._answers, self._acting, self._books, *containers


def _room(n_bars: int) -> _Room:
    """The room that a thread has, which it keeps: whatever stands in it is written anew by every call."""
    length = tile_length(n_bars)
    room: _Room | None = getattr(_rooms, "room", None)
    if room is None or room.length != length:
        room = _rooms.room = _Room(length)
    return room


_rooms = threading.local()


def _acting(n_bars: int) -> NDArray[np.uint64]:
    return np.empty((3, -(-n_bars // MASK_BARS)), np.uint64)


def bars_of(data: MarketData) -> tuple[NDArray[np.int64] | Column, ...]:
    """The bars of all symbols in the order in which engines take them."""
    return data.time, data.session, data.clock, data.open, data.high, data.low, data.close, data.volume


def answers_of(
    strategy: SharedStrategy,
    data: MarketData,
    symbol: int,
    row: Column,
    sets: ColumnSets | None = None,
    number: int = 0,
) -> Answers:
    """What the strategy answers at every bar of a symbol, with the parameters in ``row``: codes, int8 (n_bars,).

    The columns for ``row`` are those of a ``number`` among ``sets``.
    """
    row = np.ascontiguousarray(row)
    sets = sets or column_sets(strategy, data, symbol, row[np.newaxis])
    divides = bool(sets.divides_by_zero[number]) or any(row[place] == 0.0 for place in strategy.parameter_divisors)
    path = strategy.trapped.path if strategy.straight is None or divides else strategy.straight
    answers = np.empty(data.n_bars, np.int8)
    _record(path, data, symbol, row, sets, number, slice(0, data.n_bars), TRAPPED, answers)
    return answers


def _record(
    path: Path,
    data: MarketData,
    symbol: int,
    row: Column,
    sets: ColumnSets,
    number: int,
    bars: slice,
    trap: int,
    answers: Answers,
) -> None:
    prices = bar_addresses(data, symbol)
    load_function(path, RECORD_ANSWERS).function(
        address_of(prices),
        address_of(sets.addresses[number]),
        address_of(row),
        int(sets.warmups[number]),
        bars.start,
        bars.stop,
        trap,
        address_of(answers),
    )


def _raised_at(bar: int, side: int, strategy: SharedStrategy, data: MarketData, symbol: int, row: Column) -> str | None:
    """What the strategy says when it is asked at a bar while this side is held, and raises."""
    row = np.ascontiguousarray(row)
    sets = column_sets(strategy, data, symbol, row[np.newaxis])
    try:
        at = slice(bar, bar + 1)
        _record(strategy.trapped.path, data, symbol, row, sets, 0, at, asked_on(side), np.empty(1, np.int8))
    except Exception as problem:
        return said_by(strategy.trapped, problem)
    return None
