"""The bar loop of a container of the order engine: ``docs/trading-model.md`` section 9, line by line."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..compilation import ALL, FIRST, NOTHING, kernel
from ..constants import KEEP, LONG, SHORT, EventKind, Outcome, Reason, Setting, TrailingKind
from ..counts import count_evaluated
from ..history import bars_of_symbol, first_evaluated
from ..indicators.atr import Atr
from ..metrics import EQUITY_TILE, EquityMetrics, take
from ..ownership import borrow, local_copy
from ..strategy_view import Bar, Position
from ..views import view
from .bar import begin_bar, mark, reach_close, routine_of, warm_range_up
from .desk import OrderDesk
from .emit import emit
from .open_account import assemble, borrowed_bars, make_parts
from .outcome import end_container
from .requests import take_requests
from .signals import answer
from .state import ORDER_DTYPE, REQUESTS

_BAR = np.int64(EventKind.BAR)
_FEATURES = np.int64(EventKind.FEATURES)
_NONE = np.int64(Reason.NONE)
_ATR = np.int64(TrailingKind.ATR)
_DONE = int(Outcome.DONE)
_STRATEGY_RAISED = int(Outcome.STRATEGY_RAISED)
_UNKNOWN_DIRECTION = int(Outcome.UNKNOWN_DIRECTION)
_BOOK_OVERFLOW = int(Outcome.ORDER_BOOK_OVERFLOW)
_EQUITY_EXHAUSTED = int(Outcome.EQUITY_EXHAUSTED)
_RAISED = 255
_NO_CAUSE = ALL
_S_CASH = int(Setting.CASH)
_S_TRAILING_PERIOD = int(Setting.TRAILING_PERIOD)
_S_ORDER_CAPACITY = int(Setting.ORDER_CAPACITY)
_S_EVALUATION_START = int(Setting.EVALUATION_START)
#: ATR period of trailing stops where ``exits`` names none.
_ATR_PERIOD = 14


@kernel
def view_position(container, slot):
    """What a strategy is told of its position in holding ``slot``."""
    ledger = container.ledger
    holdings = container.holdings
    holding = holdings[slot]
    held = float(holding["quantity"])
    cash = float(ledger.cash)
    equity = cash + held * float(holding["close"])
    if held == 0.0:
        return Position(0.0, 0.0, -1, cash, equity)
    return Position(held, float(holding["entry_price"]), int(holding["entry_bar"]), cash, equity)


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

    ``takes_orders``: the strategy's ``on_bar`` sends orders of its own.
    """

    def advance(container, strategy, indicators, warmup, atr, desk, equity_metrics, trap, source, higher, completed):
        strategy = local_copy(strategy)
        indicators = local_indicators(indicators)
        atr = view(atr)
        desk = borrow(desk)
        equity_metrics = view(equity_metrics)
        ledger = container.ledger
        bars = container.bars
        symbol = container.universe[0]
        time = bars.time
        open_ = borrow(bars.open[symbol])
        high = borrow(bars.high[symbol])
        low = borrow(bars.low[symbol])
        close = borrow(bars.close[symbol])
        volume = borrow(bars.volume[symbol])
        slot = FIRST
        n_bars = close.shape[0]
        routine = routine_of(container, takes_orders or container.terms.trailing_kind == _ATR)
        equities = equity_metrics.equities
        bars_held = 0
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
        warm_range_up(container, routine, atr)
        for t in range(n_bars):
            price = close[t]
            bar_event = emit(container, _BAR, t, _NO_CAUSE, slot, _NONE, NOTHING, price, 0.0, 0.0, 0.0)
            begin_bar(container, routine, slot, t, price, bar_event, atr)
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
                features = emit(container, _FEATURES, t, bar_event, slot, _NONE, NOTHING, 0.0, 0.0, 0.0, 0.0)
                bar = Bar(
                    t,
                    int(time[t]),
                    float(open_[t]),
                    float(high[t]),
                    float(low[t]),
                    float(price),
                    float(volume[t]),
                    0,
                )
                if takes_orders:
                    desk.begin(slot, ledger.working, ledger.orders)
                direction = _RAISED
                if trap:
                    try:
                        direction = on_bar(strategy, bar, view_position(container, slot), desk)
                    except Exception:
                        direction = _RAISED
                else:
                    direction = on_bar(strategy, bar, view_position(container, slot), desk)
                if direction != KEEP and (direction < SHORT or direction > LONG):
                    return (_STRATEGY_RAISED if direction == _RAISED else _UNKNOWN_DIRECTION), t, bars_held
                if takes_orders and desk.count_ > 0:
                    take_requests(container, view(desk), slot, t, features)
                if direction != KEEP:
                    answer(container, slot, t, direction, features)
            reach_close(container, routine, slot, t, bar_event)
            if ledger.overflowed == 1:
                return _BOOK_OVERFLOW, t, bars_held
            equity = mark(container, t, bar_event)
            if not equity > 0.0:
                return _EQUITY_EXHAUSTED, t, bars_held
            bars_held += container.holdings[slot]["quantity"] != 0.0
            place = t & (EQUITY_TILE - 1)
            equities[place + 1] = equity
            if place == EQUITY_TILE - 1:
                take(equity_metrics, equities, EQUITY_TILE)
        take(equity_metrics, equities, n_bars & (EQUITY_TILE - 1))
        return _DONE, n_bars, bars_held

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
        universe = np.full(1, symbol)
        all_prices = source.high, source.low, source.close
        bars = borrowed_bars(time, session, clock, open_, high, low, close, volume, all_prices)
        parts = make_parts(settings, random_state, universe, bars)
        held = assemble(parts, settings, ring, outcome)
        strategy = make_strategy(parameters, random_state)
        indicators = make_indicators(strategy)
        period = int(settings[_S_TRAILING_PERIOD])
        atr = Atr(period if period > 0 else _ATR_PERIOD)
        requests = np.zeros(REQUESTS * int(settings[_S_ORDER_CAPACITY]), ORDER_DTYPE)
        desk = OrderDesk(requests, borrow(parts.book))
        equity_metrics = EquityMetrics(settings[_S_CASH])
        n_history = source.close.shape[1] - close.shape[1]
        warmup = warmup_of(strategy, completed[symbol])
        first = first_evaluated(warmup, n_history, int(settings[_S_EVALUATION_START]))
        code, bar, bars_held = advance(
            view(held),
            strategy,
            indicators,
            first,
            atr,
            desk,
            equity_metrics,
            trap,
            bars_of_symbol(source, symbol),
            higher[symbol],
            completed[symbol],
        )
        count_evaluated(outcome, first, bar - first, close.shape[1])
        end_container(
            code, bar, held.bus.head, held, parts, equity_metrics, bars_held, close.shape[1], settings, metrics, outcome
        )

    run_container.__qualname__ = f"{identity}.run_container"
    compiled: Callable[..., Any] = kernel(run_container)
    return compiled
