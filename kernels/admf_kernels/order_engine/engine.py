"""A container of the order engine: ``docs/trading-model.md`` section 9, line by line.

It is compiled once for all strategies, which are evaluated in stretches (``evaluation``): as many bars at a time as are
known to bring no fill, and one bar at a time where something may happen at each.
"""

import numpy as np

from ..addresses import address_of
from ..batch import is_refused, row_of
from ..bits import WORD
from ..calm_bars import write_calm_bars
from ..compilation import ALL, FIRST, NOTHING, hot_kernel, kernel
from ..constants import KEEP, LONG, SHORT, EventKind, Outcome, Reason, TrailingKind
from ..counts import count_evaluated
from ..evaluation import FIRST_BAR, RAISED, context_at, context_of, evaluate, new_evaluation
from ..indicators.atr import Atr
from ..kept import header_at, is_resumed, memory_of, state_address, stretch_of, write_header
from ..metrics import EquityMetrics, add_equities
from ..outcome import Ending
from ..ownership import borrow, hold
from ..periods import has_periods, note_equities, stop_before
from ..ring import ring_of
from ..views import address_of_view, view
from .actions import begin_actions
from .bar import begin_bar, follow_range, mark, reach_close, routine_of
from .calm import calm_until, looks_at_every_bar
from .emit import emit
from .kept_state import exchange
from .open_account import assemble, bars_of, make_parts
from .order_api import OrderApi
from .outcome import end_container
from .requests import read_requests
from .signals import act_on_signal
from .state import ORDER_DTYPE, REQUESTS, TRADES_OFFSET

_BAR = np.int64(EventKind.BAR)
_FEATURES = np.int64(EventKind.FEATURES)
_NONE = np.int64(Reason.NONE)
_ATR = np.int64(TrailingKind.ATR)
_DONE = int(Outcome.DONE)
_STRATEGY_RAISED = int(Outcome.STRATEGY_RAISED)
_UNKNOWN_DIRECTION = int(Outcome.UNKNOWN_DIRECTION)
_BOOK_OVERFLOW = int(Outcome.ORDER_BOOK_OVERFLOW)
_EQUITY_EXHAUSTED = int(Outcome.EQUITY_EXHAUSTED)
_NO_CAUSE = ALL
#: ATR period of trailing stops where ``exits`` names none.
_ATR_PERIOD = 14


@hot_kernel
def _evaluate(container, evaluation, trap, begin, end, stops_at_every):
    holding = container.holdings[FIRST]
    return evaluate(
        evaluation,
        trap,
        begin,
        end,
        float(holding["quantity"]),
        float(holding["entry_price"]),
        int(holding["entry_bar"]),
        float(container.ledger.cash),
        stops_at_every,
    )


@kernel
def _advance(container, evaluation, order_api, routine, atr, equity_metrics, trap, is_read, stretch):
    """Run the bars of a stretch: (outcome, bar, bars at whose close a position was held, bars ranged)."""
    atr, order_api, equity_metrics = view(atr), view(order_api), view(equity_metrics)
    bus, ledger = container.bus, container.ledger
    symbol = container.universe[0]
    close = borrow(container.bars.close[symbol])
    n_history = container.bars.n_history
    equities = equity_metrics.equities
    # The strategy is evaluated up to the bar before ``begin``, the average true range up to that before ``ranged``.
    first_bar, stop_bar, begin, bars_held, ranged = stretch
    for start in range(first_bar & -WORD, stop_bar, WORD):
        count = min(WORD, stop_bar - start)
        t = max(start, first_bar)
        while t < start + count:
            came_to, direction, acts = t, KEEP, False
            until = t if routine.every_bar else calm_until(container, t, start, start + count, equities)
            if until > t:
                order_api.begin(FIRST, ledger.working, ledger.orders)
                came_to, direction, acts = _evaluate(container, evaluation, trap, begin, until, False)
                begin = came_to + 1 if acts else came_to
                first = evaluation.result[FIRST_BAR]
                quantity = container.holdings[FIRST]["quantity"]
                position = float(quantity), float(ledger.cash), 0.0
                bus.resume(
                    write_calm_bars(container.ring, bus.head, t, came_to, symbol, first, close, position, is_read)
                )
                if quantity != 0.0:
                    bars_held += came_to - t
                t = came_to
                if t == start + count:
                    break
            price = close[t]
            bar_event = emit(container, _BAR, t, _NO_CAUSE, FIRST, _NONE, NOTHING, (price, 0.0, 0.0, 0.0))
            if routine.follows_range:
                for index in range(ranged, t + n_history):
                    follow_range(container, FIRST, index, atr)
                ranged = t + n_history + 1
            begin_bar(container, routine, FIRST, t, price, bar_event, atr)
            if not acts:
                order_api.begin(FIRST, ledger.working, ledger.orders)
                _, direction, acts = _evaluate(container, evaluation, trap, begin, t + 1, True)
                begin = t + 1
                first = evaluation.result[FIRST_BAR]
            features = bar_event
            if t >= first:
                features = emit(container, _FEATURES, t, bar_event, FIRST, _NONE, NOTHING, (0.0, 0.0, 0.0, 0.0))
            if acts:
                if direction != KEEP and (direction < SHORT or direction > LONG):
                    return (_STRATEGY_RAISED if direction == RAISED else _UNKNOWN_DIRECTION), t, bars_held, ranged
                if order_api.count_ > 0:
                    read_requests(container, order_api, FIRST, t, features)
                if direction != KEEP:
                    act_on_signal(container, FIRST, t, direction, features)
            reach_close(container, routine, FIRST, t, bar_event)
            if ledger.overflowed == 1:
                return _BOOK_OVERFLOW, t, bars_held, ranged
            equity = mark(container, t, bar_event)
            if not equity > 0.0:
                return _EQUITY_EXHAUSTED, t, bars_held, ranged
            bars_held += container.holdings[FIRST]["quantity"] != 0.0
            equities[t - start + 1] = equity
            t += 1
        if count == WORD:
            add_equities(equity_metrics, equities, count)
    return _DONE, stop_bar, bars_held, ranged


@kernel
def _advance_by_periods(strategy, held, evaluation, order_api, atr, equity_metrics, trap, is_read, row):
    """Run all bars, or the stretch of a container that is kept: (outcome, bar, bars held)."""
    container, metrics, kept = view(held), row.metrics, strategy.kept
    follows_range = strategy.sends_orders or container.settings.trailing_kind == _ATR
    # Where the average true range is followed late, bars are looked at again that may be gone by then.
    every_bar = looks_at_every_bar(container.settings) or (kept != 0 and follows_range)
    routine = routine_of(container, follows_range, every_bar)
    n_bars, n_history = container.bars.session.shape[0], container.bars.n_history
    t, stop_bar, begin = stretch_of(kept, n_bars, n_history)
    begin_actions(container, t)
    bars_held, ranged, code, bar, period = 0, 0, _DONE, stop_bar, 0
    if kept != 0:
        bars_held, ranged = int(header_at(kept).bars_held), int(header_at(kept).ranged)
    while t < stop_bar:
        stop = stop_before(metrics, period, stop_bar)
        stretch = t, stop, begin, bars_held, ranged
        code, bar, bars_held, ranged = _advance(
            container, evaluation, order_api, routine, atr, equity_metrics, trap, is_read, stretch
        )
        if code != _DONE:
            break
        n_trades = container.trades.count
        note_equities(metrics, period, stop, view(equity_metrics), equity_metrics.equities, n_trades, bars_held)
        t = begin = stop
        period += 1
    if kept != 0:
        header_at(kept).bars_held, header_at(kept).ranged = bars_held, ranged
    return code, bar, bars_held


@kernel
def _run_container(strategy, memory, columns, bars, row, given, trap):
    settings, outcome = row.settings, row.outcome
    n_bars, kept = bars.session.shape[0], strategy.kept
    parts = make_parts(settings, row.random_state, np.full(1, row.symbol), bars)
    held = assemble(parts, settings, ring_of(given), outcome)
    period = settings.trailing_period
    atr = Atr(period if period > 0 else _ATR_PERIOD)
    requests = np.zeros(REQUESTS * settings.order_capacity if strategy.sends_orders else 0, ORDER_DTYPE)
    order_api = OrderApi(requests, borrow(parts.book))
    equity_metrics = EquityMetrics(settings.cash, has_periods(row.metrics))
    context = context_of(columns, row, memory, settings.evaluation_start, address_of_view(view(order_api)))
    context_at(address_of(context)).trades = address_of(parts.holdings) + TRADES_OFFSET
    context_at(address_of(context)).multiplier = parts.holdings[0]["multiplier"]
    evaluation = new_evaluation(strategy.function, context)
    if is_resumed(kept):
        evaluation.result[FIRST_BAR] = header_at(kept).first
        exchange(False, state_address(kept, strategy.n_bytes), view(held), view(equity_metrics), view(atr))
    is_read = given.shape[0] > 0
    code, bar, bars_held = _advance_by_periods(
        strategy, held, evaluation, order_api, atr, equity_metrics, trap, is_read, row
    )
    if kept != 0:
        n_bars = bar
        write_header(kept, evaluation, bar)
        exchange(True, state_address(kept, strategy.n_bytes), view(held), view(equity_metrics), view(atr))
    add_equities(view(equity_metrics), equity_metrics.equities, bar & (WORD - 1))
    first = evaluation.result[FIRST_BAR]
    count_evaluated(outcome, first, bar - first, n_bars)
    ending = Ending(code, bar, held.bus.head, bars_held, n_bars)
    end_container(ending, held, parts, equity_metrics, settings, row.metrics, outcome)
    hold(context)
    hold(order_api)


@kernel
def run_containers(strategy, columns, rows, ring, trap):
    """Run the containers of ``rows``; a ``trap`` makes a failure of each whose strategy raises."""
    memory = memory_of(strategy.kept, strategy.n_bytes)
    bars = bars_of(columns)
    for k in range(rows.symbol.shape[0]):
        if not is_refused(rows, k):
            _run_container(strategy, memory, columns, bars, row_of(rows, k), ring, trap)
