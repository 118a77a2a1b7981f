"""Commission, slippage and what a purchase may cost: ``docs/trading-model.md`` sections 4 and 13."""

import math
from typing import Any, NamedTuple

from .arithmetic import NEAR, divide, grid_point, is_rounding, is_rounding_of_sums, power, steps_below
from .compilation import hot_kernel, kernel
from .constants import CommissionKind, SlippageKind
from .lanes import (
    at_most,
    below,
    both,
    equal,
    higher,
    is_any,
    lower,
    magnitude,
    next_lower,
    opposite,
    product,
    quotient,
    select,
)
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
    """What the fills of a container cost: its settings, and what follows from them."""

    settings: Any
    #: Whether section 4 has a formula for what cash pays for.
    closed_form: bool
    #: Whether fixed parts of the commission are charged once for an order, however many fills it takes.
    charged_by_order: bool


class Fees(NamedTuple):
    """The commission of a fill as one formula, whatever its kind: of one account, or of several side by side.

    That is ``rate`` of the value, or of the size, and ``amount``, not below ``minimum`` nor above ``maximum``.
    """

    is_by_value: Any
    rate: Any
    amount: Any
    minimum: Any
    maximum: Any
    #: That of ``Costs``.
    closed_form: Any
    #: Of the fills of an order before: the sum of what is proportional to the quantity, and all that was charged.
    proportional: Any
    charged: Any


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
    )


@kernel
def slippage_of(settings, quantity, volume, draw):
    """(rate, amount) by which slippage moves the price of a fill: see ``slipped``.

    ``volume`` is the bar's, in units; ``draw`` a random number from 0 to 1. Only the models that use them look.
    """
    kind = settings.slippage_kind
    rate = settings.slippage_rate
    if kind == _NO_SLIPPAGE:
        return 0.0, 0.0
    if kind == _PERCENT_SLIPPAGE:
        return rate, 0.0
    if kind == _FIXED_SLIPPAGE:
        return 0.0, settings.slippage_amount
    if kind == _SPREAD:
        return divide(rate, 2.0), 0.0
    if kind == _VOLUME_IMPACT:
        share = divide(abs(quantity), volume) if volume > 0.0 else 1.0
        return rate * power(share, settings.slippage_exponent), 0.0
    if kind == _RANDOM:
        return rate * draw, 0.0
    return math.nan, 0.0


@hot_kernel
def slipped(base, side, rate, amount):
    """Price of a fill at base price ``base`` on ``side``, 1.0 or -1.0: slippage always hurts."""
    return base * (1.0 + side * rate) + side * amount


@kernel
def fill_price(costs, base, quantity, volume, draw):
    """Price of a fill of signed ``quantity`` at base price ``base``; the rest is that of ``slippage_of``."""
    rate, amount = slippage_of(costs.settings, quantity, volume, draw)
    return slipped(base, 1.0 if quantity > 0.0 else -1.0, rate, amount)


@kernel
def _tier_rate(settings, traded_value):
    tier = 0
    while tier < MAX_TIERS - 1 and traded_value > settings.tier_up_to[tier]:
        tier += 1
    return settings.tier_rate[tier]


@kernel
def fees_of(costs, maker, traded_value):
    """The commission of a fill that makes liquidity or takes it, ``traded_value`` being the value traded before it."""
    settings = costs.settings
    kind = settings.commission_kind
    is_by_value, is_bounded = True, False
    rate, amount = math.nan, 0.0
    if kind == _NO_COMMISSION or kind == _FIXED_COMMISSION:
        is_by_value, rate = False, 0.0
        amount = settings.commission_amount if kind == _FIXED_COMMISSION else 0.0
    elif kind == _TIERED_COMMISSION:
        rate = _tier_rate(settings, traded_value)
    elif kind == _MAKER_TAKER_COMMISSION:
        rate = settings.commission_rate if maker else settings.commission_taker
    elif kind == _PERCENT_COMMISSION:
        rate, amount, is_bounded = settings.commission_rate, settings.commission_amount, True
    elif kind == _PER_SHARE_COMMISSION:
        is_by_value, rate, is_bounded = False, settings.commission_rate, True
    minimum = settings.commission_minimum if is_bounded else -math.inf
    maximum = settings.commission_maximum if is_bounded else math.inf
    return Fees(is_by_value, rate, amount, minimum, maximum, costs.closed_form, 0.0, 0.0)


@kernel
def is_known_before(settings):
    """Whether commission and slippage of every market order are known without its quantity, volume or a draw."""
    kind = settings.commission_kind
    is_known = kind <= _PER_SHARE_COMMISSION or kind == _MAKER_TAKER_COMMISSION
    return is_known and settings.slippage_kind <= _SPREAD


@kernel
def further_fees(fees, proportional, charged):
    """The commission of a further fill of an order, whose fills before come to ``proportional`` and ``charged``."""
    return Fees(fees.is_by_value, fees.rate, fees.amount, fees.minimum, fees.maximum, False, proportional, charged)


@hot_kernel
def _at_rate(fees, amount):
    """What the rate charges for an amount: nothing where it is 0, even for what is beyond all measure."""
    return select(equal(fees.rate, 0.0), 0.0, product(amount, fees.rate))


@hot_kernel
def proportional_part(fees, quantity, price):
    """What is charged for a fill by its quantity alone."""
    size = magnitude(quantity)
    return _at_rate(fees, select(fees.is_by_value, product(size, price), size))


@hot_kernel
def commission_of_order(fees, quantity, price):
    """Commission of a fill and of all fills of its order before."""
    fee = fees.proportional + proportional_part(fees, quantity, price) + fees.amount
    return lower(fees.maximum, higher(fees.minimum, fee))


@hot_kernel
def commission(fees, quantity, price):
    """Commission of a fill, in account currency."""
    return commission_of_order(fees, quantity, price) - fees.charged


@kernel
def payable(cash, lot_size):
    """What a purchase may cost: with lots a little more than ``cash``, so that rounding costs no lot."""
    return select(below(0.0, lot_size), cash + NEAR * cash, cash)


@kernel
def cash_after(cash, cost):
    """``cash`` after a fill that it pays for; what would be missing is rounding."""
    left = cash - cost
    return select(below(left, 0.0), 0.0, left)


@hot_kernel
def quantity_for(fees, price, cash):
    """Quantity whose price and commission come to ``cash``, before rounding, where there is a formula for it."""
    unit = select(fees.is_by_value, price * (1.0 + fees.rate), price + fees.rate)
    quantity = quotient(cash - fees.amount, unit)
    has_minimum = both(opposite(fees.is_by_value), below(_at_rate(fees, quantity), fees.minimum))
    return select(has_minimum, quotient(cash - fees.minimum, price), quantity)


@kernel
def _is_paid(fees, quantity, price, money):
    return at_most(quantity * price + commission(fees, quantity, price), money)


@kernel
def _searched_quantity(fees, quantity, price, cash, money):
    paid = 0.0
    beyond = min(quantity, divide(cash, price))
    if _is_paid(fees, beyond, price, money):
        return beyond
    for _ in range(SEARCH_STEPS):
        middle = divide(paid + beyond, 2.0)
        if _is_paid(fees, middle, price, money):
            paid = middle
        else:
            beyond = middle
    return paid


@kernel
def _is_too_much(fees, among, size, price, money):
    return both(both(among, below(0.0, size)), opposite(_is_paid(fees, size, price, money)))


@kernel
def _paid_lots(fees, among, quantity, price, money, lot):
    """The most whole lots that can be paid, ``quantity`` being about what can be paid."""
    lots, size = steps_below(quantity, lot)
    # One lot more, which the rounding of the quotient may have lost: (1 - 0.8) / 0.001 is 199.99999999999997.
    more = grid_point(lot, lots + 1.0)
    is_more = _is_paid(fees, more, price, money)
    among = both(among, opposite(is_more))
    size = select(is_more, more, size)
    over = _is_too_much(fees, among, size, price, money)
    while is_any(over):
        lots = select(over, lower(lots - 1.0, next_lower(lots)), lots)
        size = select(over, grid_point(lot, lots), size)
        over = _is_too_much(fees, over, size, price, money)
    return size


@kernel
def paid_part(fees, among, cut, quantity, price, money, lot):
    """What ``money`` pays for of a purchase of ``quantity``, ``cut`` being about that; 0 for rounding of it.

    Of one purchase, or of those in the mask ``among``.
    """
    has_lots = below(0.0, lot.step)
    in_lots = both(among, has_lots)
    if is_any(in_lots):
        cut = select(has_lots, _paid_lots(fees, in_lots, cut, price, money, lot), cut)
    over = _is_too_much(fees, both(among, opposite(has_lots)), cut, price, money)
    while is_any(over):
        cut = select(over, next_lower(cut), cut)
        over = _is_too_much(fees, over, cut, price, money)
    return select(both(below(0.0, cut), opposite(is_rounding(cut, quantity, lot.step))), cut, 0.0)


@kernel
def affordable_quantity(fees, quantity, price, cash, lot):
    """``quantity`` of a purchase, cut to what ``cash`` pays for; 0 where it pays for nothing but rounding of it."""
    money = payable(cash, lot.step)
    if _is_paid(fees, quantity, price, money):
        return quantity
    if fees.closed_form:
        cut = quantity_for(fees, price, cash)
    else:
        cut = _searched_quantity(fees, quantity, price, cash, money)
    return paid_part(fees, True, cut, quantity, price, money, lot)


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
