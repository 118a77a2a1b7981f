"""Order matching of one container: ``docs/trading-model.md`` section 4."""

from numba import float64, int64

from .arithmetic import round_against
from .compilation import hot_kernel, jitclass, kernel
from .constants import Reason
from .costs import affordable_quantity, cash_after, commission, fees_of, fill_price, whole_position
from .lanes import magnitude
from .settings import REGULATION_T
from .short_sale import covered_sale

_NONE = int(Reason.NONE)
_INSUFFICIENT_CASH = int(Reason.INSUFFICIENT_CASH)
_INSUFFICIENT_MARGIN = int(Reason.INSUFFICIENT_MARGIN)
_NO_POSITIVE_PRICE = int(Reason.NO_POSITIVE_PRICE)


@jitclass
class Broker:
    """The working market order, if any, and what trading has cost so far."""

    working: int64
    order: int64
    working_order: int64
    order_sequence: int64
    quantity: float64
    commission_paid: float64
    slippage_paid: float64
    traded_value: float64
    counts: int64[::1]

    def __init__(self, counts):
        self.working = 0
        self.order = 0
        self.working_order = 0
        self.order_sequence = 0
        self.quantity = 0.0
        self.commission_paid = 0.0
        self.slippage_paid = 0.0
        self.traded_value = 0.0
        self.counts = counts

    def next_order(self):
        """Number of a new order, counted from 1."""
        self.order += 1
        return self.order

    def accept(self, order, sequence, quantity):
        """Take a market order of signed ``quantity`` to be matched at the next chance."""
        self.working = 1
        self.working_order = order
        self.order_sequence = sequence
        self.quantity = quantity

    def drop(self):
        """Forget the working order."""
        self.working = 0

    def book(self, quantity, price, slippage, fee):
        """As ``book_costs``."""
        book_costs(self, quantity, price, slippage, fee)


@hot_kernel
def book_costs(broker, quantity, price, slippage, fee):
    """Add a fill to the running costs; ``broker`` has those fields of ``Broker``."""
    broker.commission_paid += fee
    broker.slippage_paid += slippage
    broker.traded_value += magnitude(quantity) * price


@kernel
def fill_terms(terms, quantity, base, cash, held, largest, traded_value):
    """(reason, price, quantity, commission, cash afterwards) of a market order matched at ``base``.

    With a reason it is refused. ``terms`` are those of ``account``, ``largest`` is that of ``Portfolio``, and
    ``traded_value`` the value traded before it.
    """
    costs, lot, tick = terms
    price = round_against(fill_price(costs, base, quantity, 0.0, 0.0), 1.0 if quantity > 0.0 else -1.0, tick)
    if price <= 0.0:
        return _NO_POSITIVE_PRICE, price, quantity, 0.0, cash
    fees = fees_of(costs, False, traded_value)
    if quantity > 0.0:
        filled = affordable_quantity(fees, quantity, price, cash, lot)
        if filled == 0.0:
            return _INSUFFICIENT_CASH, price, quantity, 0.0, cash
    else:
        filled = covered_sale(fees, quantity, price, cash, held, 0.0, REGULATION_T, lot)
        if filled == 0.0:
            return _INSUFFICIENT_MARGIN, price, quantity, 0.0, cash
    filled = whole_position(held, filled, largest, lot.step)
    fee = commission(fees, filled, price)
    cost = filled * price + fee
    if quantity < 0.0 and cash - cost < 0.0:
        return _INSUFFICIENT_CASH, price, quantity, 0.0, cash
    return _NONE, price, filled, fee, cash_after(cash, cost)
