"""The bar loop of a container under the rules of backtesting.py 0.6.6: ``docs/trading-model.md`` section 18.

The functions of this engine (``backtesting_py_*.py``) are a translation of the plain model that is held to that
engine bit for bit, ``tests/reference/backtesting_py_model.py``, one by one.
It is compiled once for all strategies, which are evaluated in stretches (``evaluation``): as many bars at a time as
bring no fill, because no order works, and leave the account something.
"""

import math
from typing import Any, NamedTuple

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
    if ledger.ruined == 1:
        return bar_event, 0.0
    if ledger.working > 0:
        process_orders(s)
    return bar_event, mark(s, bar_event)


@kernel
def _calm_until(s, begin, end, close):
    """The first bar from ``begin`` on in which an order may fill or the account is ruined; or some bar before it.

    It is ``end`` at the most.
    """
    end = min(begin + _AHEAD, end)
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


class Stretch(NamedTuple):
    """Bars to run: the first, the one behind the last, the first that the strategy is asked at, history included.

    And of the bars before: at how many closes trades were open, and at how many the strategy was evaluated.
    """

    begin: Any
    end: Any
    asked_from: Any
    bars_held: Any
    evaluated: Any


@kernel
def _advance(s, evaluation, order_api, equity_metrics, trap, columns, stretch, is_read, metrics):
    """Run the bars of a ``Stretch``: (outcome, bar, bars held, bars evaluated)."""
    s, order_api = borrow(s), view(order_api)
    equity_metrics, evaluation = view(equity_metrics), borrowed_evaluation(evaluation)
    open_, high, low, close = columns
    ledger = s.ledger
    equities = equity_metrics.equities
    t, n_bars, begin, bars_held, evaluated = stretch
    last_calm = n_bars - 1 if s.settings.close_at_end else n_bars
    # The strategy is evaluated up to the bar before ``begin``; ``came_to`` is where that ended.
    came_to, direction, acts, period = t, KEEP, False, 0
    stop = stop_before(metrics, period, n_bars)
    while t < n_bars:
        bar_event, value = _begin_bar(s, t, open_, high, low, close)
        if ledger.ruined == 0:
            if t >= begin:
                order_api.begin()
                _write_position(s, evaluation)
                came_to, direction, acts = evaluate_stretch(
                    evaluation, trap, begin, _calm_until(s, t + 1, n_bars, close)
                )
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
        if s.settings.close_at_end and t == n_bars - 1 and ledger.ruined == 0:
            finish(s, bar_event)
            value = mark(s, bar_event)
        if ledger.overflowed == 1:
            return _BOOK_OVERFLOW, t, bars_held, evaluated
        update(s, bar_event, value)
        bars_held += ledger.n_held > 0 and ledger.ruined == 0
        index = t & (EQUITY_TILE - 1)
        equities[index + 1] = value
        if index == EQUITY_TILE - 1:
            add_equities(equity_metrics, equities, EQUITY_TILE)
        t += 1
        calm_end = min(came_to, last_calm, stop)
        if t < calm_end and ledger.ruined == 0:
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


class Opened(NamedTuple):
    """A container as it is run, held for as long as that takes."""

    parts: Any
    order_api: Any
    equity_metrics: Any
    evaluation: Any


@kernel
def open_container(strategy, memory, columns, row):
    """A container with its cash and nothing else."""
    settings = row.settings
    order_api = PresetOrderApi(np.zeros(settings.order_capacity if strategy.sends_orders else 0, REQUEST_DTYPE))
    context = context_of(columns, row, memory, settings.evaluation_start, address_of_view(view(order_api)))
    # Nothing is asked at the first bar of all, as if a strategy needed one bar more than its indicators.
    context_at(address_of(context)).delay = 1
    equity_metrics = EquityMetrics(settings.cash, has_periods(row.metrics))
    evaluation = new_evaluation(strategy.function, context)
    return Opened(make_parts(settings, row.symbol), order_api, equity_metrics, evaluation)


@kernel
def run_stretch(opened, columns, row, given, trap, stretch):
    """Run the bars of a ``Stretch``: (outcome, bar, bars held, bars evaluated)."""
    symbol = row.symbol
    container = assemble(opened.parts, row.settings, ring_of(given), row.outcome)
    bars = columns.open[symbol], columns.high[symbol], columns.low[symbol], columns.close[symbol]
    return _advance(
        container,
        opened.evaluation,
        opened.order_api,
        opened.equity_metrics,
        trap,
        bars,
        stretch,
        given.shape[0] > 0,
        row.metrics,
    )


@kernel
def end_container(opened, row, course, n_bars):
    """Write the results of a container of ``n_bars`` that came to the end of a ``course``, as ``run_stretch`` says."""
    code, bar, bars_held, evaluated = course
    parts, equity_metrics = opened.parts, opened.equity_metrics
    settings, metrics, outcome = row.settings, row.metrics, row.outcome
    count_orders(outcome, parts.ledger.numbered, 0)
    count_evaluated(outcome, opened.evaluation.result[FIRST_BAR], evaluated, n_bars)
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
        if parts.ledger.ruined == 1:
            metrics[_RISK_BREACHES] = 1.0
            for column in _OF_RETURNS:
                metrics[column] = math.nan
            forget_periods(metrics)


@kernel
def _run_container(strategy, memory, columns, row, given, trap):
    n_bars = columns.close.shape[1]
    begin_counts(row.outcome)
    opened = open_container(strategy, memory, columns, row)
    stretch = Stretch(0, n_bars, n_bars - columns.source.close.shape[1], 0, 0)
    course = run_stretch(opened, columns, row, given, trap, stretch)
    end_container(opened, row, course, n_bars)
    hold(opened)


@kernel
def run_containers(strategy, columns, rows, ring, trap):
    """Run the containers of ``rows``; a ``trap`` makes a failure of each whose strategy raises."""
    memory = np.zeros(strategy.n_bytes, np.uint8)
    for k in range(rows.symbol.shape[0]):
        if not is_refused(rows, k):
            _run_container(strategy, memory, columns, row_of(rows, k), ring, trap)
