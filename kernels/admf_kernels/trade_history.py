"""What a strategy is told of the trades before: ``docs/trading-model.md`` section 5.

An engine keeps a record of them and notes what a fill did; the strategy's entry reads it by its address.
"""

import numpy as np

from .addresses import record_at
from .compilation import kernel

#: Fields of the record, one word each, in the order in which they stand.
TRADES_FIELDS = [
    ("closed", np.int64),  # trades closed
    ("losing_streak", np.int64),  # of the last ones, how many in a row lost
    ("exit_bar", np.int64),  # the bar at which the last one was closed
    ("last_exit", np.int64),  # the Reason of the order that closed it, or NONE
    ("opened_bar", np.int64),  # the bar at which the last position was opened
    ("opened_today", np.int64),  # positions opened in the session of that bar
    ("last_profit", np.float64),
]
TRADES_DTYPE = np.dtype((np.record, TRADES_FIELDS))
TRADES_WORDS = TRADES_DTYPE.itemsize // 8
#: The record at an address.
trades_at = record_at(TRADES_DTYPE)


@kernel
def note_closed(trades, profit, bar, reason):
    """Note that a trade was closed; ``trades`` is a record that has ``TRADES_FIELDS``."""
    trades["closed"] += 1
    trades["losing_streak"] = trades["losing_streak"] + 1 if profit < 0.0 else 0
    trades["exit_bar"] = bar
    trades["last_exit"] = reason
    trades["last_profit"] = profit


@kernel
def note_opened(trades, bar, session):
    """Note that a position was opened; ``session`` has the session of each bar."""
    is_same = trades["opened_today"] > 0 and session[bar] == session[trades["opened_bar"]]
    trades["opened_today"] = trades["opened_today"] + 1 if is_same else 1
    trades["opened_bar"] = bar
