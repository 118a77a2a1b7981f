"""What a container is not allowed to do, and what happens when it loses too much: section 15 of the model."""

import math

import numpy as np

from ..arithmetic import is_above, is_below
from ..compilation import ALL, kernel
from ..constants import EventKind, Reason
from ..counts import count_refusal, is_refusal
from .account import equity_now, worth
from .book import cancel_entries, cut_to_closing_part, increases_exposure, opening_quantity
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
    if is_refusal(reason):
        count_refusal(container.counts, reason, 1)
    equity = equity_now(container)
    return emit(container, _RISK_BREACH, bar, cause, slot, reason, order, (price, quantity, equity, 0.0))


@kernel
def _working_entries(container, slot):
    """Signed quantity of the working orders of holding ``slot`` that may open or increase a position."""
    total = 0.0
    holding = container.holdings[slot]
    for index in range(container.ledger.working):
        order = container.book[index]
        if order["symbol"] == slot:
            total += opening_quantity(order, holding["quantity"], holding["largest"], container.lot.step)
    return total


@kernel
def _exposure_breach(container, slot, reached, price):
    """The exposure limit that a position of ``reached`` in holding ``slot`` would break, or none."""
    settings = container.settings
    equity, value = equity_now(container), worth(container.holdings[slot], price)
    # No limit is infinity, which a negative equity would turn round.
    if settings.max_position < math.inf and is_above(abs(reached) * value, settings.max_position * equity):
        return _MAX_POSITION
    gross = abs(reached) * value
    net = reached * value
    for other in range(container.holdings.shape[0]):
        if other != slot:
            holding = container.holdings[other]
            expected = holding["quantity"] + _working_entries(container, other)
            gross += abs(expected) * worth(holding, holding["close"])
            net += expected * worth(holding, holding["close"])
    if settings.max_gross_exposure < math.inf and is_above(gross, settings.max_gross_exposure * equity):
        return _MAX_GROSS
    if settings.max_net_exposure < math.inf and is_above(abs(net), settings.max_net_exposure * equity):
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
def _refuse_opening(container, order, bar, cause, reason, price, quantity):
    """Refuse what ``quantity`` of an order would open, and say so; whether a closing part of it is left."""
    slot = order["symbol"]
    held = container.holdings[slot]["quantity"]
    closes = held * quantity < 0.0
    opening = quantity + held if closes else quantity
    if reason == _AFTER_EXIT_TIME:
        order["quantity"] = opening
        emit_reject(container, order, bar, cause, reason, price)
    else:
        breach(container, slot, bar, cause, reason, order["number"], price, opening)
    if closes:
        cut_to_closing_part(order, held)
    return closes


@kernel
def allowed_now(container, order, slot, bar, wanted, price):
    """What an order that is matched may trade of ``wanted``: nothing that opens a position while none may be."""
    ledger = container.ledger
    halted = ledger.halted == 1 or ledger.halted_today == 1
    holding = container.holdings[slot]
    if not (halted or ledger.after_exit == 1) or not increases_exposure(
        holding["quantity"], wanted, holding["largest"], container.lot.step
    ):
        return wanted
    reason = _AFTER_EXIT_TIME if ledger.after_exit == 1 else _HALTED
    is_left = _refuse_opening(container, order, bar, order["event"], reason, price, wanted)
    return order["quantity"] if is_left else 0.0


@kernel
def is_allowed(container, order, bar, cause):
    """Whether a new order, or its closing part, may be sent; what may not is told. What only reduces always may."""
    ledger = container.ledger
    if not _opens(container, order):
        ledger.orders_today += 1
        return True
    price = container.holdings[order["symbol"]]["close"]
    quantity = order["quantity"]
    reason = _refusal(container, order["symbol"], quantity, price)
    if reason != _NONE and not _refuse_opening(container, order, bar, cause, reason, price, quantity):
        return False
    ledger.orders_today += 1
    return True


@kernel
def _opens(container, order):
    holding = container.holdings[order["symbol"]]
    lot_size = container.lot.step
    return order["reduce_only"] == 0 and increases_exposure(
        holding["quantity"], order["quantity"], holding["largest"], lot_size
    )


@kernel
def _refusal(container, slot, quantity, price):
    """Why a new order of ``quantity`` may not open or increase a position, or none."""
    ledger = container.ledger
    if ledger.after_exit == 1:
        return _AFTER_EXIT_TIME
    reason = entry_breach(container, slot, quantity, price)
    if reason == _NONE and ledger.orders_today + 1 > container.settings.max_orders_per_day:
        return _MAX_ORDERS
    return reason


@kernel
def loses_too_much_today(container, equity):
    """Whether ``equity`` breaks the limit of a day's loss, unless entries are refused already."""
    ledger = container.ledger
    settings = container.settings
    refused = ledger.halted == 1 or ledger.halted_today == 1
    return not refused and is_below(equity, (1.0 - settings.max_daily_loss) * ledger.day_start_equity)


@kernel
def loses_too_much(container, equity):
    """Whether ``equity`` breaks the limit of the drawdown, which happens once."""
    ledger = container.ledger
    settings = container.settings
    return ledger.halted == 0 and is_below(equity, (1.0 - settings.max_drawdown) * ledger.peak)


@kernel
def halt(container, bar, cause, reason):
    """Refuse entries from now on, to the end of the session or for good, and cancel those that work."""
    if reason == MAX_DRAWDOWN:
        container.ledger.halted = 1
    else:
        container.ledger.halted_today = 1
    cancel_entries(container, bar, cause, _HALTED, ALL)
