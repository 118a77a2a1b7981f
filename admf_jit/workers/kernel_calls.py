"""Calls of compiled code: groups of containers with equal answers that go through the bars together.

What the groups of a call read in a tile of bars stays in the processor's cache for all of them: prices, and columns of
indicators. All of these are in memory at once, so a call needs no more of them than are kept.
"""

from __future__ import annotations

import bisect
import functools
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from admf_jit.data import MarketData
from admf_jit.strategies.compiled import load_function
from admf_jit.strategies.shared import RECORD_SIGNALS, SharedStrategy
from admf_jit.workers.columns import column_cache, group_begins
from admf_jit.workers.computed_columns import Column, Columns
from admf_kernels.addresses import address_of, function_address
from admf_kernels.minimal.accounts import SLOTS

Integers = NDArray[np.int64]

#: Sets of columns that are read together: as many as the second cache has room for a tile of.
_SETS_TOGETHER = 16


class KernelCall(NamedTuple):
    """Groups of containers of one symbol, as arguments of ``run_containers`` of ``market_orders``."""

    symbol: int
    #: Index of the first container; ``ends`` are counted from there.
    first: int
    bars: Integers
    functions: Integers | list[Any]
    columns: Integers
    parameters: Integers
    warmups: Integers
    ends: Integers
    #: The owners of what stands at the addresses.
    owners: tuple[object, ...]

    @property
    def containers(self) -> int:
        """How many there are."""
        return int(self.ends[-1])


class ColumnSets(NamedTuple):
    """What containers with equal answers read besides bars, for n sets of the indicators' parameters."""

    #: Of the columns of the feature fields, int64 (n, n_features).
    addresses: Integers
    #: The first bar at which the strategy is asked, int64 (n,).
    warmups: Integers
    #: Whether a feature by which the strategy divides is zero at a bar at which it is asked, bool (n,).
    divides_by_zero: NDArray[np.bool_]
    #: The owners of what stands at the addresses.
    owners: list[Columns]


class SetGroups(NamedTuple):
    """Groups of containers of one symbol, and the columns that they read, all of which are in memory."""

    symbol: int
    sets: ColumnSets
    #: Where groups begin, and the last one ends, int64 (n_groups + 1,).
    begins: Integers
    #: The set that each group reads, int64 (n_groups,), rising.
    set_of: Integers


def bar_addresses(data: MarketData, symbol: int) -> Integers:
    """Of a symbol's columns of time, open, high, low, close and volume, int64 (6,)."""
    columns = (data.time, *(values[symbol] for values in (data.open, data.high, data.low, data.close, data.volume)))
    return np.array([address_of(column) for column in columns])


def column_sets(strategy: SharedStrategy, data: MarketData, symbol: int, rows: Column, begin: int) -> ColumnSets:
    """The columns of a symbol for rows of parameters, float64 (n, n_parameters); none is evaluated before ``begin``."""
    shared = strategy.shared
    cache = column_cache()
    warmups = np.full(len(rows), begin, np.int64)
    owners: list[Columns] = []
    facts: list[Integers] = []
    for indicator in shared.indicators:
        # Sets are many, and the arguments of one indicator are often the same.
        arguments = indicator.bound(rows)
        number = {row: index for index, row in enumerate(dict.fromkeys(arguments))}
        found = cache.columns(data, symbol, shared, indicator, number)
        of_sets = np.array([columns.facts for columns in found])[[number[row] for row in arguments]]
        np.maximum(warmups, of_sets[:, 0], out=warmups)
        facts.append(of_sets)
        owners += found
    addresses = np.empty((len(rows), len(shared.features)), np.int64)
    for feature, (indicator_index, output) in enumerate(shared.features):
        addresses[:, feature] = facts[indicator_index][:, 1 + output]
    divides = np.zeros(len(rows), np.bool_)
    for feature in strategy.feature_divisors:
        indicator_index, output = shared.features[feature]
        n_outputs = shared.indicators[indicator_index].n_outputs
        divides |= facts[indicator_index][:, 1 + n_outputs + output] >= warmups
    return ColumnSets(addresses, warmups, divides, owners)


def set_groups(
    strategy: SharedStrategy, data: MarketData, symbols: Integers, parameters: Column, begins: Integers, begin_at: int
) -> Iterator[SetGroups]:
    """All groups, ``begins`` saying where they begin and the last one ends, with as many sets at a time as are kept.

    None is evaluated before bar ``begin_at``.
    """
    firsts = begins[:-1]
    # Neighbours often differ in parameters that no indicator has.
    set_begins = group_begins(symbols[firsts], parameters[firsts][:, strategy.shared.parameters])
    set_of = np.repeat(np.arange(len(set_begins) - 1), set_begins[1:] - set_begins[:-1])
    symbol_of, rows = symbols[firsts[set_begins[:-1]]], parameters[firsts[set_begins[:-1]]]
    most = _most_sets(strategy, data)
    symbol_begins = [0, *((symbol_of[1:] != symbol_of[:-1]).nonzero()[0] + 1).tolist(), len(rows)]
    for begin, end in itertools.pairwise(symbol_begins):
        symbol = int(symbol_of[begin])
        for first in range(begin, end, most):
            stop = min(first + most, end)
            group, group_stop = set_begins[first], set_begins[stop]
            sets = column_sets(strategy, data, symbol, rows[first:stop], begin_at)
            yield SetGroups(symbol, sets, begins[group : group_stop + 1], set_of[group:group_stop] - first)


def kernel_calls(
    strategy: SharedStrategy, data: MarketData, symbols: Integers, parameters: Column, begin_at: int
) -> Iterator[KernelCall]:
    """The calls that run containers: symbols int64 (n,), parameters float64 (n, n_parameters), contiguous.

    None is evaluated before bar ``begin_at``. A group of more than ``SLOTS`` containers is divided.
    """
    begins = group_begins(symbols, parameters)
    large = (begins[1:] - begins[:-1] > SLOTS).nonzero()[0]
    if len(large):
        begins = np.unique(np.concatenate([begins, *(np.arange(begins[k], begins[k + 1], SLOTS) for k in large)]))
    for groups in set_groups(strategy, data, symbols, parameters, begins, begin_at):
        yield from _kernel_calls(strategy, parameters, groups, bar_addresses(data, groups.symbol))


def _most_sets(strategy: SharedStrategy, data: MarketData) -> int:
    outputs = sum(indicator.n_outputs for indicator in strategy.shared.indicators)
    return max(1, column_cache().capacity_bytes // max(1, 8 * (data.n_history + data.n_bars) * outputs))


def _kernel_calls(
    strategy: SharedStrategy, parameters: Column, groups: SetGroups, bars: Integers
) -> Iterator[KernelCall]:
    _, sets, begins, set_of = groups
    firsts = begins[:-1]
    functions = answering(strategy, divides_by_zero(strategy, sets, set_of, parameters[firsts]))
    columns = address_of(sets.addresses) + set_of * sets.addresses.strides[0]
    rows = address_of(parameters) + firsts * parameters.strides[0]
    warmups = sets.warmups[set_of]
    begin_of, number_of = begins.tolist(), set_of.tolist()
    group = 0
    while group < len(number_of):
        first = begin_of[group]
        stop = min(
            bisect.bisect_right(begin_of, first + SLOTS) - 1,
            bisect.bisect_left(number_of, number_of[group] + _SETS_TOGETHER),
        )
        some = slice(group, stop)
        arguments = bars, functions[some], columns[some], rows[some], warmups[some]
        ends = begins[group + 1 : stop + 1] - first
        yield KernelCall(groups.symbol, first, *arguments, ends, (sets, parameters))
        group = stop


def divides_by_zero(
    strategy: SharedStrategy, sets: ColumnSets, set_of: Integers, parameters: Column
) -> NDArray[np.bool_]:
    """Whether a feature or parameter by which the strategy divides is zero, for groups with these sets and parameters.

    set_of int64 (n,), parameters float64 (n, n_parameters).
    """
    divides: NDArray[np.bool_] = sets.divides_by_zero[set_of]
    if strategy.parameter_divisors:
        divides = divides | (parameters[:, list(strategy.parameter_divisors)] == 0.0).any(axis=1)
    return divides


def answering(strategy: SharedStrategy, divides: NDArray[np.bool_]) -> Integers | list[Any]:
    """For each group the address of what answers for it: the straight form where there is one, and no zero divides."""
    trapped = strategy.unguarded is None or bool(divides.any())
    careful = signals_address(strategy.guarded.path) if trapped else None
    quick = signals_address(strategy.unguarded) if strategy.unguarded is not None else careful
    if callable(quick):  # plain Python, where a function is its own address
        return [careful if by_zero else quick for by_zero in divides.tolist()]
    functions = np.full(len(divides), quick, np.int64)
    if careful is not None:
        functions[divides] = careful
    return functions


def guarded_address(strategy: SharedStrategy) -> Any:
    """Address of the trapped form where the straight one may not divide by what is held, else 0."""
    return signals_address(strategy.guarded.path) if strategy.divides_by_position else 0


@functools.cache
def signals_address(path: Path) -> Any:
    """Address of the ``record_signals`` of a generated module."""
    return function_address(load_function(path, RECORD_SIGNALS).function)
