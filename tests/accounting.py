"""What must add up in every container, whatever engine runs it: cash, position, equity, totals, causes and orders."""

import math
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

#: Columns of the result that are sums of a column over events of a kind.
SUMS = {
    "commission_paid": ("FILL", "fee"),
    "slippage_paid": ("FILL", "value"),
    "financing_paid": ("FINANCING", "value"),
}
#: Columns of the result that count events of a kind.
COUNTS = {"n_trades": "POSITION_CLOSE", "risk_breaches": "RISK_BREACH"}
#: Orders for the whole position, however much that has become since they were sent. Those of signals aim at one, too.
FOR_THE_POSITION = (
    "stop_loss", "take_profit", "trailing_stop", "max_holding", "exit_time", "maintenance_margin", "max_daily_loss",
    "max_drawdown",
)  # fmt: skip
#: Why an order is refused what it would open, and may still close a position.
ENTRY_REFUSALS = (
    "after_exit_time", "halted", "max_position", "max_gross_exposure", "max_net_exposure", "max_orders_per_day",
)  # fmt: skip


def check_accounting(result: Any, cash: float, *, rounding: float = 0.0, several: bool = False) -> None:
    """Assert every invariant of one backtest that has events; a failed one has no columns to be held to them.

    ``cash`` is the starting cash. ``rounding`` bounds the relative difference that is allowed of a sum; by default it
    must be the same to the bit, as the events have what the engine added up, in its order. ``several`` symbols share
    the account, and its PORTFOLIO_UPDATE events are of none of them.
    """
    events = list(result.events.itertuples(index=False))
    check_causes(events)
    check_orders(events)
    check_ledger(events, cash, rounding, several, dict(zip(result.data.symbols, result.multipliers, strict=False)))
    if result.error is None:
        check_columns(events, result.metrics, rounding)
        last = {event.bar: event.value for event in events if event.kind == "PORTFOLIO_UPDATE"}
        assert list(result.equity) == list(last.values())
        assert result.metrics["final_equity"] == list(last.values())[-1] or rounding
        check_trades(result)


def check_causes(events: list[Any]) -> None:
    """Each event has an earlier cause, but for the BAR at which every chain of causes so ends; a FILL has an ORDER."""
    for place, event in enumerate(events):
        assert event.sequence == place, event
        if event.kind == "BAR":
            assert event.cause == -1, event
        else:
            assert 0 <= event.cause < event.sequence, event
        if event.kind == "FILL":
            cause = events[event.cause]
            assert (cause.kind, cause.order) == ("ORDER", event.order), (event, cause)


def check_orders(events: list[Any]) -> None:
    """An order has one ORDER event (and more only to modify it) before its fills, and nothing after its end.

    The end is a cancellation, a refusal after it was sent, or the fill of all that it asked for. An order that would
    go through zero may be refused for what it would open alone; what closes the position is sent, or works on.
    """
    left: dict[int, float] = {}
    ended: set[int] = set()
    refused_unsent: dict[int, float] = {}
    for_the_position: set[int] = set()
    aims: set[int] = set()
    fills = Counter(event.order for event in events if event.kind == "FILL")
    for event in events:
        number, kind = event.order, event.kind
        if kind not in ("ORDER", "FILL", "CANCEL", "REJECT", "RISK_BREACH") or number <= 0:
            continue
        if event.reason == "not_working":
            assert number not in left or number in ended or event.quantity == 0.0, event
            continue
        sent_before = event.cause >= 0 and events[event.cause].kind == "ORDER"
        is_part = event.reason in ENTRY_REFUSALS and abs(event.quantity) < abs(left.get(number, 0.0))
        if kind == "ORDER":
            if number in refused_unsent:
                assert refused_unsent.pop(number) * event.quantity > 0, ("sent for another side than refused", event)
                ended.discard(number)
            assert number not in ended, ("sent after its end", event)
            assert (number in left) == (event.reason in ("modified", "split")), (
                "sent twice, or modified unsent",
                event,
            )
            left[number] = event.quantity
            if event.reason in FOR_THE_POSITION:
                for_the_position.add(number)
            elif events[event.cause].kind == "SIGNAL":
                aims.add(number)
        elif kind == "FILL":
            assert number in left and number not in ended, ("filled while it did not work", event)
            left[number] -= event.quantity
            fills[number] -= 1
            if left[number] == 0.0 and number not in for_the_position and (number not in aims or fills[number] == 0):
                ended.add(number)
        elif kind == "CANCEL":
            assert number in left and number not in ended, ("cancelled while it did not work", event)
            ended.add(number)
        elif sent_before and is_part:
            assert number not in ended, ("refused after its end", event)
            left[number] -= event.quantity
        elif sent_before or number not in left:
            assert number not in ended, ("refused after its end", event)
            ended.add(number)
            if number not in left and event.reason in ENTRY_REFUSALS:
                refused_unsent[number] = event.quantity


def check_ledger(
    events: list[Any],
    cash: float,
    rounding: float,
    several: bool = False,
    multipliers: Mapping[str, float] = MappingProxyType({}),
) -> None:
    """Fills and financing alone explain cash and positions; equity is cash and every position at its last close."""
    position: Counter[str] = Counter()
    close: dict[str, float] = {}
    scale = cash
    for event in events:
        if event.kind == "BAR":
            close[event.symbol] = event.price
        elif event.kind == "FILL":
            # A symbol may be delisted at 0.
            assert event.price > 0 or (event.price == 0 and event.reason == "delisted"), event
            assert event.quantity != 0 and event.value >= 0, event
            # Only who makes liquidity, without slippage, may be paid a rebate.
            value = event.quantity * (multipliers.get(event.symbol, 1.0) * event.price)
            assert event.fee >= 0 or (event.value == 0 and event.fee > -abs(value)), event
            cash = cash - (value + event.fee)
            position[event.symbol] = position[event.symbol] + event.quantity  # type: ignore[assignment]
            scale += abs(value)
        elif event.kind == "FINANCING":
            cash = cash - event.value
        elif event.kind == "SPLIT":
            # Shares and money for the rest are worth, at the open, what the shares before would be.
            shares = position[event.symbol] * event.value
            rest = event.fee / (multipliers.get(event.symbol, 1.0) * event.price)
            assert math.isclose(event.quantity + rest, shares, rel_tol=1e-9, abs_tol=1e-9 * abs(rest)), event
            cash += event.fee
            position[event.symbol] = event.quantity
        elif event.kind == "PORTFOLIO_UPDATE":
            equity = cash
            for symbol, price in close.items():
                equity += position[symbol] * (multipliers.get(symbol, 1.0) * price)
            assert same(event.fee, cash, rounding, scale), ("cash", event, cash)
            if not several:
                assert same(event.quantity, position[event.symbol], rounding), ("position", event, position)
            assert same(event.value, equity, rounding, scale), ("equity", event, equity)


def check_columns(events: list[Any], metrics: dict[str, float], rounding: float) -> None:
    """The columns of the result are the sums and counts of its events."""
    for name, (kind, field) in SUMS.items():
        total = 0.0
        for event in events:
            if event.kind == kind:
                total += getattr(event, field)
        assert same(metrics[name], total, rounding), (name, metrics[name], total)
    for name, kind in COUNTS.items():
        assert metrics[name] == sum(event.kind == kind for event in events), name
    liquidated = [event for event in events if (event.kind, event.reason) == ("RISK_BREACH", "maintenance_margin")]
    assert metrics["liquidations"] == len(liquidated)


def check_trades(result: Any) -> None:
    """The table of trades tells of the same trades as the columns."""
    trades, metrics = result.trades, result.metrics
    assert len(trades) == metrics["n_trades"]
    if len(trades):
        for name, value in {
            "expectancy": trades["profit"].mean(),
            "best_trade": trades["return"].max(),
            "worst_trade": trades["return"].min(),
            "average_holding": trades["holding"].mean(),
        }.items():
            size = max(result.multipliers, default=1.0) * float((trades["quantity"] * trades["entry_price"]).max())
            size = size if name == "expectancy" else 1.0
            assert math.isclose(metrics[name], value, rel_tol=1e-9, abs_tol=1e-9 * size), (name, metrics[name], value)


def same(a: float, b: float, rounding: float, scale: float = 0.0) -> bool:
    """Whether two sums are the same, to the bit where no ``rounding`` is allowed; ``scale`` is what was added up."""
    return a == b or math.isclose(a, b, rel_tol=rounding, abs_tol=rounding * scale)
