"""A column of one's own as a strategy sees it: for each bar of a symbol the value that was known by its close."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.market_data import MarketData


@dataclass(frozen=True)
class OwnColumn:
    """A column of one's own: its name, and how long after the close of its bar a value is known, in nanoseconds."""

    name: str
    delay: int = 0


def own_series(data: MarketData, row: int, column: OwnColumn) -> NDArray[np.float64]:
    """Values of a column at the bars that a symbol has, those of the history first: float64 (n_own,), NaN for none.

    With a delay they are those of the newest bar of the symbol whose close is that long ago, or longer.
    """
    whole = data.with_history
    bars = np.flatnonzero(~np.isnan(whole.close[row]))
    values: NDArray[np.float64] = whole.extra[column.name][row, bars]
    if column.delay:
        time = whole.time[bars]
        newest = np.searchsorted(time, time - column.delay, side="right") - 1
        values = np.where(newest >= 0, values[newest], np.nan)
    return values


def first_value(data: MarketData, row: int, column: OwnColumn) -> int:
    """The bar, counted from the history's first, at which a symbol has the first value of a column; n_bars for none."""
    whole = data.with_history
    known = np.flatnonzero(~np.isnan(own_series(data, row, column)))
    bars = np.flatnonzero(~np.isnan(whole.close[row]))
    return int(bars[known[0]]) if len(known) else whole.n_bars
