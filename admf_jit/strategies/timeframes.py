"""Longer timeframes of a strategy's indicators, held against the data's own."""

from __future__ import annotations

from admf_jit.data.higher_columns import higher_columns
from admf_jit.data.higher_timeframe import completed_bars
from admf_jit.data.market_data import MarketData
from admf_jit.errors import DataError, StrategyError
from admf_jit.strategies.declaration import Definition


def check_timeframes(definition: Definition, data: MarketData) -> None:
    """Refuse timeframes whose bars cannot be made of those of ``data``; StrategyError names the indicator and both.

    It makes them, so that they are at hand for containers that run on this very object.
    """
    try:
        higher_columns(data, definition.series)
    except DataError:
        for name, indicator in definition.indicators.items():
            if indicator.timeframe is not None:
                _check(f"strategy {definition.name}, indicator {name}", indicator.timeframe, data)
        raise


def _check(whose: str, timeframe: str, data: MarketData) -> None:
    try:
        completed_bars(data, timeframe)
    except DataError as problem:
        raise StrategyError(
            f"{whose}: bars of {timeframe} cannot be made of the data's bars of {data.timeframe}: {problem}"
        ) from None
