"""Commission, slippage and what a purchase may cost: ``docs/trading-model.md`` sections 4 and 13."""

import math
from typing import Any, NamedTuple

from numba import types
from numba.extending import overload

from .arithmetic import NEAR, divide, grid_point, is_rounding, is_rounding_of_sums, power, steps_below
from .compilation import HOT_OPTIONS, hot_kernel, kernel
from .constants import CommissionKind, SlippageKind
from .lanes import at_most, below, both, higher, is_any, lower, next_lower, opposite, select
from .ownership import borrow
from .settings import MAX_TIERS

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

#: Steps of the search for the largest quantity that can be paid.
SEARCH_STEPS = 64


class Costs(NamedTuple):
    """What a fill costs: the settings, and what follows from them or from the fills of the order before."""

    settings: Any
    #: Whether section 4 has a formula for what cash pays for.
    closed_form: bool
    #: Whether fixed parts of the commission are charged once for an order, however many fills it takes.
    charged_by_order: bool
    #: Of the fills of an order before: the sum of what is proportional to the quantity, and all that was charged.
    proportional: float
    charged: float


@kernel
def read_costs(settings):
    """The costs in the settings, a record of ``SETTINGS_DTYPE``."""
    kind = settings.commission_kind
    has_maximum = settings.commission_maximum != math.inf
    bare = settings.commission_minimum == 0.0 or kind == _PER_SHARE_COMMISSION
    bare = bare and (settings.commission_amount == 0.0 or kind == _FIXED_COMMISSION)
    has_fixed_part = kind == _PERCENT_COMMISSION or kind == _FIXED_COMMISSION or kind == _PER_SHARE_COMMISSION
    has_fixed_part = has_fixed_part and (
        settings.commission_amount != 0.0 or settings.commission_minimum != 0.0 or has_maximum
    )
    return Costs(
        borrow(settings),
        kind <= _PER_SHARE_COMMISSION and bare and not has_maximum,
        has_fixed_part and not settings.commission_per_fill,
        0.0,
        0.0,
    )


@kernel
def further_costs(costs, proportional, charged):
    """The costs of a further fill of an order, whose fills before come to ``proportional`` and ``charged``."""
    return Costs(costs.settings, False, costs.charged_by_order, proportional, charged)


@kernel
def fill_price(costs, base, quantity, volume, draw):
    """Price of a fill of signed ``quantity`` at base price ``base``: slippage always hurts.

    ``volume`` is the bar's, in units; ``draw`` a random number from 0 to 1. Only the models that use them look.
    """
    side = 1.0 if quantity > 0.0 else -1.0
    kind = costs.settings.slippage_kind
    if kind == _NO_SLIPPAGE:
        return base
    if kind == _PERCENT_SLIPPAGE:
        return base * (1.0 + side * costs.settings.slippage_rate)
    if kind == _FIXED_SLIPPAGE:
        return base + side * costs.settings.slippage_amount
    if kind == _SPREAD:
        return base * (1.0 + side * divide(costs.settings.slippage_rate, 2.0))
    if kind == _VOLUME_IMPACT:
        share = divide(abs(quantity), volume) if volume > 0.0 else 1.0
        return base * (1.0 + side * (costs.settings.slippage_rate * power(share, costs.settings.slippage_exponent)))
    if kind == _RANDOM:
        return base * (1.0 + side * (costs.settings.slippage_rate * draw))
    return math.nan


@kernel
def _tier_rate(costs, traded_value):
    tier = 0
    while tier < MAX_TIERS - 1 and traded_value > costs.settings.tier_up_to[tier]:
        tier += 1
    return costs.settings.tier_rate[tier]


@kernel
def proportional_part(costs, quantity, price):
    """What ``percent`` and ``per_share`` charge for a fill by its quantity alone."""
    size = abs(quantity)
    if costs.settings.commission_kind == _PERCENT_COMMISSION:
        return size * price * costs.settings.commission_rate
    return size * costs.settings.commission_rate


@kernel
def commission(costs, quantity, price, maker, traded_value):
    """Commission of a fill, in account currency, ``traded_value`` being the value traded before it."""
    return commission_of_order(costs, quantity, price, maker, traded_value) - costs.charged


@kernel
def commission_of_order(costs, quantity, price, maker, traded_value):
    """Commission of a fill and of all fills of its order before."""
    size = abs(quantity)
    kind = costs.settings.commission_kind
    if kind == _NO_COMMISSION:
        return 0.0
    if kind == _FIXED_COMMISSION:
        return costs.settings.commission_amount
    if kind == _TIERED_COMMISSION:
        return size * price * _tier_rate(costs, traded_value)
    if kind == _MAKER_TAKER_COMMISSION:
        return size * price * (costs.settings.commission_rate if maker else costs.settings.commission_taker)
    fee = costs.proportional + proportional_part(costs, quantity, price)
    if kind == _PERCENT_COMMISSION:
        fee += costs.settings.commission_amount
    elif kind != _PER_SHARE_COMMISSION:
        return math.nan
    return min(max(fee, costs.settings.commission_minimum), costs.settings.commission_maximum)


@kernel
def payable(cash, lot_size):
    """What a purchase may cost: with lots a little more than ``cash``, so that rounding costs no lot."""
    return select(below(0.0, lot_size), cash + NEAR * cash, cash)


@kernel
def cash_after(cash, cost):
    """``cash`` after a fill that it pays for; what would be missing is rounding."""
    left = cash - cost
    return select(below(left, 0.0), 0.0, left)


@kernel
def _quantity_for(costs, price, cash):
    """Quantity whose price and commission come to ``cash``, before rounding."""
    if costs.settings.commission_kind == _NO_COMMISSION:
        return divide(cash, price)
    if costs.settings.commission_kind == _PERCENT_COMMISSION:
        return divide(cash, price * (1.0 + costs.settings.commission_rate))
    if costs.settings.commission_kind == _FIXED_COMMISSION:
        return divide(cash - costs.settings.commission_amount, price)
    quantity = divide(cash, price + costs.settings.commission_rate)
    if quantity * costs.settings.commission_rate < costs.settings.commission_minimum:
        return divide(cash - costs.settings.commission_minimum, price)
    return quantity


@hot_kernel
def bounded_fee(terms, size, price):
    """Commission of fills of ``size``, without a sign, by the terms that ``minimal.accounts.open_account`` keeps."""
    fee = size * price * terms.value_rate + terms.fee_amount + size * terms.share_rate
    return lower(higher(fee, terms.fee_minimum), terms.fee_maximum)


def fee_of(costs, quantity, price, maker, traded_value):
    """Commission of a purchase: by the ``Costs`` of one account, or by the terms of several side by side."""
    if isinstance(costs, Costs):
        return commission(costs, quantity, price, maker, traded_value)
    return bounded_fee(costs, quantity, price)


@overload(fee_of, jit_options=HOT_OPTIONS)
def _fee_of(costs, quantity, price, maker, traded_value):
    if isinstance(costs, types.NamedTuple):
        return lambda costs, quantity, price, maker, traded_value: commission(
            costs, quantity, price, maker, traded_value
        )
    return lambda costs, quantity, price, maker, traded_value: bounded_fee(costs, quantity, price)


@kernel
def _is_paid(costs, quantity, price, money, maker, traded_value):
    return at_most(quantity * price + fee_of(costs, quantity, price, maker, traded_value), money)


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
def _is_too_much(costs, among, size, price, money, maker, traded_value):
    return both(both(among, below(0.0, size)), opposite(_is_paid(costs, size, price, money, maker, traded_value)))


@kernel
def _paid_lots(costs, among, quantity, price, money, lot, maker, traded_value):
    """The most whole lots that can be paid, ``quantity`` being about what can be paid."""
    lots, size = steps_below(quantity, lot)
    # One lot more, which the rounding of the quotient may have lost: (1 - 0.8) / 0.001 is 199.99999999999997.
    more = grid_point(lot, lots + 1.0)
    is_more = _is_paid(costs, more, price, money, maker, traded_value)
    among = both(among, opposite(is_more))
    size = select(is_more, more, size)
    over = _is_too_much(costs, among, size, price, money, maker, traded_value)
    while is_any(over):
        lots = select(over, lower(lots - 1.0, next_lower(lots)), lots)
        size = select(over, grid_point(lot, lots), size)
        over = _is_too_much(costs, over, size, price, money, maker, traded_value)
    return size


@kernel
def paid_part(costs, among, cut, quantity, price, money, lot, maker, traded_value):
    """What ``money`` pays for of a purchase of ``quantity``, ``cut`` being about that; 0 for rounding of it.

    Of one purchase with ``Costs``, or of those in the mask ``among``.
    """
    has_lots = below(0.0, lot.step)
    in_lots = both(among, has_lots)
    if is_any(in_lots):
        cut = select(has_lots, _paid_lots(costs, in_lots, cut, price, money, lot, maker, traded_value), cut)
    over = _is_too_much(costs, both(among, opposite(has_lots)), cut, price, money, maker, traded_value)
    while is_any(over):
        cut = select(over, next_lower(cut), cut)
        over = _is_too_much(costs, over, cut, price, money, maker, traded_value)
    return select(both(below(0.0, cut), opposite(is_rounding(cut, quantity, lot.step))), cut, 0.0)


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
    return paid_part(costs, True, cut, quantity, price, money, lot, maker, traded_value)


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
