"""Types of what crosses from Python into a generated module."""

from numba import from_dtype, types

from .constants import ACTION_DTYPE, EVENT_DTYPE
from .settings import SETTINGS_DTYPE

# ``higher`` and ``completed`` hold the bars of the longer timeframes that a strategy declares, for each symbol those
# that it has, oldest first. Rows of ``higher``: open, high, low, close, volume, session of the first bar. ``completed``
# is the bar at whose close a higher bar is known to be complete; it never falls, and from the first place after a
# symbol's higher bars on, of which there is one at least, it is n_history + n_bars: both are of the bars with the
# history, as is what indicators take. No timeframe: n_timeframes is 0.

#: Types of the arguments of a generated module's ``run_batch``, in order. Bars are read-only, so that a write to
#: market data does not compile and a memory map is not compiled for a second time.
BATCH_SIGNATURE = types.void(
    types.Array(types.int64, 1, "C", readonly=True),  # time (n_bars,)
    types.Array(types.int64, 1, "C", readonly=True),  # session (n_bars,)
    types.Array(types.int64, 1, "C", readonly=True),  # clock (n_bars,), ns since local midnight
    types.Array(types.float64, 2, "C", readonly=True),  # open (n_symbols, n_bars)
    types.Array(types.float64, 2, "C", readonly=True),  # high
    types.Array(types.float64, 2, "C", readonly=True),  # low
    types.Array(types.float64, 2, "C", readonly=True),  # close
    types.Array(types.float64, 2, "C", readonly=True),  # volume
    types.Array(types.int64, 1, "C", readonly=True),  # session with the history (n_history + n_bars,)
    types.Array(types.float64, 2, "C", readonly=True),  # open with the history (n_symbols, n_history + n_bars)
    types.Array(types.float64, 2, "C", readonly=True),  # high
    types.Array(types.float64, 2, "C", readonly=True),  # low
    types.Array(types.float64, 2, "C", readonly=True),  # close
    types.Array(types.float64, 2, "C", readonly=True),  # volume
    types.Array(types.float64, 4, "C", readonly=True),  # higher (n_symbols, n_timeframes, 6, n_higher)
    types.Array(types.int64, 3, "C", readonly=True),  # completed (n_symbols, n_timeframes, n_higher)
    types.Array(types.float64, 1, "C", readonly=True),  # delisted (n_symbols,): a price, or NaN for the last close
    types.Array(from_dtype(ACTION_DTYPE), 1, "C", readonly=True),  # actions (n_actions,), by bar
    types.Array(types.int64, 1, "C"),  # symbol (n_containers,)
    types.Array(types.float64, 2, "C"),  # parameters (n_containers, n_parameters)
    types.Array(from_dtype(SETTINGS_DTYPE), 1, "C"),  # settings (n_containers,)
    types.Array(types.int64, 2, "C"),  # random state (n_containers, 12): the strategy's six words, the costs' six
    types.Array(from_dtype(EVENT_DTYPE), 1, "C"),  # ring (a power of two,), or (0,): see ``ring``
    types.boolean,  # trap: an exception of the strategy ends its container; otherwise it is raised
    types.Array(types.float64, 2, "C"),  # out: metrics (n_containers, len(METRIC_NAMES))
    types.Array(types.int64, 2, "C"),  # out: outcomes (n_containers, len(OUTCOME_COLUMNS))
)

#: The same of an engine that is compiled once for all strategies, after what ``batch.Strategy`` says of one.
ENGINE_SIGNATURE = types.void(
    types.int64,
    types.int64,
    types.int64,
    types.int64,
    types.boolean,
    types.boolean,
    types.int64,
    *BATCH_SIGNATURE.args,
)

#: Types of the arguments of a generated module's ``record_features``, in order; one symbol's bars.
RECORD_SIGNATURE = types.void(
    types.Array(types.int64, 1, "C", readonly=True),  # session (n_bars,)
    types.Array(types.float64, 1, "C", readonly=True),  # open (n_bars,)
    types.Array(types.float64, 1, "C", readonly=True),  # high
    types.Array(types.float64, 1, "C", readonly=True),  # low
    types.Array(types.float64, 1, "C", readonly=True),  # close
    types.Array(types.float64, 1, "C", readonly=True),  # volume
    types.Array(types.float64, 3, "C", readonly=True),  # higher (n_timeframes, 6, n_higher)
    types.Array(types.int64, 2, "C", readonly=True),  # completed (n_timeframes, n_higher)
    types.Array(types.float64, 1, "C"),  # parameters (n_parameters,)
    types.Array(types.int64, 1, "C"),  # random state (6,)
    types.Array(types.float64, 2, "C"),  # out: features (n_fields, n_bars)
)
