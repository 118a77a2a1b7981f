"""How much may be sold short: ``docs/trading-model.md`` section 14."""

from .arithmetic import divide, is_above, is_rounding, round_down
from .compilation import kernel
from .costs import SEARCH_STEPS, commission


@kernel
def reserved_cash(initial, shorts):
    """Cash that buys nothing while shorts of this value are held."""
    return (1.0 + initial) * shorts


@kernel
def _is_covered(fees, quantity, price, cash, held, reserved, initial):
    """Whether cash is left that is free after a sale of signed ``quantity``, which is negative."""
    left = cash - (quantity * price + commission(fees, quantity, price))
    short = max(-(held + quantity), 0.0)
    return not is_above(reserved + reserved_cash(initial, short * price), left)


@kernel
def covered_sale(fees, quantity, price, cash, held, reserved, initial, lot):
    """Signed ``quantity`` of a sale, cut to what equity covers; 0 where it covers nothing.

    ``held`` is the position before it, ``reserved`` the reserved cash of other symbols' shorts. The part that reduces
    a long is never cut.
    """
    reducing = min(max(held, 0.0), -quantity)
    if -quantity <= reducing:
        return quantity
    if _is_covered(fees, quantity, price, cash, held, reserved, initial):
        return quantity
    allowed = 0.0
    beyond = -quantity
    for _ in range(SEARCH_STEPS):
        middle = divide(allowed + beyond, 2.0)
        covered = _is_covered(fees, -middle, price, cash, held, reserved, initial)
        if middle <= reducing or covered:
            allowed = middle
        else:
            beyond = middle
    if is_rounding(allowed, quantity, lot.step):
        allowed = 0.0
    return -max(reducing, round_down(allowed, lot))
