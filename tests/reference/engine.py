"""One container, bar by bar (docs/trading-model.md sections 2 and 3)."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from tests.reference import grid
from tests.reference.bars import Bars
from tests.reference.costs import Settings
from tests.reference.ledger import Event, Ledger
from tests.reference.metrics import Trade, all_metrics

LONG, FLAT, SHORT, KEEP = 1, 0, -1, None


@dataclass(frozen=True)
class Strategy:
    """A warm-up, and the answer at a bar to the position then held: LONG, FLAT, SHORT or KEEP.

    The warm-up is counted from the first bar of the history, the bar of an answer from bar 0.
    `closest_call` is the smallest relative distance of any two computed numbers whose order decided
    something; another way of adding up an average may fall on the other side of a call closer than rounding.
    """

    warmup: int
    answer: Callable[[int, float], int | None]
    closest_call: float = math.inf


@dataclass(frozen=True)
class Outcome:
    """What a backtest leaves; no metrics, and a shorter equity list, when the account went bankrupt."""

    equity: list[float]
    fills: list[Event]
    trades: list[Trade]
    metrics: dict[str, float]
    events: list[Event]
    bankrupt: bool


def _sign(quantity: float) -> int:
    return (quantity > 0) - (quantity < 0)


def _target(direction: int, equity: float, close: float, settings: Settings) -> float:
    if direction == FLAT:
        return 0.0
    return direction * grid.down(settings.position_size * equity / close, settings.lot_size)


def _ask(ledger: Ledger, strategy: Strategy, t: int, close: float, features: int) -> tuple[int, float] | None:
    """Ask the strategy; return the order (its event's number, its quantity) if there is one to send."""
    direction = strategy.answer(t, ledger.position)
    if direction is KEEP or direction == _sign(ledger.position):
        return None
    signal = ledger.emit("SIGNAL", features, t, price=close, quantity=direction)
    target = _target(direction, ledger.equity(close), close, ledger.settings)
    quantity = target - ledger.position
    if quantity == 0.0:
        ledger.emit("REJECT", signal, t, reason="below_lot_size")
        return None
    return ledger.emit("ORDER", signal, t, price=close, quantity=quantity), quantity


def run(bars: Bars, strategy: Strategy, settings: Settings, *, begin: int = 0) -> Outcome:
    """Run one container over all bars; `begin` is the first that may be evaluated."""
    ledger = Ledger(settings, settings.cash)
    first = max(begin, strategy.warmup - bars.n_history)
    equity: list[float] = []
    waiting: tuple[int, float] | None = None
    for t in range(len(bars)):
        close = bars.close[t]
        bar = ledger.emit("BAR", -1, t, price=close)
        if waiting is not None:
            ledger.match(*waiting, bars.open[t], t)
            waiting = None
        if t >= first:
            features = ledger.emit("FEATURES", bar, t)
            waiting = _ask(ledger, strategy, t, close, features)
        if waiting is not None and settings.fill == "same_close":
            ledger.match(*waiting, close, t)
            waiting = None
        if settings.close_at_end and t == len(bars) - 1 and ledger.position != 0.0:
            quantity = -ledger.position
            order = ledger.emit("ORDER", bar, t, price=close, quantity=quantity)
            ledger.match(order, quantity, close, t)
        ledger.bars_with_position += ledger.position != 0.0
        now = ledger.equity(close)
        equity.append(now)
        ledger.emit("PORTFOLIO_UPDATE", bar, t, price=close, quantity=ledger.position, value=now, fee=ledger.cash)
        if not now > 0:
            return _outcome(ledger, equity, {}, bankrupt=True)
    metrics = all_metrics(equity, ledger.trades, ledger.totals(), settings.cash, bars.per_year)
    return _outcome(ledger, equity, metrics, bankrupt=False)


def _outcome(ledger: Ledger, equity: list[float], metrics: dict[str, float], *, bankrupt: bool) -> Outcome:
    fills = [event for event in ledger.events if event.kind == "FILL"]
    return Outcome(equity, fills, ledger.trades, metrics, ledger.events, bankrupt)
