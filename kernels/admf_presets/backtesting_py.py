"""The bar loop of a container under the rules of backtesting.py 0.6.6: ``docs/trading-model.md`` section 18.

The functions of this engine (``backtesting_py_*.py``) are a translation of the plain model that is held to that
engine bit for bit, ``tests/reference/backtesting_py_model.py``, one by one.
It is compiled once for all strategies, which are evaluated in stretches (``evaluation``): as many bars at a time as
bring no fill, because no order works, and leave the account something.
"""

import math

import numpy as np

from admf_kernels.addresses import address_of
from admf_kernels.arithmetic import divide
from admf_kernels.batch import is_refused, row_of
from admf_kernels.calm_bars import take_calm_bars, write_calm_bars
from admf_kernels.compilation import ALL, NOTHING, kernel
from admf_kernels.constants import KEEP, LONG, SHORT, EventKind, Outcome, Reason
from admf_kernels.counts import begin_counts, count_evaluated, count_orders
from admf_kernels.evaluation import (
    FIRST_BAR,
    RAISED,
    borrowed_evaluation,
    context_at,
    context_of,
    evaluate_stretch,
    new_evaluation,
    write_position,
)
from admf_kernels.metrics import EQUITY_TILE, EquityMetrics, add_equities
from admf_kernels.outcome import Ending, write_outcome
from admf_kernels.ownership import borrow, hold
from admf_kernels.periods import forget_periods, has_periods, note_equities, stop_before
from admf_kernels.ring import ring_of
from admf_kernels.views import address_of_view, view

from .backtesting_py_account import entry_cost, units
from .backtesting_py_bar import finish, mark, update
from .backtesting_py_matching import process_orders
from .backtesting_py_open import assemble, make_parts
from .backtesting_py_order_api import REQUEST_DTYPE, PresetOrderApi
from .backtesting_py_queue import emit
from .backtesting_py_requests import act_on_signal, read_requests

_BAR = np.int64(EventKind.BAR)
_FEATURES = np.int64(EventKind.FEATURES)
_NONE = np.int64(Reason.NONE)
_NO_CAUSE = ALL
_DONE = int(Outcome.DONE)
_STRATEGY_RAISED = int(Outcome.STRATEGY_RAISED)
_UNKNOWN_DIRECTION = int(Outcome.UNKNOWN_DIRECTION)
_BOOK_OVERFLOW = int(Outcome.ORDER_BOOK_OVERFLOW)
_RISK_BREACHES = 23
#: Columns that say nothing about an account that is ruined: what is made of returns and of growth.
_OF_RETURNS = (2, 3, 4, 5, 6, 9, 10)
#: Bars that are looked through for the end of the account at a time.
_AHEAD = 64


@kernel
def _write_position(s, evaluation):
    """The open trades as one position: the mean price of its units, the bar of its oldest trade.

    A trade does not take from the cash here what its units cost.
    """
    cash = float(s.ledger.cash)
    if s.ledger.n_held == 0:
        write_position(evaluation, 0.0, 0.0, -1, cash, 0.0, False)
        return
    held, cost = units(s), entry_cost(s)
    write_position(evaluation, held, divide(cost, held), int(s.trades[s.held[0]]["bar"]), cash, cost, False)


@kernel
def _begin_bar(s, t, open_, high, low, close):
    """Match the orders in bar ``t``: the sequence of its event, and the equity at its close."""
    ledger = s.ledger
    ledger.previous_close = ledger.close
    ledger.bar = t
    ledger.open = open_[t]
    ledger.high = high[t]
    ledger.low = low[t]
    ledger.close = close[t]
    bar_event = emit(s, _BAR, t, _NO_CAUSE, _NONE, NOTHING, (close[t], 0.0, 0.0, 0.0))
    if ledger.ruined:
        return bar_event, 0.0
    if ledger.working > 0:
        process_orders(s)
    return bar_event, mark(s, bar_event)


@kernel
def _calm_until(s, begin, close):
    """The first bar from ``begin`` on in which an order may fill or the account is ruined, or some bar before it."""
    end = min(begin + _AHEAD, close.shape[0])
    if s.ledger.working > 0:
        return begin
    held, cost, cash = units(s), entry_cost(s), s.ledger.cash
    for t in range(begin, end):
        if not cash + (close[t] * held - cost) > 0.0:
            return t
    return end


@kernel
def _pass_calm_bars(s, evaluation, equity_metrics, equities, begin, end, close, is_read):
    """Pass the bars before ``end``, on which nothing fills and the strategy signals nothing: (held, evaluated) bars."""
    ledger = s.ledger
    position = units(s), float(ledger.cash), entry_cost(s)
    first = evaluation.result[FIRST_BAR]
    sequence = write_calm_bars(s.ring, s.bus.head, begin, end, ledger.symbol, first, close, position, is_read)
    s.bus.resume(sequence)
    take_calm_bars(equity_metrics, equities, begin, end, close, position)
    ledger.close = close[end - 1]
    return (end - begin if ledger.n_held > 0 else 0), max(end - max(begin, first), 0)


@kernel
def _advance(s, evaluation, order_api, equity_metrics, trap, columns, n_history, is_read, metrics):
    s, order_api = borrow(s), view(order_api)
    equity_metrics, evaluation = view(equity_metrics), borrowed_evaluation(evaluation)
    open_, high, low, close = columns
    ledger = s.ledger
    n_bars = close.shape[0]
    equities = equity_metrics.equities
    bars_held = 0
    evaluated = 0
    last_calm = n_bars - 1 if s.settings.close_at_end else n_bars
    # The strategy is evaluated up to the bar before ``begin``; ``came_to`` is where that ended.
    begin, came_to, direction, acts = -n_history, 0, KEEP, False
    t = period = 0
    stop = stop_before(metrics, period, n_bars)
    while t < n_bars:
        bar_event, value = _begin_bar(s, t, open_, high, low, close)
        if not ledger.ruined:
            if t >= begin:
                order_api.begin()
                _write_position(s, evaluation)
                came_to, direction, acts = evaluate_stretch(evaluation, trap, begin, _calm_until(s, t + 1, close))
                begin = came_to + 1 if acts else came_to
            if t >= evaluation.result[FIRST_BAR]:
                evaluated += 1
                features = emit(s, _FEATURES, t, bar_event, _NONE, NOTHING, (0.0, 0.0, 0.0, 0.0))
                if acts and t == came_to:
                    if direction != KEEP and (direction < SHORT or direction > LONG):
                        code = _STRATEGY_RAISED if direction == RAISED else _UNKNOWN_DIRECTION
                        return code, t, bars_held, evaluated
                    if order_api.count_ > 0:
                        read_requests(s, order_api, features)
                    if direction != KEEP:
                        act_on_signal(s, direction, features)
        if s.settings.close_at_end and t == n_bars - 1 and not ledger.ruined:
            finish(s, bar_event)
            value = mark(s, bar_event)
        if ledger.overflowed == 1:
            return _BOOK_OVERFLOW, t, bars_held, evaluated
        update(s, bar_event, value)
        bars_held += ledger.n_held > 0 and not ledger.ruined
        index = t & (EQUITY_TILE - 1)
        equities[index + 1] = value
        if index == EQUITY_TILE - 1:
            add_equities(equity_metrics, equities, EQUITY_TILE)
        t += 1
        calm_end = min(came_to, last_calm, stop)
        if t < calm_end and not ledger.ruined:
            held, asked = _pass_calm_bars(s, evaluation, equity_metrics, equities, t, calm_end, close, is_read)
            bars_held += held
            evaluated += asked
            t = calm_end
        if t == stop:
            note_equities(metrics, period, stop, equity_metrics, equities, s.metrics.count, bars_held)
            period += 1
            stop = stop_before(metrics, period, n_bars)
    add_equities(equity_metrics, equities, n_bars & (EQUITY_TILE - 1))
    return _DONE, n_bars, bars_held, evaluated


@kernel
def _run_container(strategy, memory, columns, row, given, trap):
    symbol, settings, metrics, outcome = row.symbol, row.settings, row.metrics, row.outcome
    n_bars = columns.close.shape[1]
    n_history = columns.source.close.shape[1] - n_bars
    parts = make_parts(settings, symbol)
    begin_counts(outcome)
    container = assemble(parts, settings, ring_of(given), outcome)
    order_api = PresetOrderApi(np.zeros(settings.order_capacity if strategy.sends_orders else 0, REQUEST_DTYPE))
    equity_metrics = EquityMetrics(settings.cash, has_periods(metrics))
    context = context_of(columns, row, memory, settings.evaluation_start, address_of_view(view(order_api)))
    # Nothing is asked at the first bar of all, as if a strategy needed one bar more than its indicators.
    context_at(address_of(context)).delay = 1
    evaluation = new_evaluation(strategy.function, context)
    bars = columns.open[symbol], columns.high[symbol], columns.low[symbol], columns.close[symbol]
    code, bar, bars_held, evaluated = _advance(
        container, evaluation, order_api, equity_metrics, trap, bars, n_history, given.shape[0] > 0, metrics
    )
    count_orders(outcome, parts.ledger.numbered, 0)
    count_evaluated(outcome, evaluation.result[FIRST_BAR], evaluated, n_bars)
    if write_outcome(
        Ending(code, bar, parts.bus.head, bars_held, n_bars),
        view(equity_metrics),
        equity_metrics.lanes,
        view(parts.metrics),
        view(parts.ledger),
        settings,
        metrics,
        outcome,
    ):
        if parts.ledger.ruined:
            metrics[_RISK_BREACHES] = 1.0
            for column in _OF_RETURNS:
                metrics[column] = math.nan
            forget_periods(metrics)
    hold(context)
    hold(evaluation)
    hold(order_api)
    hold(equity_metrics)
    hold(parts.metrics)
    hold(parts.ledger)


@kernel
def run_containers(strategy, columns, rows, ring, trap):
    """Run the containers of ``rows``; a ``trap`` makes a failure of each whose strategy raises."""
    memory = np.zeros(strategy.n_bytes, np.uint8)
    for k in range(rows.symbol.shape[0]):
        if not is_refused(rows, k):
            _run_container(strategy, memory, columns, row_of(rows, k), ring, trap)
