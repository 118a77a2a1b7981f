"""Commission, slippage and what a purchase may cost: ``docs/trading-model.md`` sections 4 and 13."""

import math
from typing import NamedTuple

import numpy as np

from .arithmetic import NEAR, divide, grid_point, is_rounding, is_rounding_of_sums, power, steps_below
from .compilation import kernel
from .constants import MAX_TIERS, CommissionKind, Setting, SlippageKind

_NO_COMMISSION = int(CommissionKind.NONE)
_PERCENT_COMMISSION = int(CommissionKind.PERCENT)
_FIXED_COMMISSION = int(CommissionKind.FIXED)
_PER_SHARE_COMMISSION = int(CommissionKind.PER_SHARE)
_TIERED_COMMISSION = int(CommissionKind.TIERED)
_MAKER_TAKER_COMMISSION = int(CommissionKind.MAKER_TAKER)
_NO_SLIPPAGE = int(SlippageKind.NONE)
_PERCENT_SLIPPAGE = int(SlippageKind.PERCENT)
_FIXED_SLIPPAGE = int(SlippageKind.FIXED)
_SPREAD = int(SlippageKind.SPREAD)
_VOLUME_IMPACT = int(SlippageKind.VOLUME_IMPACT)
_RANDOM = int(SlippageKind.RANDOM)

_KIND = int(Setting.COMMISSION_KIND)
_RATE = int(Setting.COMMISSION_RATE)
_AMOUNT = int(Setting.COMMISSION_AMOUNT)
_MINIMUM = int(Setting.COMMISSION_MINIMUM)
_MAXIMUM = int(Setting.COMMISSION_MAXIMUM)
_TAKER = int(Setting.COMMISSION_TAKER)
_PER_FILL = int(Setting.COMMISSION_PER_FILL)
_TIER_UP_TO = int(Setting.TIER_UP_TO)
_TIER_RATE = int(Setting.TIER_RATE)
_SLIPPAGE_KIND = int(Setting.SLIPPAGE_KIND)
_SLIPPAGE_RATE = int(Setting.SLIPPAGE_RATE)
_SLIPPAGE_AMOUNT = int(Setting.SLIPPAGE_AMOUNT)
_SLIPPAGE_EXPONENT = int(Setting.SLIPPAGE_EXPONENT)
#: Steps of the search for the largest quantity that can be paid.
SEARCH_STEPS = 64


class Costs(NamedTuple):
    """What a fill costs. Rates are fractions (0.001 = 0.1 %) or account currency per share, amounts currency.

    ``tiers_up_to`` and ``tier_rates`` have ``MAX_TIERS`` numbers each; ``closed_form`` says whether section 4 has a
    formula for what cash pays for.
    """

    commission_kind: int
    commission_rate: float
    commission_amount: float
    commission_minimum: float
    commission_maximum: float
    taker_rate: float
    tiers_up_to: tuple[float, ...]
    tier_rates: tuple[float, ...]
    closed_form: bool
    slippage_kind: int
    slippage_rate: float
    slippage_amount: float
    slippage_exponent: float
    #: Whether fixed parts of the commission are charged once for an order, however many fills it takes.
    charged_by_order: bool
    #: Of the fills of an order before: the sum of what is proportional to the quantity, and all that was charged.
    proportional: float
    charged: float


@kernel
def read_costs(settings):
    """The costs in a row of settings, float64 (SETTINGS,)."""
    kind = int(settings[_KIND])
    bare = settings[_MINIMUM] == 0.0 or kind == _PER_SHARE_COMMISSION
    bare = bare and (settings[_AMOUNT] == 0.0 or kind == _FIXED_COMMISSION)
    has_fixed_part = kind == _PERCENT_COMMISSION or kind == _FIXED_COMMISSION or kind == _PER_SHARE_COMMISSION
    has_fixed_part = has_fixed_part and (
        settings[_AMOUNT] != 0.0 or settings[_MINIMUM] != 0.0 or settings[_MAXIMUM] != math.inf
    )
    return Costs(
        kind,
        settings[_RATE],
        settings[_AMOUNT],
        settings[_MINIMUM],
        settings[_MAXIMUM],
        settings[_TAKER],
        (
            settings[_TIER_UP_TO],
            settings[_TIER_UP_TO + 1],
            settings[_TIER_UP_TO + 2],
            settings[_TIER_UP_TO + 3],
            settings[_TIER_UP_TO + 4],
        ),
        (
            settings[_TIER_RATE],
            settings[_TIER_RATE + 1],
            settings[_TIER_RATE + 2],
            settings[_TIER_RATE + 3],
            settings[_TIER_RATE + 4],
        ),
        kind <= _PER_SHARE_COMMISSION and bare and settings[_MAXIMUM] == math.inf,
        int(settings[_SLIPPAGE_KIND]),
        settings[_SLIPPAGE_RATE],
        settings[_SLIPPAGE_AMOUNT],
        settings[_SLIPPAGE_EXPONENT],
        has_fixed_part and settings[_PER_FILL] == 0.0,
        0.0,
        0.0,
    )


@kernel
def further_costs(costs, proportional, charged):
    """The costs of a further fill of an order, whose fills before come to ``proportional`` and ``charged``."""
    return Costs(
        costs.commission_kind,
        costs.commission_rate,
        costs.commission_amount,
        costs.commission_minimum,
        costs.commission_maximum,
        costs.taker_rate,
        costs.tiers_up_to,
        costs.tier_rates,
        False,
        costs.slippage_kind,
        costs.slippage_rate,
        costs.slippage_amount,
        costs.slippage_exponent,
        costs.charged_by_order,
        proportional,
        charged,
    )


@kernel
def fill_price(costs, base, quantity, volume, draw):
    """Price of a fill of signed ``quantity`` at base price ``base``: slippage always hurts.

    ``volume`` is the bar's, in units; ``draw`` a random number from 0 to 1. Only the models that use them look.
    """
    side = 1.0 if quantity > 0.0 else -1.0
    kind = costs.slippage_kind
    if kind == _NO_SLIPPAGE:
        return base
    if kind == _PERCENT_SLIPPAGE:
        return base * (1.0 + side * costs.slippage_rate)
    if kind == _FIXED_SLIPPAGE:
        return base + side * costs.slippage_amount
    if kind == _SPREAD:
        return base * (1.0 + side * divide(costs.slippage_rate, 2.0))
    if kind == _VOLUME_IMPACT:
        share = divide(abs(quantity), volume) if volume > 0.0 else 1.0
        return base * (1.0 + side * (costs.slippage_rate * power(share, costs.slippage_exponent)))
    if kind == _RANDOM:
        return base * (1.0 + side * (costs.slippage_rate * draw))
    return math.nan


@kernel
def _tier_rate(costs, traded_value):
    tier = 0
    while tier < MAX_TIERS - 1 and traded_value > costs.tiers_up_to[tier]:
        tier += 1
    return costs.tier_rates[tier]


@kernel
def proportional_part(costs, quantity, price):
    """What ``percent`` and ``per_share`` charge for a fill by its quantity alone."""
    size = abs(quantity)
    if costs.commission_kind == _PERCENT_COMMISSION:
        return size * price * costs.commission_rate
    return size * costs.commission_rate


@kernel
def commission(costs, quantity, price, maker, traded_value):
    """Commission of a fill, in account currency, ``traded_value`` being the value traded before it."""
    return commission_of_order(costs, quantity, price, maker, traded_value) - costs.charged


@kernel
def commission_of_order(costs, quantity, price, maker, traded_value):
    """Commission of a fill and of all fills of its order before."""
    size = abs(quantity)
    kind = costs.commission_kind
    if kind == _NO_COMMISSION:
        return 0.0
    if kind == _FIXED_COMMISSION:
        return costs.commission_amount
    if kind == _TIERED_COMMISSION:
        return size * price * _tier_rate(costs, traded_value)
    if kind == _MAKER_TAKER_COMMISSION:
        return size * price * (costs.commission_rate if maker else costs.taker_rate)
    fee = costs.proportional + proportional_part(costs, quantity, price)
    if kind == _PERCENT_COMMISSION:
        fee += costs.commission_amount
    elif kind != _PER_SHARE_COMMISSION:
        return math.nan
    return min(max(fee, costs.commission_minimum), costs.commission_maximum)


@kernel
def payable(cash, lot_size):
    """What a purchase may cost: with lots a little more than ``cash``, so that rounding costs no lot."""
    return cash + NEAR * cash if lot_size > 0.0 else cash


@kernel
def cash_after(cash, cost):
    """``cash`` after a fill that it pays for; what would be missing is rounding."""
    left = cash - cost
    return 0.0 if left < 0.0 else left


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
def _is_paid(costs, quantity, price, money, maker, traded_value):
    return quantity * price + commission(costs, quantity, price, maker, traded_value) <= money


@kernel
def _searched_quantity(costs, quantity, price, cash, money, maker, traded_value):
    paid = 0.0
    beyond = min(quantity, divide(cash, price))
    if _is_paid(costs, beyond, price, money, maker, traded_value):
        return beyond
    for _ in range(SEARCH_STEPS):
        middle = divide(paid + beyond, 2.0)
        if _is_paid(costs, middle, price, money, maker, traded_value):
            paid = middle
        else:
            beyond = middle
    return paid


@kernel
def _paid_lots(costs, quantity, price, money, lot, maker, traded_value):
    """The most whole lots that can be paid, ``quantity`` being about what can be paid."""
    lots, size = steps_below(quantity, lot)
    # One lot more, which the rounding of the quotient may have lost: (1 - 0.8) / 0.001 is 199.99999999999997.
    more = grid_point(lot, lots + 1.0)
    if _is_paid(costs, more, price, money, maker, traded_value):
        return more
    while size > 0.0 and not _is_paid(costs, size, price, money, maker, traded_value):
        lots = min(lots - 1.0, np.nextafter(lots, 0.0))
        size = grid_point(lot, lots)
    return size


@kernel
def affordable_quantity(costs, quantity, price, cash, lot, maker, traded_value):
    """``quantity`` of a purchase, cut to what ``cash`` pays for; 0 where it pays for nothing but rounding of it."""
    money = payable(cash, lot.step)
    if _is_paid(costs, quantity, price, money, maker, traded_value):
        return quantity
    if costs.closed_form:
        cut = _quantity_for(costs, price, cash)
    else:
        cut = _searched_quantity(costs, quantity, price, cash, money, maker, traded_value)
    if lot.step > 0.0:
        cut = _paid_lots(costs, cut, price, money, lot, maker, traded_value)
    else:
        while cut > 0.0 and not _is_paid(costs, cut, price, money, maker, traded_value):
            cut = np.nextafter(cut, 0.0)
    return cut if cut > 0.0 and not is_rounding(cut, quantity, lot.step) else 0.0


@kernel
def whole_position(held, quantity, largest, lot_size):
    """Signed ``quantity`` of a fill: that of the position where only rounding would be left, on either side.

    ``largest`` is that of ``is_rounding_of_sums``.
    """
    rest = held + quantity
    closes = held * quantity < 0.0 and rest != 0.0
    if closes and is_rounding_of_sums(rest, max(abs(held), abs(quantity)), largest, lot_size):
        return -held
    return quantity
