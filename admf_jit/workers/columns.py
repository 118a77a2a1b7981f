"""Indicator columns that containers share: computed once in a process, and kept in bounded memory."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from admf_jit.data import MarketData
from admf_jit.data.higher_columns import higher_columns
from admf_jit.data.own_series import OwnColumn, first_value, own_series
from admf_jit.strategies.compiled import load_function
from admf_jit.strategies.shared import SharedColumns, SharedIndicator
from admf_kernels.addresses import address_of

#: Bytes of columns that are kept; the least recently used go first, and are computed again when they are needed.
COLUMN_BYTES = 256 * 1024 * 1024
#: From so many bars of columns on, threads are worth their start, a millisecond.
_WORTH_THREADS = 1_000_000
#: Bytes of a line of the cache.
_LINE = 64
_HIGHER_NAMES = ("open", "high", "low", "close", "volume")

Column = NDArray[np.float64]
#: Of an indicator: numbers in the order in which it takes them.
Arguments = tuple[float, ...]
#: Columns of an indicator for a symbol, by its row.
Wanted = tuple[int, SharedIndicator, Arguments]
_Key = tuple[object, ...]
Number = TypeVar("Number", np.int64, np.float64)


@dataclass(frozen=True)
class Columns:
    """An indicator's outputs at every bar, the history's first: float64 (n_outputs, n_history + n_bars), read-only.

    ``warmup`` is the first bar at which it has values; those before mean nothing. ``last_zeros`` has the last bar at
    which each output is zero, or -1. Both count from the first bar that is evaluated, and may be negative.
    """

    values: Column
    warmup: int
    last_zeros: tuple[int, ...]
    n_history: int

    @cached_property
    def evaluated(self) -> Column:
        """The outputs at the bars that are evaluated, float64 (n_outputs, n_bars)."""
        return self.values[:, self.n_history :]

    @cached_property
    def facts(self) -> NDArray[np.int64]:
        """The warm-up, where each output stands in memory, and the last zeros: int64 (1 + 2 * n_outputs,)."""
        return np.array([self.warmup, *map(address_of, self.evaluated), *self.last_zeros], np.int64)


class ColumnCounts(NamedTuple):
    """How many indicators' columns were computed for some containers, and how many were in the cache."""

    computed: int = 0
    reused: int = 0


class ColumnCache:
    """Columns by what decides their values, the least recently used of which are dropped."""

    def __init__(self, capacity_bytes: int) -> None:
        self.capacity_bytes = capacity_bytes
        self.computed = 0
        self._kept: OrderedDict[_Key, Columns] = OrderedDict()
        self.kept_bytes = 0
        self._lock = threading.Lock()

    def columns(
        self,
        data: MarketData,
        symbol: int,
        shared: SharedColumns,
        indicator: SharedIndicator,
        wanted: Iterable[Arguments],
    ) -> list[Columns]:
        """The columns of an indicator for a symbol, with each of some arguments."""
        columns = []
        with self._lock:
            for arguments in wanted:
                key = _key(data, symbol, shared, indicator, arguments)
                found = self._kept.get(key)
                if found is None:
                    found = _compute(data, symbol, shared.timeframes, indicator, arguments)
                    self._keep(key, found)
                self._kept.move_to_end(key)
                columns.append(found)
        return columns

    def fill(self, data: MarketData, shared: SharedColumns, wanted: Iterable[Wanted], n_threads: int) -> int:
        """Compute what is not kept of some columns, on so many threads if that is worth their start: how many."""
        of_key = {
            _key(data, symbol, shared, indicator, arguments): (symbol, indicator, arguments)
            for symbol, indicator, arguments in wanted
        }

        def compute(key: _Key) -> Columns:
            symbol, indicator, arguments = of_key[key]
            return _compute(data, symbol, shared.timeframes, indicator, arguments)

        with self._lock, contextlib.ExitStack() as threads:
            missing = [key for key in of_key if key not in self._kept]
            for key in of_key:
                if key in self._kept:
                    self._kept.move_to_end(key)
            made: Iterator[Columns] = map(compute, missing)
            if n_threads > 1 and len(missing) * data.n_bars >= _WORTH_THREADS:
                from concurrent.futures import ThreadPoolExecutor

                made = threads.enter_context(ThreadPoolExecutor(n_threads)).map(compute, missing)
            for key, columns in zip(missing, made, strict=True):
                self._keep(key, columns)
            return len(missing)

    def _keep(self, key: _Key, columns: Columns) -> None:
        self.computed += 1
        self._kept[key] = columns
        self.kept_bytes += columns.values.nbytes
        while self.kept_bytes > self.capacity_bytes and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            self.kept_bytes -= dropped.values.nbytes


def _key(
    data: MarketData, symbol: int, shared: SharedColumns, indicator: SharedIndicator, arguments: Arguments
) -> _Key:
    timeframe = None if indicator.timeframe is None else shared.timeframes[indicator.timeframe]
    return data.digest, symbol, indicator.column, arguments, indicator.source, indicator.lag, timeframe


@functools.cache
def column_cache() -> ColumnCache:
    """The columns of this process."""
    return ColumnCache(COLUMN_BYTES)


def fill_columns(
    shared: SharedColumns, data: MarketData, symbols: NDArray[np.int64], parameters: Column, n_threads: int = 1
) -> ColumnCounts:
    """Compute the columns that n containers need: symbols int64 (n,), parameters (n, n_parameters).

    A process that is forked for the containers then finds them, and so does the next one.
    """
    n_needed = 0
    wanted: list[Wanted] = []
    firsts = group_begins(symbols, parameters[:, shared.parameters])[:-1]
    for symbol in np.unique(symbols[firsts]).tolist():
        rows = parameters[firsts[symbols[firsts] == symbol]]
        for indicator in shared.indicators:
            wanted += [(symbol, indicator, arguments) for arguments in dict.fromkeys(indicator.bound(rows))]
            n_needed += len(rows)
    computed = column_cache().fill(data, shared, wanted, n_threads)
    return ColumnCounts(computed, n_needed - computed)


def group_begins(symbols: NDArray[np.int64], parameters: Column) -> NDArray[np.int64]:
    """Where groups of neighbours begin that have the same symbol and parameters, and where the last group ends."""
    begins = np.ones(len(symbols) + 1, np.bool_)
    np.not_equal(symbols[1:], symbols[:-1], out=begins[1:-1])
    begins[1:-1] |= (parameters[1:] != parameters[:-1]).any(axis=1)
    return begins.nonzero()[0]


def _warmup(
    data: MarketData, symbol: int, timeframes: tuple[str, ...], indicator: SharedIndicator, arguments: Arguments
) -> int:
    bars = indicator.first_value(arguments)
    if indicator.timeframe is not None:
        completed = higher_columns(data, timeframes).completed[symbol, indicator.timeframe]
        bars = int(completed[min(bars, len(completed) - 1)])
    if isinstance(indicator.source, OwnColumn):
        bars += first_value(data, symbol, indicator.source)
    return min(max(bars, 0), data.n_bars)


def _compute(
    data: MarketData, symbol: int, timeframes: tuple[str, ...], indicator: SharedIndicator, arguments: Arguments
) -> Columns:
    """Run the indicator over the bars, or over the higher bars, and spread its values over the bars."""
    n_history, data = data.n_history, data.with_history
    if indicator.is_given:
        assert data.given is not None
        column = data.given.values[int(arguments[0])]
        return Columns(column[np.newaxis], -n_history, (-1,), n_history)
    outputs = _outputs(data, symbol, timeframes, indicator, arguments)
    if indicator.lag and indicator.timeframe is None:
        lag = min(indicator.lag, outputs.shape[1])
        outputs = np.hstack([np.full((indicator.n_outputs, lag), np.nan), outputs[:, : outputs.shape[1] - lag]])
    last_zeros = tuple(int(np.flatnonzero(row == 0.0)[-1]) - n_history if (row == 0.0).any() else -1 for row in outputs)
    warmup = _warmup(data, symbol, timeframes, indicator, arguments) - n_history
    return Columns(read_only(outputs), warmup, last_zeros, n_history)


def _outputs(
    data: MarketData, symbol: int, timeframes: tuple[str, ...], indicator: SharedIndicator, arguments: Arguments
) -> Column:
    """Its outputs at every bar, but for the lag in bars of the data: float64 (n_outputs, n_bars)."""
    own, first = None, 0
    if isinstance(indicator.source, OwnColumn):
        own, first = own_series(data, symbol, indicator.source), first_value(data, symbol, indicator.source)
    if indicator.column is None:
        return (getattr(data, str(indicator.source))[symbol] if own is None else own)[np.newaxis]
    record = load_function(indicator.column, "record_column").function
    values = {name: getattr(data, name)[symbol] for name in _HIGHER_NAMES}
    session = data.session
    if indicator.timeframe is not None:
        higher, completed = higher_columns(data, timeframes)
        known = completed[symbol, indicator.timeframe]
        known = known[known < data.n_bars]
        rows = higher[symbol, indicator.timeframe, :, : len(known)]
        values = {name: read_only(rows[place]) for place, name in enumerate(_HIGHER_NAMES)}
        session = read_only(rows[len(_HIGHER_NAMES)].astype(np.int64))
    source = values[str(indicator.source)] if own is None else read_only(own)
    outputs = aligned((indicator.n_outputs, len(session) - first), np.float64)
    taken = [column[first:] for column in (session, *values.values(), source)]
    record(*taken, np.array(arguments, np.float64), outputs)
    if first:
        outputs = np.hstack([np.full((indicator.n_outputs, first), np.nan), outputs])
    return outputs if indicator.timeframe is None else _spread_out(outputs, known, data.n_bars, indicator.lag)


def _spread_out(outputs: Column, completed: NDArray[np.int64], n_bars: int, lag: int) -> Column:
    """At every bar the values of the newest higher bar that is complete at its close, ``lag`` before it."""
    newest = np.searchsorted(completed, np.arange(n_bars), side="right") - 1 - lag
    spread = np.full((len(outputs), n_bars), np.nan)
    spread[:, newest >= 0] = outputs[:, newest[newest >= 0]]
    return spread


def aligned(shape: tuple[int, ...], dtype: type[np.generic]) -> NDArray[Any]:
    """An array with room for ``shape`` that begins where a line of the cache does, as vectors are loaded fastest."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    room = np.empty(size + _LINE, np.uint8)
    first = -room.__array_interface__["data"][0] % _LINE
    return room[first : first + size].view(dtype).reshape(shape)


def read_only(given: NDArray[Number]) -> NDArray[Number]:
    """``given``, contiguous and not to be written to, as compiled code takes columns."""
    values = np.ascontiguousarray(given)
    values.flags.writeable = False
    return values
