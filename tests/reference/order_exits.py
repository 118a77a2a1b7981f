"""Orders that fills send: brackets and `exits`; trailing stops (docs/trading-model.md section 10)."""

import math

from tests.reference import grid
from tests.reference.order_records import Order
from tests.reference.order_symbol import Symbol


def rounded(c: Symbol, price: float, kind: str, buy: bool) -> float:
    """A price given to a "limit" or a "stop", rounded to the tick away from a fill."""
    tick = c.settings.tick_size
    return grid.down(price, tick) if buy == (kind == "limit") else grid.up(price, tick)


def is_price(price: float) -> bool:
    """Whether a number can be the price of an order."""
    return math.isfinite(price) and price > 0


def after_fill(c: Symbol, order: Order, fill: int, opened: float, price: float, *, grew: bool) -> None:
    """Send or change the orders that a fill gives rise to, which opened (or added) so much of a position."""
    if order.bracket is not None and opened != 0.0:
        _bracket(c, order, fill, opened, price)
    if grew:
        _exits(c, fill, price)


def _send(c: Symbol, order: Order, fill: int, price: float, reason: str = "") -> None:
    """Send an attached order that was caused by a fill at a price, or refuse it."""
    given = order.limit if order.kind == "limit" else order.stop
    if order.kind != "trailing" and not is_price(given):
        c.refuse(order, fill, "bad_price")
        return
    _mark(c, order, price)
    c.send(order, fill, reason)


def _mark(c: Symbol, order: Order, price: float) -> None:
    if c.phase == "inside":
        order.inside_bar, order.inside_price = c.container.bar, price


def _bracket(c: Symbol, entry: Order, fill: int, filled: float, price: float) -> None:
    assert entry.bracket is not None
    guards = [c.container.working[number] for number in entry.children if number in c.container.working]
    for guard in guards:
        guard.quantity -= filled
        _mark(c, guard, price)
        c.show(guard, fill, "modified")
    if guards:
        return
    buy = filled < 0
    levels = []
    for price_given, kind in zip(entry.bracket, ("stop", "limit"), strict=True):
        if price_given is not None:
            levels.append((kind, rounded(c, price_given, kind, buy)))
    group = c.container.new_group() if len(levels) > 1 else 0
    children = []
    for kind, level in levels:
        common = {"reduce_only": True, "attached": True, "group": group, "parent": entry.number}
        child = c.new_order(kind, -filled, **common, **{kind: level})  # type: ignore[arg-type]
        _send(c, child, fill, price)
        children.append(child.number)
    entry.children = tuple(children)


def _exits(c: Symbol, fill: int, price: float) -> None:
    """Send the orders of `exits` for the whole position, or make those that work fit it."""
    exits, sign = c.settings.exits, math.copysign(1.0, c.position)
    average, buy = c.holding.average, c.position < 0
    working = {order.name: order for order in c.in_order() if order.name and not order.forced}
    group = next((order.group for order in working.values()), 0) or c.container.new_group()
    common = {"quantity": -c.position, "reduce_only": True, "attached": True, "group": group}
    levels = []
    if exits.get("stop_loss") is not None:
        levels.append(("stop_loss", "stop", average * (1 - sign * exits["stop_loss"])))
    if exits.get("take_profit") is not None:
        levels.append(("take_profit", "limit", average * (1 + sign * exits["take_profit"])))
    for name, kind, level in levels:
        number = rounded(c, level, kind, buy)
        order = working.get(name)
        if order is None:
            order = c.new_order(kind, name=name, **{kind: number}, **common)  # type: ignore[arg-type]
            _send(c, order, fill, price, name)
        elif order.kind == kind:
            _move(c, order, number, fill, price)
    distance = c.settings.trailing()
    if distance is not None:
        _trailing_exit(c, working.get("trailing_stop"), distance, common, fill, price)


def _move(c: Symbol, order: Order, level: float, fill: int, price: float) -> None:
    if not is_price(level):
        c.emit("REJECT", fill, reason="bad_price", order=order.number, price=level, quantity=-c.position)
        return
    if order.kind == "limit":
        order.limit = level
    else:
        order.stop = level
    order.quantity = -c.position
    _mark(c, order, price)
    c.show(order, fill, "modified")


def _trailing_exit(
    c: Symbol,
    order: Order | None,
    distance: tuple[str, float, int],
    common: dict[str, object],
    fill: int,
    price: float,
) -> None:
    """Send the trailing stop; one that works goes on from its extreme, as it is for the whole position anyway."""
    if order is not None:
        return
    order = c.new_order("trailing", name="trailing_stop", distance=distance, extreme=price, **common)  # type: ignore[arg-type]
    if set_trailing(c, order, c.known_atr(distance[2]) if distance[2] else None):
        _send(c, order, fill, price, "trailing_stop")
    else:
        c.refuse(order, fill, "bad_price")


def set_trailing(c: Symbol, order: Order, atr: float | None) -> bool:
    """Give a trailing order the stop that its extreme asks for, if that is nearer than the one it has.

    Return whether that is a price, or is still to come with the ATR.
    """
    assert order.distance is not None
    kind, number, _ = order.distance
    if kind == "atr" and atr is None:
        return True
    side = 1.0 if order.buy else -1.0
    if kind == "percent":
        level = order.extreme * (1 + side * number)
    else:
        level = order.extreme + side * (number * atr if kind == "atr" and atr is not None else number)
    level = rounded(c, level, "stop", order.buy)
    if not is_price(level):
        return False
    if math.isnan(order.stop):
        order.stop = level
    else:
        order.stop = min(order.stop, level) if order.buy else max(order.stop, level)
    return True


def move_trailing(c: Symbol) -> None:
    """Step 5: the market of the bar moves the trailing stops."""
    for order in c.in_order():
        if order.kind == "trailing":
            assert order.distance is not None
            bar = c.bars.low[c.t] if order.buy else c.bars.high[c.t]
            order.extreme = min(order.extreme, bar) if order.buy else max(order.extreme, bar)
            period = order.distance[2]
            set_trailing(c, order, c.atr_at(period, c.t) if period else None)
