"""What compiled code takes besides the bars: those of longer timeframes, and columns of one's own."""

from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.higher_timeframe import completed_bars
from admf_jit.data.market_data import MarketData
from admf_jit.data.own_series import OwnColumn, first_value, own_series
from admf_jit.data.symbol_bars import parted_bars

#: Rows of ``HigherColumns.higher``: the five value columns, then the session of the higher bar's first bar.
HIGHER_ROWS = 6

#: A longer timeframe, bars of another symbol (``symbol_bars``), or a column of one's own.
Series = str | OwnColumn


class HigherColumns(NamedTuple):
    """Each symbol's higher bars, oldest first, of each timeframe; both read-only and C-contiguous.

    Symbols have different numbers of higher bars: from the first place after a symbol's own on, of which there is
    at least one, ``higher`` is NaN and ``completed`` is n_bars.

    Columns of one's own stand behind the timeframes: in ``higher`` as rows of one more of them, at the bars that a
    symbol has, and in ``completed`` one a row, which is the bar of its first value throughout.
    """

    higher: NDArray[np.float64]  #: (n_symbols, n_timeframes, HIGHER_ROWS, n_higher)
    completed: NDArray[np.int64]  #: (n_symbols, n_timeframes, n_higher), the bar at whose close it is complete


_made: WeakKeyDictionary[MarketData, dict[tuple[Series, ...], HigherColumns]] = WeakKeyDictionary()


def higher_columns(data: MarketData, series: tuple[Series, ...]) -> HigherColumns:
    """Make the bars of timeframes out of those of `data`, by the periods of `completed_bars`; kept while `data` is.

    `series` has the timeframes first, and then columns of one's own. Of bars of another symbol every symbol has the
    same: they are complete at that one's closes, whether the symbol has a bar then or not.

    Those of the history are made too, and bars are counted from its first one.
    A higher bar opens with the first bar of its period that the symbol has and closes with the last; its volume is
    added up from the first on. A period in which a symbol has no bar gives it none. The last higher bar may be cut
    off by the end of the data, and is then never complete. Raises what `completed_bars` does.
    """
    kept = _made.setdefault(data, {})
    if series not in kept:
        kept[series] = _make(data.with_history, series)
    return kept[series]


def _make(data: MarketData, series: tuple[Series, ...]) -> HigherColumns:
    timeframes = [one for one in series if isinstance(one, str)]
    own = [one for one in series if isinstance(one, OwnColumn)]
    periods = [completed_bars(data, parted_bars(name)[0] or data.timeframe) for name in timeframes]
    n_higher = 1 + max((int(period.group[-1]) + 1 for period in periods), default=0)
    n_rows = len(own) if own and not timeframes else max(HIGHER_ROWS, len(own))
    n_places = max(n_higher, data.n_bars) if own else n_higher
    higher = np.full((data.n_symbols, len(timeframes) + bool(own), n_rows, n_places), np.nan)
    completed = np.full((data.n_symbols, len(series), n_higher), data.n_bars, np.int64)
    for place, (group, newest) in enumerate(periods):
        known = np.searchsorted(newest, np.arange(group[-1] + 1))
        for row in range(data.n_symbols):
            symbol = parted_bars(timeframes[place])[1]
            read = row if symbol is None else data.symbols.index(symbol)
            bars = np.flatnonzero(~np.isnan(data.close[read]))
            numbers = group[bars]
            begins = np.diff(numbers, prepend=-1) > 0
            taken = numbers[begins]
            higher[row, place, :HIGHER_ROWS, : len(taken)] = _joined(data, read, bars, begins)
            completed[row, place, : len(taken)] = known[taken]
    for place, column in enumerate(own):
        for row in range(data.n_symbols):
            values = own_series(data, row, column)
            higher[row, len(timeframes), place, : len(values)] = values
            completed[row, len(timeframes) + place] = first_value(data, row, column)
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
