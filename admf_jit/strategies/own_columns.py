"""Columns of one's own in a strategy: declared with `aj.column`, or read as ``bar.x.prediction`` in a method."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.market_data import MarketData
from admf_jit.data.own_series import MadeColumn, OwnColumn, check_clock, own_series
from admf_jit.errors import StrategyError, closest
from admf_jit.strategies.indicators import COLUMN, COLUMNS, KINDS, Indicator
from admf_jit.strategies.vector_indicators import check_causal
from admf_jit.wording import counted

if TYPE_CHECKING:
    from admf_jit.strategies.declaration import Definition


def column(name: str, *, available_after: str | None = None, lag: int = 0) -> Indicator:
    """Declare a column of the data that is no price: ``prediction = aj.column("prediction")``.

    It is read as ``self.prediction``, and may be the ``source`` of an indicator. ``available_after``, such as "1h" or
    "2d", is how long after the close of its bar a value is known: the strategy sees it that much later, and never
    before. ``lag=1`` gives the value of the bar before. Values that are missing are NaN.
    """
    if not isinstance(name, str) or not name:
        raise StrategyError(f"aj.column: {name!r}: expected the name of a column")
    return Indicator(COLUMN, (), OwnColumn(name, _delay(available_after)), lag)


def _delay(text: object) -> int:
    import pandas as pd

    if text is None:
        return 0
    try:
        length = pd.Timedelta(text) if isinstance(text, str) else None
    except ValueError:
        length = None
    if length is None or not length.value >= 0:
        raise StrategyError(f"aj.column: available_after {text!r}: expected a length of time such as 30m, 1h, 2d or 1w")
    return int(length.as_unit("ns").value)


def check_own_columns(definition: Definition, data: MarketData, *, more_follows: bool = False) -> None:
    """Refuse columns that ``data`` lacks, naming those there are, and indicators that their gaps would mislead.

    An indicator that goes on from its value before, and one that looks for the largest of some, does not say that a
    value is missing among those that it took. Where ``more_follows``, a column may have its first value yet to come.
    """
    for name, indicator in definition.indicators.items():
        own = indicator.own
        if own is None:
            continue
        if own.clock:
            check_clock(definition.name, own.name, data)
            continue
        whose = f"strategy {definition.name}" + ("" if "__" in name else f", {name}")
        if isinstance(own, MadeColumn):
            missing = [read for read in own.reads if read not in (*COLUMNS, *data.extra)]
            if missing:
                raise StrategyError(f"{whose}: {own.name}: {_unknown(missing[0], data)}")
            check_causal(f"{whose}: {own.name}", own, data)
        elif own.name not in data.extra:
            raise StrategyError(f"{whose}: {_unknown(own.name, data)}")
        series = [own_series(data, row, own) for row in range(data.n_symbols)]
        if not more_follows and all(np.isnan(values).all() for values in series):
            raise StrategyError(
                f"{whose}: column {own.name!r} has no value at any bar: the strategy is never evaluated"
            )
        if not indicator.kind.takes_gaps:
            for symbol, values in zip(data.symbols, series, strict=True):
                _refuse_gap(f"{whose}: {indicator.kind.label} of column {own.name!r}", symbol, values)


def _refuse_gap(whose: str, symbol: str, values: NDArray[np.float64]) -> None:
    known = ~np.isnan(values)
    gaps = np.flatnonzero(~known & np.logical_or.accumulate(known))
    if len(gaps):
        may = ", ".join(kind.name for kind in KINDS.values() if kind.takes_gaps)
        raise StrategyError(
            f"{whose}: {symbol} lacks {counted(len(gaps), 'value')} after its first one, from bar {gaps[0]} on, "
            f"which would not show; only {may} take gaps: fill the column, or ask for what is missing in on_bar"
        )


def unknown_column(name: str, data: MarketData) -> str:
    """Say that no column has a name, what there is, and how columns are taken."""
    hint = closest(name, data.extra)
    have = f"the data has {', '.join(map(repr, data.extra)) or 'no columns of your own'}"
    suggestion = f"; did you mean {hint!r}?" if hint else ""
    return (
        f"no column is called {name!r}: {have}{suggestion}; columns besides the prices are taken when they are asked "
        f"for: aj.load(..., extra=[{name!r}]), data.format.extra in YAML"
    )


def _unknown(name: str, data: MarketData) -> str:
    return f"{unknown_column(name, data)}, or features joined by time"
