"""Indicator columns that containers share: computed once in a process, and kept in bounded memory."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from admf_jit.data import MarketData
from admf_jit.strategies.shared import SharedColumns, SharedIndicator
from admf_jit.workers.computed_columns import Arguments, Column, Columns, compute_columns

#: Bytes of columns that are kept; the least recently used go first, and are computed again when they are needed.
COLUMN_BYTES = 256 * 1024 * 1024
#: From so many bars of columns on, threads are worth their start, a millisecond.
_WORTH_THREADS = 1_000_000
#: Columns of an indicator for a symbol, by its row.
Wanted = tuple[int, SharedIndicator, Arguments]
_Key = tuple[object, ...]


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
        with self._lock:
            return [self._found(data, symbol, shared, indicator, arguments, keeps=True) for arguments in wanted]

    def _found(
        self,
        data: MarketData,
        symbol: int,
        shared: SharedColumns,
        indicator: SharedIndicator,
        arguments: Arguments,
        *,
        keeps: bool = False,
    ) -> Columns:
        """The columns of an indicator, computed where they are not kept."""
        key = _key(data, symbol, shared, indicator, arguments)
        found = self._kept.get(key)
        if found is None:
            find = functools.partial(self._found, data, symbol, shared, keeps=keeps)
            found = compute_columns(data, symbol, shared.timeframes, indicator, arguments, find)
            if keeps:
                self._keep(key, found)
        if keeps:
            self._kept.move_to_end(key)
        return found

    def fill(self, data: MarketData, shared: SharedColumns, wanted: Iterable[Wanted], n_threads: int) -> int:
        """Compute what is not kept of some columns, on so many threads if that is worth their start: how many."""
        of_key = {
            _key(data, symbol, shared, indicator, arguments): (symbol, indicator, arguments)
            for symbol, indicator, arguments in wanted
        }

        def compute(key: _Key) -> Columns:
            symbol, indicator, arguments = of_key[key]
            return self._found(data, symbol, shared, indicator, arguments)

        with self._lock, contextlib.ExitStack() as threads:
            missing = [key for key in of_key if key not in self._kept]
            for key in of_key:
                if key in self._kept:
                    self._kept.move_to_end(key)
            run: Callable[..., Iterator[Columns]] = map
            if n_threads > 1 and len(missing) * data.n_bars >= _WORTH_THREADS:
                from concurrent.futures import ThreadPoolExecutor

                run = threads.enter_context(ThreadPoolExecutor(n_threads)).map
            # Those that others read first, so that these find them.
            for depth in sorted({of_key[key][1].depth for key in missing}):
                some = [key for key in missing if of_key[key][1].depth == depth]
                for key, columns in zip(some, run(compute, some), strict=True):
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
    return data.digest, symbol, arguments, _said(shared, indicator)


def _said(shared: SharedColumns, indicator: SharedIndicator) -> _Key:
    """What decides the values of an indicator besides the data and the arguments."""
    timeframe = None if indicator.timeframe is None else shared.timeframes[indicator.timeframe]
    inner = tuple((output, _said(shared, one)) for _, one, output in indicator.reads)
    return indicator.column, indicator.source, indicator.lag, timeframe, inner


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


def column_problems(
    shared: SharedColumns, data: MarketData, symbols: NDArray[np.int64], parameters: Column
) -> Iterator[tuple[int, int, str]]:
    """The containers, by their place, of whose indicators the user's code raised: the bar of each, and what it said."""
    indicators = [indicator for indicator in shared.indicators if indicator.may_raise]
    for indicator in indicators:
        for row, (symbol, arguments) in enumerate(zip(symbols.tolist(), indicator.bound(parameters), strict=True)):
            problem = column_cache().columns(data, symbol, shared, indicator, [arguments])[0].problem
            if problem is not None:
                yield row, *problem


def group_begins(symbols: NDArray[np.int64], parameters: Column) -> NDArray[np.int64]:
    """Where groups of neighbours begin that have the same symbol and parameters, and where the last group ends."""
    begins = np.ones(len(symbols) + 1, np.bool_)
    np.not_equal(symbols[1:], symbols[:-1], out=begins[1:-1])
    begins[1:-1] |= (parameters[1:] != parameters[:-1]).any(axis=1)
    return begins.nonzero()[0]
