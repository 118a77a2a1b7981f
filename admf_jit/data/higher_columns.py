"""The bars of longer timeframes as compiled code takes them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Rows of ``HigherColumns.higher``: the five value columns, then the session of the higher bar's first bar.
HIGHER_ROWS = 6


class HigherColumns(NamedTuple):
    """Each symbol's higher bars, oldest first, of each timeframe; both read-only and C-contiguous.

    Symbols have different numbers of higher bars: from the first place after a symbol's own on, of which there is
    at least one, ``higher`` is NaN and ``completed`` is n_bars.
    """

    higher: NDArray[np.float64]  #: (n_symbols, n_timeframes, HIGHER_ROWS, n_higher)
    completed: NDArray[np.int64]  #: (n_symbols, n_timeframes, n_higher), the bar at whose close it is complete


def no_higher_columns(n_symbols: int) -> HigherColumns:
    """The columns of a strategy that declares no longer timeframe: empty."""
    columns = HigherColumns(np.zeros((n_symbols, 0, HIGHER_ROWS, 1)), np.zeros((n_symbols, 0, 1), np.int64))
    for column in columns:
        column.flags.writeable = False
    return columns
