"""The bar from which on all containers of a grid can be evaluated: section 1 of the trading model."""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Iterator
from typing import Any

import numpy as np

from admf_jit.data import MarketData
from admf_jit.data.symbol_bars import parted_bars
from admf_jit.errors import StrategyError
from admf_jit.parameter_grid import Grid
from admf_jit.strategies.declaration import Definition
from admf_jit.strategies.first_bars import bars_before, first_bar
from admf_jit.strategies.nested import told_by

#: Containers that are laid out at a time.
_SOME = 65_536


def latest_start(definition: Definition, data: MarketData, grid: Grid) -> int:
    """The first bar, counted from the start of the data, at which every container of ``grid`` can be evaluated.

    Of several symbols the one that is warm last decides. A symbol with fewer bars than a warm-up never is: it makes
    the last bar of the data the answer.
    """
    symbols = _symbols_of(data, grid)
    first = 0
    for name in definition.indicators:
        for values in _longest(definition, name, grid):
            first = max(first, *(first_bar(definition, name, values, data, row) - data.n_history for row in symbols))
    return min(first, data.n_bars - 1)


def refuse_endless_warmup(definition: Definition, data: MarketData, grid: Grid) -> None:
    """Raise StrategyError where an indicator whose arguments are numbers is warm for no symbol before the data ends."""
    for name, indicator in definition.indicators.items():
        if told_by(definition.indicators, name):
            continue
        symbols, n_bars = _symbols_of(data, grid), data.n_bars + data.n_history
        if all(first_bar(definition, name, {}, data, symbol) >= n_bars for symbol in symbols):
            warmup = bars_before(definition, name, {})
            bars = f"{data.n_bars + data.n_history:,} bars"
            timeframe, symbol = parted_bars(indicator.timeframe or "")
            longer = f" of {data.timeframe}, {timeframe} are made of them" if timeframe else ""
            longer += f", and those of {symbol} are read" if symbol else ""
            raise StrategyError(
                f"strategy {definition.name}, indicator {name}: {indicator.kind.label} has its first value after "
                f"{warmup:,} bars, and the data has {bars}{longer}: the strategy would never be evaluated; "
                "give more bars or a shorter period"
            )


def endless_warmups(definition: Definition, data: MarketData, grid: Grid) -> list[str]:
    """A sentence for each indicator that is warm for no symbol before the data ends, with the longest of its values."""
    symbols, n_bars = _symbols_of(data, grid), data.n_bars + data.n_history
    found = []
    for name in definition.indicators:
        for values in _longest(definition, name, grid):
            told = [one for one in told_by(definition.indicators, name) if one in values]
            if told and all(first_bar(definition, name, values, data, row) >= n_bars for row in symbols):
                given = ", ".join(f"{one} {values[one]}" for one in told)
                warmup = bars_before(definition, name, values)
                found.append(
                    f"{given}: {name} has its first value after {warmup:,} bars, and the data has {n_bars:,}: "
                    "such containers never trade"
                )
                break
    return found


def _symbols_of(data: MarketData, grid: Grid) -> list[int]:
    """Rows of the symbols that containers trade."""
    names = grid.axis_values.get("symbol")
    if names is not None:
        return [data.symbols.index(str(name)) for name in names]
    symbol = grid.symbol
    return [data.symbols.index(symbol)] if symbol in data.symbols else list(range(data.n_symbols))


def _longest(definition: Definition, name: str, grid: Grid) -> Iterator[dict[str, Any]]:
    """Parameters with which an indicator may be warm last: all of them for one that reads others."""
    told = [place for place, one in enumerate(definition.parameters) if one in told_by(definition.indicators, name)]
    seen: dict[tuple[float, ...], None] = {}
    for begin in range(0, len(grid), _SOME):
        rows = grid.parameters_of(np.arange(begin, min(begin + _SOME, len(grid))))
        seen |= dict.fromkeys(map(tuple, np.unique(rows[:, told], axis=0).tolist()))
    names = [list(definition.parameters)[place] for place in told]
    found = []
    for values in seen:
        given = {one: definition.parameters[one].kind(value) for one, value in zip(names, values, strict=True)}
        parameters = {**definition.defaults, **given}
        # What an indicator refuses is a failed row, which is never evaluated.
        with contextlib.suppress(StrategyError):
            found.append((bars_before(definition, name, parameters), parameters))
    if found and not definition.indicators[name].is_nested:
        found = [max(found, key=operator.itemgetter(0))]
    yield from (parameters for _, parameters in found)
