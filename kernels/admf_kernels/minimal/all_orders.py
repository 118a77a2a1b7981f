"""A container of isolation ``minimal`` on the order engine: exits, costs, sizes and limits, from known signals.

A bar on which something can happen is run by the functions of ``order_engine``, as ``docs/trading-model.md`` section 9
says. The bars between are valued and nothing else: no order that works is touched, no signal leads to anything, and no
rule of the container has to look at every bar.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from ..bits import WORD, lowest_bit
from ..codes import refuse_unknown_code
from ..compilation import FIRST, NOTHING, hot_kernel, kernel
from ..constants import (
    KEEP,
    RUNNING,
    Outcome,
    TrailingKind,
)
from ..counts import count_evaluated
from ..indicators.atr import Atr
from ..metrics import EquityMetrics, add_equities
from ..order_engine.actions import begin_actions
from ..order_engine.bar import begin_bar, mark, reach_close, routine_of, warm_range_up
from ..order_engine.calm import calm_until, looks_at_every_bar
from ..order_engine.open_account import assemble, borrowed_bars, make_parts
from ..order_engine.outcome import end_container
from ..order_engine.signals import act_on_signal
from ..outcome import Ending
from ..ownership import borrow
from ..periods import has_periods, note_equities, stop_before
from ..return_values import UNKNOWN
from ..ring import short_ring
from ..views import view
from .evaluation_blocks import (
    LONGEST,
    SHORTEST,
    first_acting,
    is_as_before,
    is_limited_to_reached_bars,
    keep_position,
    needs_guard,
    record_block,
    stops_early,
)
from .signal_codes import RAISED, TRAPPED, TRAPPED_THROUGHOUT, acts, direction_of, mark_acting, row_of

_ATR = np.int64(TrailingKind.ATR)
_DONE = int(Outcome.DONE)
_STRATEGY_RAISED = int(Outcome.STRATEGY_RAISED)
_UNKNOWN_DIRECTION = int(Outcome.UNKNOWN_DIRECTION)
_BOOK_OVERFLOW = int(Outcome.ORDER_BOOK_OVERFLOW)
_EQUITY_EXHAUSTED = int(Outcome.EQUITY_EXHAUSTED)
#: ATR period of trailing stops where ``exits`` names none.
_ATR_PERIOD = 14


@hot_kernel
def _begin(container, routine, atr, t):
    """Run a bar as the order engine does, up to where the strategy is evaluated.

    Of the events, which nobody reads, those of the clock are left out, and none has a cause.
    """
    begin_bar(container, routine, FIRST, t, container.bars.close[container.universe[0], t], NOTHING, atr)


@hot_kernel
def _follow(container, routine, direction, t):
    """Run the rest of a bar, with what the strategy signals: (outcome, equity)."""
    if direction == RAISED or direction == UNKNOWN:
        return _STRATEGY_RAISED if direction == RAISED else _UNKNOWN_DIRECTION, 0.0
    if direction != KEEP:
        act_on_signal(container, FIRST, t, direction, NOTHING)
    reach_close(container, routine, FIRST, t, NOTHING)
    if container.ledger.overflowed == 1:
        return _BOOK_OVERFLOW, 0.0
    equity = mark(container, t, NOTHING)
    return _DONE if equity > 0.0 else _EQUITY_EXHAUSTED, equity


@kernel
def _advance(container, atr, signals, acting, equity_metrics, metrics):
    """Run through all bars, whose signals are known: (outcome, bar, bars at whose close a position was held)."""
    signals, acting, metrics = borrow(signals), borrow(acting), borrow(metrics)
    atr = view(atr)
    equity_metrics = view(equity_metrics)
    equities = equity_metrics.equities
    n_bars = signals.shape[0]
    settings = container.settings
    routine = routine_of(container, settings.trailing_kind == _ATR, looks_at_every_bar(settings))
    warm_range_up(container, routine, atr)
    bars_held = t = period = 0
    while t < n_bars:
        border = stop_before(metrics, period, n_bars)
        start = t & -WORD
        tile_end = min(start + WORD, border)
        while t < tile_end:
            if not routine.every_bar:
                quantity = container.holdings[0]["quantity"]
                bits = acting[row_of(quantity), start // WORD] >> np.uint64(t - start)
                stop = tile_end if bits == np.uint64(0) else min(tile_end, t + lowest_bit(bits))
                until = calm_until(container, t, start, stop, equities)
                if quantity != 0.0:
                    bars_held += until - t
                t = until
                if t == tile_end:
                    break
            _begin(container, routine, atr, t)
            direction = direction_of(np.int64(signals[t]), container.holdings[0]["quantity"])
            outcome, equity = _follow(container, routine, direction, t)
            if outcome != _DONE:
                return outcome, t, bars_held
            bars_held += container.holdings[0]["quantity"] != 0.0
            equities[t - start + 1] = equity
            t += 1
        add_equities(equity_metrics, equities, tile_end - start)
        if tile_end == border:
            note_equities(metrics, period, border, equity_metrics, equities, container.trades.count, bars_held)
            period += 1
    return _DONE, n_bars, bars_held


@kernel
def _evaluate_from(container, dependence, functions, arguments, position, signals, known, t, limit):
    """(begin, end, length): the bars to which the signals are known, bar ``t`` among them, with what is held now.

    ``known`` is the same, so far; a strategy limited to bars that are reached is not evaluated at bar ``limit``.
    """
    functions, arguments, position, signals = borrow(functions), borrow(arguments), borrow(position), borrow(signals)
    holding = container.holdings[0]
    quantity, price, bar = float(holding["quantity"]), float(holding["entry_price"]), int(holding["entry_bar"])
    cash = float(container.ledger.cash)
    begin, end, length = known
    is_same = is_as_before(dependence, position, quantity, price, bar, cash)
    if is_same and t < end:
        return begin, end, length
    if is_limited_to_reached_bars(dependence):
        length = limit - t
    elif is_same:
        length = min(2 * length, LONGEST)
    else:
        # Where something changes at every bar, as cash may by interest, no signal holds for the next one.
        length = max(1, min(2 * (t - begin), LONGEST))
    keep_position(position, quantity, price, bar, cash)
    function = functions[int(needs_guard(dependence, position))]
    trap = TRAPPED if stops_early(dependence, position) else TRAPPED_THROUGHOUT
    end = min(t + length, container.bars.session.shape[0])
    given = arguments[0], arguments[1], arguments[2], arguments[3]
    record_block(function, given, t, end, trap, position, signals, 0)
    return t, end, length


@kernel
def _advance_alone(container, atr, dependence, functions, arguments, position, signals, equity_metrics, metrics):
    """Run through all bars as ``_advance`` does, and evaluate the strategy with what is held."""
    functions, arguments, position, signals = borrow(functions), borrow(arguments), borrow(position), borrow(signals)
    metrics = borrow(metrics)
    atr = view(atr)
    equity_metrics = view(equity_metrics)
    equities = equity_metrics.equities
    n_bars = container.bars.session.shape[0]
    settings = container.settings
    routine = routine_of(container, settings.trailing_kind == _ATR, looks_at_every_bar(settings))
    warm_range_up(container, routine, atr)
    exact = is_limited_to_reached_bars(dependence)
    position[0] = math.nan
    known = -SHORTEST, 0, SHORTEST
    bars_held = t = period = 0
    while t < n_bars:
        border = stop_before(metrics, period, n_bars)
        start = t & -WORD
        tile_end = min(start + WORD, border)
        while t < tile_end:
            if not routine.every_bar:
                until = tile_end
                if exact:
                    until = calm_until(container, t, start, until, equities)
                end = t
                if until > t:
                    known = _evaluate_from(
                        container, dependence, functions, arguments, position, signals, known, t, until
                    )
                    begin, end, _ = known
                    side = row_of(container.holdings[0]["quantity"]) - 1
                    until = min(until, begin + first_acting(signals, 0, t - begin, end - begin, side))
                    if not exact:
                        until = calm_until(container, t, start, until, equities)
                if container.holdings[0]["quantity"] != 0.0:
                    bars_held += until - t
                # The bar at which a stretch ends is not known to be one on which anything happens.
                goes_on = until > t and until == end
                t = until
                if goes_on or t == tile_end:
                    continue
            _begin(container, routine, atr, t)
            known = _evaluate_from(container, dependence, functions, arguments, position, signals, known, t, t + 1)
            begin, end, length = known
            quantity = container.holdings[0]["quantity"]
            direction = direction_of(np.int64(signals[t - begin]), quantity)
            if acts(direction, quantity) and stops_early(dependence, position):
                known = begin, t + 1, length
            outcome, equity = _follow(container, routine, direction, t)
            if outcome != _DONE:
                return outcome, t, bars_held
            bars_held += container.holdings[0]["quantity"] != 0.0
            equities[t - start + 1] = equity
            t += 1
        add_equities(equity_metrics, equities, tile_end - start)
        if tile_end == border:
            note_equities(metrics, period, border, equity_metrics, equities, container.trades.count, bars_held)
            period += 1
    return _DONE, n_bars, bars_held


@kernel
def _run_container(call, bars, ring, k):
    settings, position = borrow(call.settings[k]), call.positions[k]
    metrics, outcome = call.metrics[k], call.outcomes[k]
    universe = np.full(1, call.symbol)
    parts = make_parts(settings, call.words[k], universe, bars)
    held = assemble(parts, settings, ring, outcome)
    period = settings.trailing_period
    atr = Atr(period if period > 0 else _ATR_PERIOD)
    equity_metrics = EquityMetrics(settings.cash, has_periods(metrics))
    container = view(held)
    begin_actions(container, 0)
    dependence, signals = call.dependence, call.signals
    if dependence == 0:
        code, bar, bars_held = _advance(container, atr, signals, call.acting, equity_metrics, metrics)
    else:
        functions, arguments = call.functions, call.arguments
        code, bar, bars_held = _advance_alone(
            container, atr, dependence, functions, arguments, position, signals, equity_metrics, metrics
        )
    holding = container.holdings[0]
    keep_position(
        position,
        float(holding["quantity"]),
        float(holding["entry_price"]),
        int(holding["entry_bar"]),
        float(container.ledger.cash),
    )
    n_bars = bars.session.shape[0]
    warmup = int(call.arguments[3])
    count_evaluated(outcome, warmup, bar - warmup, n_bars)
    ending = Ending(code, bar, NOTHING, bars_held, n_bars)
    end_container(ending, held, parts, equity_metrics, settings, metrics, outcome)


class OrdersCall(NamedTuple):
    """The arguments, of n containers of one symbol whose strategy is given the same.

    time, session and clock int64 (n_bars,), open to volume float64 (n_symbols, n_bars), symbol the row of the symbol;
    all_high, all_low and all_close are the same with the history before them, (n_symbols, n_history + n_bars);
    actions ACTION_DTYPE (n_actions,), by bar;
    ``dependence``: 0 where signals are the same, int8 (n_bars,), with room for ``acting`` as in
    ``mark_acting``; else what ``position_dependence`` says, and signals is room to work in, for the next multiple of
    WORD. ``functions`` int64 (2,) are the addresses of the two forms of ``record_signals``, that for every position and
    that for one by which a division would raise, and ``arguments`` int64 (4,) the first four of what they are given.
    settings SETTINGS_DTYPE (n,), words int64 (n, 12): the state of the random streams;
    out: positions, metrics float64 (n, len(METRIC_NAMES)) and outcomes int64 (n, len(OUTCOME_COLUMNS)), as in
    ``market_call``; the outcome of the one that runs says ``RUNNING``.
    """

    time: Any
    session: Any
    clock: Any
    open: Any
    high: Any
    low: Any
    close: Any
    volume: Any
    all_high: Any
    all_low: Any
    all_close: Any
    actions: Any
    symbol: Any
    dependence: Any
    functions: Any
    arguments: Any
    signals: Any
    acting: Any
    settings: Any
    words: Any
    positions: Any
    metrics: Any
    outcomes: Any


@kernel
def run_containers(call):
    """Run the containers of an ``OrdersCall``."""
    outcomes = borrow(call.outcomes)
    if call.dependence == 0:
        mark_acting(call.signals, call.acting)
    # Events are written as everywhere, and read by nobody.
    ring = short_ring()
    bars = borrowed_bars(
        (call.time, call.session, call.clock),
        (call.open, call.high, call.low, call.close, call.volume),
        (call.all_high, call.all_low, call.all_close),
        call.actions,
    )
    for k in range(call.settings.shape[0]):
        outcomes[k, 1] = 0
        outcomes[k, 0] = RUNNING
        if not refuse_unknown_code(borrow(call.settings[k]), outcomes[k]):
            _run_container(call, bars, ring, k)
