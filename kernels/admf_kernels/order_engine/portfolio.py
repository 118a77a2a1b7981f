"""The bar loop of a container over several symbols: ``docs/trading-model.md`` sections 9 and 16.

The indicators of every symbol run ahead of the bars, over the bars that the symbol has; their values at each bar are
kept until the strategy is asked about it. They are the streaming indicators of the other engines, fed in the same
order, so a value at a bar depends on nothing after it.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..compilation import ALL, FIRST, NO, NOTHING, YES, kernel
from ..constants import KEEP, LONG, SHORT, EventKind, Outcome, Reason, Setting, TrailingKind
from ..counts import count_evaluated
from ..indicators.atr import Atr, update_atr
from ..metrics import EQUITY_TILE, EquityMetrics, take
from ..ownership import borrow, local_copy
from ..strategy_view import Bar, Market
from ..views import view
from .account import charge_financing
from .bar import begin_matching, begin_session, close_at_end, has_bar, mark, match_working, open_market
from .delisting import delist, last_bars
from .desk import OrderDesk
from .emit import emit
from .engine import view_position
from .features import gathered, in_own_bars, own_bars
from .open_account import assemble, borrowed_bars, make_parts
from .outcome import end_container
from .requests import take_requests
from .schedule import is_due
from .shared_cash import match_across
from .signals import answer
from .state import ORDER_DTYPE, REQUESTS
from .trailing import move_trailing_stops
from .weights import look_at_market, take_weights

_BAR = np.int64(EventKind.BAR)
_FEATURES = np.int64(EventKind.FEATURES)
_NONE = np.int64(Reason.NONE)
_ATR = int(TrailingKind.ATR)
_DONE = int(Outcome.DONE)
_STRATEGY_RAISED = int(Outcome.STRATEGY_RAISED)
_UNKNOWN_DIRECTION = int(Outcome.UNKNOWN_DIRECTION)
_BOOK_OVERFLOW = int(Outcome.ORDER_BOOK_OVERFLOW)
_EQUITY_EXHAUSTED = int(Outcome.EQUITY_EXHAUSTED)
_RAISED = 255
_S_CASH = int(Setting.CASH)
_S_TRAILING_PERIOD = int(Setting.TRAILING_PERIOD)
_S_TRAILING_KIND = int(Setting.TRAILING_KIND)
_S_ORDER_CAPACITY = int(Setting.ORDER_CAPACITY)
_S_REBALANCE = int(Setting.REBALANCE)
_S_EVALUATION_START = int(Setting.EVALUATION_START)
#: ATR period of trailing stops where ``exits`` names none.
_ATR_PERIOD = 14
#: The symbol of a container that trades all symbols of the data.
_EVERY_SYMBOL = -1


@kernel
def _universe(symbol, n_symbols):
    if symbol == _EVERY_SYMBOL:
        return np.arange(n_symbols)
    return np.full(1, symbol)


@kernel
def _take_closes(container, t):
    """Give every holding whose symbol has a bar now its close."""
    bars = container.bars
    for slot in range(container.holdings.shape[0]):
        close = bars.close[container.universe[slot], t]
        if not math.isnan(close):
            container.holdings[slot]["close"] = close
            container.holdings[slot]["market"] = close


@kernel
def _is_any_held(container):
    for slot in range(container.holdings.shape[0]):
        if container.holdings[slot]["quantity"] != 0.0:
            return True
    return False


def build_engine(  # noqa: D417
    identity: str,
    make_strategy: Callable[..., Any],
    make_indicators: Callable[..., Any],
    local_indicators: Callable[..., Any],
    warmup_of: Callable[..., Any],
    update_features: Callable[..., Any],
    on_bar: Callable[..., Any],
    takes_orders: bool,
    n_features: int,
    n_integers: int,
    n_numbers: int,
    keep_features: Callable[..., Any],
    load_features: Callable[..., Any],
    load_state: Callable[..., Any],
    keep_state: Callable[..., Any],
    weighs: bool,
    make_cross: Callable[..., Any],
    load_cross: Callable[..., Any],
    target_weights: Callable[..., Any],
) -> Callable[..., Any]:
    """Return ``run_container`` for one strategy on several symbols, as the other engines' ``build_engine`` do for one.

    ``keep_features(strategy, features, t)`` and ``load_features`` copy the strategy's indicator fields to and from
    column t of float64 (n_features, n_bars); ``load_state(strategy, integers, numbers)`` and ``keep_state`` its state
    fields, so that one strategy serves every symbol, each with a state of its own. With ``weighs``, it is not asked
    about symbols one by one: ``load_cross(cross, features, ready, t)`` gathers every symbol's indicators, and
    ``target_weights(cross, market, weights)`` answers for all.
    """

    def run_features(
        parameters,
        random_state,
        container,
        source,
        features,
        atrs,
        seen,
        warmups,
        settings,
        follows_range,
        higher,
        completed,
    ):
        """Fill features (n_symbols, n_features, n_bars), atrs (n_symbols, n_bars), seen and warmups (n_symbols,).

        ``seen`` becomes the number of bars that each symbol has in the history.
        """
        n_history = container.bars.n_history
        for slot in range(container.holdings.shape[0]):
            symbol = container.universe[slot]
            places = own_bars(source.close[symbol])
            session = gathered(source.session, places)
            open_ = gathered(source.open[symbol], places)
            high = gathered(source.high[symbol], places)
            low = gathered(source.low[symbol], places)
            close = gathered(source.close[symbol], places)
            volume = gathered(source.volume[symbol], places)
            strategy = make_strategy(parameters, random_state)
            indicators = make_indicators(strategy)
            finished = in_own_bars(completed[symbol], places)
            warmups[slot] = warmup_of(strategy, finished)
            period = int(settings[_S_TRAILING_PERIOD])
            atr = Atr(period if period > 0 else _ATR_PERIOD)
            for k in range(places.shape[0]):
                update_features(
                    strategy, indicators, session, open_, high, low, close, volume, higher[symbol], finished, k
                )
                bar = places[k] - n_history
                if bar >= 0:
                    keep_features(strategy, features[slot], bar)
                else:
                    seen[slot] = k + 1
                if follows_range:
                    update_atr(atr, high, low, close, k)
                    if bar >= 0 and k >= atr.period:
                        atrs[slot, bar] = atr.value
                    elif k >= atr.period:
                        # What a trailing stop sees until the symbol's first evaluated bar is complete.
                        container.atrs[slot] = atr.value

    run_features.__qualname__ = f"{identity}.run_features"
    run_features = kernel(run_features)

    def advance(
        container,
        strategy,
        cross,
        begin,
        seen,
        warmups,
        features,
        atrs,
        integers,
        numbers,
        desk,
        equity_metrics,
        schedule,
        delisted,
        trap,
    ):
        strategy = local_copy(strategy)
        cross = borrow(cross)
        desk = borrow(desk)
        equity_metrics = view(equity_metrics)
        ledger = container.ledger
        terms = container.terms
        bars = container.bars
        n_symbols = container.holdings.shape[0]
        n_bars = bars.time.shape[0]
        has_rates = terms.interest_rate > 0.0 or terms.borrow_rate > 0.0
        leaves_by_clock = terms.max_holding_bars > 0 or terms.exit_at >= 0
        equities = equity_metrics.equities
        bar_events = np.zeros(n_symbols, np.int64)
        weights = np.zeros(n_symbols)
        market_close = np.zeros(n_symbols)
        market_volume = np.zeros(n_symbols)
        market_weights = np.zeros(n_symbols)
        present = np.zeros(n_symbols, np.bool_)
        ready = np.zeros(n_symbols, np.bool_)
        bars_held = 0
        last = last_bars(container)
        first = n_bars
        evaluated = 0
        latest = -1
        for t in range(n_bars):
            first_event = ALL
            for slot in range(n_symbols):
                if has_bar(container, slot, t):
                    price = bars.close[container.universe[slot], t]
                    bar_events[slot] = emit(container, _BAR, t, ALL, slot, _NONE, NOTHING, price, 0.0, 0.0, 0.0)
                    if first_event < 0:
                        first_event = bar_events[slot]
            if first_event < 0:
                # Nobody has a bar here: the axis is that of more symbols than this container trades.
                price = container.holdings[0]["close"]
                first_event = emit(container, _BAR, t, ALL, FIRST, _NONE, NOTHING, price, 0.0, 0.0, 0.0)
            begin_session(container, t)
            for slot in range(n_symbols):
                if last[slot] == t - 1 and t > 0:
                    delist(container, slot, t, first_event, delisted[container.universe[slot]])
            if has_rates:
                charge_financing(container, t, first_event)
            for slot in range(n_symbols):
                if has_bar(container, slot, t):
                    open_market(container, slot, t)
            if ledger.working > 0 or leaves_by_clock:
                for slot in range(n_symbols):
                    if has_bar(container, slot, t):
                        begin_matching(container, slot, t, bar_events[slot])
                match_across(container, t, NO)
                for slot in range(n_symbols):
                    if has_bar(container, slot, t):
                        match_working(container, slot, t)
            _take_closes(container, t)
            for slot in range(n_symbols):
                if has_bar(container, slot, t):
                    seen[slot] += 1
                    if atrs.shape[1] > 1:
                        container.atrs[slot] = atrs[slot, t]
                    if ledger.working > 0:
                        move_trailing_stops(container, slot, t)
            if weighs:
                if t >= begin and is_due(schedule, bars, t, begin):
                    equity = look_at_market(
                        container, market_close, market_volume, present, ready, market_weights, t, seen, warmups
                    )
                    market = Market(
                        t,
                        int(bars.time[t]),
                        market_close,
                        market_volume,
                        present,
                        ready,
                        market_weights,
                        float(equity),
                        float(ledger.cash),
                    )
                    if np.any(ready):
                        first = min(first, t)
                        evaluated += 1
                        features_event = emit(
                            container, _FEATURES, t, first_event, FIRST, _NONE, NOTHING, 0.0, 0.0, 0.0, 0.0
                        )
                        load_cross(cross, features, ready, t)
                        weights[:] = 0.0
                        raised = 1
                        if trap:
                            try:
                                raised = target_weights(cross, market, weights)
                            except Exception:
                                raised = 1
                        else:
                            raised = target_weights(cross, market, weights)
                        if raised != 0:
                            return _STRATEGY_RAISED, t, bars_held, first, evaluated
                        take_weights(container, t, weights, features_event)
            else:
                for slot in range(n_symbols):
                    if t < begin or not has_bar(container, slot, t) or seen[slot] <= warmups[slot]:
                        continue
                    if latest < t:
                        latest = t
                        first = min(first, t)
                        evaluated += 1
                    symbol = container.universe[slot]
                    features_event = emit(
                        container, _FEATURES, t, bar_events[slot], slot, _NONE, NOTHING, 0.0, 0.0, 0.0, 0.0
                    )
                    load_features(strategy, features[slot], t)
                    load_state(strategy, integers[slot], numbers[slot])
                    bar = Bar(
                        t,
                        int(bars.time[t]),
                        float(bars.open[symbol, t]),
                        float(bars.high[symbol, t]),
                        float(bars.low[symbol, t]),
                        float(bars.close[symbol, t]),
                        float(bars.volume[symbol, t]),
                        slot,
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
                    keep_state(strategy, integers[slot], numbers[slot])
                    if direction != KEEP and (direction < SHORT or direction > LONG):
                        return (
                            (_STRATEGY_RAISED if direction == _RAISED else _UNKNOWN_DIRECTION),
                            t,
                            bars_held,
                            first,
                            evaluated,
                        )
                    if takes_orders and desk.count_ > 0:
                        take_requests(container, view(desk), slot, t, features_event)
                    if direction != KEEP:
                        answer(container, slot, t, direction, features_event)
            match_across(container, t, YES)
            if t == n_bars - 1 and terms.close_at_end:
                close_at_end(container, t, first_event)
            if ledger.overflowed == 1:
                return _BOOK_OVERFLOW, t, bars_held, first, evaluated
            equity = mark(container, t, first_event)
            if not equity > 0.0:
                return _EQUITY_EXHAUSTED, t, bars_held, first, evaluated
            bars_held += _is_any_held(container)
            place = t & (EQUITY_TILE - 1)
            equities[place + 1] = equity
            if place == EQUITY_TILE - 1:
                take(equity_metrics, equities, EQUITY_TILE)
        take(equity_metrics, equities, n_bars & (EQUITY_TILE - 1))
        return _DONE, n_bars, bars_held, first, evaluated

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
        delisted,
        symbol,
        parameters,
        settings,
        random_state,
        ring,
        trap,
        metrics,
        outcome,
    ):
        universe = _universe(symbol, close.shape[0])
        n_symbols = universe.shape[0]
        n_bars = close.shape[1]
        all_prices = source.high, source.low, source.close
        bars = borrowed_bars(time, session, clock, open_, high, low, close, volume, all_prices)
        parts = make_parts(settings, random_state, universe, bars)
        held = assemble(parts, settings, ring, outcome)
        container = view(held)
        features = np.full((n_symbols, n_features, n_bars), math.nan)
        follows_range = takes_orders or int(settings[_S_TRAILING_KIND]) == _ATR
        atrs = np.full((n_symbols, n_bars if follows_range else 1), math.nan)
        seen = np.zeros(n_symbols, np.int64)
        warmups = np.zeros(n_symbols, np.int64)
        run_features(
            parameters,
            random_state,
            container,
            source,
            features,
            atrs,
            seen,
            warmups,
            settings,
            follows_range,
            higher,
            completed,
        )
        strategy = make_strategy(parameters, random_state)
        cross = make_cross(parameters, random_state, n_symbols)
        integers = np.zeros((n_symbols, n_integers), np.int64)
        numbers = np.zeros((n_symbols, n_numbers))
        for slot in range(n_symbols):
            keep_state(strategy, integers[slot], numbers[slot])
        requests = np.zeros(REQUESTS * int(settings[_S_ORDER_CAPACITY]), ORDER_DTYPE)
        desk = OrderDesk(requests, borrow(parts.book))
        equity_metrics = EquityMetrics(settings[_S_CASH])
        code, bar, bars_held, first, evaluated = advance(
            container,
            strategy,
            cross,
            int(settings[_S_EVALUATION_START]),
            seen,
            warmups,
            features,
            atrs,
            integers,
            numbers,
            desk,
            equity_metrics,
            int(settings[_S_REBALANCE]),
            delisted,
            trap,
        )
        count_evaluated(outcome, first, evaluated, n_bars)
        end_container(
            code, bar, held.bus.head, held, parts, equity_metrics, bars_held, n_bars, settings, metrics, outcome
        )

    run_container.__qualname__ = f"{identity}.run_container"
    compiled: Callable[..., Any] = kernel(run_container)
    return compiled
