"""Limits on orders and on losses, maintenance margin (docs/trading-model.md sections 14 and 15)."""

from tests.reference import grid
from tests.reference.order_container import Container
from tests.reference.order_fills import execute
from tests.reference.order_matching import close_position, closing_order
from tests.reference.order_records import Order
from tests.reference.order_symbol import Symbol


def allowed(c: Symbol, order: Order, cause: int) -> bool:
    """Whether an order of step 7, or its closing part, may be sent; emits why not, and counts those of a session."""
    quantity = c.wanted(order)
    if c.grows(quantity) and not order.reduce_only:
        after_exit = c.after_exit_time()
        reason = "after_exit_time" if after_exit else _broken(c, quantity)
        if reason is not None:
            closing = c.closing_part(quantity)
            opening = quantity - closing
            if after_exit:
                order.quantity = opening
                c.refuse(order, cause, reason)
            else:
                c.breach(cause, reason, opening, order.number)
            if closing == 0.0:
                return False
            c.cut_to_closing(order, closing)
    c.container.orders_today += 1
    return True


def broken_by_growth(c: Symbol, quantity: float) -> str | None:
    """The limit that this quantity more of a symbol, and all working entries, would break."""
    risk, equity = c.settings.risk, c.container.equity
    values: dict[int, float] = {}
    for symbol in c.container.symbols:
        position = symbol.position + (quantity if symbol is c else 0.0)
        position += sum(symbol.wanted(entry) for entry in symbol.entries())
        values[symbol.number] = position * symbol.last_close if position != 0.0 else 0.0
    found = {
        "max_position": abs(values[c.number]),
        "max_gross_exposure": sum(abs(value) for value in values.values()),
        "max_net_exposure": abs(sum(values.values())),
    }
    for name, value in found.items():
        limit = risk.get(name)
        if limit is not None and grid.breaks_upper(value, limit * equity):
            return name
    return None


def _broken(c: Symbol, quantity: float) -> str | None:
    if c.container.halted:
        return "halted"
    reason = broken_by_growth(c, quantity)
    most = c.settings.risk.get("max_orders_per_day")
    if reason is None and most is not None and c.container.orders_today >= most:
        return "max_orders_per_day"
    return reason


def check_close(c: Container, update: int, equity: float) -> float:
    """Step 9 after the mark: look at margin and losses; return the last equity of the bar."""
    closed_by = None
    told = Told(c)
    for reason, closes in _breaches(c, equity):
        c.breaches += 1
        event = c.emit(c.first, "RISK_BREACH", update, reason=reason, price=told.price,
                       quantity=told.quantity, value=c.equity)  # fmt: skip
        if reason != "maintenance_margin":
            c.cancel_entries(event, "halted")
        if closes and _close_all(c, event, reason) and closed_by is None:
            closed_by = event
    return equity if closed_by is None else mark(c, closed_by)


def _close_all(c: Container, cause: int, reason: str) -> bool:
    """Close every position at once, or at its symbol's next open where that has no bar; whether anything was filled."""
    fills = len(c.events)
    for symbol in c.symbols:
        if symbol.position == 0.0 or closing_order(symbol) is not None:
            continue
        order = close_position(symbol, cause, reason)
        if symbol.here:
            execute(symbol, order, symbol.close)
    return any(event.kind == "FILL" for event in c.events[fills:])


class Told:
    """What events of the whole account tell: the position of its only symbol, and nothing where it has several."""

    def __init__(self, c: Container) -> None:
        only = len(c.symbols) == 1
        self.price = c.symbols[0].last_close if only else 0.0
        self.quantity = c.symbols[0].position if only else 0.0


def mark(c: Container, cause: int) -> float:
    """Emit a PORTFOLIO_UPDATE and return the equity."""
    told, equity = Told(c), c.equity
    c.emit(c.first, "PORTFOLIO_UPDATE", cause, price=told.price, quantity=told.quantity, value=equity,
           fee=c.account.cash)  # fmt: skip
    return equity


def _breaches(c: Container, equity: float) -> list[tuple[str, bool]]:
    """What is broken at the close, each with whether it closes every position; sets what halts."""
    s, found = c.settings, []
    flatten = s.risk.get("on_breach", "halt") == "flatten"
    if _under_margin(c, equity):
        found.append(("maintenance_margin", True))
    loss = s.risk.get("max_daily_loss")
    if loss is not None and not c.halted and grid.breaks_lower(equity, (1 - loss) * c.equity_before_session):
        c.halted_today = True
        found.append(("max_daily_loss", flatten))
    drawdown = s.risk.get("max_drawdown")
    if drawdown is not None and not c.halted_for_good and grid.breaks_lower(equity, (1 - drawdown) * c.peak):
        c.halted_for_good = True
        found.append(("max_drawdown", flatten))
    return found


def _under_margin(c: Container, equity: float) -> bool:
    """Whether less is left than has to stay for the positions held."""
    margin = c.settings.margin
    if margin is None:
        return False
    if "short" not in margin:
        required = margin.get("maintenance", 0.0) * c.exposure()
    else:
        shorts = sum(max(-s.position, 0.0) * s.last_close for s in c.symbols)
        required = margin.get("maintenance", 0.0) * (c.exposure() - shorts)
        required += margin["short"].get("maintenance", 0.0) * shorts
    return required > 0 and grid.breaks_lower(equity, required)
