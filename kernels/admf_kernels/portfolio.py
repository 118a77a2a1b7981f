"""Cash, position and the trade under way: ``docs/trading-model.md`` section 5.

``portfolio`` has the fields of ``Portfolio``: of one container, or of several side by side (``lanes``).
"""

from numba import float64, int64

from .compilation import hot_kernel, jitclass
from .lanes import equal, higher, magnitude, quotient, select


@jitclass
class Portfolio:
    """The account as fills leave it. Quantities are signed; a short position is negative.

    ``largest`` is the largest size of a position or a fill since the position was last 0.
    """

    cash: float64
    quantity: float64
    largest: float64
    equity: float64
    entry_price: float64
    entry_bar: int64
    entry_value: float64
    trade_flow: float64
    closed_profit: float64
    closed_return: float64
    closed_bars: int64

    def __init__(self, cash):
        self.cash = cash
        self.quantity = 0.0
        self.largest = 0.0
        self.equity = cash
        self.entry_price = 0.0
        self.entry_bar = -1
        self.entry_value = 0.0
        self.trade_flow = 0.0
        self.closed_profit = 0.0
        self.closed_return = 0.0
        self.closed_bars = 0

    def apply_fill(self, bar, quantity, price, fee):
        """As the function ``apply_fill``."""
        return apply_fill(self, bar, quantity, price, fee)

    def mark(self, close):
        """Equity with the position valued at ``close``."""
        equity = self.cash + self.quantity * close
        self.equity = equity
        return equity


@hot_kernel
def open_position(portfolio, bar, quantity, price, fee):
    """Begin a trade from flat."""
    portfolio.quantity = quantity
    portfolio.entry_price = price
    portfolio.entry_bar = bar
    portfolio.entry_value = magnitude(quantity) * price
    portfolio.trade_flow = -(quantity * price) - fee


@hot_kernel
def reduce_position(portfolio, quantity, price, fee):
    """Take off a part of the position; the trade goes on."""
    portfolio.quantity += quantity
    portfolio.trade_flow += -(quantity * price) - fee


@hot_kernel
def close_position(portfolio, bar, quantity, price, fee):
    """End the trade by a fill of at least the position: (commission of that part, quantity beyond it).

    The commission of a fill through zero is shared by quantity.
    """
    held = portfolio.quantity
    beyond = quantity + held
    # The share of a fill that only closes is exactly 1.
    is_whole = equal(quantity, -held)
    closing_fee = select(is_whole, fee, fee * quotient(magnitude(held), magnitude(quantity)))
    profit = portfolio.trade_flow + (-(-held * price) - closing_fee)
    portfolio.quantity = 0.0
    portfolio.largest = select(is_whole, 0.0, higher(magnitude(quantity), portfolio.largest))
    portfolio.closed_profit = profit
    portfolio.closed_return = quotient(profit, portfolio.entry_value)
    portfolio.closed_bars = bar - portfolio.entry_bar
    return closing_fee, beyond


@hot_kernel
def apply_fill(portfolio, bar, quantity, price, fee):
    """Take a fill of signed ``quantity``: (closed, closing fee, quantity opened, opening fee).

    A fill through zero closes the position and opens another one.
    """
    held = portfolio.quantity
    if held == 0.0:
        portfolio.largest = abs(quantity)
        open_position(portfolio, bar, quantity, price, fee)
        return False, 0.0, quantity, fee
    if abs(quantity) < abs(held):
        reduce_position(portfolio, quantity, price, fee)
        return False, 0.0, 0.0, fee
    closing_fee, opened = close_position(portfolio, bar, quantity, price, fee)
    opening_fee = fee - closing_fee
    if opened != 0.0:
        open_position(portfolio, bar, opened, price, opening_fee)
    return True, closing_fee, opened, opening_fee
