"""What a strategy's ``on_bar`` sends orders with under the rules of backtesting.py: its third argument."""

import math
from typing import Any

import numpy as np
from numba import from_dtype, int64

from admf_kernels.compilation import jitclass

from .backtesting_py_state import FULL_EQUITY

ENTRY = 0
CLOSE = 1
CANCEL_ALL = 2

#: What ``on_bar`` asked for. Levels are NaN where an order has none.
REQUEST_DTYPE = np.dtype(
    [
        ("action", np.int64),  # ENTRY, CLOSE or CANCEL_ALL
        ("size", np.float64),  # signed; the portion of CLOSE; NaN where it is not above 0
        ("limit", np.float64),
        ("stop", np.float64),
        ("sl", np.float64),
        ("tp", np.float64),
    ],
    align=True,
)


@jitclass([("requests", from_dtype(REQUEST_DTYPE)[::1])])
class PresetOrderApi:
    """Takes orders while ``on_bar`` runs; the engine looks at them, in their order, when it has returned.

    A size below 1 is a fraction of the margin that is available, from 1 on it is whole units. ``sl`` and ``tp`` are
    the levels of a stop-loss and a take-profit for the trade that the order opens.
    """

    requests: Any
    count_: int64
    overflowed: int64

    def __init__(self, requests):
        self.requests = requests
        self.count_ = 0
        self.overflowed = 0

    def begin(self):
        """Forget the requests of the bar before; the engine calls this."""
        self.count_ = 0

    def _request(self, action, size, limit, stop, sl, tp):
        index = self.count_
        if index >= self.requests.shape[0]:
            self.overflowed = 1
            return
        self.count_ = index + 1
        request = self.requests[index]
        request["action"] = action
        request["size"] = size
        request["limit"] = limit
        request["stop"] = stop
        request["sl"] = sl
        request["tp"] = tp

    def buy(self, size=FULL_EQUITY, limit=math.nan, stop=math.nan, sl=math.nan, tp=math.nan):
        """Buy from the next bar on: at the market, or at a limit, a stop or both."""
        self._request(ENTRY, size if size > 0.0 else math.nan, limit, stop, sl, tp)

    def sell(self, size=FULL_EQUITY, limit=math.nan, stop=math.nan, sl=math.nan, tp=math.nan):
        """Sell from the next bar on; ``size`` is positive."""
        self._request(ENTRY, -size if size > 0.0 else math.nan, limit, stop, sl, tp)

    def close(self, portion=1.0):
        """Close this portion of every open trade at the market."""
        self._request(CLOSE, portion, math.nan, math.nan, math.nan, math.nan)

    def cancel_all(self):
        """Cancel every working order, stop-losses and take-profits of open trades included."""
        self._request(CANCEL_ALL, 0.0, math.nan, math.nan, math.nan, math.nan)
