"""The position, and the trades before, as a strategy sees them (docs/trading-model.md section 5)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tests.reference.order_symbol import Symbol

#: What closed a trade -> what a strategy is told; all else was the strategy's own.
EXITS = {
    "stop_loss": 18, "take_profit": 19, "trailing_stop": 20, "max_holding": 21, "exit_time": 22,
    "maintenance_margin": 23, "max_daily_loss": 28, "max_drawdown": 29, "delisted": 36,
}  # fmt: skip


@dataclass(frozen=True)
class PositionView:
    """The position as a strategy sees it."""

    quantity: float
    entry_price: float
    entry_bar: int
    cash: float
    equity: float
    symbol: Symbol

    def __bool__(self) -> bool:
        return self.quantity != 0

    @property
    def _bars_since_entry(self) -> list[int]:
        """Places of the symbol's own bars from that of the entry to this one; none when flat."""
        own = [t for t in range(self.symbol.t + 1) if self.symbol.places[t] >= self.entry_bar]
        return own if self.quantity else []

    @property
    def bars_held(self) -> int:
        return self.symbol.container.bar - self.entry_bar if self.quantity else 0

    @property
    def unrealized_profit(self) -> float:
        return self.quantity * (self.symbol.close - self.entry_price)

    @property
    def unrealized_return(self) -> float:
        if not self.quantity:
            return 0.0
        change = self.symbol.close / self.entry_price - 1.0
        return change if self.quantity > 0 else -change

    @property
    def highest_since_entry(self) -> float:
        return max((self.symbol.bars.high[t] for t in self._bars_since_entry), default=math.nan)

    @property
    def lowest_since_entry(self) -> float:
        return min((self.symbol.bars.low[t] for t in self._bars_since_entry), default=math.nan)

    @property
    def bars_since_exit(self) -> float:
        closed = self.symbol.holding.closed
        return float(self.symbol.container.bar - closed[-1].bar) if closed else math.inf

    @property
    def last_profit(self) -> float:
        closed = self.symbol.holding.closed
        return closed[-1].profit if closed else math.nan

    @property
    def last_exit(self) -> int:
        closed = self.symbol.holding.closed
        return EXITS.get(closed[-1].why, 0) if closed else 0

    @property
    def losing_streak(self) -> int:
        streak = 0
        for trade in self.symbol.holding.closed:
            streak = streak + 1 if trade.profit < 0 else 0
        return streak

    @property
    def n_trades(self) -> int:
        return len(self.symbol.holding.closed)

    @property
    def trades_today(self) -> int:
        session = self.symbol.container.session
        return sum(session[bar] == session[self.symbol.container.bar] for bar in self.symbol.holding.opened)
