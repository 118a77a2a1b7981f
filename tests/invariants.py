"""What must hold in every backtest, whatever its strategy: money adds up, and everything has a cause."""

import math
import re
from itertools import groupby
from typing import Any, Protocol

import pandas as pd

LETTERS = {
    "BAR": "b", "FEATURES": "x", "SIGNAL": "s", "ORDER": "o", "FILL": "f", "REJECT": "r",
    "POSITION_OPEN": "u", "POSITION_CLOSE": "d", "PORTFOLIO_UPDATE": "p",
}  # fmt: skip
# One bar, a letter per event. A fill without a position event is a cover that cash could not pay in full.
BAR_PATTERNS = {
    "next_open": re.compile(r"b(fd?u?|r)?(x(s(o|r))?)?(o(fd?|r))?p"),
    "same_close": re.compile(r"b(x(s(r|o(fd?u?|r)))?)?(o(fd?|r))?p"),
}
CAUSES = {
    "FEATURES": {"BAR"},
    "SIGNAL": {"FEATURES"},
    "ORDER": {"SIGNAL", "BAR"},
    "FILL": {"ORDER"},
    "REJECT": {"SIGNAL", "ORDER"},
    "POSITION_OPEN": {"FILL"},
    "POSITION_CLOSE": {"FILL"},
    "PORTFOLIO_UPDATE": {"BAR"},
}


class Settings(Protocol):
    """The settings that the invariants depend on."""

    cash: float
    fill: str
    close_at_end: bool


class Backtest(Protocol):
    """A backtest's public face."""

    metrics: dict[str, float]
    trades: pd.DataFrame
    equity: pd.Series
    events: pd.DataFrame


def check_invariants(result: Backtest, settings: Settings) -> None:
    """Assert every invariant of one finished backtest."""
    events = list(result.events.itertuples(index=False))
    check_causes(events)
    check_order_of_events(events, settings)
    check_ledger(events, list(result.equity), settings.cash)
    check_shares(events)
    check_totals(result, events, settings.cash)


def check_causes(events: list[Any]) -> None:
    """Sequence numbers count from 0; each event was caused by an earlier one of a kind that can cause it."""
    assert [event.sequence for event in events] == list(range(len(events)))
    for event in events:
        if event.kind == "BAR":
            assert event.cause == -1, event
            continue
        assert 0 <= event.cause < event.sequence, event
        cause = events[event.cause]
        assert cause.kind in CAUSES[event.kind], (event, cause)
        assert cause.bar == event.bar or event.kind in ("FILL", "REJECT"), (event, cause)


def check_order_of_events(events: list[Any], settings: Settings) -> None:
    """Bars follow one another, and within each the kinds come in the contract's order."""
    bars = [(bar, list(group)) for bar, group in groupby(events, key=lambda event: event.bar)]
    assert [bar for bar, _ in bars] == list(range(len(bars)))
    for bar, group in bars:
        letters = "".join(LETTERS[event.kind] for event in group)
        assert BAR_PATTERNS[settings.fill].fullmatch(letters), (bar, letters)
    for event in events:
        if event.kind == "ORDER" and events[event.cause].kind == "BAR":
            assert settings.close_at_end and event.bar == len(bars) - 1, event
        if event.kind == "FILL":
            order = events[event.cause]
            at_once = settings.fill == "same_close" or events[order.cause].kind == "BAR"
            assert event.bar == order.bar + (not at_once), (event, order)
            assert event.quantity * order.quantity > 0 and abs(event.quantity) <= abs(order.quantity), event


def check_ledger(events: list[Any], equity: list[float], cash: float) -> None:
    """Fills alone explain cash and position, to the bit; equity follows from both; cash is never below 0."""
    position, marks = 0.0, []
    for event in events:
        if event.kind == "FILL":
            assert event.price > 0 and event.fee >= 0 and event.value >= 0, event
            cash = cash - (event.quantity * event.price + event.fee)
            position = position + event.quantity
        if event.kind == "PORTFOLIO_UPDATE":
            assert cash >= 0, event
            assert (event.quantity, event.fee) == (position, cash), (event, position, cash)
            assert event.value == cash + position * event.price, event
            assert event.price == events[event.cause].price, event
            marks.append(event.value)
    assert marks == equity


def check_shares(events: list[Any]) -> None:
    """Position events take their fill apart: quantities and commissions of the parts add up to the fill's."""
    for fill, parts in groupby(
        (event for event in events if event.kind.startswith("POSITION_")), key=lambda event: event.cause
    ):
        pieces = list(parts)
        assert close_to(sum(piece.quantity for piece in pieces), events[fill].quantity), (
            events[fill],
            pieces,
        )
        assert close_to(sum(piece.fee for piece in pieces), events[fill].fee), (events[fill], pieces)
        assert all(piece.price == events[fill].price for piece in pieces), (events[fill], pieces)


def check_totals(result: Backtest, events: list[Any], cash: float) -> None:
    """The metrics and the trades tell the story of the events."""
    metrics, trades = result.metrics, result.trades
    fills = [event for event in events if event.kind == "FILL"]
    marks = [event for event in events if event.kind == "PORTFOLIO_UPDATE"]
    closed = [event for event in events if event.kind == "POSITION_CLOSE"]
    assert metrics["final_equity"] == marks[-1].value
    assert close_to(metrics["commission_paid"], math.fsum(fill.fee for fill in fills))
    assert close_to(metrics["slippage_paid"], math.fsum(fill.value for fill in fills))
    assert metrics["n_trades"] == len(trades) == len(closed)
    assert list(trades["exit_bar"]) == [event.bar for event in closed]
    assert list(trades["profit"]) == [event.value for event in closed]
    assert close_to(metrics["exposure"], sum(mark.quantity != 0 for mark in marks) / len(marks))
    if marks[-1].quantity == 0:
        turnover = cash + math.fsum(abs(fill.quantity) * fill.price for fill in fills)
        assert close_to(math.fsum(trades["profit"]), marks[-1].value - cash, scale=turnover)


def close_to(a: float, b: float, scale: float = 0.0) -> bool:
    """Return whether two sums differ by rounding alone; `scale` is the size of what was added up."""
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12 * scale)
