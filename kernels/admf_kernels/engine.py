"""The bar loop of one container: ``docs/trading-model.md`` section 2, line by line.

``build_engine`` ties the loop to the functions of one strategy's generated module. What a bar always does is
inlined and branch-free around jitclasses; whatever happens seldom (orders, fills) is a function of its own. Together
they keep reference counting out of the loop; ``benchmarks/NOTES.md`` has the figures.
"""

from collections.abc import Callable
from typing import Any

from .account import Account, Rules
from .arithmetic import grid_of
from .broker import Broker
from .compilation import kernel
from .constants import FLAT, KEEP, LONG, SHORT, EventKind, FillRule, Outcome, Reason, Setting
from .costs import read_costs
from .counts import begin_counts, count_evaluated, count_orders
from .dispatch import settle
from .events import EventBus, post, write_event
from .history import bars_of_symbol, first_evaluated
from .metrics import EQUITY_TILE, EquityMetrics, TradeMetrics, take
from .outcome import write_outcome
from .ownership import borrow, hold, local_copy
from .portfolio import Portfolio
from .prefetch import AHEAD, prefetch
from .ring import ring_of
from .strategy_view import Bar, Position
from .views import view

_BAR = int(EventKind.BAR)
_FEATURES = int(EventKind.FEATURES)
_SIGNAL = int(EventKind.SIGNAL)
_ORDER = int(EventKind.ORDER)
_PORTFOLIO_UPDATE = int(EventKind.PORTFOLIO_UPDATE)
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
_RAISED = 255
#: Says to ``settle`` that nothing is matched.
_NO_PRICE = 0.0

_CASH = int(Setting.CASH)
_POSITION_SIZE = int(Setting.POSITION_SIZE)
_LOT_SIZE = int(Setting.LOT_SIZE)
_TICK_SIZE = int(Setting.TICK_SIZE)
_FILL_RULE = int(Setting.FILL_RULE)
_CLOSE_AT_END_SETTING = int(Setting.CLOSE_AT_END)
_EVENT_CAPACITY = int(Setting.EVENT_CAPACITY)
_EVALUATION_START = int(Setting.EVALUATION_START)


@kernel
def _direction(portfolio):
    quantity = portfolio.quantity
    if quantity > 0.0:
        return LONG
    if quantity < 0.0:
        return SHORT
    return FLAT


@kernel
def _view_position(portfolio, close):
    held = float(portfolio.quantity)
    cash = float(portfolio.cash)
    equity = cash + held * float(close)
    if held == 0.0:
        return Position(0.0, 0.0, -1, cash, equity)
    return Position(held, float(portfolio.entry_price), portfolio.entry_bar, cash, equity)


@kernel
def _close_at_end(bus, broker, portfolio, trades, costs, rules, ring, symbol, bar, close, cause):
    broker.drop()
    held = portfolio.quantity
    if held != 0.0:
        order = broker.next_order()
        sequence = bus.claim()
        write_event(ring, sequence, _ORDER, bar, cause, symbol, _CLOSE_AT_END, order, close, -held, 0.0, 0.0)
        settle(bus, broker, portfolio, trades, costs, rules, ring, symbol, bar, _NO_PRICE)
        settle(bus, broker, portfolio, trades, costs, rules, ring, symbol, bar, close)


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
        close,
        quantity,
        equity,
        0.0,
    )


@kernel
def _open_account(settings, counts):
    costs = read_costs(settings)
    rules = Rules(
        settings[_POSITION_SIZE],
        grid_of(settings[_LOT_SIZE]),
        grid_of(settings[_TICK_SIZE]),
        int(settings[_FILL_RULE]),
        settings[_CLOSE_AT_END_SETTING] != 0.0,
    )
    bus = EventBus(int(settings[_EVENT_CAPACITY]))
    return Account(bus, Broker(counts), Portfolio(settings[_CASH]), TradeMetrics(), costs, rules)


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
    """Return ``run_container`` for one strategy, from the six functions that its generated module defines.

    ``make_strategy(parameters, random_state)`` and ``make_indicators(strategy)`` set it up;
    ``warmup_of(strategy, completed)`` is the first bar at which it is asked;
    ``local_indicators(indicators)`` copies the indicators into local variables of the loop;
    ``update_features(strategy, indicators, session, open, high, low, close, volume, higher, completed, t)`` takes
    bar t into the indicators and copies their values to the strategy's fields;
    ``on_bar(strategy, bar, position, orders)`` answers.

    A strategy that sends orders of its own (``takes_orders``) needs the order engine.

    ``identity`` names the strategy in the symbols of the machine code. Numba makes these from a function's
    qualified name, its argument types and a counter of the process: without it, two strategies compiled in two
    processes would have one symbol between them, and a process that loads both from the cache would run one for both.
    """

    if takes_orders:
        raise ValueError("the plain engine has no orders but those of a direction")

    def advance(
        strategy,
        indicators,
        warmup,
        account,
        equity_metrics,
        symbol,
        ring,
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
        bus = view(account.bus)
        broker = view(account.broker)
        portfolio = view(account.portfolio)
        trades = view(account.trades)
        ring = ring_of(ring)
        costs = account.costs
        rules = account.rules
        closing_bar = close.shape[0] - 1 if rules.close_at_end else -1
        fills_at_close = rules.fill_rule == _SAME_CLOSE
        equities = equity_metrics.equities
        sequence = bus.head
        # Only what ``settle`` delivers changes these two.
        side = _direction(portfolio)
        overflowed = False
        session, all_open, all_high = borrow(source.session), borrow(source.open), borrow(source.high)
        all_low, all_close, all_volume = borrow(source.low), borrow(source.close), borrow(source.volume)
        n_history = all_close.shape[0] - close.shape[0]
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
        for t in range(close.shape[0]):
            price = close[t]
            prefetch(open_, t + AHEAD)
            bar_event = sequence
            sequence += 1
            write_event(ring, bar_event, _BAR, t, -1, symbol, _NONE, 0, price, 0.0, 0.0, 0.0)
            if broker.working == 1:
                bus.resume(sequence)
                settle(bus, broker, portfolio, trades, costs, rules, ring, symbol, t, open_[t])
                sequence = bus.head
                side = _direction(portfolio)
                overflowed = bus.overflowed == 1
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
                features = sequence
                sequence += 1
                write_event(ring, features, _FEATURES, t, bar_event, symbol, _NONE, 0, 0.0, 0.0, 0.0, 0.0)
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
                direction = _RAISED
                if trap:
                    try:
                        direction = on_bar(strategy, bar, _view_position(portfolio, price), 0)
                    except Exception:
                        direction = _RAISED
                else:
                    direction = on_bar(strategy, bar, _view_position(portfolio, price), 0)
                if direction != KEEP and direction != side:
                    bus.resume(sequence)
                    if direction < SHORT or direction > LONG:
                        code = _STRATEGY_RAISED if direction == _RAISED else _UNKNOWN_DIRECTION
                        return code, t
                    signal = bus.claim()
                    write_event(ring, signal, _SIGNAL, t, features, symbol, _NONE, 0, price, float(direction), 0.0, 0.0)
                    settle(bus, broker, portfolio, trades, costs, rules, ring, symbol, t, _NO_PRICE)
                    if fills_at_close and broker.working == 1:
                        settle(bus, broker, portfolio, trades, costs, rules, ring, symbol, t, price)
                    sequence = bus.head
                    side = _direction(portfolio)
                    overflowed = bus.overflowed == 1
            if t == closing_bar:
                bus.resume(sequence)
                _close_at_end(bus, broker, portfolio, trades, costs, rules, ring, symbol, t, price, bar_event)
                sequence = bus.head
                overflowed = bus.overflowed == 1
            if overflowed:
                return _BUS_OVERFLOW, t
            equity = portfolio.mark(price)
            quantity = portfolio.quantity
            cash = portfolio.cash
            update = sequence
            sequence += 1
            write_event(ring, update, _PORTFOLIO_UPDATE, t, bar_event, symbol, _NONE, 0, price, quantity, equity, cash)
            if not equity > 0.0:
                bus.resume(sequence)
                _breach(bus, portfolio, ring, symbol, t, price, update)
                return _EQUITY_EXHAUSTED, t
            place = t & (EQUITY_TILE - 1)
            equities[place + 1] = equity
            if place == EQUITY_TILE - 1:
                take(equity_metrics, equities, EQUITY_TILE)
        take(equity_metrics, equities, close.shape[0] & (EQUITY_TILE - 1))
        bus.resume(sequence)
        return _DONE, close.shape[0]

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
        strategy = make_strategy(parameters, random_state)
        indicators = make_indicators(strategy)
        begin_counts(outcome)
        account = _open_account(settings, outcome)
        equity_metrics = EquityMetrics(settings[_CASH])
        n_history = source.close.shape[1] - close.shape[1]
        warmup = warmup_of(strategy, completed[symbol])
        first = first_evaluated(warmup, n_history, int(settings[_EVALUATION_START]))
        code, bar = advance(
            strategy,
            indicators,
            first,
            account,
            equity_metrics,
            symbol,
            ring,
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
        # A position opened at bar a and closed at bar b was held at the closes of bars a to b - 1.
        count_orders(outcome, account.broker.order, 0)
        count_evaluated(outcome, first, bar - first, close.shape[1])
        bars_held = account.trades.bars_sum
        if account.portfolio.quantity != 0.0:
            bars_held += close.shape[1] - account.portfolio.entry_bar
        write_outcome(
            code,
            bar,
            account.bus.head,
            view(equity_metrics),
            equity_metrics.lanes,
            view(account.trades),
            view(account.broker),
            bars_held,
            close.shape[1],
            settings,
            metrics,
            outcome,
        )
        hold(equity_metrics)
        hold(account.trades)
        hold(account.broker)

    run_container.__qualname__ = f"{identity}.run_container"
    compiled: Callable[..., Any] = kernel(run_container)
    return compiled
