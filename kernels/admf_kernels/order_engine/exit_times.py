"""When a position is closed by the clock or by its age: ``docs/trading-model.md`` section 10."""

import numpy as np

from ..compilation import hot_kernel
from ..constants import Reason

#: Why a position that is overdue is closed.
OVERDUE = np.int64(Reason.MAX_HOLDING)


@hot_kernel
def has_exit_times(settings):
    """Whether positions are closed by the clock or by their age."""
    return settings.max_holding_bars > 0 or settings.exit_at >= 0


@hot_kernel
def is_overdue(settings, holding, bar):
    """Whether a position has been held for as many bars as it may."""
    return settings.max_holding_bars > 0 and bar >= holding["entry_bar"] + settings.max_holding_bars


@hot_kernel
def first_overdue(settings, holding, t, stop):
    """The first bar from ``t`` on at which the position that is held is overdue, or ``stop``."""
    if settings.max_holding_bars > 0 and holding["quantity"] != 0.0:
        return min(stop, max(t, holding["entry_bar"] + settings.max_holding_bars))
    return stop
