"""Cash, position and the trade under way of one container: ``docs/trading-model.md`` section 5."""

from numba import float64, int64
from numba.experimental import jitclass

from .arithmetic import divide
from .compilation import hot_kernel


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

    def take_fill(self, bar, quantity, price, fee):
        """As the function ``take_fill``."""
        return take_fill(self, bar, quantity, price, fee)

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
    portfolio.entry_value = abs(quantity) * price
    portfolio.trade_flow = -(quantity * price) - fee


@hot_kernel
def reduce_position(portfolio, quantity, price, fee):
    """Take off a part of the position; the trade goes on."""
    portfolio.quantity += quantity
    portfolio.trade_flow += -(quantity * price) - fee


@hot_kernel
def close_position(portfolio, bar, quantity, price, fee):
    """End the trade: ``quantity`` takes the position to exactly zero."""
    portfolio.quantity = 0.0
    portfolio.closed_profit = portfolio.trade_flow + (-(quantity * price) - fee)
    portfolio.closed_return = divide(portfolio.closed_profit, portfolio.entry_value)
    portfolio.closed_bars = bar - portfolio.entry_bar


@hot_kernel
def take_fill(portfolio, bar, quantity, price, fee):
    """Take a fill of signed ``quantity``: (closed, closing fee, quantity opened, opening fee).

    A fill through zero closes the position and opens another one; its commission is shared by quantity.
    """
    held = portfolio.quantity
    if held == 0.0:
        portfolio.largest = abs(quantity)
        open_position(portfolio, bar, quantity, price, fee)
        return False, 0.0, quantity, fee
    if abs(quantity) < abs(held):
        reduce_position(portfolio, quantity, price, fee)
        return False, 0.0, 0.0, fee
    # The share of a fill that only closes is exactly 1.
    closing_fee = fee if quantity == -held else fee * divide(abs(held), abs(quantity))
    close_position(portfolio, bar, -held, price, closing_fee)
    opened = quantity + held
    opening_fee = fee - closing_fee
    portfolio.largest = max(portfolio.largest, abs(quantity)) if opened != 0.0 else 0.0
    if opened != 0.0:
        open_position(portfolio, bar, opened, price, opening_fee)
    return True, closing_fee, opened, opening_fee
