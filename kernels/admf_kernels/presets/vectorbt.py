"""The bar loop of a container under preset ``vectorbt``: ``docs/trading-model.md`` section 17, line by line."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..compilation import ALL, NOTHING, kernel
from ..constants import FLAT, KEEP, LONG, SHORT, EventKind, Outcome, Reason, Setting
from ..counts import begin_counts, count_evaluated, count_orders
from ..history import bars_of_symbol, first_evaluated
from ..metrics import EQUITY_TILE, EquityMetrics, TradeMetrics, take
from ..outcome import write_outcome
from ..ownership import borrow, hold, local_copy
from ..strategy_view import Bar, Position
from ..views import view
from .vectorbt_account import Account, Container, emit, report
from .vectorbt_fills import fill_order
from .vectorbt_rules import read_rules
from .vectorbt_stops import find_stop, full_prices, stop_fill, trail

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
_RAISED = 255
_NO_CAUSE = ALL
#: Columns that say nothing once equity has been 0 or less: what is made of returns, growth and average equity.
_OF_RETURNS = (2, 3, 4, 5, 6, 9, 10, 19)
_S_CASH = int(Setting.CASH)
_S_EVALUATION_START = int(Setting.EVALUATION_START)


@kernel
def _view_position(account, close):
    held = float(account.quantity)
    cash = float(account.cash)
    equity = cash + held * float(close)
    if held == 0.0:
        return Position(0.0, 0.0, -1, cash, equity)
    return Position(held, float(account.entry_price), int(account.entry_bar), cash, equity)


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
    reason, price = find_stop(account, rules, open_, high, low)
    if rules.trails:
        trail(account, high, low)
    if reason == _NONE:
        return False
    base, slippage = stop_fill(rules, price, market, close)
    quantity = -account.quantity
    order = account.next_order()
    event = emit(container, _ORDER, bar, cause, reason, order, base, quantity, 0.0, 0.0)
    waiting = account.waiting
    if waiting != 0.0:
        account.waiting = 0.0
        emit(container, _CANCEL, bar, event, _REPLACED, account.waiting_order, market, waiting, 0.0, 0.0)
    fill_order(container, bar, quantity, order, event, base, slippage, close)
    return True


@kernel
def _answer(container, bar, direction, stopped, close, cause):
    """Turn an answer into SIGNAL and ORDER; fill it now, or let it wait for the next open."""
    account = container.account
    rules = container.rules
    quantity = _wanted(direction, account.quantity, rules.size)
    if quantity == 0.0:
        return
    signal = emit(container, _SIGNAL, bar, cause, _NONE, NOTHING, close, float(direction), 0.0, 0.0)
    order = account.next_order()
    if rules.fills_at_close and stopped:
        emit(container, _REJECT, bar, signal, _REPLACED, order, close, quantity, 0.0, 0.0)
        return
    event = emit(container, _ORDER, bar, signal, _NONE, order, close, quantity, 0.0, 0.0)
    if rules.fills_at_close:
        fill_order(container, bar, quantity, order, event, close, rules.slippage, close)
        return
    account.waiting = quantity
    account.waiting_order = order
    account.waiting_event = event


@kernel
def _fill_waiting(container, bar, market, close):
    account = container.account
    quantity = account.waiting
    account.waiting = 0.0
    slippage = container.rules.slippage
    fill_order(container, bar, quantity, account.waiting_order, account.waiting_event, market, slippage, close)


def build_engine(  # noqa: D417
    identity: str,
    make_strategy: Callable[..., Any],
    make_indicators: Callable[..., Any],
    local_indicators: Callable[..., Any],
    warmup_of: Callable[..., Any],
    update_features: Callable[..., Any],
    on_bar: Callable[..., Any],
    takes_orders: bool,
) -> Callable[..., Any]:
    """Return ``run_container`` for one strategy, as ``admf_kernels.engine.build_engine`` does for the plain engine."""
    if takes_orders:
        raise ValueError("the preset has no orders but those of a direction")

    def advance(
        container,
        strategy,
        indicators,
        warmup,
        equity_metrics,
        trap,
        time,
        open_,
        high,
        low,
        close,
        volume,
        source,
        higher,
        completed,
    ):
        strategy = local_copy(strategy)
        indicators = local_indicators(indicators)
        equity_metrics = view(equity_metrics)
        account = container.account
        rules = container.rules
        has_stops = rules.stop_loss > 0.0 or rules.take_profit > 0.0
        equities = equity_metrics.equities
        bars_held = 0
        lowest = math.inf
        n_bars = close.shape[0]
        session, all_open, all_high = borrow(source.session), borrow(source.open), borrow(source.high)
        all_low, all_close, all_volume = borrow(source.low), borrow(source.close), borrow(source.volume)
        n_history = all_close.shape[0] - n_bars
        for t in range(n_history):
            update_features(
                strategy,
                indicators,
                session,
                all_open,
                all_high,
                all_low,
                all_close,
                all_volume,
                higher,
                completed,
                t,
            )
        for t in range(n_bars):
            price = float(close[t])
            bar_event = emit(container, _BAR, t, _NO_CAUSE, _NONE, NOTHING, price, 0.0, 0.0, 0.0)
            stopped = False
            if account.quantity != 0.0 or account.waiting != 0.0:
                first, highest, deepest = full_prices(float(open_[t]), float(high[t]), float(low[t]), price)
                market = price
                if not rules.fills_at_close:
                    market = float(open_[t])
                    if market != market:
                        market = float(close[t - 1])
                if has_stops and account.quantity != 0.0:
                    stopped = _stop(container, t, first, highest, deepest, price, market, bar_event)
                if account.waiting != 0.0:
                    _fill_waiting(container, t, market, price)
            update_features(
                strategy,
                indicators,
                session,
                all_open,
                all_high,
                all_low,
                all_close,
                all_volume,
                higher,
                completed,
                t + n_history,
            )
            if t >= warmup:
                features = emit(container, _FEATURES, t, bar_event, _NONE, NOTHING, 0.0, 0.0, 0.0, 0.0)
                bar = Bar(
                    t,
                    int(time[t]),
                    float(open_[t]),
                    float(high[t]),
                    float(low[t]),
                    price,
                    float(volume[t]),
                    0,
                )
                direction = _RAISED
                if trap:
                    try:
                        direction = on_bar(strategy, bar, _view_position(account, price), 0)
                    except Exception:
                        direction = _RAISED
                else:
                    direction = on_bar(strategy, bar, _view_position(account, price), 0)
                if direction != KEEP:
                    if direction < SHORT or direction > LONG:
                        return (_STRATEGY_RAISED if direction == _RAISED else _UNKNOWN_DIRECTION), t, bars_held, lowest
                    if direction == SHORT and rules.size == math.inf:
                        return _SHORT_WITHOUT_SIZE, t, bars_held, lowest
                    _answer(container, t, direction, stopped, price, features)
            equity = report(account, price)
            held = account.quantity
            cash = account.reported_cash
            emit(container, _PORTFOLIO_UPDATE, t, bar_event, _NONE, NOTHING, price, held, equity, cash)
            lowest = min(lowest, equity)
            bars_held += held != 0.0
            place = t & (EQUITY_TILE - 1)
            equities[place + 1] = equity
            if place == EQUITY_TILE - 1:
                take(equity_metrics, equities, EQUITY_TILE)
        take(equity_metrics, equities, n_bars & (EQUITY_TILE - 1))
        return _DONE, n_bars, bars_held, lowest

    advance.__qualname__ = f"{identity}.advance"
    advance = kernel(advance)

    def run_container(
        time,
        session,
        clock,
        open_,
        high,
        low,
        close,
        volume,
        source,
        higher,
        completed,
        symbol,
        parameters,
        settings,
        random_state,
        ring,
        trap,
        metrics,
        outcome,
    ):
        start = float(settings[_S_CASH])
        account = Account(start)
        trades = TradeMetrics()
        equity_metrics = EquityMetrics(start)
        strategy = make_strategy(parameters, random_state)
        indicators = make_indicators(strategy)
        begin_counts(outcome)
        counts = borrow(outcome)
        container = Container(borrow(account), borrow(trades), read_rules(settings), borrow(ring), symbol, counts)
        n_history = source.close.shape[1] - close.shape[1]
        warmup = warmup_of(strategy, completed[symbol])
        first = first_evaluated(warmup, n_history, int(settings[_S_EVALUATION_START]))
        code, bar, bars_held, lowest = advance(
            container,
            strategy,
            indicators,
            first,
            equity_metrics,
            trap,
            time,
            open_[symbol],
            high[symbol],
            low[symbol],
            close[symbol],
            volume[symbol],
            bars_of_symbol(source, symbol),
            higher[symbol],
            completed[symbol],
        )
        # The last equity, but for rounding: what was earned is added up, and then the starting cash.
        final_equity = start + (account.earned + account.quantity * float(close[symbol, close.shape[1] - 1]))
        if code == _DONE and not abs(final_equity) < math.inf:
            code = _NOT_FINITE
        equity_metrics.previous = final_equity
        count_orders(outcome, account.orders, 0)
        count_evaluated(outcome, first, bar - first, close.shape[1])
        if write_outcome(
            code,
            bar,
            account.events,
            view(equity_metrics),
            equity_metrics.lanes,
            view(trades),
            view(account),
            bars_held,
            close.shape[1],
            settings,
            metrics,
            outcome,
        ):
            if not lowest > 0.0:
                for column in _OF_RETURNS:
                    metrics[column] = math.nan
        hold(equity_metrics)
        hold(trades)
        hold(account)

    run_container.__qualname__ = f"{identity}.run_container"
    compiled: Callable[..., Any] = kernel(run_container)
    return compiled
