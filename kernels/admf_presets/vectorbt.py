"""The bar loop of a container under preset ``vectorbt``: ``docs/trading-model.md`` section 17, line by line.

It is compiled once for all strategies, which are evaluated in stretches (``evaluation``): as many bars at a time as
bring no fill, because nothing waits and no stop hits.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from admf_kernels.batch import is_refused, row_of
from admf_kernels.calm_bars import take_calm_bars, write_calm_bars
from admf_kernels.compilation import ALL, NOTHING, hot_kernel, kernel
from admf_kernels.constants import FLAT, KEEP, LONG, SHORT, EventKind, Outcome, Reason
from admf_kernels.counts import begin_counts, count_evaluated, count_orders
from admf_kernels.evaluation import FIRST_BAR, RAISED, borrowed_evaluation, context_of, evaluate, new_evaluation
from admf_kernels.metrics import EQUITY_TILE, EquityMetrics, TradeMetrics, add_equities
from admf_kernels.outcome import Ending, write_outcome
from admf_kernels.ownership import borrow, hold
from admf_kernels.periods import forget_periods, has_periods, note_equities, stop_before
from admf_kernels.ring import ring_of
from admf_kernels.views import view

from .vectorbt_account import Account, Container, emit, report
from .vectorbt_fills import fill_order
from .vectorbt_rules import read_rules
from .vectorbt_stops import base_after, before_stop, find_stop, full_prices, stop_fill, trailed

_BAR = np.int64(EventKind.BAR)
_FEATURES = np.int64(EventKind.FEATURES)
_SIGNAL = np.int64(EventKind.SIGNAL)
_ORDER = np.int64(EventKind.ORDER)
_CANCEL = np.int64(EventKind.CANCEL)
_REJECT = np.int64(EventKind.REJECT)
_PORTFOLIO_UPDATE = np.int64(EventKind.PORTFOLIO_UPDATE)
_NONE = np.int64(Reason.NONE)
_REPLACED = np.int64(Reason.REPLACED)
_DONE = int(Outcome.DONE)
_STRATEGY_RAISED = int(Outcome.STRATEGY_RAISED)
_UNKNOWN_DIRECTION = int(Outcome.UNKNOWN_DIRECTION)
_NOT_FINITE = int(Outcome.NOT_FINITE)
_SHORT_WITHOUT_SIZE = int(Outcome.SHORT_WITHOUT_SIZE)
_NO_CAUSE = ALL
#: Columns that say nothing once equity has been 0 or less: what is made of returns, growth and average equity.
_OF_RETURNS = (2, 3, 4, 5, 6, 9, 10, 19)
#: Bars that are looked through for the next stop at a time.
_AHEAD = 64


@kernel
def _wanted(direction, held, size):
    """Signed quantity to order; 0 when the answer asks for nothing: a repeated entry, or an exit from flat."""
    if direction == FLAT:
        return -held
    if direction == LONG:
        return size - held if held <= 0.0 else 0.0
    return -held - size if held >= 0.0 else 0.0


@kernel
def _stop(container, bar, open_, high, low, close, market, cause):
    """Fill the stop that hits in this bar, which drops the waiting order; whether one hits."""
    account = container.account
    rules = container.rules
    reason, price = find_stop(account.quantity, account.stop_base, account.target_base, rules, open_, high, low)
    if rules.trails:
        account.stop_base = trailed(account.quantity, account.stop_base, high, low)
    if reason == _NONE:
        return False
    base, slippage = stop_fill(rules, price, market, close)
    quantity = -account.quantity
    order = account.next_order()
    event = emit(container, _ORDER, bar, cause, reason, order, (base, quantity, 0.0, 0.0))
    waiting = account.waiting
    if waiting != 0.0:
        account.waiting = 0.0
        emit(container, _CANCEL, bar, event, _REPLACED, account.waiting_order, (market, waiting, 0.0, 0.0))
    fill_order(container, bar, quantity, order, event, base, slippage, close)
    return True


@kernel
def _act_on_signal(container, bar, direction, stopped, close, cause):
    """Turn an answer into SIGNAL and ORDER; fill it now, or let it wait for the next open."""
    account = container.account
    rules = container.rules
    quantity = _wanted(direction, account.quantity, rules.size)
    if quantity == 0.0:
        return
    signal = emit(container, _SIGNAL, bar, cause, _NONE, NOTHING, (close, float(direction), 0.0, 0.0))
    order = account.next_order()
    if rules.fills_at_close and stopped:
        emit(container, _REJECT, bar, signal, _REPLACED, order, (close, quantity, 0.0, 0.0))
        return
    event = emit(container, _ORDER, bar, signal, _NONE, order, (close, quantity, 0.0, 0.0))
    if rules.fills_at_close:
        fill_order(container, bar, quantity, order, event, close, rules.settings.slippage_rate, close)
        return
    account.waiting = quantity
    account.waiting_order = order
    account.waiting_event = event


@kernel
def _fill_waiting(container, bar, market, close):
    account = container.account
    quantity = account.waiting
    account.waiting = 0.0
    slippage = container.rules.settings.slippage_rate
    fill_order(container, bar, quantity, account.waiting_order, account.waiting_event, market, slippage, close)


@kernel
def _has_stops(rules):
    return rules.stop_loss > 0.0 or rules.settings.take_profit > 0.0


@kernel
def _fill_in_bar(container, bar, bars, bar_event):
    """Fill the stop that hits in bar ``bar``, and the order that waits for its open; whether a stop hits."""
    account = container.account
    rules = container.rules
    open_, high, low, close = bars
    price = float(close[bar])
    first, highest, deepest = full_prices(float(open_[bar]), float(high[bar]), float(low[bar]), price)
    market = price
    if not rules.fills_at_close:
        market = float(open_[bar])
        if market != market:
            market = float(close[bar - 1])
    stopped = False
    if account.quantity != 0.0 and _has_stops(rules):
        stopped = _stop(container, bar, first, highest, deepest, price, market, bar_event)
    if account.waiting != 0.0:
        _fill_waiting(container, bar, market, price)
    return stopped


@hot_kernel
def _evaluate(container, evaluation, trap, begin, t, end, bars):
    """Evaluate the strategy from bar ``begin`` on, up to the next bar after ``t`` and before ``end`` that may fill."""
    account = container.account
    if account.waiting != 0.0:
        end = t + 1
    elif account.quantity != 0.0 and _has_stops(container.rules):
        end = before_stop(account, container.rules, t + 1, min(t + _AHEAD, end), bars)
    return evaluate(
        evaluation,
        trap,
        begin,
        end,
        float(account.quantity),
        float(account.entry_price),
        int(account.entry_bar),
        float(account.cash),
        False,
    )


@kernel
def _pass_calm_bars(container, equity_metrics, equities, begin, end, first, close, is_read):
    """Pass the bars before ``end``, on which nothing fills and the strategy signals nothing: their lowest equity.

    ``first`` is the first bar that is evaluated.
    """
    account = container.account
    quantity = float(account.quantity)
    # Nothing flows in these bars: what the first one reports is reported by all.
    lowest = report(account, float(close[begin]))
    position = quantity, float(account.reported_cash), 0.0
    account.events = write_calm_bars(
        container.ring, account.events, begin, end, container.symbol, first, close, position, is_read
    )
    take_calm_bars(equity_metrics, equities, begin, end, close, position)
    for t in range(begin, end):
        lowest = min(lowest, position[1] + quantity * float(close[t]))
    return lowest


class Stretch(NamedTuple):
    """Bars to run: the first, the one behind the last, the first that the strategy is asked at, history included.

    And of the bars before: how many had a position at their close, and the lowest equity.
    """

    begin: Any
    end: Any
    asked_from: Any
    bars_held: Any
    lowest: Any


@kernel
def _advance(container, evaluation, equity_metrics, trap, bars, stretch, is_read, metrics):
    """Run the bars of a ``Stretch``: (outcome, bar, bars held, lowest equity)."""
    equity_metrics, evaluation = view(equity_metrics), borrowed_evaluation(evaluation)
    close = bars[3]
    account = container.account
    has_stops = _has_stops(container.rules)
    equities = equity_metrics.equities
    t, n_bars, begin, bars_held, lowest = stretch
    # The strategy is evaluated up to the bar before ``begin``; ``came_to`` is where that ended.
    came_to, direction, acts, period = t, KEEP, False, 0
    stop = stop_before(metrics, period, n_bars)
    while t < n_bars:
        price = float(close[t])
        bar_event = emit(container, _BAR, t, _NO_CAUSE, _NONE, NOTHING, (price, 0.0, 0.0, 0.0))
        stopped = False
        if account.waiting != 0.0 or (has_stops and account.quantity != 0.0):
            stopped = _fill_in_bar(container, t, bars, bar_event)
        if t >= begin:
            came_to, direction, acts = _evaluate(container, evaluation, trap, begin, t, n_bars, bars)
            begin = came_to + 1 if acts else came_to
        if t >= evaluation.result[FIRST_BAR]:
            features = emit(container, _FEATURES, t, bar_event, _NONE, NOTHING, (0.0, 0.0, 0.0, 0.0))
            if acts and t == came_to:
                if direction < SHORT or direction > LONG:
                    return (_STRATEGY_RAISED if direction == RAISED else _UNKNOWN_DIRECTION), t, bars_held, lowest
                if direction == SHORT and container.rules.size == math.inf:
                    return _SHORT_WITHOUT_SIZE, t, bars_held, lowest
                _act_on_signal(container, t, direction, stopped, price, features)
        equity = report(account, price)
        held = account.quantity
        cash = account.reported_cash
        emit(container, _PORTFOLIO_UPDATE, t, bar_event, _NONE, NOTHING, (price, held, equity, cash))
        lowest = min(lowest, equity)
        bars_held += held != 0.0
        index = t & (EQUITY_TILE - 1)
        equities[index + 1] = equity
        if index == EQUITY_TILE - 1:
            add_equities(equity_metrics, equities, EQUITY_TILE)
        t += 1
        calm_end = min(came_to, stop)
        if t < calm_end:
            first = evaluation.result[FIRST_BAR]
            least = _pass_calm_bars(container, equity_metrics, equities, t, calm_end, first, close, is_read)
            lowest = min(lowest, least)
            if held != 0.0:
                bars_held += calm_end - t
                if container.rules.trails:
                    account.stop_base = base_after(account, t, calm_end, bars)
            t = calm_end
        if t == stop:
            note_equities(metrics, period, stop, equity_metrics, equities, container.trades.count, bars_held)
            period += 1
            stop = stop_before(metrics, period, n_bars)
    add_equities(equity_metrics, equities, n_bars & (EQUITY_TILE - 1))
    return _DONE, n_bars, bars_held, lowest


class Parts(NamedTuple):
    """What a container consists of, held for as long as it runs."""

    account: Any
    trades: Any
    equity_metrics: Any
    evaluation: Any


@kernel
def open_container(strategy, memory, columns, row):
    """The ``Parts`` of a container with its cash and nothing else."""
    start = float(row.settings.cash)
    context = context_of(columns, row, memory, row.settings.evaluation_start, 0)
    equity_metrics = EquityMetrics(start, has_periods(row.metrics))
    return Parts(Account(start), TradeMetrics(), equity_metrics, new_evaluation(strategy.function, context))


@kernel
def run_stretch(parts, columns, row, given, trap, stretch):
    """Run the bars of a ``Stretch``: (outcome, bar, bars held, lowest equity)."""
    symbol = row.symbol
    open_, high, low = borrow(columns.open[symbol]), borrow(columns.high[symbol]), borrow(columns.low[symbol])
    bars = open_, high, low, borrow(columns.close[symbol])
    account, trades, outcome = borrow(parts.account), borrow(parts.trades), borrow(row.outcome)
    container = Container(account, trades, read_rules(row.settings), ring_of(given), symbol, outcome)
    return _advance(
        container, parts.evaluation, parts.equity_metrics, trap, bars, stretch, given.shape[0] > 0, row.metrics
    )


@kernel
def end_container(parts, columns, row, course, n_bars):
    """Write the results of a container of ``n_bars`` that came to the end of a ``course``, as ``run_stretch`` says."""
    code, bar, bars_held, lowest = course
    account, equity_metrics = parts.account, parts.equity_metrics
    settings, metrics, outcome = row.settings, row.metrics, row.outcome
    first = parts.evaluation.result[FIRST_BAR]
    # The last equity, but for rounding: what was earned is added up, and then the starting cash.
    last = float(columns.close[row.symbol, n_bars - 1])
    final_equity = float(settings.cash) + (account.earned + account.quantity * last)
    if code == _DONE and not abs(final_equity) < math.inf:
        code = _NOT_FINITE
    equity_metrics.previous = final_equity
    count_orders(outcome, account.orders, 0)
    count_evaluated(outcome, first, bar - first, n_bars)
    if write_outcome(
        Ending(code, bar, account.events, bars_held, n_bars),
        view(equity_metrics),
        equity_metrics.lanes,
        view(parts.trades),
        view(account),
        settings,
        metrics,
        outcome,
    ):
        if not lowest > 0.0:
            for column in _OF_RETURNS:
                metrics[column] = math.nan
            forget_periods(metrics)


@kernel
def _run_container(strategy, memory, columns, row, given, trap):
    n_bars = columns.close.shape[1]
    begin_counts(row.outcome)
    parts = open_container(strategy, memory, columns, row)
    stretch = Stretch(0, n_bars, n_bars - columns.source.close.shape[1], 0, math.inf)
    course = run_stretch(parts, columns, row, given, trap, stretch)
    end_container(parts, columns, row, course, n_bars)
    hold(parts)


@kernel
def run_containers(strategy, columns, rows, ring, trap):
    """Run the containers of ``rows``; a ``trap`` makes a failure of each whose strategy raises."""
    if strategy.sends_orders:
        raise ValueError("the preset has no orders but those of a direction")
    memory = np.zeros(strategy.n_bytes, np.uint8)
    for k in range(rows.symbol.shape[0]):
        if not is_refused(rows, k):
            _run_container(strategy, memory, columns, row_of(rows, k), ring, trap)
