"""The bar from which on all containers of a grid can be evaluated: section 1 of the trading model."""

from __future__ import annotations

import contextlib
import re

import numpy as np
from numpy.typing import NDArray

from admf_jit.data import MarketData
from admf_jit.data.higher_columns import higher_columns
from admf_jit.data.own_series import first_value
from admf_jit.errors import StrategyError
from admf_jit.parameter_grid import Grid
from admf_jit.strategies.declaration import Definition
from admf_jit.strategies.indicators import Indicator

#: Containers that are laid out at a time.
_SOME = 65_536


def latest_start(definition: Definition, data: MarketData, grid: Grid) -> int:
    """The first bar, counted from the start of the data, at which every container of ``grid`` can be evaluated.

    Of several symbols the one that is warm last decides. A symbol with fewer bars than a warm-up never is: it makes
    the last bar of the data the answer.
    """
    longest: dict[str, int] = dict.fromkeys(definition.indicators, 0)
    for begin in range(0, len(grid), _SOME):
        rows = grid.parameters_of(np.arange(begin, min(begin + _SOME, len(grid))))
        for name, indicator in definition.indicators.items():
            longest[name] = max(longest[name], _longest_warmup(definition, indicator, rows))
    symbols = _symbols_of(data, grid)
    first = max(
        (
            _first_bar(data, symbol, definition, definition.indicators[name], bars)
            for name, bars in longest.items()
            for symbol in symbols
        ),
        default=0,
    )
    return min(max(first, 0), data.n_bars - 1)


def refuse_endless_warmup(definition: Definition, data: MarketData, grid: Grid) -> None:
    """Raise StrategyError where an indicator whose arguments are numbers is warm for no symbol before the data ends."""
    for name, indicator in definition.indicators.items():
        if indicator.told:
            continue
        warmup = indicator.warmup({})
        symbols = _symbols_of(data, grid)
        if all(_first_bar(data, symbol, definition, indicator, warmup) >= data.n_bars for symbol in symbols):
            bars = f"{data.n_bars + data.n_history:,} bars"
            longer = f" of {data.timeframe}, {indicator.timeframe} are made of them" if indicator.timeframe else ""
            raise StrategyError(
                f"strategy {definition.name}, indicator {name}: ta.{indicator.kind.name} has its first value after "
                f"{warmup:,} bars, and the data has {bars}{longer}: the strategy would never be evaluated; "
                "give more bars or a shorter period"
            )


def _symbols_of(data: MarketData, grid: Grid) -> list[int]:
    """Rows of the symbols that containers trade."""
    names = grid.axis_values.get("symbol")
    if names is not None:
        return [data.symbols.index(str(name)) for name in names]
    symbol = grid.symbol
    return [data.symbols.index(symbol)] if symbol in data.symbols else list(range(data.n_symbols))


def _longest_warmup(definition: Definition, indicator: Indicator, rows: NDArray[np.float64]) -> int:
    """The longest warm-up of an indicator over some containers, in bars of its own timeframe."""
    names = list(definition.parameters)
    text = " ".join(argument for argument in indicator.arguments if isinstance(argument, str))
    used = [place for place, name in enumerate(names) if re.search(rf"\b{re.escape(name)}\b", text)]
    different = np.unique(rows[:, used], axis=0)
    longest = 0
    for values in different:
        given = {names[place]: value for place, value in zip(used, values.tolist(), strict=True)}
        given = {name: definition.parameters[name].kind(value) for name, value in given.items()}
        # What an indicator refuses is a failed row, which is never evaluated.
        with contextlib.suppress(StrategyError):
            longest = max(longest, indicator.warmup({**definition.defaults, **given}))
    return longest


def _first_bar(data: MarketData, symbol: int, definition: Definition, indicator: Indicator, warmup: int) -> int:
    """The bar, counted from the start of the data, at which a symbol's indicator has its first value."""
    whole = data.with_history
    if indicator.timeframe is not None:
        timeframe = definition.timeframes.index(indicator.timeframe)
        completed = higher_columns(data, definition.series).completed[symbol, timeframe]
        return int(completed[min(warmup, len(completed) - 1)]) - data.n_history
    own = np.flatnonzero(~np.isnan(whole.close[symbol]))
    if indicator.own is not None:
        own = own[own >= first_value(data, symbol, indicator.own)]
    return (int(own[warmup]) if warmup < len(own) else whole.n_bars) - data.n_history
