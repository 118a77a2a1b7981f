"""Cash, positions, average prices and trades of one account (docs/trading-model.md sections 5 and 13)."""

import math
from dataclasses import dataclass, field

from tests.reference.metrics import Totals, Trade
from tests.reference.order_records import OpenTrade, Order


@dataclass(frozen=True)
class Change:
    """What a fill did to the position: the part that closed a trade with its profit, the part that opened one.

    A part is (quantity, commission); None where there is none. `grew` says whether it opened or increased a position.
    """

    closed: tuple[float, float, float] | None
    opened: tuple[float, float] | None
    grew: bool


@dataclass(frozen=True)
class Closed:
    """A trade that was closed: at which bar, with what profit, and the name of the order that did it."""

    bar: int
    profit: float
    why: str


@dataclass
class Account:
    """The money of a container, and what all its symbols' fills have come to."""

    cash: float
    trades: list[Trade] = field(default_factory=list)
    traded: float = 0.0
    commission_paid: float = 0.0
    slippage_paid: float = 0.0
    bars_with_position: int = 0

    def totals(self) -> Totals:
        """Sums over all fills so far."""
        return Totals(self.bars_with_position, self.traded, self.commission_paid, self.slippage_paid)


@dataclass
class Holding:
    """The position in one symbol; `average` is its entry price.

    `largest` is the largest of the positions and fills since the position was last 0.
    """

    account: Account
    position: float = 0.0
    average: float = 0.0
    largest: float = 0.0
    trade: OpenTrade | None = None
    closed: list[Closed] = field(default_factory=list)
    opened: list[int] = field(default_factory=list)  # the bar of each position opened

    @property
    def entries(self) -> int:
        """How many orders have entered the position held."""
        return len(self.trade.orders) if self.trade else 0

    def book(self, order: Order, quantity: float, price: float, fee: float, slippage: float, bar: int) -> Change:
        """Take a fill of the order into the books."""
        change = self._book(order.number, quantity, price, fee, slippage, bar)
        if change.closed is not None:
            self.closed.append(Closed(bar, change.closed[2], _why(order)))
        if change.opened is not None:
            self.opened.append(bar)
        return change

    def _book(self, order: int, quantity: float, price: float, fee: float, slippage: float, bar: int) -> Change:
        account = self.account
        account.cash = account.cash - (quantity * price + fee)
        account.slippage_paid += slippage
        account.commission_paid += fee
        account.traded += abs(quantity) * price
        held, self.position = self.position, self.position + quantity
        self.largest = max(self.largest, abs(quantity), abs(self.position)) if self.position != 0.0 else 0.0
        if held == 0.0:
            self._enter(order, quantity, price, fee, bar)
            return Change(None, (quantity, fee), True)
        if held * quantity > 0:
            self._increase(order, held, quantity, price, fee)
            return Change(None, None, True)
        if held * self.position > 0:
            self._reduce(quantity, price, fee)
            return Change(None, None, False)
        if self.position == 0.0:
            return Change((quantity, fee, self._leave(quantity, price, fee, bar)), None, False)
        closing_fee = fee * (abs(held) / abs(quantity))
        profit = self._leave(-held, price, closing_fee, bar)
        self._enter(order, self.position, price, fee - closing_fee, bar)
        return Change((-held, closing_fee, profit), (self.position, fee - closing_fee), True)

    def _enter(self, order: int, quantity: float, price: float, fee: float, bar: int) -> None:
        self.average = price
        value = abs(quantity) * price
        money = -(quantity * price) - fee
        self.trade = OpenTrade(bar, 1 if quantity > 0 else -1, abs(quantity), value, money, fee, {order})

    def _increase(self, order: int, held: float, quantity: float, price: float, fee: float) -> None:
        self.average = (abs(held) * self.average + abs(quantity) * price) / (abs(held) + abs(quantity))
        trade = self._open()
        trade.quantity += abs(quantity)
        trade.entry_value += abs(quantity) * price
        trade.money += -(quantity * price) - fee
        trade.commission += fee
        trade.orders.add(order)

    def _reduce(self, quantity: float, price: float, fee: float) -> None:
        trade = self._open()
        trade.money += -(quantity * price) - fee
        trade.commission += fee
        trade.exit_fills += 1

    def _leave(self, quantity: float, price: float, fee: float, bar: int) -> float:
        self._reduce(quantity, price, fee)
        trade = self._open()
        self.account.trades.append(
            Trade(
                trade.entry_bar, bar, trade.direction, trade.quantity, self.average, price,
                trade.entry_value, trade.money, trade.commission, trade.exit_fills,
            )
        )  # fmt: skip
        self.trade = None
        return trade.money

    def _open(self) -> OpenTrade:
        assert self.trade is not None
        return self.trade


def _why(order: Order) -> str:
    """What a trade is said to have been closed by: the rule that sent an order, or the kind of one of its own."""
    if order.is_child:
        return "stop_loss" if math.isnan(order.limit) else "take_profit"
    return "trailing_stop" if order.distance is not None else order.name
