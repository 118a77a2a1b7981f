"""Metrics of one container, taken bar by bar without storing the equity: ``docs/trading-model.md`` section 6."""

import math

import numpy as np
from numba import float64, int64
from numba.experimental import jitclass

from .arithmetic import divide, power
from .compilation import hot_kernel, kernel, shared_kernel

_NAN = math.nan
#: A standard deviation below this share of the mean is rounding error: the returns are constant.
_CONSTANT_RETURNS = 1e-7


#: Bars whose equity is kept back until the metrics take them together; a power of two.
EQUITY_TILE = 64
#: Rows of sums in ``EquityMetrics.sums``: equity; returns to the first, second, third and fourth power; losses squared.
_SUMS = 6
#: A tile's equities are looked through in so many strands at once.
_STRANDS = EQUITY_TILE // 4


@jitclass
class EquityMetrics:
    """Power sums of returns, and drawdown.

    They take the equity of a tile of bars at a time. Every sum is kept in ``EQUITY_TILE`` parts, one for each place
    in a tile, which are added up at the end: so the processor adds several bars at once, and the order of the
    additions is the same on every machine. Of a tile that lies below the peak only the lowest equity can be a new
    worst drawdown. That is kept as the equity and the peak that made it, and compared with the present one by
    multiplying across, which spares a division a bar.
    """

    previous: float64
    equities: float64[::1]
    sums: float64[::1]
    strands: float64[::1]
    peak: float64
    worst_equity: float64
    worst_peak: float64
    bars_under_water: int64
    longest_under_water: int64

    def __init__(self, cash):
        self.previous = cash
        self.equities = np.zeros(EQUITY_TILE + 1)
        self.sums = np.zeros(_SUMS * EQUITY_TILE)
        self.strands = np.zeros(2 * _STRANDS)
        self.peak = cash
        self.worst_equity = 1.0
        self.worst_peak = 1.0
        self.bars_under_water = 0
        self.longest_under_water = 0


@shared_kernel
def take(metrics, equities, count):
    """Take the equity at the close of the next ``count`` bars, all of one tile, oldest first; the lowest of them.

    They stand in ``equities``, which is ``metrics.equities``, from place 1 on. ``metrics`` is a view, whose arrays are
    not counted. The array is an argument because Numba drops writes to an array that the writing function, with other
    functions inlined in it, does not use later.
    """
    if count == 0:
        return metrics.previous
    if count == EQUITY_TILE:
        lowest, highest = _extremes(equities, metrics.strands)
    else:
        lowest, highest = equities[1], equities[1]
        for i in range(2, count + 1):
            lowest = min(lowest, equities[i])
            highest = max(highest, equities[i])
    take_between(metrics, equities, count, lowest, highest)
    return lowest


@hot_kernel
def take_between(metrics, equities, count, lowest, highest):
    """As ``take``, for a tile whose lowest and highest equity are known."""
    sums = metrics.sums
    equities[0] = metrics.previous
    if count == EQUITY_TILE:
        _add_up(sums, equities, EQUITY_TILE)
    else:
        _add_up(sums, equities, count)
    metrics.previous = equities[count]
    if not _is_settled(metrics, count, lowest, highest):
        _look_for_peaks(metrics, equities, count)


@hot_kernel
def take_resting(metrics, count):
    """As ``take``, for a tile in which equity stays what it was: its returns are 0."""
    equity = metrics.previous
    sums = metrics.sums
    for place in range(count):
        sums[place] += equity
    _is_settled(metrics, count, equity, equity)


@hot_kernel
def _is_settled(metrics, count, lowest, highest):
    """Take a tile without a new peak, of which only the lowest equity matters; whether it was one."""
    peak = metrics.peak
    if highest < peak:
        if lowest * metrics.worst_peak < metrics.worst_equity * peak:
            metrics.worst_equity = lowest
            metrics.worst_peak = peak
        metrics.bars_under_water += count
        metrics.longest_under_water = max(metrics.longest_under_water, metrics.bars_under_water)
        return True
    if lowest == peak and highest == peak:
        metrics.bars_under_water = 0
        return True
    return False


@kernel
def _look_for_peaks(metrics, equities, count):
    """Take a tile that has a new peak, bar by bar."""
    peak = metrics.peak
    worst_equity = metrics.worst_equity
    worst_peak = metrics.worst_peak
    bars_under_water = metrics.bars_under_water
    longest_under_water = metrics.longest_under_water
    for i in range(1, count + 1):
        equity = equities[i]
        peak = max(peak, equity)
        deeper = equity * worst_peak < worst_equity * peak
        worst_equity = equity if deeper else worst_equity
        worst_peak = peak if deeper else worst_peak
        bars_under_water = (bars_under_water + 1) * (equity < peak)
        longest_under_water = max(longest_under_water, bars_under_water)
    metrics.peak = peak
    metrics.worst_equity = worst_equity
    metrics.worst_peak = worst_peak
    metrics.bars_under_water = bars_under_water
    metrics.longest_under_water = longest_under_water


@kernel
def _add_up(sums, equities, count):
    """Add the equity and the powers of the returns of a tile's first ``count`` bars, each to its place's part."""
    for place in range(count):
        equity = equities[place + 1]
        change = divide(equity, equities[place]) - 1.0
        square = change * change
        sums[place] += equity
        sums[EQUITY_TILE + place] += change
        sums[2 * EQUITY_TILE + place] += square
        sums[3 * EQUITY_TILE + place] += square * change
        sums[4 * EQUITY_TILE + place] += square * square
        sums[5 * EQUITY_TILE + place] += square if change < 0.0 else 0.0


@kernel
def _extremes(equities, strands):
    """(lowest, highest) equity of a whole tile, in strands that the processor compares at once.

    ``strands`` is room for 2 * _STRANDS numbers.
    """
    for i in range(_STRANDS):
        first = equities[i + 1]
        second = equities[i + 1 + _STRANDS]
        third = equities[i + 1 + 2 * _STRANDS]
        fourth = equities[i + 1 + 3 * _STRANDS]
        strands[i] = min(min(first, second), min(third, fourth))
        strands[i + _STRANDS] = max(max(first, second), max(third, fourth))
    # In pairs of pairs, so that no step waits for more than a few before it.
    width = _STRANDS // 4
    for i in range(width):
        first = min(strands[i], strands[i + width])
        strands[i] = min(first, min(strands[i + 2 * width], strands[i + 3 * width]))
        first = max(strands[i + _STRANDS], strands[i + _STRANDS + width])
        second = max(strands[i + _STRANDS + 2 * width], strands[i + _STRANDS + 3 * width])
        strands[i + _STRANDS] = max(first, second)
    lowest = min(min(strands[0], strands[1]), min(strands[2], strands[3]))
    first = max(strands[_STRANDS], strands[_STRANDS + 1])
    return lowest, max(first, max(strands[_STRANDS + 2], strands[_STRANDS + 3]))


@kernel
def _total(sums, row):
    """A sum of all bars: the parts of its places, added up from the first place on."""
    total = 0.0
    for place in range(row * EQUITY_TILE, (row + 1) * EQUITY_TILE):
        total += sums[place]
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
        self.count = 0
        self.wins = 0
        self.profit_sum = 0.0
        self.loss_sum = 0.0
        self.best = -math.inf
        self.worst = math.inf
        self.bars_sum = 0

    def record(self, profit, profit_rate, bars):
        """Take a closed trade: profit in currency, profit per entry value, bars from entry to exit."""
        self.count += 1
        self.wins += profit > 0.0
        self.profit_sum += max(profit, 0.0)
        self.loss_sum += min(profit, 0.0)
        self.best = max(self.best, profit_rate)
        self.worst = min(self.worst, profit_rate)
        self.bars_sum += bars


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
def _write_return_metrics(equity, n, bars_per_year, row):
    mean = divide(_total(equity.sums, 1), n)
    raw2 = divide(_total(equity.sums, 2), n)
    raw3 = divide(_total(equity.sums, 3), n)
    raw4 = divide(_total(equity.sums, 4), n)
    second = max(raw2 - mean * mean, 0.0)
    if math.sqrt(second) <= _CONSTANT_RETURNS * abs(mean):
        second = 0.0
    third = raw3 - 3.0 * mean * raw2 + 2.0 * mean * mean * mean
    fourth = raw4 - 4.0 * mean * raw3 + 6.0 * mean * mean * raw2 - 3.0 * mean * mean * mean * mean
    per_year = math.sqrt(bars_per_year)
    deviation = math.sqrt(divide(second * n, n - 1.0)) if n > 1.0 else _NAN
    downside = math.sqrt(divide(_total(equity.sums, 5), n))
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


@shared_kernel
def write_metrics(
    equity, trades, bars_held, traded_value, commission_paid, slippage_paid, bars, cash, bars_per_year, row
):
    """Fill the first columns of ``row``, float64 (len(METRIC_NAMES),), up to and with slippage_paid."""
    n = float(bars)
    growth = divide(equity.previous, cash)
    drawdown = divide(equity.worst_equity, equity.worst_peak) - 1.0
    # An account that can owe may end at less than nothing, of which there is no root.
    cagr = power(growth, divide(bars_per_year, n)) - 1.0 if growth > 0.0 else _NAN
    row[0] = equity.previous
    row[1] = growth - 1.0
    row[2] = cagr
    row[6] = divide(cagr, -drawdown) if drawdown < 0.0 else _NAN
    row[7] = drawdown
    row[8] = float(equity.longest_under_water)
    row[11] = divide(float(bars_held), n)
    row[19] = divide(traded_value, divide(_total(equity.sums, 0), n))
    row[20] = commission_paid
    row[21] = slippage_paid
    _write_return_metrics(equity, n, bars_per_year, row)
    _write_trade_metrics(trades, row)
