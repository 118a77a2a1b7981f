"""The bars of longer timeframes as compiled code takes them."""

from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.higher_timeframe import completed_bars
from admf_jit.data.market_data import MarketData

#: Rows of ``HigherColumns.higher``: the five value columns, then the session of the higher bar's first bar.
HIGHER_ROWS = 6


class HigherColumns(NamedTuple):
    """Each symbol's higher bars, oldest first, of each timeframe; both read-only and C-contiguous.

    Symbols have different numbers of higher bars: from the first place after a symbol's own on, of which there is
    at least one, ``higher`` is NaN and ``completed`` is n_bars.
    """

    higher: NDArray[np.float64]  #: (n_symbols, n_timeframes, HIGHER_ROWS, n_higher)
    completed: NDArray[np.int64]  #: (n_symbols, n_timeframes, n_higher), the bar at whose close it is complete


_made: WeakKeyDictionary[MarketData, dict[tuple[str, ...], HigherColumns]] = WeakKeyDictionary()


def higher_columns(data: MarketData, timeframes: tuple[str, ...]) -> HigherColumns:
    """Make the bars of `timeframes` out of those of `data`, by the periods of `completed_bars`; kept while `data` is.

    Those of the history are made too, and bars are counted from its first one.
    A higher bar opens with the first bar of its period that the symbol has and closes with the last; its volume is
    added up from the first on. A period in which a symbol has no bar gives it none. The last higher bar may be cut
    off by the end of the data, and is then never complete. Raises what `completed_bars` does.
    """
    kept = _made.setdefault(data, {})
    if timeframes not in kept:
        kept[timeframes] = _make(data.with_history, timeframes)
    return kept[timeframes]


def _make(data: MarketData, timeframes: tuple[str, ...]) -> HigherColumns:
    periods = [completed_bars(data, timeframe) for timeframe in timeframes]
    n_higher = 1 + max((int(period.group[-1]) + 1 for period in periods), default=0)
    higher = np.full((data.n_symbols, len(timeframes), HIGHER_ROWS, n_higher), np.nan)
    completed = np.full((data.n_symbols, len(timeframes), n_higher), data.n_bars, np.int64)
    for place, (group, newest) in enumerate(periods):
        known = np.searchsorted(newest, np.arange(group[-1] + 1))
        for row in range(data.n_symbols):
            bars = np.flatnonzero(~np.isnan(data.close[row]))
            numbers = group[bars]
            begins = np.diff(numbers, prepend=-1) > 0
            own = numbers[begins]
            higher[row, place, :, : len(own)] = _joined(data, row, bars, begins)
            completed[row, place, : len(own)] = known[own]
    higher.flags.writeable = False
    completed.flags.writeable = False
    return HigherColumns(higher, completed)


def _joined(data: MarketData, row: int, bars: NDArray[np.int64], begins: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Columns (HIGHER_ROWS, n) of the higher bars of one symbol, whose `bars` `begins` marks the first ones of."""
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(bars)) - 1
    # Added one after the other: the same bits whatever the machine adds at once.
    volume = np.bincount(np.cumsum(begins) - 1, weights=data.volume[row, bars], minlength=len(first))
    return np.stack(
        [
            data.open[row, bars[first]],
            np.maximum.reduceat(data.high[row, bars], first),
            np.minimum.reduceat(data.low[row, bars], first),
            data.close[row, bars[last]],
            volume,
            data.session[bars[first]].astype(np.float64),
        ]
    )
