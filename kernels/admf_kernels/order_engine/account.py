"""Equity, exposure and margin: ``docs/trading-model.md`` section 14."""

import numpy as np

from ..arithmetic import divide, is_above, is_below, is_rounding, round_down
from ..compilation import ALL, FIRST, NOTHING, hot_kernel, kernel
from ..constants import EventKind, Reason
from ..costs import SEARCH_STEPS, commission
from .emit import emit

_FINANCING = np.int64(EventKind.FINANCING)
_NONE = np.int64(Reason.NONE)
_NS_PER_YEAR = 365.25 * 86400e9


@hot_kernel
def worth(holding, price):
    """What a unit of a holding is worth at a ``price``, in account currency."""
    return holding["multiplier"] * price


@kernel
def equity_now(container):
    """Cash and every position at its last close."""
    ledger = container.ledger
    holdings = container.holdings
    equity = ledger.cash
    for slot in range(holdings.shape[0]):
        holding = holdings[slot]
        equity += holding["quantity"] * worth(holding, holding["close"])
    return equity


@kernel
def shown_position(container):
    """Price and quantity of an event of the whole account: those of its only holding; 0 where it has several."""
    holdings = container.holdings
    if holdings.shape[0] > 1:
        return 0.0, 0.0
    holding = holdings[0]
    return holding["close"], holding["quantity"]


@kernel
def gross_exposure_without(container, slot):
    """Value of all positions at their last closes, but for that of holding ``slot`` (-1: of all)."""
    holdings = container.holdings
    gross = 0.0
    for other in range(holdings.shape[0]):
        if other != slot:
            holding = holdings[other]
            gross += abs(holding["quantity"]) * worth(holding, holding["close"])
    return gross


@kernel
def shorts_without(container, slot):
    """Value of all short positions at their last closes, but for that of holding ``slot`` (-1: of all)."""
    shorts = 0.0
    for other in range(container.holdings.shape[0]):
        if other != slot:
            holding = container.holdings[other]
            shorts += max(-holding["quantity"], 0.0) * worth(holding, holding["close"])
    return shorts


@kernel
def is_under_margin(container, equity):
    """Whether ``equity`` is less than what has to stay for the positions at their last closes."""
    settings = container.settings
    gross = gross_exposure_without(container, ALL)
    if settings.short_initial == 0.0:
        return gross > 0.0 and is_below(equity, settings.maintenance * gross)
    shorts = shorts_without(container, ALL)
    required = settings.maintenance * (gross - shorts) + settings.short_maintenance * shorts
    return required > 0.0 and is_below(equity, required)


@kernel
def _is_covered(container, fees, slot, quantity, price, others):
    """Whether leverage allows the exposure after a fill of ``quantity``, a unit of which is worth ``price``."""
    ledger = container.ledger
    fee = commission(fees, quantity, price)
    held = container.holdings[slot]["quantity"] + quantity
    equity = ledger.cash - (quantity * price + fee) + held * price
    for other in range(container.holdings.shape[0]):
        if other != slot:
            holding = container.holdings[other]
            equity += holding["quantity"] * worth(holding, holding["close"])
    settings = container.settings
    gross = others + abs(held) * price
    if settings.short_initial == 0.0:
        return not is_above(gross, settings.leverage * equity)
    shorts = shorts_without(container, slot) + max(-held, 0.0) * price
    return not is_above(divide(gross - shorts, settings.leverage) + settings.short_initial * shorts, equity)


@kernel
def payable_on_margin(container, fees, slot, quantity, price):
    """The part of signed ``quantity`` that leverage allows where a unit is worth ``price``; what reduces always is."""
    held = container.holdings[slot]["quantity"]
    reducing = min(abs(held), abs(quantity)) if held * quantity < 0.0 else 0.0
    others = gross_exposure_without(container, slot)
    if abs(quantity) <= reducing or _is_covered(container, fees, slot, quantity, price, others):
        return quantity
    side = 1.0 if quantity > 0.0 else -1.0
    allowed = 0.0
    beyond = abs(quantity)
    for _ in range(SEARCH_STEPS):
        middle = divide(allowed + beyond, 2.0)
        if middle <= reducing or _is_covered(container, fees, slot, side * middle, price, others):
            allowed = middle
        else:
            beyond = middle
    lot = container.lot
    if is_rounding(allowed, quantity, lot.step):
        allowed = 0.0
    return side * max(reducing, round_down(allowed, lot))


@kernel
def charge_financing(container, bar, cause):
    """Take interest on borrowed cash and the fee for borrowed shares for the time since the bar before."""
    settings = container.settings
    ledger = container.ledger
    if bar == 0:
        return
    years = divide(float(container.bars.time[bar] - container.bars.time[bar - 1]), _NS_PER_YEAR)
    paid = settings.interest_rate * max(-ledger.cash, 0.0) * years
    shorts = 0.0
    for slot in range(container.holdings.shape[0]):
        holding = container.holdings[slot]
        shorts += max(-holding["quantity"], 0.0) * worth(holding, holding["close"])
    paid += settings.borrow_rate * shorts * years
    if paid != 0.0:
        ledger.cash -= paid
        ledger.financing_paid += paid
        price, held = shown_position(container)
        emit(container, _FINANCING, bar, cause, FIRST, _NONE, NOTHING, (price, held, paid, ledger.cash))
