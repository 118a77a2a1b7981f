"""Types of what crosses from Python into the modules of isolation ``minimal``."""

from numba import from_dtype, types

from .accounts import ACCOUNT_DTYPE

_TIMES = types.Array(types.int64, 1, "C", readonly=True)
_COLUMN = types.Array(types.float64, 1, "C", readonly=True)

#: ``record_column``: session (n_bars,), open, high, low, close, volume, source, arguments; out (n_outputs, n_bars).
COLUMN_SIGNATURE = types.void(
    _TIMES,
    *([_COLUMN] * 6),
    types.Array(types.float64, 1, "C"),
    types.Array(types.float64, 2, "C"),
)

#: ``run_containers`` of ``market_orders``; the arrays are described there.
MARKET_SIGNATURE = types.void(
    _COLUMN,
    _COLUMN,
    types.Array(types.int8, 1, "C"),
    types.Array(types.uint64, 2, "C"),
    types.Array(types.float64, 2, "C"),
    types.Array(from_dtype(ACCOUNT_DTYPE), 1, "C"),
    types.Array(types.float64, 2, "C"),
    types.Array(types.float64, 2, "C"),
    types.Array(types.int64, 2, "C"),
)

_PRICES = types.Array(types.float64, 2, "C", readonly=True)

#: ``run_containers`` of ``all_orders``; the arrays are described there.
ORDERS_SIGNATURE = types.void(
    *([_TIMES] * 3),
    *([_PRICES] * 5),
    types.int64,
    types.Array(types.int8, 1, "C"),
    types.Array(types.uint64, 2, "C"),
    types.Array(types.float64, 2, "C"),
    types.Array(types.int64, 2, "C"),
    types.Array(types.float64, 2, "C"),
    types.Array(types.int64, 2, "C"),
)


def answers_signature(n_features):
    """``record_answers`` of a strategy with so many feature fields.

    time (n_bars,), open, high, low, close, volume, parameters (n_parameters,), warmup, trap, out: answers int8
    (n_bars,), then a column of values for each feature field.
    """
    return types.void(
        _TIMES,
        *([_COLUMN] * 5),
        types.Array(types.float64, 1, "C"),
        types.int64,
        types.boolean,
        types.Array(types.int8, 1, "C"),
        *([_COLUMN] * n_features),
    )
