"""A container of isolation ``minimal`` that only sends market orders, from answers that are known beforehand.

The same rules as in ``engine``, by the same functions, without events: ``docs/trading-model.md`` sections 2 to 6.
Between two bars on which something happens nothing changes but the value of the position, so the bars between are
valued in one go, a tile of ``EQUITY_TILE`` bars at a time.
"""

import math

import numpy as np

from ..account import Rules
from ..answers import resolved
from ..bits import lowest_bit
from ..broker import Broker, fill_terms
from ..compilation import hot_kernel, kernel
from ..constants import FillRule, Outcome, Reason, Setting
from ..costs import read_costs
from ..dispatch import order_quantity
from ..metrics import (
    EQUITY_TILE,
    EquityMetrics,
    TradeMetrics,
    take,
    take_between,
    take_resting,
    write_metrics,
)
from ..portfolio import Portfolio
from ..views import view
from .answers import RAISED, UNKNOWN, mark_acting, row_of

_NONE = int(Reason.NONE)
_SAME_CLOSE = int(FillRule.SAME_CLOSE)
_DONE = int(Outcome.DONE)
_STRATEGY_RAISED = int(Outcome.STRATEGY_RAISED)
_UNKNOWN_DIRECTION = int(Outcome.UNKNOWN_DIRECTION)
_EQUITY_EXHAUSTED = int(Outcome.EQUITY_EXHAUSTED)
_NOT_FINITE = int(Outcome.NOT_FINITE)
_N_COMMON_METRICS = 22
_ALL_BITS = np.uint64(2**64 - 1)

_CASH = int(Setting.CASH)
_POSITION_SIZE = int(Setting.POSITION_SIZE)
_LOT_SIZE = int(Setting.LOT_SIZE)
_FILL_RULE = int(Setting.FILL_RULE)
_CLOSE_AT_END = int(Setting.CLOSE_AT_END)
_BARS_PER_YEAR = int(Setting.BARS_PER_YEAR)


@hot_kernel
def _match(broker, portfolio, trades, costs, lot_size, bar, base, wanted):
    """Match a market order of signed quantity ``wanted`` at price ``base``."""
    reason, price, quantity, fee = fill_terms(costs, lot_size, wanted, base, portfolio.cash)
    if reason != _NONE:
        return
    broker.book(quantity, price, abs(quantity) * abs(price - base), fee)
    portfolio.cash -= quantity * price + fee
    closed, _, _, _ = portfolio.take_fill(bar, quantity, price, fee)
    if closed:
        trades.record(portfolio.closed_profit, portfolio.closed_return, portfolio.closed_bars)


@hot_kernel
def _value_from(first, equities, prices, portfolio):
    """Write the equity of a tile's bars from place ``first`` on, as they are if nothing else happens.

    It goes through the whole tile: a loop that always takes the same time is faster than a short one whose end the
    processor cannot foresee.
    """
    cash = portfolio.cash
    quantity = portfolio.quantity
    for place in range(prices.shape[0]):
        before = equities[place + 1]
        equities[place + 1] = cash + quantity * prices[place] if place >= first else before


@kernel
def _first_ruin(equities, count):
    """Place of the first of ``count`` equities that is not above 0, or ``count``."""
    for place in range(count):
        if not equities[place + 1] > 0.0:
            return place
    return count


@kernel
def _advance(
    open_,
    close,
    lows,
    highs,
    answers,
    acting,
    broker,
    portfolio,
    trades,
    equity_metrics,
    costs,
    rules,
    wary,
):
    """Run through all bars: (outcome, bar). ``wary``: look at each single equity, since one was not a number."""
    broker = view(broker)
    portfolio = view(portfolio)
    trades = view(trades)
    equity_metrics = view(equity_metrics)
    equities = equity_metrics.equities
    n_bars = close.shape[0]
    fills_at_close = rules.fill_rule == _SAME_CLOSE
    closing = n_bars if rules.close_at_end else -1
    waiting = 0.0
    for word in range(acting.shape[1]):
        start = word * EQUITY_TILE
        end = min(start + EQUITY_TILE, n_bars)
        prices = close[start:end]
        count = end - start
        bits = acting[row_of(portfolio.quantity), word]
        if waiting == 0.0 and bits == np.uint64(0) and count == EQUITY_TILE and not (wary or end == closing):
            # Most tiles are of one piece: nothing happens in them, and the position is what it was.
            quantity = portfolio.quantity
            if quantity == 0.0:
                take_resting(equity_metrics, EQUITY_TILE)
                continue
            cash = portfolio.cash
            lowest = cash + quantity * (lows[word] if quantity > 0.0 else highs[word])
            if lowest > 0.0:
                highest = cash + quantity * (highs[word] if quantity > 0.0 else lows[word])
                for place in range(EQUITY_TILE):
                    equities[place + 1] = cash + quantity * prices[place]
                take_between(equity_metrics, equities, EQUITY_TILE, lowest, highest)
                continue
        if waiting != 0.0:
            _match(broker, portfolio, trades, costs, rules.lot_size, start, open_[start], waiting)
            waiting = 0.0
            bits = acting[row_of(portfolio.quantity), word]
        _value_from(0, equities, prices, portfolio)
        while bits != np.uint64(0):
            place = lowest_bit(bits)
            price = prices[place]
            code = np.int64(answers[start + place])
            if code == RAISED or code == UNKNOWN:
                ruin = _first_ruin(equities, place)
                if ruin < place:
                    return _EQUITY_EXHAUSTED, start + ruin
                return _STRATEGY_RAISED if code == RAISED else _UNKNOWN_DIRECTION, start + place
            quantity = portfolio.quantity
            equity = portfolio.cash + quantity * price
            waiting = order_quantity(rules, float(resolved(code, quantity)), quantity, equity, price)
            following = place + 1
            if waiting != 0.0:
                if fills_at_close:
                    _match(broker, portfolio, trades, costs, rules.lot_size, start + place, price, waiting)
                    waiting = 0.0
                    _value_from(place, equities, prices, portfolio)
                elif following < count:
                    bar = start + following
                    _match(broker, portfolio, trades, costs, rules.lot_size, bar, open_[bar], waiting)
                    waiting = 0.0
                    _value_from(following, equities, prices, portfolio)
            if following >= count:
                break
            bits = acting[row_of(portfolio.quantity), word] & (_ALL_BITS << np.uint64(following))
        if end == closing and portfolio.quantity != 0.0:
            price = prices[count - 1]
            _match(broker, portfolio, trades, costs, rules.lot_size, n_bars - 1, price, -portfolio.quantity)
            _value_from(count - 1, equities, prices, portfolio)
        lowest = take(equity_metrics, equities, count)
        if wary or not lowest > 0.0:
            ruin = _first_ruin(equities, count)
            if ruin < count:
                return _EQUITY_EXHAUSTED, start + ruin
    return _DONE, n_bars


@kernel
def run_container(open_, close, lows, highs, answers, acting, settings, metrics, outcome):
    """Run one container; arguments as in ``run_containers``, settings, metrics and outcome being its rows."""
    costs = read_costs(settings)
    rules = Rules(
        settings[_POSITION_SIZE], settings[_LOT_SIZE], int(settings[_FILL_RULE]), settings[_CLOSE_AT_END] != 0.0
    )
    cash = settings[_CASH]
    wary = False
    while True:
        broker = Broker()
        portfolio = Portfolio(cash)
        trades = TradeMetrics()
        equity_metrics = EquityMetrics(cash)
        code, bar = _advance(
            open_, close, lows, highs, answers, acting, broker, portfolio, trades, equity_metrics, costs, rules, wary
        )
        # A lowest equity does not tell of one that is not a number; a sum does.
        if wary or not math.isnan(equity_metrics.sums.sum()):
            break
        wary = True
    if code == _DONE and not equity_metrics.previous < math.inf:
        code = _NOT_FINITE
    outcome[0] = code
    outcome[1] = bar
    outcome[2] = 0
    if code != _DONE:
        metrics[:] = math.nan
        return
    bars_held = trades.bars_sum
    if portfolio.quantity != 0.0:
        bars_held += close.shape[0] - portfolio.entry_bar
    write_metrics(
        view(equity_metrics),
        view(trades),
        bars_held,
        broker.traded_value,
        broker.commission_paid,
        broker.slippage_paid,
        close.shape[0],
        cash,
        settings[_BARS_PER_YEAR],
        metrics,
    )
    # Numba drops what is used no more, even before the call that works on a view of it: so it is used after.
    metrics[0] = equity_metrics.previous
    metrics[12] = float(trades.count)
    metrics[_N_COMMON_METRICS:] = 0.0


@kernel
def run_containers(open_, close, lows, highs, answers, acting, settings, metrics, outcomes):
    """Run the containers of one symbol whose strategy gives the same answers.

    open and close float64 (n_bars,), lows and highs the lowest and the highest close of each whole tile; answers and
    room for acting as in ``mark_acting``; settings float64 (n, SETTINGS);
    out: metrics float64 (n, len(METRIC_NAMES)), outcomes int64 (n, len(OUTCOME_COLUMNS)).
    """
    mark_acting(answers, acting)
    for k in range(settings.shape[0]):
        run_container(open_, close, lows, highs, answers, acting, settings[k], metrics[k], outcomes[k])
