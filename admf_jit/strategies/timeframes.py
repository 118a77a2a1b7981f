"""Longer timeframes and other symbols of a strategy's indicators, held against those of the data."""

from __future__ import annotations

from admf_jit.data.higher_columns import higher_columns
from admf_jit.data.higher_timeframe import completed_bars
from admf_jit.data.market_data import MarketData
from admf_jit.data.symbol_bars import parted_bars
from admf_jit.errors import DataError, StrategyError, closest
from admf_jit.strategies.declaration import Definition


def check_timeframes(definition: Definition, data: MarketData) -> None:
    """Refuse symbols that ``data`` lacks, and timeframes whose bars cannot be made of its own.

    StrategyError names the indicator, and what there is.

    It makes them, so that they are at hand for containers that run on this very object.
    """
    for name, indicator in definition.indicators.items():
        symbol = parted_bars(indicator.timeframe or "")[1]
        if symbol is not None and symbol not in data.symbols:
            raise StrategyError(f"strategy {definition.name}, indicator {name}: {_unknown(symbol, data)}")
    try:
        higher_columns(data, definition.series)
    except DataError:
        for name, indicator in definition.indicators.items():
            if indicator.timeframe is not None:
                _check(f"strategy {definition.name}, indicator {name}", indicator.timeframe, data)
        raise


def _unknown(symbol: str, data: MarketData) -> str:
    hint = closest(symbol, data.symbols)
    suggestion = f"; did you mean {hint!r}?" if hint else ""
    have = ", ".join(data.symbols[:10]) + (", ..." if data.n_symbols > 10 else "")
    return (
        f"no symbol is called {symbol!r}: the data has {have}{suggestion}; a symbol that is only read is loaded with "
        "the others, and the one that is traded is named: aj.backtest(..., symbol=...), or `symbol` is swept"
    )


def _check(whose: str, timeframe: str, data: MarketData) -> None:
    timeframe = parted_bars(timeframe)[0] or data.timeframe
    try:
        completed_bars(data, timeframe)
    except DataError as problem:
        raise StrategyError(
            f"{whose}: bars of {timeframe} cannot be made of the data's bars of {data.timeframe}: {problem}"
        ) from None
