"""What is counted while a container runs, in its row of outcomes: ``docs/trading-model.md`` section 6."""

import numpy as np

from .compilation import hot_kernel, kernel
from .constants import COUNT_NAMES, METRIC_NAMES, OUTCOME_COLUMNS, REFUSALS, Reason
from .lanes import as_number, below, magnitude

#: Share of an order from which on a fill that the account cannot pay for in full counts as cut. An order for all of the
#: account is always cut by its commission, and by what the price moves until it is filled.
LEFT_UNFILLED = 0.01
_FIRST_COUNT = OUTCOME_COLUMNS.index(COUNT_NAMES[0])
_FIRST_METRIC = METRIC_NAMES.index(COUNT_NAMES[0])
_FIRST_EVALUATED = OUTCOME_COLUMNS.index("first_evaluated_bar")
_EVALUATED = OUTCOME_COLUMNS.index("evaluated_bars")
_ORDERS = OUTCOME_COLUMNS.index("orders")
_CUT = OUTCOME_COLUMNS.index("cut_orders")
_REJECTS = OUTCOME_COLUMNS.index("rejects")


def _column_of(reason: Reason) -> int:
    """Column of the count of a reason, or -1 for one that refuses no order."""
    return OUTCOME_COLUMNS.index(f"rejects_{reason.name.lower()}") if reason in REFUSALS else -1


_COLUMNS = np.array([_column_of(reason) for reason in Reason], np.int64)


@kernel
def begin_counts(counts):
    """Set the counts in a row of outcomes, int64 (len(OUTCOME_COLUMNS),), to what they are before the first bar."""
    counts[_FIRST_COUNT:] = 0


@hot_kernel
def is_refusal(reason):
    """Whether this is a reason for which orders are refused."""
    return _COLUMNS[reason] >= 0


@kernel
def count_refusal(counts, reason, times):
    """Count that so many orders were refused for a reason, which is one of ``REFUSALS``."""
    counts[_REJECTS] += times
    counts[_COLUMNS[reason]] += times


@hot_kernel
def is_cut(filled, wanted):
    """Whether a fill is smaller than what was wanted by more than ``LEFT_UNFILLED``."""
    return below(magnitude(filled), (1.0 - LEFT_UNFILLED) * magnitude(wanted))


@kernel
def count_cut(counts, filled, wanted):
    """Count an order that what the account has did not pay for in full."""
    counts[_CUT] += as_number(is_cut(filled, wanted))


@kernel
def count_orders(counts, orders, cut):
    """Put down how many orders a container asked for; add those that were cut."""
    counts[_ORDERS] = orders
    counts[_CUT] += cut


@kernel
def count_evaluated(counts, first, evaluated, n_bars):
    """Put down the first bar at which the strategy is evaluated, and at how many it was."""
    counts[_FIRST_EVALUATED] = min(first, n_bars)
    counts[_EVALUATED] = max(evaluated, 0)


@kernel
def write_counts(counts, metrics):
    """Copy the counts to a row of metrics, float64 (len(METRIC_NAMES),)."""
    for place in range(_FIRST_COUNT, counts.shape[0]):
        metrics[_FIRST_METRIC + place - _FIRST_COUNT] = float(counts[place])
