"""Metrics of one container, taken bar by bar without storing the equity: ``docs/trading-model.md`` section 6."""

import math

import numpy as np
from numba import boolean, float64, int64

from .arithmetic import divide, power
from .compilation import hot_kernel, jitclass, kernel
from .lanes import (
    LANES,
    as_number,
    below,
    both,
    either,
    higher,
    is_any,
    lanes_between,
    load,
    lower,
    lowest,
    opposite,
    quotient,
    select,
    spread,
    store,
)

_NAN = math.nan
#: Columns after these are about margin and limits.
N_COMMON_METRICS = 22
#: A standard deviation below this share of the mean is rounding error: the returns are constant.
_CONSTANT_RETURNS = 1e-7


#: Bars whose equity is kept back until the metrics take them together; a multiple of ``LANES``.
EQUITY_TILE = 64
#: Rows of sums: equity; returns to the first, second, third and fourth power; losses squared.
_SUMS = 6
#: Where the troughs stand, behind the sums.
TROUGHS = _SUMS * LANES
#: Where the lowest and the highest equities of the present period stand (``periods``), behind the troughs.
LOWS = TROUGHS + LANES
HIGHS = LOWS + LANES
#: Numbers that the metrics of a container keep in lanes.
LANE_NUMBERS = HIGHS + LANES


@jitclass
class EquityMetrics:
    """Power sums of returns, and drawdown.

    They take the equity of a tile of bars at a time. Every sum is kept in ``LANES`` parts, bar t going to part
    ``t % LANES``, which are added up at the end: so the processor adds several bars at once, and the order of the
    additions is the same on every machine. Troughs are the lowest equities since the last peak, in as many parts.
    The worst drawdown is kept as the equity and the peak that made it, and compared by multiplying across, once for
    each peak, which spares a division a bar. The lowest and the highest equities of a period are taken only where
    there are periods (``periods``).
    """

    previous: float64
    equities: float64[::1]
    lanes: float64[::1]
    peak: float64
    worst_equity: float64
    worst_peak: float64
    bars: int64
    peak_bar: int64
    longest_under_water: int64
    valued: int64
    has_periods: boolean

    def __init__(self, cash, has_periods):
        self.valued = 0
        self.has_periods = has_periods
        self.equities = np.zeros(EQUITY_TILE + 1)
        self.lanes = np.zeros(LANE_NUMBERS)
        begin(self, self.lanes, cash)


@hot_kernel
def begin(metrics, lanes, cash):
    """Set the metrics of an account of ``cash`` to what they are before the first bar; ``lanes`` are zeros.

    ``metrics`` has the fields of ``EquityMetrics``: here, and in the functions below.
    """
    lanes[TROUGHS:LOWS] = cash
    begin_period(lanes)
    metrics.previous = cash
    metrics.peak = cash
    metrics.worst_equity = 1.0
    metrics.worst_peak = 1.0
    metrics.bars = 0
    metrics.peak_bar = -1
    metrics.longest_under_water = 0


@hot_kernel
def begin_period(lanes):
    """Forget the lowest and the highest equity."""
    store(lanes, LOWS, spread(math.inf))
    store(lanes, HIGHS, spread(-math.inf))


@hot_kernel
def load_totals(lanes):
    """The six sums in lanes, in the order of ``add_returns``."""
    return (
        load(lanes, 0),
        load(lanes, LANES),
        load(lanes, 2 * LANES),
        load(lanes, 3 * LANES),
        load(lanes, 4 * LANES),
        load(lanes, 5 * LANES),
    )


@hot_kernel
def store_totals(lanes, totals):
    """Write back what ``load_totals`` gave."""
    store(lanes, 0, totals[0])
    store(lanes, LANES, totals[1])
    store(lanes, 2 * LANES, totals[2])
    store(lanes, 3 * LANES, totals[3])
    store(lanes, 4 * LANES, totals[4])
    store(lanes, 5 * LANES, totals[5])


@hot_kernel
def add_returns(totals, mask, equity, before):
    """The sums with the bars of ``mask`` added: their equity, and that of the bar before each of them."""
    total, first, second, third, fourth, losses = totals
    change = quotient(equity, before) - spread(1.0)
    square = change * change
    loss = select(below(change, spread(0.0)), square, spread(0.0))
    return (
        select(mask, total + equity, total),
        select(mask, first + change, first),
        select(mask, second + square, second),
        select(mask, third + square * change, third),
        select(mask, fourth + square * square, fourth),
        select(mask, losses + loss, losses),
    )


@hot_kernel
def add_change(totals, mask, change):
    """As ``add_returns`` for the returns alone, of bars that have the same one."""
    total, first, second, third, fourth, losses = totals
    square = change * change
    return (
        total,
        select(mask, first + spread(change), first),
        select(mask, second + spread(square), second),
        select(mask, third + spread(square * change), third),
        select(mask, fourth + spread(square * square), fourth),
        select(mask, losses + spread(square if change < 0.0 else 0.0), losses),
    )


@kernel
def _take_extremes(lanes, equities, first, count):
    """Take the equities of a tile, from place ``first + 1`` to ``count``, into those of the period."""
    lows, highs = load(lanes, LOWS), load(lanes, HIGHS)
    for place in range(first & -LANES, count, LANES):
        mask = lanes_between(place, first, count)
        equity = load(equities, place + 1)
        lows = select(mask, lower(equity, lows), lows)
        highs = select(mask, higher(equity, highs), highs)
    store(lanes, LOWS, lows)
    store(lanes, HIGHS, highs)


@kernel
def add_equities(metrics, equities, count):
    """Take the equity at the close of the next ``count`` bars, all of one tile, oldest first.

    They stand in ``equities``, which is ``metrics.equities``, from place 1 on; the first of them may have been taken
    before. ``metrics`` is a view, whose arrays are
    not counted. The array is an argument because Numba drops writes to an array that the writing function, with other
    functions inlined in it, does not use later.
    """
    first = metrics.bars & (EQUITY_TILE - 1)
    if count <= first:
        return
    lanes = metrics.lanes
    tile = metrics.bars - first
    equities[first] = metrics.previous
    totals = load_totals(lanes)
    troughs = load(lanes, TROUGHS)
    peak = spread(metrics.peak)
    peaks = lanes_between(0, 0, 0)
    for place in range(first & -LANES, count, LANES):
        mask = lanes_between(place, first, count)
        equity = load(equities, place + 1)
        totals = add_returns(totals, mask, equity, load(equities, place))
        troughs = select(mask, lower(equity, troughs), troughs)
        peaks = either(peaks, both(mask, opposite(below(equity, peak))))
    store_totals(lanes, totals)
    if metrics.has_periods:
        _take_extremes(lanes, equities, first, count)
    if is_any(peaks):
        troughs = load(lanes, TROUGHS)
        for place in range(first & -LANES, count, LANES):
            equity = load(equities, place + 1)
            if first <= place and place + LANES <= count and are_below(metrics, equity):
                troughs = lower(equity, troughs)
                continue
            trough = lowest(troughs)
            for bar in range(max(place, first), min(place + LANES, count)):
                trough = take_bar(metrics, trough, equities[bar + 1], tile + bar)
            troughs = spread(trough)
    store(lanes, TROUGHS, troughs)
    metrics.previous = equities[count]
    metrics.bars = tile + count


@hot_kernel
def are_below(metrics, equity):
    """Whether none of ``LANES`` equities is a peak, and none is 0 or less."""
    return not is_any(opposite(both(below(equity, spread(metrics.peak)), below(spread(0.0), equity))))


@hot_kernel
def take_bar(metrics, trough, equity, bar):
    """Take the equity of one bar, which may be a new peak, into the drawdown.

    ``trough`` is the lowest equity since the last peak before the bar; the same is returned with the bar.
    """
    if equity < metrics.peak:
        return min(trough, equity)
    if equity > metrics.peak:
        metrics.worst_equity, metrics.worst_peak = _worst(metrics, trough)
        metrics.peak = equity
        trough = equity
    metrics.longest_under_water = max(metrics.longest_under_water, bar - 1 - metrics.peak_bar)
    metrics.peak_bar = bar
    return trough


@hot_kernel
def _worst(metrics, trough):
    """(equity, peak) of the worst drawdown, that of the present peak included."""
    if trough * metrics.worst_peak < metrics.worst_equity * metrics.peak:
        return trough, metrics.peak
    return metrics.worst_equity, metrics.worst_peak


@kernel
def total_of(lanes, row):
    """A sum of all bars: the parts of its lanes, added up from the first one on."""
    total = 0.0
    for place in range(row * LANES, (row + 1) * LANES):
        total += lanes[place]
    return total


@jitclass
class TradeMetrics:
    """Running statistics of closed trades."""

    count: int64
    wins: int64
    profit_sum: float64
    loss_sum: float64
    best: float64
    worst: float64
    bars_sum: int64

    def __init__(self):
        begin_trades(self)

    def record(self, profit, profit_rate, bars):
        """Take a closed trade: as ``record_trade``."""
        record_trade(self, profit, profit_rate, bars)


@hot_kernel
def begin_trades(trades):
    """Set ``trades``, which has the fields of ``TradeMetrics``, to what they are before the first trade."""
    trades.count = 0
    trades.wins = 0
    trades.profit_sum = 0.0
    trades.loss_sum = 0.0
    trades.best = -math.inf
    trades.worst = math.inf
    trades.bars_sum = 0


@hot_kernel
def record_trade(trades, profit, profit_rate, bars):
    """Take a closed trade: profit in currency, profit per entry value, bars from entry to exit.

    ``trades`` has the fields of ``TradeMetrics``.
    """
    trades.count += 1
    trades.wins += as_number(below(0.0, profit))
    trades.profit_sum += higher(0.0, profit)
    trades.loss_sum += lower(0.0, profit)
    trades.best = higher(profit_rate, trades.best)
    trades.worst = lower(profit_rate, trades.worst)
    trades.bars_sum += bars


@kernel
def _skewness(n, second, third):
    if n < 3.0 or second == 0.0:
        return _NAN
    return divide(divide(third, second * math.sqrt(second)) * math.sqrt(n * (n - 1.0)), n - 2.0)


@kernel
def _kurtosis(n, second, fourth):
    if n < 4.0 or second == 0.0:
        return _NAN
    excess = divide(fourth, second * second) - 3.0
    return divide((n - 1.0) * ((n + 1.0) * excess + 6.0), (n - 2.0) * (n - 3.0))


@kernel
def _write_return_metrics(lanes, n, bars_per_year, row):
    mean = divide(total_of(lanes, np.int64(1)), n)
    raw2 = divide(total_of(lanes, np.int64(2)), n)
    raw3 = divide(total_of(lanes, np.int64(3)), n)
    raw4 = divide(total_of(lanes, np.int64(4)), n)
    second = max(raw2 - mean * mean, 0.0)
    if math.sqrt(second) <= _CONSTANT_RETURNS * abs(mean):
        second = 0.0
    third = raw3 - 3.0 * mean * raw2 + 2.0 * mean * mean * mean
    fourth = raw4 - 4.0 * mean * raw3 + 6.0 * mean * mean * raw2 - 3.0 * mean * mean * mean * mean
    per_year = math.sqrt(bars_per_year)
    deviation = math.sqrt(divide(second * n, n - 1.0)) if n > 1.0 else _NAN
    downside = math.sqrt(divide(total_of(lanes, np.int64(5)), n))
    row[3] = deviation * per_year
    row[4] = divide(mean, deviation) * per_year if deviation > 0.0 else _NAN
    row[5] = divide(mean, downside) * per_year if downside > 0.0 else _NAN
    row[9] = _skewness(n, second, third)
    row[10] = _kurtosis(n, second, fourth)


@kernel
def _write_trade_metrics(trades, row):
    n = float(trades.count)
    traded = trades.count > 0
    row[12] = n
    row[13] = divide(float(trades.wins), n) if traded else _NAN
    if trades.loss_sum < 0.0:
        row[14] = divide(trades.profit_sum, -trades.loss_sum)
    else:
        row[14] = math.inf if trades.profit_sum > 0.0 else _NAN
    row[15] = divide(trades.profit_sum + trades.loss_sum, n) if traded else _NAN
    row[16] = trades.best if traded else _NAN
    row[17] = trades.worst if traded else _NAN
    row[18] = divide(float(trades.bars_sum), n) if traded else _NAN


@kernel
def write_metrics(equity, lanes, trades, costs, bars_held, bars, settings, row):
    """Fill the first columns of ``row``, float64 (len(METRIC_NAMES),), up to and with slippage_paid.

    The rest is as in ``write_outcome``.
    """
    bars_per_year = settings.bars_per_year
    n = float(bars)
    growth = divide(equity.previous, settings.cash)
    worst_equity, worst_peak = _worst(equity, lowest(load(lanes, TROUGHS)))
    drawdown = divide(worst_equity, worst_peak) - 1.0
    # An account that can owe may end at less than nothing, of which there is no root.
    cagr = power(growth, divide(bars_per_year, n)) - 1.0 if growth > 0.0 else _NAN
    row[0] = equity.previous
    row[1] = growth - 1.0
    row[2] = cagr
    row[6] = divide(cagr, -drawdown) if drawdown < 0.0 else _NAN
    row[7] = drawdown
    row[8] = float(max(equity.longest_under_water, equity.bars - 1 - equity.peak_bar))
    row[11] = divide(float(bars_held), n)
    row[19] = divide(costs.traded_value, divide(total_of(lanes, np.int64(0)), n))
    row[20] = costs.commission_paid
    row[21] = costs.slippage_paid
    _write_return_metrics(lanes, n, bars_per_year, row)
    _write_trade_metrics(trades, row)
