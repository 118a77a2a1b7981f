"""What a container is not allowed to do, and what happens when it loses too much: section 15 of the model."""

import math

import numpy as np

from ..compilation import ALL, YES, kernel
from ..constants import EventKind, Reason
from .account import equity_now
from .book import cancel_everything, opening_quantity, opens
from .emit import emit, emit_reject

_RISK_BREACH = np.int64(EventKind.RISK_BREACH)
_NONE = np.int64(Reason.NONE)
_HALTED = np.int64(Reason.HALTED)
_AFTER_EXIT_TIME = np.int64(Reason.AFTER_EXIT_TIME)
_MAX_POSITION = np.int64(Reason.MAX_POSITION)
_MAX_GROSS = np.int64(Reason.MAX_GROSS_EXPOSURE)
_MAX_NET = np.int64(Reason.MAX_NET_EXPOSURE)
_MAX_ORDERS = np.int64(Reason.MAX_ORDERS_PER_DAY)
MAX_DAILY_LOSS = np.int64(Reason.MAX_DAILY_LOSS)
MAX_DRAWDOWN = np.int64(Reason.MAX_DRAWDOWN)


@kernel
def breach(container, slot, bar, cause, reason, order, price, quantity):
    """Say that a limit was met, and count it."""
    container.ledger.breaches += 1
    equity = equity_now(container)
    return emit(container, _RISK_BREACH, bar, cause, slot, reason, order, price, quantity, equity, 0.0)


@kernel
def _working_entries(container, slot):
    """Signed quantity of the working orders of holding ``slot`` that may open or increase a position."""
    total = 0.0
    held = container.holdings[slot]["quantity"]
    for place in range(container.ledger.working):
        order = container.book[place]
        if order["symbol"] == slot:
            total += opening_quantity(order, held)
    return total


@kernel
def _exposure_breach(container, slot, reached, price):
    """The exposure limit that a position of ``reached`` in holding ``slot`` would break, or none."""
    terms = container.terms
    equity = equity_now(container)
    # No limit is infinity, which a negative equity would turn round.
    if terms.max_position < math.inf and abs(reached) * price > terms.max_position * equity:
        return _MAX_POSITION
    gross = abs(reached) * price
    net = reached * price
    for other in range(container.holdings.shape[0]):
        if other != slot:
            holding = container.holdings[other]
            expected = holding["quantity"] + _working_entries(container, other)
            gross += abs(expected) * holding["close"]
            net += expected * holding["close"]
    if terms.max_gross_exposure < math.inf and gross > terms.max_gross_exposure * equity:
        return _MAX_GROSS
    if terms.max_net_exposure < math.inf and abs(net) > terms.max_net_exposure * equity:
        return _MAX_NET
    return _NONE


@kernel
def entry_breach(container, slot, quantity, price):
    """The limit that an order of ``quantity`` more, which opens or increases, would break; or none."""
    ledger = container.ledger
    if ledger.halted == 1 or ledger.halted_today == 1:
        return _HALTED
    held = container.holdings[slot]["quantity"]
    return _exposure_breach(container, slot, held + quantity + _working_entries(container, slot), price)


@kernel
def refuses_now(container, order, slot, bar, wanted, price):
    """Whether an order that is matched opens a position while none may be; its REJECT or RISK_BREACH is sent then."""
    ledger = container.ledger
    halted = ledger.halted == 1 or ledger.halted_today == 1
    if not (halted or ledger.after_exit == 1) or not opens(container.holdings[slot]["quantity"], wanted):
        return False
    if ledger.after_exit == 1:
        emit_reject(container, order, bar, order["event"], _AFTER_EXIT_TIME, price)
    else:
        breach(container, slot, bar, order["event"], _HALTED, order["number"], price, wanted)
    return True


@kernel
def is_allowed(container, order, bar, cause):
    """Whether a new order may be sent; if not, its REJECT or RISK_BREACH is. Orders that only reduce always may."""
    slot = order["symbol"]
    ledger = container.ledger
    holding = container.holdings[slot]
    price = holding["close"]
    held = holding["quantity"]
    quantity = order["quantity"]
    if order["reduce_only"] == 1 or not opens(held, quantity):
        ledger.orders_today += 1
        return True
    if ledger.after_exit == 1:
        emit_reject(container, order, bar, cause, _AFTER_EXIT_TIME, price)
        return False
    reason = entry_breach(container, slot, quantity, price)
    if reason == _NONE and ledger.orders_today + 1 > container.terms.max_orders_per_day:
        reason = _MAX_ORDERS
    if reason != _NONE:
        breach(container, slot, bar, cause, reason, order["number"], price, quantity)
        return False
    ledger.orders_today += 1
    return True


@kernel
def loses_too_much_today(container, equity):
    """Whether ``equity`` breaks the limit of a day's loss, unless entries are refused already."""
    ledger = container.ledger
    terms = container.terms
    refused = ledger.halted == 1 or ledger.halted_today == 1
    return not refused and equity < (1.0 - terms.max_daily_loss) * ledger.day_start_equity


@kernel
def loses_too_much(container, equity):
    """Whether ``equity`` breaks the limit of the drawdown, which happens once."""
    ledger = container.ledger
    terms = container.terms
    return ledger.halted == 0 and equity < (1.0 - terms.max_drawdown) * ledger.peak


@kernel
def halt(container, bar, cause, reason):
    """Refuse entries from now on, to the end of the session or for good, and cancel those that work."""
    if reason == MAX_DRAWDOWN:
        container.ledger.halted = 1
    else:
        container.ledger.halted_today = 1
    cancel_everything(container, bar, cause, _HALTED, ALL, YES)
