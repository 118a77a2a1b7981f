"""Order matching of one container: ``docs/trading-model.md`` section 4."""

from numba import float64, int64
from numba.experimental import jitclass

from .compilation import kernel
from .constants import EventKind, Reason
from .costs import affordable_quantity, commission, fill_price
from .events import post

_FILL = int(EventKind.FILL)
_REJECT = int(EventKind.REJECT)
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

    def book(self, quantity, price, base, fee):
        """Add a fill to the running costs."""
        self.commission_paid += fee
        self.slippage_paid += abs(quantity) * abs(price - base)
        self.traded_value += abs(quantity) * price


@kernel
def match_order(account, ring, symbol, bar, base):
    """Fill or reject the working order at base price ``base`` and post what happened."""
    bus = account.bus
    broker = account.broker
    portfolio = account.portfolio
    costs = account.costs
    broker.drop()
    quantity = broker.quantity
    price = fill_price(costs, base, quantity)
    reason = _NONE
    fee = 0.0
    if price <= 0.0:
        reason = _NO_POSITIVE_PRICE
    else:
        if quantity > 0.0:
            quantity = affordable_quantity(costs, quantity, price, portfolio.cash, account.rules.lot_size)
        fee = commission(costs, quantity, price)
        if broker.quantity > 0.0 >= quantity or portfolio.cash - (quantity * price + fee) < 0.0:
            reason = _INSUFFICIENT_CASH
    cause = broker.order_sequence
    if reason != _NONE:
        post(
            bus,
            ring,
            _REJECT,
            bar,
            cause,
            symbol,
            reason,
            broker.working_order,
            price,
            broker.quantity,
            0.0,
            0.0,
        )
        return
    broker.book(quantity, price, base, fee)
    slippage = abs(quantity) * abs(price - base)
    portfolio.cash -= quantity * price + fee
    post(bus, ring, _FILL, bar, cause, symbol, _NONE, broker.working_order, price, quantity, slippage, fee)
