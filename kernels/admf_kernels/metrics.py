"""Metrics of one container, taken bar by bar without storing the equity: ``docs/trading-model.md`` section 6."""

import math

from numba import float64, int64
from numba.experimental import jitclass

from .arithmetic import divide, power
from .compilation import kernel, shared_kernel

_NAN = math.nan
#: A standard deviation below this share of the mean is rounding error: the returns are constant.
_CONSTANT_RETURNS = 1e-7


#: Bars whose equity is kept back until the metrics take them together; a power of two.
EQUITY_TILE = 64


@jitclass
class EquityMetrics:
    """Power sums of returns, and drawdown.

    They take the equity of several bars at a time, so that the running sums stay in registers meanwhile. The deepest
    drawdown is kept as the equity and the peak that made it, and compared with the present one by multiplying across,
    which spares a division a bar.
    """

    previous: float64
    equity_sum: float64
    return_sum: float64
    return_sum2: float64
    return_sum3: float64
    return_sum4: float64
    downside_sum2: float64
    peak: float64
    worst_equity: float64
    worst_peak: float64
    bars_under_water: int64
    longest_under_water: int64

    def __init__(self, cash):
        self.previous = cash
        self.equity_sum = 0.0
        self.return_sum = 0.0
        self.return_sum2 = 0.0
        self.return_sum3 = 0.0
        self.return_sum4 = 0.0
        self.downside_sum2 = 0.0
        self.peak = cash
        self.worst_equity = 1.0
        self.worst_peak = 1.0
        self.bars_under_water = 0
        self.longest_under_water = 0

    def take(self, equities, changes, count):
        """Take the equity at the close of the next ``count`` bars, float64 (at least count,), oldest first.

        ``changes`` is room for as many numbers: the divisions of a tile stand in a loop of their own, where the
        processor does several at once.
        """
        if count == 0:
            return
        previous = self.previous
        equity_sum = self.equity_sum
        return_sum = self.return_sum
        return_sum2 = self.return_sum2
        return_sum3 = self.return_sum3
        return_sum4 = self.return_sum4
        downside_sum2 = self.downside_sum2
        peak = self.peak
        worst_equity = self.worst_equity
        worst_peak = self.worst_peak
        bars_under_water = self.bars_under_water
        longest_under_water = self.longest_under_water
        changes[0] = divide(equities[0], previous) - 1.0
        for i in range(1, count):
            changes[i] = divide(equities[i], equities[i - 1]) - 1.0
        for i in range(count):
            equity = equities[i]
            change = changes[i]
            square = change * change
            loss = min(change, 0.0)
            equity_sum += equity
            return_sum += change
            return_sum2 += square
            return_sum3 += square * change
            return_sum4 += square * square
            downside_sum2 += loss * loss
            peak = max(peak, equity)
            deeper = equity * worst_peak < worst_equity * peak
            worst_equity = equity if deeper else worst_equity
            worst_peak = peak if deeper else worst_peak
            bars_under_water = (bars_under_water + 1) * (equity < peak)
            longest_under_water = max(longest_under_water, bars_under_water)
        previous = equities[count - 1]
        self.previous = previous
        self.equity_sum = equity_sum
        self.return_sum = return_sum
        self.return_sum2 = return_sum2
        self.return_sum3 = return_sum3
        self.return_sum4 = return_sum4
        self.downside_sum2 = downside_sum2
        self.peak = peak
        self.worst_equity = worst_equity
        self.worst_peak = worst_peak
        self.bars_under_water = bars_under_water
        self.longest_under_water = longest_under_water


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
    mean = divide(equity.return_sum, n)
    raw2 = divide(equity.return_sum2, n)
    raw3 = divide(equity.return_sum3, n)
    raw4 = divide(equity.return_sum4, n)
    second = max(raw2 - mean * mean, 0.0)
    if math.sqrt(second) <= _CONSTANT_RETURNS * abs(mean):
        second = 0.0
    third = raw3 - 3.0 * mean * raw2 + 2.0 * mean * mean * mean
    fourth = raw4 - 4.0 * mean * raw3 + 6.0 * mean * mean * raw2 - 3.0 * mean * mean * mean * mean
    per_year = math.sqrt(bars_per_year)
    deviation = math.sqrt(divide(second * n, n - 1.0)) if n > 1.0 else _NAN
    downside = math.sqrt(divide(equity.downside_sum2, n))
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
    row[19] = divide(traded_value, divide(equity.equity_sum, n))
    row[20] = commission_paid
    row[21] = slippage_paid
    _write_return_metrics(equity, n, bars_per_year, row)
    _write_trade_metrics(trades, row)
