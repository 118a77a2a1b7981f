"""Funding: what values of a column do to a position (docs/trading-model.md section 14)."""

import math

from tests.reference.order_symbol import Symbol


def value_at(c: Symbol, name: str | None) -> float:
    """The value of a column at the bar; 0 where there is none."""
    value = c.bars.own[name][c.t] if name is not None else 0.0
    return 0.0 if math.isnan(value) else value


def pay_funding(c: Symbol) -> None:
    """Pay what is due at the close of the bar for the position held before any order is filled there."""
    paid = c.position * c.close * value_at(c, c.settings.funding)
    if paid != 0.0:
        account = c.container.account
        account.cash = account.cash - paid
        c.emit("FINANCING", c.bar_event, reason="funding", price=c.close, quantity=c.position, value=paid,
               fee=account.cash)  # fmt: skip
