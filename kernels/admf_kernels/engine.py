"""The bar loop of one container: ``docs/trading-model.md`` section 2, line by line.

``build_engine`` ties the loop to the functions of one strategy's generated module. What a bar always does is
inlined and branch-free around jitclasses; whatever happens seldom (orders, fills) is a function of its own. Together
they keep reference counting out of the loop; ``benchmarks/NOTES.md`` has the figures.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba import from_dtype, types

from .account import Account, Rules
from .broker import Broker
from .compilation import kernel
from .constants import EVENT_DTYPE, FLAT, KEEP, LONG, SHORT, EventKind, FillRule, Outcome, Reason, Setting
from .costs import Costs
from .dispatch import settle
from .events import EventBus, post, write_event
from .metrics import EQUITY_TILE, EquityMetrics, TradeMetrics, write_metrics
from .ownership import borrow, local_copy
from .portfolio import Portfolio

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
_NOT_FINITE = int(Outcome.NOT_FINITE)
_RAISED = 255
#: Says to ``settle`` that nothing is matched.
_NO_PRICE = 0.0

_CASH = int(Setting.CASH)
_POSITION_SIZE = int(Setting.POSITION_SIZE)
_LOT_SIZE = int(Setting.LOT_SIZE)
_COMMISSION_KIND = int(Setting.COMMISSION_KIND)
_COMMISSION_RATE = int(Setting.COMMISSION_RATE)
_COMMISSION_AMOUNT = int(Setting.COMMISSION_AMOUNT)
_COMMISSION_MINIMUM = int(Setting.COMMISSION_MINIMUM)
_SLIPPAGE_KIND = int(Setting.SLIPPAGE_KIND)
_SLIPPAGE_RATE = int(Setting.SLIPPAGE_RATE)
_SLIPPAGE_AMOUNT = int(Setting.SLIPPAGE_AMOUNT)
_FILL_RULE = int(Setting.FILL_RULE)
_CLOSE_AT_END_SETTING = int(Setting.CLOSE_AT_END)
_EVENT_CAPACITY = int(Setting.EVENT_CAPACITY)
_BARS_PER_YEAR = int(Setting.BARS_PER_YEAR)


class Bar(NamedTuple):
    """The bar a strategy is asked about: its place in the data, opening time (ns since epoch, UTC), and prices."""

    index: int  # type: ignore[assignment]  # hides tuple.index, which a bar has no use for
    time: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class Position(NamedTuple):
    """What the account holds at the close of the bar; quantity is negative when short.

    ``entry_price`` and ``entry_bar`` are those of the fill that opened the position, and 0.0 and -1 when flat.
    """

    quantity: float
    entry_price: float
    entry_bar: int
    cash: float
    equity: float


#: Types of the arguments of a generated module's ``run_batch``, in order. Bars are read-only, so that a write to
#: market data does not compile and a memory map is not compiled for a second time.
BATCH_SIGNATURE = types.void(
    types.Array(types.int64, 1, "C", readonly=True),  # time (n_bars,)
    types.Array(types.int64, 1, "C", readonly=True),  # session (n_bars,)
    types.Array(types.float64, 2, "C", readonly=True),  # open (n_symbols, n_bars)
    types.Array(types.float64, 2, "C", readonly=True),  # high
    types.Array(types.float64, 2, "C", readonly=True),  # low
    types.Array(types.float64, 2, "C", readonly=True),  # close
    types.Array(types.float64, 2, "C", readonly=True),  # volume
    types.Array(types.int64, 1, "C"),  # symbol (n_containers,)
    types.Array(types.float64, 2, "C"),  # parameters (n_containers, n_parameters)
    types.Array(types.float64, 2, "C"),  # settings (n_containers, SETTINGS)
    types.Array(types.int64, 2, "C"),  # random state (n_containers, 6)
    types.Array(from_dtype(EVENT_DTYPE), 1, "C"),  # ring (a power of two,)
    types.boolean,  # trap: an exception of the strategy ends its container; otherwise it is raised
    types.Array(types.float64, 2, "C"),  # out: metrics (n_containers, len(METRIC_NAMES))
    types.Array(types.int64, 2, "C"),  # out: outcomes (n_containers, len(OUTCOME_COLUMNS))
)

#: Types of the arguments of a generated module's ``record_features``, in order; one symbol's bars.
RECORD_SIGNATURE = types.void(
    types.Array(types.int64, 1, "C", readonly=True),  # session (n_bars,)
    types.Array(types.float64, 1, "C", readonly=True),  # open (n_bars,)
    types.Array(types.float64, 1, "C", readonly=True),  # high
    types.Array(types.float64, 1, "C", readonly=True),  # low
    types.Array(types.float64, 1, "C", readonly=True),  # close
    types.Array(types.float64, 1, "C", readonly=True),  # volume
    types.Array(types.float64, 1, "C"),  # parameters (n_parameters,)
    types.Array(types.int64, 1, "C"),  # random state (6,)
    types.Array(types.float64, 2, "C"),  # out: features (n_fields, n_bars)
)


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
def _breach(account, ring, symbol, bar, close, cause):
    equity = account.portfolio.equity
    quantity = account.portfolio.quantity
    post(
        account.bus,
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
def _open_account(settings):
    costs = Costs(
        int(settings[_COMMISSION_KIND]),
        settings[_COMMISSION_RATE],
        settings[_COMMISSION_AMOUNT],
        settings[_COMMISSION_MINIMUM],
        int(settings[_SLIPPAGE_KIND]),
        settings[_SLIPPAGE_RATE],
        settings[_SLIPPAGE_AMOUNT],
    )
    rules = Rules(
        settings[_POSITION_SIZE],
        settings[_LOT_SIZE],
        int(settings[_FILL_RULE]),
        settings[_CLOSE_AT_END_SETTING] != 0.0,
    )
    bus = EventBus(int(settings[_EVENT_CAPACITY]))
    return Account(bus, Broker(), Portfolio(settings[_CASH]), TradeMetrics(), costs, rules)


def build_engine(  # noqa: D417
    identity: str,
    make_strategy: Callable[..., Any],
    make_indicators: Callable[..., Any],
    local_indicators: Callable[..., Any],
    warmup_of: Callable[..., Any],
    update_features: Callable[..., Any],
    on_bar: Callable[..., Any],
) -> Callable[..., Any]:
    """Return ``run_container`` for one strategy, from the six functions that its generated module defines.

    ``make_strategy(parameters, random_state)``, ``make_indicators(strategy)`` and ``warmup_of(strategy)`` set it up;
    ``local_indicators(indicators)`` copies the indicators into local variables of the loop;
    ``update_features(strategy, indicators, session, open, high, low, close, volume, t)`` takes bar t into the
    indicators and copies their values to the strategy's fields; ``on_bar(strategy, bar, position)`` answers.

    ``identity`` names the strategy in the symbols of the machine code. Numba makes these from a function's
    qualified name, its argument types and a counter of the process: without it, two strategies compiled in two
    processes would have one symbol between them, and a process that loads both from the cache would run one for both.
    """

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
        session,
        open_,
        high,
        low,
        close,
        volume,
    ):
        strategy = local_copy(strategy)
        indicators = local_indicators(indicators)
        equity_metrics = borrow(equity_metrics)
        bus = borrow(account.bus)
        broker = borrow(account.broker)
        portfolio = borrow(account.portfolio)
        trades = borrow(account.trades)
        ring = borrow(ring)
        costs = account.costs
        rules = account.rules
        closing_bar = close.shape[0] - 1 if rules.close_at_end else -1
        fills_at_close = rules.fill_rule == _SAME_CLOSE
        equities = np.empty(EQUITY_TILE)
        changes = np.empty(EQUITY_TILE)
        sequence = bus.head
        for t in range(close.shape[0]):
            price = close[t]
            bar_event = sequence
            sequence += 1
            write_event(ring, bar_event, _BAR, t, -1, symbol, _NONE, 0, price, 0.0, 0.0, 0.0)
            if broker.working == 1:
                bus.resume(sequence)
                settle(bus, broker, portfolio, trades, costs, rules, ring, symbol, t, open_[t])
                sequence = bus.head
            update_features(strategy, indicators, session, open_, high, low, close, volume, t)
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
                )
                direction = _RAISED
                if trap:
                    try:
                        direction = on_bar(strategy, bar, _view_position(portfolio, price))
                    except Exception:
                        direction = _RAISED
                else:
                    direction = on_bar(strategy, bar, _view_position(portfolio, price))
                if direction != KEEP and direction != _direction(portfolio):
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
            if t == closing_bar:
                bus.resume(sequence)
                _close_at_end(bus, broker, portfolio, trades, costs, rules, ring, symbol, t, price, bar_event)
                sequence = bus.head
            if bus.overflowed == 1:
                return _BUS_OVERFLOW, t
            equity = portfolio.mark(price)
            quantity = portfolio.quantity
            cash = portfolio.cash
            update = sequence
            sequence += 1
            write_event(ring, update, _PORTFOLIO_UPDATE, t, bar_event, symbol, _NONE, 0, price, quantity, equity, cash)
            if not equity > 0.0:
                bus.resume(sequence)
                _breach(account, ring, symbol, t, price, update)
                return _EQUITY_EXHAUSTED, t
            place = t & (EQUITY_TILE - 1)
            equities[place] = equity
            if place == EQUITY_TILE - 1:
                equity_metrics.take(equities, changes, EQUITY_TILE)
        equity_metrics.take(equities, changes, close.shape[0] & (EQUITY_TILE - 1))
        bus.resume(sequence)
        return _DONE, close.shape[0]

    advance.__qualname__ = f"{identity}.advance"
    advance = kernel(advance)

    def run_container(
        time,
        session,
        open_,
        high,
        low,
        close,
        volume,
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
        account = _open_account(settings)
        equity_metrics = EquityMetrics(settings[_CASH])
        code, bar = advance(
            strategy,
            indicators,
            warmup_of(strategy),
            account,
            equity_metrics,
            symbol,
            ring,
            trap,
            time,
            session,
            open_[symbol],
            high[symbol],
            low[symbol],
            close[symbol],
            volume[symbol],
        )
        if code == _DONE and not equity_metrics.previous < math.inf:
            code = _NOT_FINITE
        outcome[0] = code
        outcome[1] = bar
        outcome[2] = account.bus.head
        if code == _DONE:
            write_metrics(equity_metrics, account, close.shape[1], settings[_CASH], settings[_BARS_PER_YEAR], metrics)
        else:
            metrics[:] = math.nan

    run_container.__qualname__ = f"{identity}.run_container"
    compiled: Callable[..., Any] = kernel(run_container)
    return compiled
