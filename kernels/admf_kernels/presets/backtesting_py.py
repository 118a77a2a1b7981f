"""The bar loop of a container under the rules of backtesting.py 0.6.6: ``docs/trading-model.md`` section 18.

The functions of this engine (``backtesting_py_*.py``) are a translation of the plain model that is held to that
engine bit for bit, ``tests/reference/backtesting_py_model.py``, one by one.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..arithmetic import divide
from ..compilation import ALL, NOTHING, kernel
from ..constants import KEEP, LONG, SHORT, EventKind, Outcome, Reason, Setting
from ..counts import begin_counts, count_evaluated, count_orders
from ..history import bars_of_symbol, first_evaluated
from ..metrics import EQUITY_TILE, EquityMetrics, take
from ..outcome import write_outcome
from ..ownership import borrow, hold, local_copy
from ..strategy_view import Bar, Position
from ..views import view
from .backtesting_py_account import entry_cost, equity, units
from .backtesting_py_bar import finish, mark, update
from .backtesting_py_desk import REQUEST_DTYPE, Desk
from .backtesting_py_matching import process_orders
from .backtesting_py_open import assemble, make_parts
from .backtesting_py_queue import emit
from .backtesting_py_requests import answer, take_requests

_BAR = np.int64(EventKind.BAR)
_FEATURES = np.int64(EventKind.FEATURES)
_NONE = np.int64(Reason.NONE)
_NO_CAUSE = ALL
_DONE = int(Outcome.DONE)
_STRATEGY_RAISED = int(Outcome.STRATEGY_RAISED)
_UNKNOWN_DIRECTION = int(Outcome.UNKNOWN_DIRECTION)
_BOOK_OVERFLOW = int(Outcome.ORDER_BOOK_OVERFLOW)
_RAISED = 255
_RISK_BREACHES = 23
#: Columns that say nothing about an account that is ruined: what is made of returns and of growth.
_OF_RETURNS = (2, 3, 4, 5, 6, 9, 10)
_S_CASH = int(Setting.CASH)
_S_EVALUATION_START = int(Setting.EVALUATION_START)


@kernel
def _view_position(s):
    """The open trades as one position: the mean price of its units, the bar of its oldest trade."""
    held = units(s)
    cost = entry_cost(s)
    value = equity(s)
    if s.ledger.n_held == 0:
        return Position(0.0, 0.0, -1, float(s.ledger.cash), value)
    oldest = s.trades[s.held[0]]
    return Position(held, divide(cost, held), int(oldest["bar"]), s.ledger.cash - cost, value)


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
    """Return ``run_container`` for one strategy, as ``admf_kernels.engine.build_engine`` does for the plain engine.

    ``takes_orders``: the strategy's ``on_bar`` sends orders of its own, by a ``Desk``.
    """

    def advance(
        s,
        strategy,
        indicators,
        warmup,
        desk,
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
        s = borrow(s)
        strategy = local_copy(strategy)
        indicators = local_indicators(indicators)
        desk = borrow(desk)
        equity_metrics = view(equity_metrics)
        ledger = s.ledger
        n_bars = close.shape[0]
        equities = equity_metrics.equities
        bars_held = 0
        evaluated = 0
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
            ledger.previous_close = ledger.close
            ledger.bar = t
            ledger.open = open_[t]
            ledger.high = high[t]
            ledger.low = low[t]
            ledger.close = close[t]
            bar_event = emit(s, _BAR, t, _NO_CAUSE, _NONE, NOTHING, close[t], 0.0, 0.0, 0.0)
            value = 0.0
            if not ledger.ruined:
                if ledger.working > 0:
                    process_orders(s)
                value = mark(s, bar_event)
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
            # Nothing is asked at the first bar of all, as if a strategy needed one bar more than its indicators.
            if t > warmup and not ledger.ruined:
                evaluated += 1
                features = emit(s, _FEATURES, t, bar_event, _NONE, NOTHING, 0.0, 0.0, 0.0, 0.0)
                bar = Bar(
                    t,
                    int(time[t]),
                    float(open_[t]),
                    float(high[t]),
                    float(low[t]),
                    float(close[t]),
                    float(volume[t]),
                    0,
                )
                if takes_orders:
                    desk.begin()
                direction = _RAISED
                if trap:
                    try:
                        direction = on_bar(strategy, bar, _view_position(s), desk)
                    except Exception:
                        direction = _RAISED
                else:
                    direction = on_bar(strategy, bar, _view_position(s), desk)
                if direction != KEEP and (direction < SHORT or direction > LONG):
                    return (_STRATEGY_RAISED if direction == _RAISED else _UNKNOWN_DIRECTION), t, bars_held, evaluated
                if takes_orders and desk.count_ > 0:
                    take_requests(s, desk, features)
                if direction != KEEP:
                    answer(s, direction, features)
            if ledger.close_at_end and t == n_bars - 1 and not ledger.ruined:
                finish(s, bar_event)
                value = mark(s, bar_event)
            if ledger.overflowed == 1:
                return _BOOK_OVERFLOW, t, bars_held, evaluated
            update(s, bar_event, value)
            bars_held += ledger.n_held > 0 and not ledger.ruined
            place = t & (EQUITY_TILE - 1)
            equities[place + 1] = value
            if place == EQUITY_TILE - 1:
                take(equity_metrics, equities, EQUITY_TILE)
        take(equity_metrics, equities, n_bars & (EQUITY_TILE - 1))
        return _DONE, n_bars, bars_held, evaluated

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
        parts = make_parts(settings, symbol)
        begin_counts(outcome)
        container = assemble(parts, ring, outcome)
        strategy = make_strategy(parameters, random_state)
        indicators = make_indicators(strategy)
        desk = Desk(np.zeros(parts.ledger.capacity, REQUEST_DTYPE))
        equity_metrics = EquityMetrics(settings[_S_CASH])
        n_history = source.close.shape[1] - close.shape[1]
        warmup = warmup_of(strategy, completed[symbol])
        first = first_evaluated(warmup, n_history, int(settings[_S_EVALUATION_START]))
        code, bar, bars_held, evaluated = advance(
            container,
            strategy,
            indicators,
            first,
            desk,
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
        count_orders(outcome, parts.ledger.numbered, 0)
        count_evaluated(outcome, first + 1, evaluated, close.shape[1])
        if write_outcome(
            code,
            bar,
            parts.bus.head,
            view(equity_metrics),
            equity_metrics.lanes,
            view(parts.metrics),
            view(parts.ledger),
            bars_held,
            close.shape[1],
            settings,
            metrics,
            outcome,
        ):
            if parts.ledger.ruined:
                metrics[_RISK_BREACHES] = 1.0
                for column in _OF_RETURNS:
                    metrics[column] = math.nan
        hold(equity_metrics)
        hold(parts.metrics)
        hold(parts.ledger)

    run_container.__qualname__ = f"{identity}.run_container"
    compiled: Callable[..., Any] = kernel(run_container)
    return compiled
