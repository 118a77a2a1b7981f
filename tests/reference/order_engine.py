"""One container of the order engine, bar by bar (docs/trading-model.md section 9)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.reference import grid
from tests.reference.bars import NANOSECONDS_PER_YEAR, Bars
from tests.reference.metrics import all_metrics
from tests.reference.order_account import Account, Holding
from tests.reference.order_actions import act_before_the_open, pay_funding
from tests.reference.order_calls import Orders, take_calls
from tests.reference.order_container import BookFull, Container
from tests.reference.order_exits import move_trailing
from tests.reference.order_fills import execute
from tests.reference.order_limits import allowed, check_close, mark
from tests.reference.order_matching import close_position, leave_by_clock, match_bar, match_close
from tests.reference.order_records import Outcome
from tests.reference.order_settings import OrderSettings
from tests.reference.order_sizing import unit
from tests.reference.order_symbol import Symbol
from tests.reference.position_view import PositionView

KEEP = 127


@dataclass(frozen=True)
class BarView:
    """The bar as a strategy sees it."""

    index: int
    time: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    symbol: int = 0


Decide = Callable[[BarView, PositionView, Orders], Any]
Ask = Callable[[Container], None]


def no_random_stream() -> float:
    """Stand in for the random stream of a container that must not draw."""
    raise AssertionError("a draw, but no random stream was given")


def run(
    bars: Bars,
    settings: OrderSettings,
    decide: Decide,
    *,
    warmup: int = 0,
    begin: int = 0,
    uniform: Callable[[], float] = no_random_stream,
    zone: str = "UTC",
) -> Outcome:
    """Run one container; `decide` is `on_bar`, `uniform` the container's stream, `zone` that of the bars' days.

    The warm-up is counted from the first bar of the history; `begin` is the first bar that may be evaluated.
    """
    c = container(bars.time, bars.session, bars.per_year, settings, uniform, zone)
    add_symbol(c, "", bars, range(len(bars)))
    return run_container(c, lambda c: ask_each(c, [decide], warmup, begin))


def container(
    time: list[int],
    session: list[int],
    per_year: float,
    settings: OrderSettings,
    uniform: Callable[[], float],
    zone: str,
) -> Container:
    """A container before its first bar, without symbols."""
    if settings.intrabar not in ("stop_first", "target_first", "ohlc_path"):
        raise ValueError(f"{settings.intrabar} is not one run; expected one of its conventions")
    c = Container(time, session, per_year, settings, uniform, zone, Account(settings.cash))
    c.peak = c.equity_before_session = settings.cash
    return c


def add_symbol(c: Container, name: str, bars: Bars, places: "range | list[int]", delisted: float | None = None) -> None:
    """Let a container trade one symbol more; `places` are those of its bars on the axis, `delisted` a given price."""
    c.symbols.append(Symbol(c, len(c.symbols), name, bars, places, Holding(c.account), delisted=delisted))


def run_container(c: Container, ask: Ask) -> Outcome:
    """Run a container from its first bar to its last; `ask` is steps 6 and 7."""
    equity: list[float] = []
    status = "done"
    try:
        for bar in range(len(c.time)):
            c.bar = bar
            _bar(c, ask)
            equity.append(_mark_to_market(c))
            if not equity[-1] > 0:
                updates = [event for event in c.events if event.bar == bar and event.kind == "PORTFOLIO_UPDATE"]
                c.emit(c.first, "RISK_BREACH", len(c.events) - 1, reason="equity_exhausted", price=updates[0].price,
                       quantity=updates[0].quantity, value=equity[-1])  # fmt: skip
                status = "equity_exhausted"
                break
            c.peak = max(c.peak, equity[-1])
    except BookFull:
        status = "order_book_overflow"
    account, metrics = c.account, {}
    if status == "done":
        metrics = all_metrics(equity, account.trades, account.totals(), c.settings.cash, c.per_year)
    return Outcome(
        status, equity, c.events, account.trades, metrics, account.cash, [s.position for s in c.symbols],
        c.breaches, c.orders_sent, account.bars_with_position,
    )  # fmt: skip


def _bar(c: Container, ask: Ask) -> None:
    """Steps 1 to 8."""
    c.phase = "open"
    for symbol in c.symbols:
        symbol.advance()
    for symbol in c.here:
        symbol.bar_event = symbol.emit("BAR", -1, price=symbol.close)
    # Where nobody has a bar, the axis is that of more symbols than this container trades.
    c.bar_event = c.here[0].bar_event if c.here else c.first.emit("BAR", -1, price=c.first.last_close)
    for symbol in c.symbols:
        _delist(symbol)
    if c.new_session():
        c.orders_today, c.halted_today = 0, False
        c.equity_before_session = c.settings.cash if c.bar == 0 else _last_equity(c)
    if c.bar > 0:
        _finance(c)
    for symbol in c.here:
        act_before_the_open(symbol)
    for symbol in c.here:
        for order in symbol.in_order():
            if symbol.expired(order):
                symbol.cancel(order, order.event, "expired")
        leave_by_clock(symbol)
    match_bar(c)
    for symbol in c.here:
        pay_funding(symbol)
    for symbol in c.here:
        move_trailing(symbol)
    c.phase = "asked"
    ask(c)
    c.phase = "close"
    match_close(c)
    if c.settings.close_at_end and c.at_end():
        _close_at_end(c)


def _delist(c: Symbol) -> None:
    """Close the position of a symbol that has no more bars, at the first bar that it lacks."""
    if c.here or c.t != len(c.places) - 1 or c.t < 0 or c.places[c.t] != c.container.bar - 1:
        return
    cause = c.container.bar_event
    for order in c.in_order():
        c.cancel(order, cause, "delisted")
    if c.position == 0.0:
        return
    price, quantity = c.close if c.delisted is None else c.delisted, -c.position
    order = c.new_order("market", quantity, name="delisted", forced=True)
    c.send(order, cause, "delisted", price)
    del c.container.working[order.number]
    fill = c.emit("FILL", order.event, reason="delisted", order=order.number, price=price, quantity=quantity)
    change = c.holding.book(order, quantity, price, 0.0, 0.0, c.container.bar)
    assert change.closed is not None
    closed, fee, profit = change.closed
    c.emit("POSITION_CLOSE", fill, order=order.number, price=price, quantity=closed, value=profit, fee=fee)


def _close_at_end(c: Container) -> None:
    for order in c.in_order():
        c.cancel(order, c.bar_event, "end_of_data")
    for symbol in c.here:
        if symbol.position != 0.0:
            execute(symbol, close_position(symbol, c.bar_event, "close_at_end"), symbol.close)
    for order in c.in_order():
        c.cancel(order, c.bar_event, "end_of_data")


def _last_equity(c: Container) -> float:
    return next(event.value for event in reversed(c.events) if event.kind == "PORTFOLIO_UPDATE")


def _finance(c: Container) -> None:
    """Step 2: interest on what is owed, and what borrowed shares cost."""
    s, cash = c.settings, c.account.cash
    years = (c.time[c.bar] - c.time[c.bar - 1]) / NANOSECONDS_PER_YEAR
    shorts = sum(-symbol.position * symbol.last_close for symbol in c.symbols if symbol.position < 0)
    paid = 0.0
    if cash < 0:
        paid += s.interest_rate * -cash * years
    if shorts > 0:
        paid += s.borrow_rate * shorts * years
    if paid != 0.0:
        c.account.cash = cash - paid
        c.emit(c.first, "FINANCING", c.bar_event, value=paid, fee=c.account.cash)


def ask_each(c: Container, decides: list[Decide], warmup: int, begin: int) -> None:
    """Steps 6 and 7 of a strategy with `on_bar`: symbol by symbol, from the warm-up of each on."""
    for symbol, decide in zip(c.symbols, decides, strict=True):
        if symbol.here and symbol.n_known > warmup and c.bar >= begin:
            _ask(symbol, decide)


def _ask(c: Symbol, decide: Decide) -> None:
    features = c.emit("FEATURES", c.bar_event)
    t, bars = c.t, c.bars
    bar = BarView(
        c.container.bar, bars.time[t], c.open, bars.high[t], bars.low[t], c.close, bars.volume[t], c.number
    )  # fmt: skip
    trade = c.holding.trade
    position = PositionView(
        c.position, c.holding.average if trade else 0.0, trade.entry_bar if trade else -1,
        c.container.account.cash, c.container.equity, c,
    )  # fmt: skip
    orders = Orders(c)
    direction = decide(bar, position, orders)
    take_calls(c, orders, features)
    if direction is not None and direction != KEEP:
        _take_direction(c, int(direction), features)


def _take_direction(c: Symbol, direction: int, features: int) -> None:
    pending = next((order for order in c.in_order() if order.direction is not None), None)
    if pending is not None and pending.direction == direction:
        return
    acts = _acts(c, direction)
    if not acts and pending is None:
        return
    signal = c.emit("SIGNAL", features, price=c.close, quantity=direction)
    if pending is not None:
        c.cancel(pending, signal, "replaced")
    if not acts:
        return
    held = c.position
    target = direction * unit(c) if direction else 0.0
    quantity = c.quantity_to_target(target)
    if direction and held * direction > 0 and not _rebalances(c):
        quantity, target = target, held + target
    order = c.new_order("market", quantity, direction=direction, target=target)
    if order.quantity == 0.0:
        c.refuse(order, signal, "below_lot_size")
    elif allowed(c, order, signal):
        c.send(order, signal)


def _rebalances(c: Symbol) -> bool:
    return (c.settings.sizing or {}).get("type") == "weight"


def _acts(c: Symbol, direction: int) -> bool:
    """Whether a direction asks for an order."""
    held = c.position
    if direction and _rebalances(c):
        sizing = c.settings.sizing or {}
        now = held * c.close / c.container.equity
        off = abs(now - direction * sizing["weight"])
        return off > 2.0**-44 * sizing["weight"] and grid.breaks_upper(off, sizing.get("band", 0.0))
    if direction != (held > 0) - (held < 0):
        return True
    return direction != 0 and c.holding.entries < c.settings.pyramiding


def _mark_to_market(c: Container) -> float:
    """Step 9; returns the last equity of the bar."""
    equity = mark(c, c.bar_event)
    if equity > 0:
        equity = check_close(c, len(c.events) - 1, equity)
    c.account.bars_with_position += any(symbol.position != 0.0 for symbol in c.symbols)
    return equity
