"""Limits on orders and on losses, maintenance margin (docs/trading-model.md sections 14 and 15)."""

from tests.reference.order_container import Container
from tests.reference.order_fills import execute
from tests.reference.order_matching import close_position
from tests.reference.order_records import Order


def allowed(c: Container, order: Order, cause: int) -> bool:
    """Whether an order of step 7 may be sent; emits why not, and counts the orders of the session."""
    quantity = c.wanted(order)
    if c.grows(quantity) and not order.reduce_only:
        if c.after_exit_time():
            c.refuse(order, cause, "after_exit_time")
            return False
        reason = _broken(c, quantity)
        if reason is not None:
            c.breach(cause, reason, quantity, order.number)
            return False
    c.orders_today += 1
    return True


def broken_by_growth(c: Container, quantity: float) -> str | None:
    """The limit that a position changed by this quantity and by all working entries would break."""
    risk, equity = c.settings.risk, c.equity
    position = c.position + quantity
    for entry in c.entries():
        position += c.wanted(entry)
    for name in ("max_position", "max_gross_exposure", "max_net_exposure"):
        limit = risk.get(name)
        if limit is not None and abs(position) * c.close > limit * equity:
            return name
    return None


def _broken(c: Container, quantity: float) -> str | None:
    if c.halted:
        return "halted"
    reason = broken_by_growth(c, quantity)
    most = c.settings.risk.get("max_orders_per_day")
    if reason is None and most is not None and c.orders_today >= most:
        return "max_orders_per_day"
    return reason


def check_close(c: Container, update: int, equity: float) -> float:
    """Step 9 after the mark: look at margin and losses; return the last equity of the bar."""
    closed_by, held = None, c.position
    for reason, closes in _breaches(c, equity):
        event = c.breach(update, reason, held)
        if reason != "maintenance_margin":
            c.cancel_entries(event, "halted")
        if closes and c.position != 0.0:
            fills = len(c.account.trades), c.used_volume
            execute(c, close_position(c, event, reason), c.close)
            if fills != (len(c.account.trades), c.used_volume) and closed_by is None:
                closed_by = event
    if closed_by is None:
        return equity
    return mark(c, closed_by)


def mark(c: Container, cause: int) -> float:
    """Emit a PORTFOLIO_UPDATE and return the equity."""
    c.emit("PORTFOLIO_UPDATE", cause, price=c.close, quantity=c.position, value=c.equity, fee=c.account.cash)
    return c.equity


def _breaches(c: Container, equity: float) -> list[tuple[str, bool]]:
    """What is broken at the close, each with whether it closes every position; sets what halts."""
    s, found = c.settings, []
    flatten = s.risk.get("on_breach", "halt") == "flatten"
    if s.margin is not None and equity < s.margin["maintenance"] * (abs(c.position) * c.close):
        found.append(("maintenance_margin", True))
    loss = s.risk.get("max_daily_loss")
    if loss is not None and not c.halted and equity < (1 - loss) * c.equity_before_session:
        c.halted_today = True
        found.append(("max_daily_loss", flatten))
    drawdown = s.risk.get("max_drawdown")
    if drawdown is not None and not c.halted_for_good and equity < (1 - drawdown) * c.peak:
        c.halted_for_good = True
        found.append(("max_drawdown", flatten))
    return found
