"""Step 4: working orders against one bar (docs/trading-model.md sections 9 and 12)."""

import math
from collections.abc import Callable

from tests.reference.order_container import Container
from tests.reference.order_fills import execute
from tests.reference.order_path import Place, corners, order_of, reach
from tests.reference.order_records import STOPS, Order
from tests.reference.order_symbol import Symbol


def leave_by_clock(c: Symbol) -> None:
    """Close what is to be left by the clock: at the exit time at once, after the longest holding at the open."""
    _exit_time(c)
    _max_holding(c)


def match_bar(c: Container) -> None:
    """Match all working orders: those at the open over all symbols, then those inside the bar, symbol by symbol."""
    _at_open(c)
    c.phase = "inside"
    for symbol in c.here:
        _inside(symbol)
        symbol.cancel_unfilled()


def close_position(c: Symbol, cause: int, reason: str) -> Order:
    """Send a market order for the whole position, because a rule says so."""
    order = c.new_order("market", -c.position, reduce_only=True, attached=True, name=reason, forced=True)
    c.send(order, cause, reason)
    return order


def closing_order(c: Symbol) -> Order | None:
    """A working market order for the whole position: one that a rule sent, or a stop of `exits` that was touched."""
    found = [order for order in c.in_order() if order.name and order.kind == "market"]
    return min(found, key=lambda order: (not order.forced, order.number), default=None)


def _exit_time(c: Symbol) -> None:
    if not c.after_exit_time():
        left = [order for order in c.in_order() if order.name == "exit_time"]
        for order in left:
            execute(c, order, c.open)
        return
    if c.position != 0.0:
        execute(c, closing_order(c) or close_position(c, c.bar_event, "exit_time"), c.open)
    if c.new_session() or c.clock(c.t - 1) < (c.settings.exit_at() or 0):
        for order in c.entries():
            c.leave_closing(order, c.bar_event, "after_exit_time")


def _max_holding(c: Symbol) -> None:
    bars, trade = c.settings.exits.get("max_holding_bars"), c.holding.trade
    if (
        bars is not None
        and trade is not None
        and c.container.bar >= trade.entry_bar + bars
        and closing_order(c) is None
    ):
        close_position(c, c.bar_event, "max_holding")


def _at_open(c: Container) -> None:
    """Fill orders whose condition holds at the open, in their turn; a fill begins the search anew."""
    while (order := _next(c, _holds_at_open)) is not None:
        symbol = c.of(order)
        _execute_at(symbol, order, symbol.open)


def _next(c: Container, due: Callable[[Symbol, Order], bool]) -> Order | None:
    """The order whose turn it is: by number; over several symbols, those that bring cash before those that need it."""
    found = [o for o in c.in_order() if o.tried != c.bar and c.of(o).here and due(c.of(o), o)]
    if len(c.symbols) == 1:
        return found[0] if found else None
    return min(found, key=lambda o: (not c.of(o).reduces(o), o.number), default=None)


def _holds_at_open(c: Symbol, order: Order) -> bool:
    return _holds(order, c.open, c.open)


def _holds(order: Order, low: float, high: float) -> bool:
    """Whether prices from low to high make an order executable; comparisons with a missing price are False."""
    if order.kind == "market":
        return low == high
    if order.kind == "limit":
        return low <= order.limit if order.buy else high >= order.limit
    if order.kind in STOPS:
        return high >= order.stop if order.buy else low <= order.stop
    return False


def _execute_at(c: Symbol, order: Order, start: float) -> None:
    """Execute a touched order; `start` is the open, or the price that stands in its place."""
    if order.kind == "market":
        execute(c, order, start)
    elif order.kind == "limit":
        execute(c, order, min(start, order.limit) if order.buy else max(start, order.limit))
    else:
        base = max(start, order.stop) if order.buy else min(start, order.stop)
        if order.kind != "stop_limit":
            execute(c, order, base)
            return
        order.kind = "limit"
        if c.phase == "inside":
            order.inside_bar, order.inside_price = c.container.bar, base
        if base <= order.limit if order.buy else base >= order.limit:
            execute(c, order, base)


def _inside(c: Symbol) -> None:
    """Fill orders that are touched inside the bar; a fill begins the search anew."""
    path = corners(c.open, c.bars.high[c.t], c.bars.low[c.t], c.close)
    place = Place(0, c.open)
    while True:
        if c.settings.intrabar == "ohlc_path":
            reached = _first_on_path(c, path, place)
            if reached is None:
                return
            order, place = reached
        else:
            found = _first_by_class(c)
            if found is None:
                return
            order = found
        start = order.inside_price if order.inside_bar == c.container.bar else c.open
        _execute_at(c, order, start)


def _first_by_class(c: Symbol) -> Order | None:
    """The next order of `stop_first` or `target_first`."""
    first = STOPS if c.settings.intrabar == "stop_first" else ("limit",)
    low, high = c.bars.low[c.t], c.bars.high[c.t]
    touched = [
        order
        for order in c.in_order()
        if order.kind != "market" and order.tried != c.container.bar and _holds(order, low, high)
        and (order.inside_bar != c.container.bar or order.kind in first)
    ]  # fmt: skip
    return min(touched, key=lambda order: (order.kind not in first, order.number), default=None)


def _first_on_path(c: Symbol, path: tuple[float, float, float, float], place: Place) -> tuple[Order, Place] | None:
    """The next order of `ohlc_path`, and where the path reaches it."""
    reached = []
    for order in c.in_order():
        level = order.limit if order.kind == "limit" else order.stop
        if order.tried == c.container.bar or order.kind not in ("limit", *STOPS) or math.isnan(level):
            continue
        where = reach(path, place, level, at_or_below=order.buy == (order.kind == "limit"))
        if where is not None:
            reached.append((order_of(path, where), order.number, order, where))
    if not reached:
        return None
    _, _, order, where = min(reached, key=lambda item: item[:2])
    return order, where


def match_close(c: Container) -> None:
    """Step 8: market-on-close orders that are due, and under `same_close` the market orders of this bar."""
    while (order := _next(c, _due_at_close)) is not None:
        symbol = c.of(order)
        execute(symbol, order, symbol.close)


def _due_at_close(c: Symbol, order: Order) -> bool:
    if order.kind == "market_on_close":
        return order.sent < c.t and c.last_of_session()
    return order.kind == "market" and order.sent == c.t and c.settings.fill == "same_close" and not order.forced
