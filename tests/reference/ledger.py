"""Cash, position and trades of one account (docs/trading-model.md sections 4 and 5)."""

from dataclasses import dataclass, field

from tests.reference import grid
from tests.reference.costs import Settings, affordable, commission_of, fill_price
from tests.reference.metrics import Totals, Trade


@dataclass
class Event:
    """One row of the event trace; a payload that a kind does not have is None."""

    sequence: int
    cause: int
    kind: str
    bar: int
    reason: str = ""
    price: float | None = None
    quantity: float | None = None
    value: float | None = None
    fee: float | None = None


@dataclass
class OpenTrade:
    """A trade under way: the money it has taken in (negative when paid out) and the commissions in that."""

    entry_bar: int
    direction: int
    quantity: float
    entry_price: float
    entry_value: float
    money: float
    commission: float
    exit_fills: int = 0


@dataclass
class Ledger:
    """The account, and every event that it gives rise to."""

    settings: Settings
    cash: float
    position: float = 0.0
    largest: float = 0.0  # of the positions and fills since the position was last 0
    events: list[Event] = field(default_factory=list)
    trades: list[Trade] = field(default_factory=list)
    open_trade: OpenTrade | None = None
    traded_value: float = 0.0
    commission_paid: float = 0.0
    slippage_paid: float = 0.0
    bars_with_position: int = 0

    def emit(self, kind: str, cause: int, bar: int, **payload: object) -> int:
        """Append an event and return its sequence number."""
        self.events.append(Event(len(self.events), cause, kind, bar, **payload))  # type: ignore[arg-type]
        return len(self.events) - 1

    def equity(self, price: float) -> float:
        """Worth of the account at a price."""
        return self.cash + self.position * price

    def totals(self) -> Totals:
        """Sums over all fills so far."""
        return Totals(self.bars_with_position, self.traded_value, self.commission_paid, self.slippage_paid)

    def match(self, order: int, quantity: float, base: float, bar: int) -> None:
        """Fill the market order whose event is `order`, cut it to the cash, or reject it."""
        price = fill_price(base, quantity, self.settings.slippage)
        if not price > 0:
            self.emit("REJECT", order, bar, reason="no_positive_price")
            return
        if quantity > 0:
            quantity = affordable(quantity, price, self.cash, self.settings)
            if not quantity > 0:
                self.emit("REJECT", order, bar, reason="insufficient_cash")
                return
        else:
            quantity = self._covered(quantity, price)
            if quantity == 0.0:
                self.emit("REJECT", order, bar, reason="insufficient_margin")
                return
        rest = self.position + quantity
        of = max(abs(self.position), abs(quantity))
        if self.position * quantity < 0 and grid.is_rounding_of_sums(rest, of, self.largest, self.settings.lot_size):
            quantity = -self.position
        commission = commission_of(quantity, price, self.settings.commission)
        if quantity < 0 and self.cash - quantity * price - commission < 0:
            self.emit("REJECT", order, bar, reason="insufficient_cash")
            return
        self._book(order, quantity, price, base, commission, bar)

    def _covered(self, quantity: float, price: float) -> float:
        """The part of a sale whose short equity covers by half, as Regulation T asks; at least what reduces a long."""
        reducing = min(max(self.position, 0.0), -quantity)

        def holds(size: float) -> bool:
            cash = self.cash - (-size * price + commission_of(size, price, self.settings.commission))
            short = max(size - self.position, 0.0) * price
            return size <= reducing or not grid.breaks_upper(1.5 * short, cash)

        if holds(-quantity):
            return quantity
        low, high = 0.0, -quantity
        for _ in range(64):
            middle = (low + high) / 2
            low, high = (middle, high) if holds(middle) else (low, middle)
        if grid.is_rounding(low, quantity, self.settings.lot_size):
            low = 0.0
        return -max(reducing, grid.down(low, self.settings.lot_size))

    def _book(self, order: int, quantity: float, price: float, base: float, commission: float, bar: int) -> None:
        slippage = abs(quantity) * abs(price - base)
        fill = self.emit("FILL", order, bar, price=price, quantity=quantity, value=slippage, fee=commission)
        self.cash = max(self.cash - (quantity * price + commission), 0.0)
        self.slippage_paid += slippage
        self.commission_paid += commission
        self.traded_value += abs(quantity) * price
        held, self.position = self.position, self.position + quantity
        self.largest = max(self.largest, abs(quantity), abs(self.position)) if self.position != 0.0 else 0.0
        if held == 0.0:
            self._enter(fill, quantity, price, commission, bar)
        elif held * self.position > 0:
            self._reduce(quantity, price, commission)
        elif self.position == 0.0:
            self._leave(fill, quantity, price, commission, bar)
        else:
            closing_share = commission * (abs(held) / abs(quantity))
            self._leave(fill, -held, price, closing_share, bar)
            self._enter(fill, self.position, price, commission - closing_share, bar)

    def _enter(self, fill: int, quantity: float, price: float, commission: float, bar: int) -> None:
        direction = 1 if quantity > 0 else -1
        money = -(quantity * price) - commission
        self.open_trade = OpenTrade(bar, direction, abs(quantity), price, abs(quantity) * price, money, commission)
        self.emit("POSITION_OPEN", fill, bar, price=price, quantity=quantity, fee=commission)

    def _reduce(self, quantity: float, price: float, commission: float) -> None:
        trade = self.open_trade
        assert trade is not None and quantity * trade.direction < 0, "no rule adds to a position"
        trade.money += -(quantity * price) - commission
        trade.commission += commission
        trade.exit_fills += 1

    def _leave(self, fill: int, quantity: float, price: float, commission: float, bar: int) -> None:
        self._reduce(quantity, price, commission)
        trade, self.open_trade = self.open_trade, None
        assert trade is not None
        self.trades.append(
            Trade(
                trade.entry_bar, bar, trade.direction, trade.quantity, trade.entry_price, price,
                trade.entry_value, trade.money, trade.commission, trade.exit_fills,
            )
        )  # fmt: skip
        self.emit("POSITION_CLOSE", fill, bar, price=price, quantity=quantity, fee=commission, value=trade.money)
