"""The bar at which an indicator has its first value: ``docs/trading-model.md`` section 7."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.higher_columns import higher_columns
from admf_jit.data.market_data import MarketData
from admf_jit.data.own_series import first_value
from admf_jit.strategies.declaration import Definition
from admf_jit.strategies.nested import read_fields


def first_bar(definition: Definition, name: str, parameters: Mapping[str, Any], data: MarketData, symbol: int) -> int:
    """The bar, counted from the history's first, at which a symbol's indicator has its first value; n_bars for none.

    Raises StrategyError where it cannot be computed with these parameters.
    """
    whole = data.with_history
    own = np.flatnonzero(~np.isnan(whole.close[symbol]))
    indicator = definition.indicators[name]
    place = _place(definition, name, parameters, data, symbol)
    if indicator.timeframe is not None:
        return _completed(definition, indicator.timeframe, place, data, symbol)
    return int(own[place]) if place < len(own) else whole.n_bars


def _completed(definition: Definition, timeframe: str, place: int, data: MarketData, symbol: int) -> int:
    completed = higher_columns(data, definition.series).completed[symbol, definition.timeframes.index(timeframe)]
    return int(completed[min(place, len(completed) - 1)])


def _place(definition: Definition, name: str, parameters: Mapping[str, Any], data: MarketData, symbol: int) -> int:
    """The first bar with a value among those that a symbol has of the indicator's timeframe."""
    indicator = definition.indicators[name]
    bars = indicator.warmup(dict(parameters))
    own = np.flatnonzero(~np.isnan(data.with_history.close[symbol]))
    if indicator.own is not None:
        bars += int(np.searchsorted(own, first_value(data, symbol, indicator.own)))
    before = [0]
    for field in read_fields(indicator):
        read = definition.indicators[field.name].timeframe
        place = _place(definition, field.name, parameters, data, symbol)
        if read is not None and indicator.timeframe is None:
            place = int(np.searchsorted(own, _completed(definition, read, place, data, symbol)))
        before.append(place)
    return max(before) + bars


def first_evaluated(definition: Definition, parameters: Mapping[str, Any], completed: NDArray[np.int64]) -> int:
    """The bar at which a strategy may be evaluated, as its generated ``warmup_of`` says it: of all bars that come.

    ``completed``, int64 (n_series, n), is one symbol's, as an engine takes it.
    """

    def before(name: str, timeframe: str | None) -> int:
        indicator = definition.indicators[name]
        if indicator.timeframe != timeframe:
            return first(name)
        read = [before(field.name, timeframe) if timeframe else first(field.name) for field in read_fields(indicator)]
        return max(read, default=0) + indicator.warmup(dict(parameters))

    def first(name: str) -> int:
        indicator = definition.indicators[name]
        bars = before(name, indicator.timeframe)
        if indicator.own is not None:
            return int(completed[definition.series.index(indicator.own), 0]) + bars
        if indicator.timeframe is None:
            return bars
        of_timeframe = completed[definition.series.index(indicator.timeframe)]
        return int(of_timeframe[min(bars, len(of_timeframe) - 1)])

    return max(map(first, definition.indicators), default=0)


def bars_before(definition: Definition, name: str, parameters: Mapping[str, Any]) -> int:
    """Bars of its own timeframe, and of those that it reads, before an indicator has a value."""
    indicator = definition.indicators[name]
    read = [bars_before(definition, field.name, parameters) for field in read_fields(indicator)]
    return max(read, default=0) + indicator.warmup(dict(parameters))
