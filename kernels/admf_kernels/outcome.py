"""The end of a container: its outcome, and its metrics where it came to an end of its own."""

import math
from typing import Any, NamedTuple

from .compilation import kernel
from .constants import METRIC_NAMES, Outcome
from .counts import write_counts
from .metrics import N_COMMON_METRICS, write_metrics
from .ownership import borrow
from .periods import finish_periods

_DONE = int(Outcome.DONE)
_NOT_FINITE = int(Outcome.NOT_FINITE)
_N_METRICS = len(METRIC_NAMES)


class Ending(NamedTuple):
    """How a container ended: ``code`` is one of ``Outcome``, said at ``bar`` after ``n_events`` events.

    ``bars_held`` counts the bars, out of ``n_bars``, at whose close a position was held.
    """

    code: Any
    bar: Any
    n_events: Any
    bars_held: Any
    n_bars: Any


@kernel
def write_outcome(ending, equity, lanes, trades, costs, settings, metrics, outcome):
    """Fill a container's rows of metrics and outcomes; whether it has metrics.

    ``equity`` has the fields of ``EquityMetrics``, whose ``lanes`` come along, ``trades`` those of ``TradeMetrics``,
    and ``costs`` what trading has cost, as in ``Broker``: views, or rows of an array. settings: a record of
    ``SETTINGS_DTYPE``; out: metrics float64 (len(METRIC_NAMES),), those about margin and limits being 0, with the
    periods noted behind them (``periods``), and outcome int64 (len(OUTCOME_COLUMNS),).
    """
    lanes = borrow(lanes)
    metrics, outcome = borrow(metrics), borrow(outcome)
    code = ending.code
    if code == _DONE and not equity.previous < math.inf:
        code = _NOT_FINITE
    outcome[0] = code
    outcome[1] = ending.bar
    outcome[2] = ending.n_events
    if code != _DONE:
        metrics[:] = math.nan
        return False
    write_metrics(equity, lanes, trades, costs, ending.bars_held, ending.n_bars, settings, metrics)
    metrics[N_COMMON_METRICS:_N_METRICS] = 0.0
    finish_periods(metrics, settings.cash)
    write_counts(outcome, metrics)
    return True
