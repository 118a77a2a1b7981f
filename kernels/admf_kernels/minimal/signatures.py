"""Types of what crosses from Python into the modules of isolation ``minimal``."""

from numba import from_dtype, types

from ..addresses import N_ARGUMENTS
from ..constants import ACTION_DTYPE
from ..settings import SETTINGS_DTYPE
from .accounts import EQUITY_DTYPE

_TIMES = types.Array(types.int64, 1, "C", readonly=True)
_SETTINGS = types.Array(from_dtype(SETTINGS_DTYPE), 1, "C")
_COLUMN = types.Array(types.float64, 1, "C", readonly=True)

#: ``record_column``: session (n_bars,), open, high, low, close, volume, source, arguments; out (n_outputs, n_bars).
COLUMN_SIGNATURE = types.void(
    _TIMES,
    *([_COLUMN] * 6),
    types.Array(types.float64, 1, "C"),
    types.Array(types.float64, 2, "C"),
)

_PLACES = types.Array(types.int64, 1, "C")

#: A ``MarketCall``, field by field.
MARKET_SIGNATURE = types.void(
    _COLUMN,
    _COLUMN,
    types.int64,
    types.int64,
    *([_PLACES] * 6),
    _SETTINGS,
    types.Array(types.int8, 1, "C"),
    types.Array(types.uint64, 2, "C"),
    types.Array(types.float64, 1, "C"),
    types.Array(from_dtype(EQUITY_DTYPE), 1, "C"),
    types.Array(types.float64, 2, "C"),
    types.Array(types.int64, 2, "C"),
    types.Array(types.int64, 2, "C"),
    types.Array(types.float64, 1, "C"),
    types.Array(types.float64, 2, "C"),
    types.Array(types.float64, 2, "C"),
    types.Array(types.int64, 2, "C"),
)

_PRICES = types.Array(types.float64, 2, "C", readonly=True)

#: An ``OrdersCall``, field by field.
ORDERS_SIGNATURE = types.void(
    *([_TIMES] * 3),
    *([_PRICES] * 8),
    types.Array(from_dtype(ACTION_DTYPE), 1, "C", readonly=True),
    types.int64,
    types.int64,
    _PLACES,
    _PLACES,
    types.Array(types.int8, 1, "C"),
    types.Array(types.uint64, 2, "C"),
    _SETTINGS,
    types.Array(types.int64, 2, "C"),
    types.Array(types.float64, 2, "C"),
    types.Array(types.float64, 2, "C"),
    types.Array(types.int64, 2, "C"),
)


#: ``record_signals`` of any strategy, so that code which knows none can call it by its address.
#:
#: Addresses of the addresses of time, open, high, low, close and volume; of the addresses of the columns of the feature
#: fields; and of the parameters, float64. Then the warm-up, the first bar and the one behind the last, ``TRAPPED`` or
#: what stands beside it; the address of the position that is held (``POSITION_FIELDS``), which is not looked at
#: where signals are shared and exceptions trapped; and that of the signals of these bars, int8, to be written.
SIGNALS_SIGNATURE = types.void(*([types.int64] * N_ARGUMENTS))
