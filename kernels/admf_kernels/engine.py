"""One container with market orders only: ``docs/trading-model.md`` section 2.

It is compiled once for all strategies. A strategy is evaluated in stretches (``evaluation``): from one bar to the first
whose signal leads to something. Up to there no fill changes the account, so its bars are valued together.
"""

import numpy as np

from .account import Account, Terms
from .addresses import address_of
from .arithmetic import grid_of
from .batch import is_refused, row_of
from .broker import Broker
from .calm_bars import write_bar, write_calm_bars, write_features, write_update
from .compilation import kernel
from .constants import LONG, SHORT, EventKind, FillRule, Outcome, Reason
from .costs import read_costs
from .counts import begin_counts, count_evaluated, count_orders
from .dispatch import dispatch_events
from .evaluation import FIRST_BAR, RAISED, context_at, context_of, evaluate, new_evaluation
from .events import EventBus, post, write_event
from .kept import header_at, is_resumed, memory_of, state_address, stretch_of, write_header
from .kept_account import exchange
from .metrics import EquityMetrics, TradeMetrics
from .outcome import Ending, write_outcome
from .ownership import borrow, hold
from .periods import has_periods, note_period, stop_before
from .portfolio import Portfolio
from .ring import ring_of
from .trade_history import TRADES_DTYPE, note_closed, note_opened
from .valuation import value
from .views import view

_SIGNAL = int(EventKind.SIGNAL)
_ORDER = int(EventKind.ORDER)
_RISK_BREACH = int(EventKind.RISK_BREACH)
_NONE = int(Reason.NONE)
_CLOSE_AT_END = int(Reason.CLOSE_AT_END)
_REASON_EXHAUSTED = int(Reason.EQUITY_EXHAUSTED)
_SAME_CLOSE = int(FillRule.SAME_CLOSE)
_DONE = int(Outcome.DONE)
_STRATEGY_RAISED = int(Outcome.STRATEGY_RAISED)
_UNKNOWN_DIRECTION = int(Outcome.UNKNOWN_DIRECTION)
_BUS_OVERFLOW = int(Outcome.BUS_OVERFLOW)
_EQUITY_EXHAUSTED = int(Outcome.EQUITY_EXHAUSTED)
#: Says to ``dispatch_events`` that nothing is matched.
_NO_PRICE = 0.0


@kernel
def _sends_closing_order(bus, broker, held, ring, symbol, bar, close, cause):
    """Send the order that closes a position of ``held`` at the end of the bars: whether there is one."""
    broker.drop()
    if held == 0.0:
        return False
    numbers = close, -held, 0.0, 0.0
    order, sequence = broker.next_order(), bus.claim()
    write_event(ring, sequence, _ORDER, bar, cause, symbol, _CLOSE_AT_END, order, numbers)
    return True


@kernel
def _breach(bus, portfolio, ring, symbol, bar, close, cause):
    equity = portfolio.equity
    quantity = portfolio.quantity
    post(
        bus,
        ring,
        _RISK_BREACH,
        bar,
        cause,
        symbol,
        _REASON_EXHAUSTED,
        0,
        (close, quantity, equity, 0.0),
    )


@kernel
def _open_account(settings, counts):
    terms = Terms(read_costs(settings), grid_of(settings.lot_size), grid_of(settings.tick_size))
    bus, portfolio = EventBus(settings.event_capacity), Portfolio(settings.cash)
    return Account(bus, Broker(counts), portfolio, TradeMetrics(), terms)


@kernel
def _note_fill(told, trades, portfolio, bar, session):
    """Note what the match of an order at ``bar`` did to the trades."""
    told = told[0]
    if trades.count != told["closed"]:
        note_closed(told, portfolio.closed_profit, bar, _NONE)
    if portfolio.quantity != 0.0 and portfolio.entry_bar == bar:
        note_opened(told, bar, session)


@kernel
def _advance(account, equity_metrics, evaluation, told, columns, symbol, given, trap, stretch):
    """Run the bars of a stretch: (outcome, bar)."""
    bus = view(account.bus)
    broker = view(account.broker)
    portfolio = view(account.portfolio)
    trades = view(account.trades)
    equity_metrics = view(equity_metrics)
    lanes = equity_metrics.lanes
    is_read = given.shape[0] > 0
    ring = ring_of(given)
    open_, close = borrow(columns.open[symbol]), borrow(columns.close[symbol])
    told, session = borrow(told), borrow(columns.session)
    terms = account.terms
    settings = terms.costs.settings
    n_bars = close.shape[0]
    closing_bar = n_bars - 1 if settings.close_at_end else -1
    fills_at_close = settings.fill_rule == _SAME_CLOSE
    sequence = bus.head
    overflowed = False
    t, stop_bar, begin = stretch
    while t < stop_bar:
        bar_event = sequence
        sequence = write_bar(ring, sequence, t, symbol, close[t])
        if broker.working == 1:
            bus.resume(sequence)
            dispatch_events(bus, broker, portfolio, trades, terms, ring, symbol, t, open_[t])
            sequence = bus.head
            overflowed = bus.overflowed == 1
            _note_fill(told, trades, portfolio, t, session)
        quantity, cash = portfolio.quantity, portfolio.cash
        stop = t + 1 if overflowed else stop_bar
        came_to, direction, acts = evaluate(
            evaluation, trap, begin, stop, quantity, portfolio.entry_price, portfolio.entry_bar, cash, False
        )
        first = evaluation.result[FIRST_BAR]
        is_known = direction >= SHORT and direction <= LONG
        last = came_to if acts else came_to - 1
        # Up to the close of a bar at which a fill may follow, or of the bar before, the account is as it is now.
        fills = (acts and fills_at_close) or last == closing_bar
        valued_to = last if fills or (acts and not is_known) else last + 1
        ruin = value(equity_metrics, lanes, cash, quantity, close, valued_to)
        is_ruined = ruin < valued_to
        bar = ruin if is_ruined else last
        if bar > t:
            sequence = write_features(ring, sequence, t, symbol, bar_event, first)
            sequence = write_update(ring, sequence, t, symbol, bar_event, close[t], quantity, cash, 0.0)
            held = quantity, cash, 0.0
            sequence = write_calm_bars(ring, sequence, t + 1, bar, symbol, first, close, held, is_read)
            bar_event = sequence
            sequence = write_bar(ring, sequence, bar, symbol, close[bar])
        features = sequence
        sequence = write_features(ring, sequence, bar, symbol, bar_event, first)
        price = close[bar]
        if acts and bar == last:
            bus.resume(sequence)
            if not is_known:
                return _STRATEGY_RAISED if direction == RAISED else _UNKNOWN_DIRECTION, bar
            signal = bus.claim()
            write_event(ring, signal, _SIGNAL, bar, features, symbol, _NONE, 0, (price, float(direction), 0.0, 0.0))
            dispatch_events(bus, broker, portfolio, trades, terms, ring, symbol, bar, _NO_PRICE)
            if fills_at_close and broker.working == 1:
                dispatch_events(bus, broker, portfolio, trades, terms, ring, symbol, bar, price)
                _note_fill(told, trades, portfolio, bar, session)
            sequence = bus.head
            overflowed = bus.overflowed == 1
        if bar == closing_bar:
            bus.resume(sequence)
            if _sends_closing_order(bus, broker, portfolio.quantity, ring, symbol, bar, price, bar_event):
                dispatch_events(bus, broker, portfolio, trades, terms, ring, symbol, bar, _NO_PRICE)
                dispatch_events(bus, broker, portfolio, trades, terms, ring, symbol, bar, price)
            sequence = bus.head
            overflowed = bus.overflowed == 1
        if overflowed:
            return _BUS_OVERFLOW, bar
        portfolio.mark(price)
        if not is_ruined:
            is_ruined = value(equity_metrics, lanes, portfolio.cash, portfolio.quantity, close, bar + 1) <= bar
        update = sequence
        sequence = write_update(ring, sequence, bar, symbol, bar_event, price, portfolio.quantity, portfolio.cash, 0.0)
        bus.resume(sequence)
        if is_ruined:
            _breach(bus, portfolio, ring, symbol, bar, price, update)
            return _EQUITY_EXHAUSTED, bar
        t = bar + 1
        begin = t
    return _DONE, stop_bar


@kernel
def _bars_held(account, end):
    """Bars before ``end`` at whose close a position was held."""
    # A position opened at bar a and closed at bar b was held at the closes of bars a to b - 1.
    held = account.trades.bars_sum
    if account.portfolio.quantity != 0.0:
        held += end - account.portfolio.entry_bar
    return held


@kernel
def _run_container(strategy, memory, columns, row, ring, trap):
    settings, outcome, kept = row.settings, row.outcome, strategy.kept
    if not is_resumed(kept):
        begin_counts(outcome)
    account = _open_account(settings, outcome)
    equity_metrics = EquityMetrics(settings.cash, has_periods(row.metrics))
    n_bars = columns.close.shape[1]
    context = context_of(columns, row, memory, settings.evaluation_start, 0)
    told = np.zeros(1, TRADES_DTYPE)
    context_at(address_of(context)).trades = address_of(told)
    evaluation = new_evaluation(strategy.function, context)
    n_history = columns.source.close.shape[1] - n_bars
    if is_resumed(kept):
        evaluation.result[FIRST_BAR] = header_at(kept).first
        exchange(False, state_address(kept, strategy.n_bytes), account, equity_metrics, told)
    t, stop_bar, begin = stretch_of(kept, n_bars, n_history)
    code, bar, period = _DONE, stop_bar, 0
    while t < stop_bar:
        stop = stop_before(row.metrics, period, stop_bar)
        stretch = t, stop, begin
        code, bar = _advance(account, equity_metrics, evaluation, told, columns, row.symbol, ring, trap, stretch)
        if code != _DONE:
            break
        held = _bars_held(account, stop)
        note_period(row.metrics, period, view(equity_metrics), equity_metrics.lanes, account.trades.count, held)
        t = begin = stop
        period += 1
    if kept != 0:
        n_bars = bar
        write_header(kept, evaluation, bar)
        exchange(True, state_address(kept, strategy.n_bytes), account, equity_metrics, told)
    first = evaluation.result[FIRST_BAR]
    count_orders(outcome, account.broker.order, 0)
    count_evaluated(outcome, first, bar - first, n_bars)
    equity_metrics.bars = n_bars
    write_outcome(
        Ending(code, bar, account.bus.head, _bars_held(account, n_bars), n_bars),
        view(equity_metrics),
        equity_metrics.lanes,
        view(account.trades),
        view(account.broker),
        settings,
        row.metrics,
        outcome,
    )
    hold(context)
    hold(told)
    hold(equity_metrics)
    hold(account.trades)
    hold(account.broker)


@kernel
def run_containers(strategy, columns, rows, ring, trap):
    """Run the containers of ``rows``; a ``trap`` makes a failure of each whose strategy raises."""
    memory = memory_of(strategy.kept, strategy.n_bytes)
    for k in range(rows.symbol.shape[0]):
        if not is_refused(rows, k):
            _run_container(strategy, memory, columns, row_of(rows, k), ring, trap)
