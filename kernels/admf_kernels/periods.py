"""What a container did in each of some periods of bars: ``docs/trading-model.md`` section 6.

The periods of a container stand in its row of metrics, behind these, ``PERIOD_FIELDS`` each. A caller who wants them
makes the row that long, and writes the bar behind the last one of each period where its number of bars is to stand;
the last period ends with the data. An engine comes to a halt at each of these bars, and notes its running sums; where
all is done they are turned into what came of the period alone.
"""

import math

from .arithmetic import divide
from .compilation import hot_kernel, kernel
from .constants import METRIC_NAMES, PERIOD_FIELDS
from .lanes import load, lowest
from .metrics import EQUITY_TILE, HIGHS, LOWS, add_equities, begin_period, total_of
from .ownership import borrow

_N_METRICS = len(METRIC_NAMES)
_N_FIELDS = len(PERIOD_FIELDS)
#: Places of fields: those from ``_FIRST_SUM`` to ``_LAST_SUM`` are sums.
_BARS, _GROWTH, _LOW, _HIGH, _FIRST_SUM, _TRADES, _HELD = 0, 1, 2, 3, 4, 8, 9
_POWERS = 4


@hot_kernel
def _place_of(period):
    return _N_METRICS + period * _N_FIELDS


@hot_kernel
def has_periods(metrics):
    """Whether periods are to be noted in a container's row of metrics: see ``stop_before``."""
    return _place_of(0) < metrics.shape[0]


@hot_kernel
def stop_before(metrics, period, end):
    """The bar to come to a halt before: that behind the last one of a period, or ``end`` where there is no such period.

    metrics float64 (len(METRIC_NAMES) + n_periods * len(PERIOD_FIELDS),): a container's row.
    """
    place = _place_of(period)
    if place >= metrics.shape[0]:
        return end
    return min(int(metrics[place + _BARS]), end)


@kernel
def note_period(metrics, period, equity, lanes, n_trades, bars_held):
    """Note what there is when the last bar of a period has been valued; nothing where there is no such period.

    ``equity`` and ``lanes`` as in ``write_outcome``; ``n_trades`` closed, and ``bars_held`` so far.
    """
    metrics, lanes = borrow(metrics), borrow(lanes)
    place = _place_of(period)
    if place >= metrics.shape[0]:
        return
    metrics[place + _GROWTH] = equity.previous
    metrics[place + _LOW] = lowest(load(lanes, LOWS))
    metrics[place + _HIGH] = -lowest(-load(lanes, HIGHS))
    for power in range(_POWERS):
        metrics[place + _FIRST_SUM + power] = total_of(lanes, power + 1)
    metrics[place + _TRADES] = float(n_trades)
    metrics[place + _HELD] = float(bars_held)
    begin_period(lanes)


@kernel
def note_equities(metrics, period, stop, equity_metrics, equities, n_trades, bars_held):
    """As ``note_period`` before the bar ``stop``, where bars are valued a tile at a time (``add_equities``)."""
    if _place_of(period) < metrics.shape[0]:
        add_equities(equity_metrics, equities, stop & (EQUITY_TILE - 1))
        note_period(metrics, period, equity_metrics, equity_metrics.lanes, n_trades, bars_held)


@kernel
def finish_periods(metrics, cash):
    """Turn what was noted into what came of each period: differences of sums, and equity by that before the period."""
    metrics = borrow(metrics)
    place = metrics.shape[0] - _N_FIELDS
    while place >= _N_METRICS:
        before = place - _N_FIELDS
        start = cash
        if before >= _N_METRICS:
            start = metrics[before + _GROWTH]
            metrics[place + _BARS] -= metrics[before + _BARS]
            for field in range(_FIRST_SUM, _N_FIELDS):
                metrics[place + field] -= metrics[before + field]
        for field in range(_GROWTH, _HIGH + 1):
            metrics[place + field] = divide(metrics[place + field], start)
        place = before


@kernel
def forget_periods(metrics):
    """Leave nothing of the periods of a container but their bars: its returns say nothing."""
    for place in range(_N_METRICS, metrics.shape[0]):
        if (place - _N_METRICS) % _N_FIELDS != _BARS:
            metrics[place] = math.nan
