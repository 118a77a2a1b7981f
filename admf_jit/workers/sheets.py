"""Sheets: groups of containers with equal answers that go through the bars together, as compiled code is told of them.

What groups of a sheet look at in a tile of bars is near the processor for all of them: prices, and columns of
indicators. All of these are in memory at once, so a sheet asks for no more of them than are kept.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from admf_jit.data import MarketData
from admf_jit.strategies.compiled import load_function
from admf_jit.strategies.shared import RECORD_ANSWERS, SharedStrategy
from admf_jit.workers.columns import Column, Columns, column_cache, group_begins, indicator_warmup
from admf_kernels.addresses import address_of, function_address
from admf_kernels.minimal.accounts import SLOTS

Places = NDArray[np.int64]

#: Sets of columns that are looked at together: as many as the second cache has room for a tile of.
_SETS_TOGETHER = 16


class Sheet(NamedTuple):
    """Groups of containers of one symbol: what ``run_containers`` of ``market_orders`` is told of each."""

    #: Place of the first container; ``ends`` are counted from there.
    first: int
    functions: Places | list[Any]
    columns: Places
    parameters: Places
    warmups: Places
    ends: Places
    #: Nothing but the owners of what stands at the addresses.
    held: tuple[object, ...]

    @property
    def containers(self) -> int:
        """How many there are."""
        return int(self.ends[-1])


class ColumnSets(NamedTuple):
    """What containers with equal answers look at besides bars, for n sets of parameters that indicators are told."""

    #: Of the columns of the feature fields, int64 (n, n_features).
    addresses: Places
    #: The first bar at which the strategy is asked, int64 (n,).
    warmups: Places
    #: Whether a feature by which the strategy divides is zero at a bar at which it is asked, bool (n,).
    divides_by_zero: NDArray[np.bool_]
    #: The owners of what stands at the addresses.
    held: list[Columns]


def column_sets(strategy: SharedStrategy, data: MarketData, symbol: int, rows: Column) -> ColumnSets:
    """The columns of a symbol for rows of parameters, float64 (n, n_parameters)."""
    shared = strategy.shared
    cache = column_cache()
    known: dict[tuple[float, ...], tuple[Columns, int]] = {}
    addresses, warmups, divides = [], [], []
    for number, row in enumerate(rows.tolist()):
        found = []
        for place, indicator in enumerate(shared.indicators):
            key = (place, *[row[told] for told in indicator.told])
            pair = known.get(key)
            if pair is None:
                columns = cache.columns(data, symbol, shared, indicator, rows[number])
                pair = known[key] = columns, indicator_warmup(data, symbol, shared, indicator, rows[number])
            found.append(pair)
        warmup = max([pair[1] for pair in found], default=0)
        warmups.append(warmup)
        addresses.append([found[indicator][0].addresses[output] for indicator, output in shared.features])
        divisors = [shared.features[place] for place in strategy.feature_divisors]
        divides.append(any(found[indicator][0].last_zeros[output] >= warmup for indicator, output in divisors))
    return ColumnSets(
        np.array(addresses, np.int64).reshape(len(rows), -1),
        np.array(warmups, np.int64),
        np.array(divides, np.bool_),
        [columns for columns, _ in known.values()],
    )


def sheets(strategy: SharedStrategy, data: MarketData, symbols: Places, parameters: Column) -> Iterator[Sheet]:
    """The containers in sheets: symbols int64 (n,), parameters float64 (n, n_parameters), contiguous.

    A group of more than ``SLOTS`` containers comes in parts.
    """
    begins = group_begins(symbols, parameters)
    large = [np.arange(*part, SLOTS) for part in zip(begins, begins[1:], strict=False) if part[1] - part[0] > SLOTS]
    if large:
        begins = np.unique(np.concatenate([begins, *large]))
    # Neighbours often differ in what no indicator is told.
    set_begins = group_begins(symbols, parameters[:, strategy.shared.parameters])
    set_of = np.searchsorted(set_begins, begins, side="right")
    symbol_of = np.searchsorted(group_begins(symbols, parameters[:, :0]), begins, side="right")
    most = _most_sets(strategy, data)
    group = 0
    while group < len(begins) - 1:
        behind = min(
            int(np.searchsorted(begins, begins[group] + SLOTS, side="right")) - 1,
            int(np.searchsorted(set_of, set_of[group] + most)),
            int(np.searchsorted(symbol_of, symbol_of[group], side="right")),
            len(begins) - 1,
        )
        yield _sheet(strategy, data, symbols, parameters, begins[group : behind + 1], set_of[group:behind])
        group = behind


def _most_sets(strategy: SharedStrategy, data: MarketData) -> int:
    outputs = sum(indicator.n_outputs for indicator in strategy.shared.indicators)
    return min(_SETS_TOGETHER, max(1, column_cache().capacity_bytes // max(1, 8 * data.n_bars * outputs)))


def _sheet(
    strategy: SharedStrategy, data: MarketData, symbols: Places, parameters: Column, begins: Places, set_of: Places
) -> Sheet:
    """The groups that begin at all but the last of ``begins``; those that look at the same have equal ``set_of``."""
    firsts = begins[:-1]
    starts_set = np.concatenate(([True], set_of[1:] != set_of[:-1]))
    numbers = np.cumsum(starts_set) - 1
    sets = column_sets(strategy, data, int(symbols[firsts[0]]), parameters[firsts[starts_set]])
    divides = sets.divides_by_zero[numbers]
    if strategy.parameter_divisors:
        divides = divides | (parameters[firsts][:, list(strategy.parameter_divisors)] == 0.0).any(axis=1)
    return Sheet(
        int(firsts[0]),
        _functions(strategy, divides),
        address_of(sets.addresses) + numbers * sets.addresses.strides[0],
        address_of(parameters) + firsts * parameters.strides[0],
        sets.warmups[numbers],
        begins[1:] - firsts[0],
        (sets, parameters),
    )


def _functions(strategy: SharedStrategy, divides: NDArray[np.bool_]) -> Places | list[Any]:
    """For each group the address of what answers for it: the straight form where there is one, and no zero divides."""
    trapped = strategy.straight is None or bool(divides.any())
    careful = answers_address(strategy.trapped.path) if trapped else None
    quick = answers_address(strategy.straight) if strategy.straight is not None else careful
    if callable(quick):  # plain Python, where a function is its own address
        return [careful if by_zero else quick for by_zero in divides.tolist()]
    functions = np.full(len(divides), quick, np.int64)
    functions[divides] = careful or 0
    return functions


@functools.cache
def answers_address(path: Path) -> Any:
    """Address of the ``record_answers`` of a generated module."""
    return function_address(load_function(path, RECORD_ANSWERS).function)
