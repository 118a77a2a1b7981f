"""Commission, slippage and what a purchase may cost: ``docs/trading-model.md`` section 4."""

from typing import NamedTuple

import numpy as np

from .arithmetic import divide, round_down
from .compilation import kernel
from .constants import CommissionKind, SlippageKind

_NO_COMMISSION = int(CommissionKind.NONE)
_PERCENT_COMMISSION = int(CommissionKind.PERCENT)
_FIXED_COMMISSION = int(CommissionKind.FIXED)
_PERCENT_SLIPPAGE = int(SlippageKind.PERCENT)
_FIXED_SLIPPAGE = int(SlippageKind.FIXED)


class Costs(NamedTuple):
    """What a fill costs. Rates are fractions (0.001 = 0.1 %) or account currency per share, amounts currency."""

    commission_kind: int
    commission_rate: float
    commission_amount: float
    commission_minimum: float
    slippage_kind: int
    slippage_rate: float
    slippage_amount: float


@kernel
def fill_price(costs, base, quantity):
    """Price of a fill of signed ``quantity`` at base price ``base``: slippage always hurts."""
    side = 1.0 if quantity > 0.0 else -1.0
    if costs.slippage_kind == _PERCENT_SLIPPAGE:
        return base * (1.0 + side * costs.slippage_rate)
    if costs.slippage_kind == _FIXED_SLIPPAGE:
        return base + side * costs.slippage_amount
    return base


@kernel
def commission(costs, quantity, price):
    """Commission of a fill, in account currency."""
    size = abs(quantity)
    if costs.commission_kind == _NO_COMMISSION:
        return 0.0
    if costs.commission_kind == _PERCENT_COMMISSION:
        return size * price * costs.commission_rate
    if costs.commission_kind == _FIXED_COMMISSION:
        return costs.commission_amount
    return max(size * costs.commission_rate, costs.commission_minimum)


@kernel
def _quantity_for(costs, price, cash):
    """Quantity whose price and commission come to ``cash``, before rounding."""
    if costs.commission_kind == _NO_COMMISSION:
        return divide(cash, price)
    if costs.commission_kind == _PERCENT_COMMISSION:
        return divide(cash, price * (1.0 + costs.commission_rate))
    if costs.commission_kind == _FIXED_COMMISSION:
        return divide(cash - costs.commission_amount, price)
    quantity = divide(cash, price + costs.commission_rate)
    if quantity * costs.commission_rate < costs.commission_minimum:
        return divide(cash - costs.commission_minimum, price)
    return quantity


@kernel
def affordable_quantity(costs, quantity, price, cash, lot_size):
    """``quantity`` of a purchase, cut to what ``cash`` pays for; 0 or less where it pays for nothing."""
    if quantity * price + commission(costs, quantity, price) <= cash:
        return quantity
    cut = round_down(_quantity_for(costs, price, cash), lot_size)
    while cut > 0.0 and cut * price + commission(costs, cut, price) > cash:
        cut = min(cut - lot_size, np.nextafter(cut, 0.0))
    return cut
