"""One container of the order engine, bar by bar (docs/trading-model.md section 9)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.reference.bars import NANOSECONDS_PER_YEAR, Bars
from tests.reference.metrics import all_metrics
from tests.reference.order_account import Account
from tests.reference.order_calls import Orders, take_calls
from tests.reference.order_container import BookFull, Container
from tests.reference.order_exits import move_trailing
from tests.reference.order_fills import execute
from tests.reference.order_limits import allowed, check_close, mark
from tests.reference.order_matching import close_position, match_bar, match_close
from tests.reference.order_records import Order, Outcome
from tests.reference.order_settings import OrderSettings
from tests.reference.order_sizing import unit

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


@dataclass(frozen=True)
class PositionView:
    """The position as a strategy sees it."""

    quantity: float
    entry_price: float
    entry_bar: int
    cash: float
    equity: float


Decide = Callable[[BarView, PositionView, Orders], Any]


def no_random_stream() -> float:
    """Stand in for the random stream of a container that must not draw."""
    raise AssertionError("a draw, but no random stream was given")


def run(
    bars: Bars,
    settings: OrderSettings,
    decide: Decide,
    *,
    warmup: int = 0,
    uniform: Callable[[], float] = no_random_stream,
    zone: str = "UTC",
) -> Outcome:
    """Run one container; `decide` is `on_bar`, `uniform` the container's stream, `zone` that of the bars' days."""
    if settings.intrabar not in ("stop_first", "target_first", "ohlc_path"):
        raise ValueError(f"{settings.intrabar} is not one run; expected one of its conventions")
    c = Container(bars, settings, uniform, zone, Account(settings.cash))
    c.peak = c.equity_before_session = settings.cash
    equity: list[float] = []
    status = "done"
    try:
        for t in range(len(bars)):
            c.t = t
            _bar(c, decide, warmup)
            equity.append(_mark_to_market(c))
            if not equity[-1] > 0:
                held = next(event.quantity for event in c.events if event.bar == t and event.kind == "PORTFOLIO_UPDATE")
                c.emit("RISK_BREACH", len(c.events) - 1, reason="equity_exhausted", price=c.close,
                       quantity=held, value=equity[-1])  # fmt: skip
                status = "equity_exhausted"
                break
            c.peak = max(c.peak, equity[-1])
    except BookFull:
        status = "order_book_overflow"
    account, metrics = c.account, {}
    if status == "done":
        metrics = all_metrics(equity, account.trades, account.totals(), settings.cash, bars.per_year)
    return Outcome(
        status, equity, c.events, account.trades, metrics, account.cash, account.position,
        c.breaches, c.orders_sent, account.bars_with_position,
    )  # fmt: skip


def _bar(c: Container, decide: Decide, warmup: int) -> None:
    """Steps 1 to 8."""
    c.phase, c.used_volume = "open", 0.0
    c.bar_event = c.emit("BAR", -1, price=c.close)
    if c.new_session():
        c.orders_today, c.halted_today = 0, False
        c.equity_before_session = c.settings.cash if c.t == 0 else _last_equity(c)
    if c.t > 0:
        _finance(c)
    for order in c.in_order():
        if c.expired(order):
            c.cancel(order, order.event, "expired")
    match_bar(c)
    move_trailing(c)
    c.phase = "asked"
    if c.t >= warmup:
        _ask(c, decide)
    c.phase = "close"
    match_close(c)
    if c.settings.close_at_end and c.t == len(c.bars) - 1:
        for order in c.in_order():
            c.cancel(order, c.bar_event, "end_of_data")
        if c.position != 0.0:
            execute(c, close_position(c, c.bar_event, "close_at_end"), c.close)


def _last_equity(c: Container) -> float:
    return next(event.value for event in reversed(c.events) if event.kind == "PORTFOLIO_UPDATE")


def _finance(c: Container) -> None:
    """Step 2: interest on what is owed, and what borrowed shares cost."""
    s, cash = c.settings, c.account.cash
    years = (c.bars.time[c.t] - c.bars.time[c.t - 1]) / NANOSECONDS_PER_YEAR
    before = c.bars.close[c.t - 1]
    paid = 0.0
    if cash < 0:
        paid += s.interest_rate * -cash * years
    if c.position < 0:
        paid += s.borrow_rate * (-c.position * before) * years
    if paid != 0.0:
        c.account.cash = cash - paid
        c.emit("FINANCING", c.bar_event, price=before, quantity=c.position, value=paid, fee=c.account.cash)


def _ask(c: Container, decide: Decide) -> None:
    """Steps 6 and 7."""
    features = c.emit("FEATURES", c.bar_event)
    bar = BarView(c.t, c.bars.time[c.t], c.open, c.bars.high[c.t], c.bars.low[c.t], c.close, c.bars.volume[c.t])
    trade = c.account.trade
    position = PositionView(
        c.position, c.account.average if trade else 0.0, trade.entry_bar if trade else -1, c.account.cash, c.equity
    )
    orders = Orders(c)
    direction = decide(bar, position, orders)
    take_calls(c, orders, features)
    if direction is not None and direction != KEEP:
        _take_direction(c, int(direction), features)


def _take_direction(c: Container, direction: int, features: int) -> None:
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
    if direction and held * direction > 0 and not _rebalances(c):
        target = held + target
    order = Order(c.new_number(), "market", target - held, direction=direction, target=target)
    if order.quantity == 0.0:
        c.refuse(order, signal, "below_lot_size")
    elif allowed(c, order, signal):
        c.send(order, signal)


def _rebalances(c: Container) -> bool:
    return (c.settings.sizing or {}).get("type") == "weight"


def _acts(c: Container, direction: int) -> bool:
    """Whether a direction asks for an order."""
    held = c.position
    if direction and _rebalances(c):
        sizing = c.settings.sizing or {}
        now = held * c.close / c.equity
        return abs(now - direction * sizing["weight"]) > sizing.get("band", 0.0)
    if direction != (held > 0) - (held < 0):
        return True
    return direction != 0 and c.account.entries < c.settings.pyramiding


def _mark_to_market(c: Container) -> float:
    """Step 9; returns the last equity of the bar."""
    equity = mark(c, c.bar_event)
    if equity > 0:
        equity = check_close(c, len(c.events) - 1, equity)
    c.account.bars_with_position += c.position != 0.0
    return equity
