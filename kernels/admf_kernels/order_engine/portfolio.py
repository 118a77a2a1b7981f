"""A container over several symbols: ``docs/trading-model.md`` sections 9 and 16.

It is compiled once for all strategies. The indicators of every symbol run ahead of the bars, over the bars that the
symbol has (``features``); then the strategy is evaluated bar by bar, with their values at each (``evaluations``).
They are the streaming indicators of the other engines, fed in the same order, so a value at a bar depends on nothing
after it.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from ..addresses import address_of
from ..batch import is_refused, row_of
from ..compilation import ALL, FIRST, NO, NOTHING, YES, hot_kernel, kernel
from ..constants import EventKind, Outcome, Reason, TrailingKind
from ..counts import count_evaluated
from ..evaluation import context_at
from ..indicators.atr import Atr
from ..kept import header_at, is_resumed, stretch_of
from ..metrics import EQUITY_TILE, EquityMetrics, add_equities
from ..outcome import Ending
from ..ownership import borrow, hold
from ..periods import has_periods, note_equities, stop_before
from ..ring import ring_of
from ..views import address_of_view, view
from .account import charge_financing
from .actions import act_at_close, act_at_open, begin_actions, pass_actions
from .bar import begin_matching, begin_session, close_at_end, has_bar, mark, match_working, open_market
from .delisting import delist, last_bars
from .emit import emit
from .evaluations import begin_symbols, begin_weights, borrowed_evaluations, evaluate_symbols, evaluate_weights
from .exit_times import has_exit_times
from .features import borrowed_recording, new_recording, record_symbol
from .kept_state import exchange
from .kept_symbols import keep_seen, record_next, rows_of_memory, symbols_behind
from .open_account import assemble, bars_of, make_parts
from .order_api import OrderApi
from .outcome import end_container
from .schedule import is_due
from .shared_cash import match_across
from .state import HOLDING_BYTES, ORDER_DTYPE, REQUESTS, TRADES_OFFSET
from .trailing import move_trailing_stops

_BAR = np.int64(EventKind.BAR)
_NONE = np.int64(Reason.NONE)
_ATR = int(TrailingKind.ATR)
_DONE = int(Outcome.DONE)
_STRATEGY_RAISED = int(Outcome.STRATEGY_RAISED)
_BOOK_OVERFLOW = int(Outcome.ORDER_BOOK_OVERFLOW)
_EQUITY_EXHAUSTED = int(Outcome.EQUITY_EXHAUSTED)
#: ATR period of trailing stops where ``exits`` names none.
_ATR_PERIOD = 14
#: The last bar of a symbol of which nobody knows that it ends.
_NO_END = -2
#: The symbol of a container that trades all symbols of the data.
_EVERY_SYMBOL = -1


class Plan(NamedTuple):
    """What the settings of a container, its strategy and the ends of its symbols ask for at every bar."""

    has_rates: Any
    leaves_by_clock: Any
    #: Whether the strategy gives target weights, and when; the first bar that may be evaluated.
    weighs: Any
    schedule: Any
    begin: Any
    #: The price that each symbol of the data is closed at where it ends before the others, or NaN.
    delisted: Any


class Course(NamedTuple):
    """How a container ended: its outcome, the bar, bars with a position, the first bar evaluated and how many were."""

    code: Any
    bar: Any
    bars_held: Any
    first: Any
    evaluated: Any


@kernel
def _universe(symbol, n_symbols):
    if symbol == _EVERY_SYMBOL:
        return np.arange(n_symbols)
    return np.full(1, symbol)


@hot_kernel
def _is_any_held(container):
    for slot in range(container.holdings.shape[0]):
        if container.holdings[slot]["quantity"] != 0.0:
            return True
    return False


@hot_kernel
def _begin_bar(container, plan, recorded, t):
    """Steps 1 and 2, and what becomes of symbols that have ended; the first BAR, which causes what has no other."""
    first_event, bar_events = ALL, recorded.bar_events
    for slot in range(container.holdings.shape[0]):
        if has_bar(container, slot, t):
            price = container.bars.close[container.universe[slot], t]
            bar_events[slot] = emit(container, _BAR, t, ALL, slot, _NONE, NOTHING, (price, 0.0, 0.0, 0.0))
            if first_event < 0:
                first_event = bar_events[slot]
    if first_event < 0:
        # Nobody has a bar here: the axis is that of more symbols than this container trades.
        price = container.holdings[0]["close"]
        first_event = emit(container, _BAR, t, ALL, FIRST, _NONE, NOTHING, (price, 0.0, 0.0, 0.0))
    begin_session(container, t)
    for slot in range(container.holdings.shape[0]):
        if recorded.last_bars[slot] == t - 1 and t > 0:
            delist(container, slot, t, first_event, plan.delisted[container.universe[slot]])
    if plan.has_rates:
        charge_financing(container, t, first_event)
    return first_event


@hot_kernel
def _match(container, plan, recorded, t):
    """Steps 3 and 4: what fills at the open, over all symbols, and then inside the bar, symbol by symbol."""
    for slot in range(container.holdings.shape[0]):
        if has_bar(container, slot, t):
            open_market(container, slot, t)
    if t == container.ledger.action_bar:
        for slot in range(container.holdings.shape[0]):
            if has_bar(container, slot, t):
                act_at_open(container, slot, t, recorded.bar_events[slot])
    if container.ledger.working > 0 or plan.leaves_by_clock:
        for slot in range(container.holdings.shape[0]):
            if has_bar(container, slot, t):
                begin_matching(container, slot, t, recorded.bar_events[slot])
        match_across(container, t, NO)
        for slot in range(container.holdings.shape[0]):
            if has_bar(container, slot, t):
                match_working(container, slot, t)


@hot_kernel
def _update_closes(container, recorded, t):
    """Step 5: every symbol that has a bar comes to its close."""
    for slot in range(container.holdings.shape[0]):
        close = container.bars.close[container.universe[slot], t]
        if not math.isnan(close):
            container.holdings[slot]["close"] = close
            container.holdings[slot]["market"] = close
    if t == container.ledger.action_bar:
        for slot in range(container.holdings.shape[0]):
            if has_bar(container, slot, t):
                act_at_close(container, slot, t, recorded.bar_events[slot])
        pass_actions(container, t)
    for slot in range(container.holdings.shape[0]):
        if has_bar(container, slot, t):
            recorded.seen[slot] += 1
            if recorded.ranges.shape[1] > 0:
                container.atrs[slot] = recorded.ranges[slot, t - recorded.origin]
            if container.ledger.working > 0:
                move_trailing_stops(container, slot, t)


@kernel
def _advance(container, plan, evaluations, recorded, equity_metrics, trap, kept, metrics):
    evaluations, recorded = borrowed_evaluations(evaluations), borrowed_recording(recorded)
    equity_metrics = view(equity_metrics)
    equities = equity_metrics.equities
    bars, ledger = container.bars, container.ledger
    n_bars = bars.time.shape[0]
    bars_held, first, evaluated = 0, n_bars, 0
    first_bar, stop_bar, _ = stretch_of(kept, n_bars, 0)
    if first_bar > 0:
        header = header_at(kept)
        bars_held, first, evaluated = int(header.bars_held), int(header.first), int(header.evaluated)
    period, stop = 0, stop_before(metrics, 0, stop_bar)
    begin_actions(container, first_bar)
    for t in range(first_bar, stop_bar):
        first_event = _begin_bar(container, plan, recorded, t)
        _match(container, plan, recorded, t)
        _update_closes(container, recorded, t)
        code, is_evaluated = _DONE, False
        if t >= plan.begin:
            if not plan.weighs:
                code, is_evaluated = evaluate_symbols(container, evaluations, recorded, t, trap)
            elif is_due(plan.schedule, bars, t, plan.begin):
                code, is_evaluated = evaluate_weights(container, evaluations, recorded, first_event, t, trap)
        if is_evaluated:
            first = min(first, t)
            evaluated += 1
        if code != _DONE:
            return Course(code, t, bars_held, first, evaluated)
        match_across(container, t, YES)
        if t == n_bars - 1 and container.settings.close_at_end:
            close_at_end(container, t, first_event)
        if ledger.overflowed == 1:
            return Course(_BOOK_OVERFLOW, t, bars_held, first, evaluated)
        equity = mark(container, t, first_event)
        if not equity > 0.0:
            return Course(_EQUITY_EXHAUSTED, t, bars_held, first, evaluated)
        bars_held += _is_any_held(container)
        index = t & (EQUITY_TILE - 1)
        equities[index + 1] = equity
        if index == EQUITY_TILE - 1:
            add_equities(equity_metrics, equities, EQUITY_TILE)
        if t + 1 == stop:
            note_equities(metrics, period, stop, equity_metrics, equities, container.trades.count, bars_held)
            period += 1
            stop = stop_before(metrics, period, stop_bar)
    return Course(_DONE, stop_bar, bars_held, first, evaluated)


@hot_kernel
def _plan_of(settings, strategy, delisted):
    return Plan(
        settings.interest_rate > 0.0 or settings.borrow_rate > 0.0,
        has_exit_times(settings),
        strategy.weighs,
        settings.rebalance,
        settings.evaluation_start,
        borrow(delisted),
    )


@kernel
def _run_container(strategy, memory, columns, bars, row, given, trap):
    settings, outcome = row.settings, row.outcome
    universe = _universe(row.symbol, columns.close.shape[0])
    n_symbols, n_bars, kept = universe.shape[0], columns.close.shape[1], strategy.kept
    parts = make_parts(settings, row.random_state, universe, bars)
    held = assemble(parts, settings, ring_of(given), outcome)
    container = view(held)
    follows_range = strategy.sends_orders or settings.trailing_kind == _ATR
    equity_metrics = EquityMetrics(settings.cash, has_periods(row.metrics))
    period = settings.trailing_period if settings.trailing_period > 0 else _ATR_PERIOD
    unused = Atr(period)
    is_new, raised = not is_resumed(kept), False
    if kept == 0:
        recorded = new_recording(container, strategy.n_fields, follows_range, 0, n_bars, last_bars(container))
        for slot in range(n_symbols):
            raised = record_symbol(strategy, columns, row, container, slot, period, memory, recorded, trap) or raised
    else:
        if not is_new:
            exchange(
                False, symbols_behind(kept, strategy.n_bytes, n_symbols), container, view(equity_metrics), view(unused)
            )
        begin, end, _ = stretch_of(kept, n_bars, 0)
        nowhere = np.full(n_symbols, _NO_END)
        recorded = new_recording(container, strategy.n_fields, follows_range, begin, end - begin, nowhere)
        for slot in range(n_symbols):
            record_next(strategy, columns, row, container, slot, period, recorded)
    requests = np.zeros(REQUESTS * settings.order_capacity if strategy.sends_orders else 0, ORDER_DTYPE)
    order_api = OrderApi(requests, borrow(parts.book))
    if strategy.weighs:
        evaluations = begin_weights(strategy, columns, row, n_symbols, memory, view(order_api), is_new)
    else:
        address = address_of_view(view(order_api))
        evaluations = begin_symbols(
            strategy, columns, row, universe, recorded, memory, view(order_api), address, is_new
        )
        for slot in range(n_symbols):
            trades = address_of(parts.holdings) + slot * HOLDING_BYTES + TRADES_OFFSET
            words = context_at(address_of(evaluations.contexts[slot]))
            words.trades, words.multiplier = trades, parts.holdings[slot]["multiplier"]
    plan = _plan_of(settings, strategy, columns.delisted)
    if raised:
        # Indicators run ahead of the bars, so the first bar is as far as it comes.
        course = Course(_STRATEGY_RAISED, 0, 0, n_bars, 0)
    else:
        course = _advance(container, plan, evaluations, recorded, equity_metrics, trap, kept, row.metrics)
    if kept != 0:
        n_bars = course.bar
        header = header_at(kept)
        header.start, header.first, header.evaluated = course.bar, course.first, course.evaluated
        header.bars_held = course.bars_held
        keep_seen(strategy, recorded, n_symbols)
        exchange(True, symbols_behind(kept, strategy.n_bytes, n_symbols), container, view(equity_metrics), view(unused))
    add_equities(view(equity_metrics), equity_metrics.equities, course.bar & (EQUITY_TILE - 1))
    count_evaluated(outcome, course.first, course.evaluated, n_bars)
    ending = Ending(course.code, course.bar, held.bus.head, course.bars_held, n_bars)
    end_container(ending, held, parts, equity_metrics, settings, row.metrics, outcome)
    hold(evaluations)
    hold(recorded)
    hold(order_api)


@kernel
def run_containers(strategy, columns, rows, ring, trap):
    """Run the containers of ``rows``; a ``trap`` makes a failure of each whose strategy raises."""
    memory = rows_of_memory(strategy.kept, columns.close.shape[0], strategy.n_bytes)
    bars = bars_of(columns)
    for k in range(rows.symbol.shape[0]):
        if not is_refused(rows, k):
            _run_container(strategy, memory, columns, bars, row_of(rows, k), ring, trap)
