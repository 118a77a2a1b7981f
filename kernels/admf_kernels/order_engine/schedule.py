"""When a strategy's target weights are asked for: ``docs/trading-model.md`` section 16."""

import numpy as np

from ..compilation import kernel
from ..constants import Rebalance
from .calendar import local_day, month_number, week_number

_BAR = np.int64(Rebalance.BAR)
_SESSION = np.int64(Rebalance.SESSION)
_WEEK = np.int64(Rebalance.WEEK)


@kernel
def is_due(schedule, bars, t, begin):
    """Whether ``t`` is the first bar of its session, week or month, or ``begin``, or every bar is due."""
    if schedule == _BAR or t == begin:
        return True
    if schedule == _SESSION:
        return bars.session[t] != bars.session[t - 1]
    today = local_day(bars.time[t], bars.clock[t])
    before = local_day(bars.time[t - 1], bars.clock[t - 1])
    if schedule == _WEEK:
        return week_number(today) != week_number(before)
    return month_number(today) != month_number(before)
