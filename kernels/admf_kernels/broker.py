"""Order matching of one container: ``docs/trading-model.md`` section 4."""

from numba import float64, int64
from numba.experimental import jitclass

from .compilation import hot_kernel, kernel
from .constants import Reason
from .costs import affordable_quantity, commission, fill_price

_NONE = int(Reason.NONE)
_INSUFFICIENT_CASH = int(Reason.INSUFFICIENT_CASH)
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

    def __init__(self):
        self.working = 0
        self.order = 0
        self.working_order = 0
        self.order_sequence = 0
        self.quantity = 0.0
        self.commission_paid = 0.0
        self.slippage_paid = 0.0
        self.traded_value = 0.0

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
    broker.traded_value += abs(quantity) * price


@kernel
def fill_terms(costs, lot_size, quantity, base, cash):
    """(reason, price, quantity, commission) of a market order matched at ``base``; with a reason it is refused."""
    price = fill_price(costs, base, quantity, 0.0, 0.0)
    if price <= 0.0:
        return _NO_POSITIVE_PRICE, price, quantity, 0.0
    filled = quantity
    if quantity > 0.0:
        filled = affordable_quantity(costs, quantity, price, cash, lot_size, False, 0.0)
    fee = commission(costs, filled, price, False, 0.0)
    if quantity > 0.0 >= filled or cash - (filled * price + fee) < 0.0:
        return _INSUFFICIENT_CASH, price, quantity, 0.0
    return _NONE, price, filled, fee
