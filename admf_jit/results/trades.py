"""Closed trades, out of the events of a container: sections 5 and 13 of docs/trading-model.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from admf_jit.results.causes import cause_of, place_of
from admf_kernels.constants import EventKind

if TYPE_CHECKING:
    from admf_jit.data import MarketData

#: Columns of the table of trades that come from events; `entry_time` and `exit_time` are added from the bars.
TRADE_COLUMNS = (
    "symbol",
    "direction",
    "quantity",
    "entry_bar",
    "exit_bar",
    "entry_time",
    "exit_time",
    "entry_price",
    "exit_price",
    "profit",
    "return",
    "commission",
    "holding",
    "n_fills",
)


class _Event(NamedTuple):
    """What a trade is told from, as plain numbers: a field of a NumPy record takes ten times as long to read."""

    sequence: int
    kind: int
    bar: int
    symbol: int
    order: int
    price: float
    quantity: float
    value: float
    fee: float


@dataclass
class _OpenTrade:
    """A trade under way: what entered, what is held now, what was paid."""

    bar: int
    held: float
    entered: float
    entry_price: float
    entry_value: float
    commission: float
    n_fills: int
    multiplier: float

    @classmethod
    def of(cls, opened: _Event, multiplier: float) -> _OpenTrade:
        quantity, price = opened.quantity, opened.price
        value = abs(quantity) * (multiplier * price)
        return cls(opened.bar, quantity, abs(quantity), price, value, opened.fee, 1, multiplier)

    def take(self, fill: _Event) -> None:
        """Take a fill that neither opens nor closes the position: it increases or reduces it."""
        quantity, price = fill.quantity, fill.price
        if quantity * self.held > 0.0:
            size, more = abs(self.held), abs(quantity)
            self.entry_price = (size * self.entry_price + more * price) / (size + more)
            self.entry_value += more * (self.multiplier * price)
            self.entered += more
        self.held += quantity
        self.commission += fill.fee
        self.n_fills += 1

    def split(self, split: _Event) -> None:
        """Count in new shares; its value is how many of them an old one became."""
        self.held = split.quantity
        self.entered *= split.value
        self.entry_price /= split.value

    def close(self, closed: _Event) -> dict[str, Any]:
        profit, bar = closed.value, closed.bar
        return {
            "direction": -1 if closed.quantity > 0.0 else 1,
            "quantity": self.entered,
            "entry_bar": self.bar,
            "exit_bar": bar,
            "entry_price": self.entry_price,
            "exit_price": closed.price,
            "profit": profit,
            "return": profit / self.entry_value,
            "commission": self.commission + closed.fee,
            "holding": bar - self.bar,
            "n_fills": self.n_fills + 1,
        }


def closed_trades(
    records: np.ndarray, symbols: tuple[str, ...], multipliers: tuple[float, ...] = ()
) -> Iterator[dict[str, Any]]:
    """Each closed trade of raw events (EVENT_DTYPE), as a row of ``TRADE_COLUMNS`` but for the times.

    A fill is told from a POSITION_OPEN or POSITION_CLOSE that it caused, which have its price and their share of its
    fee; one without either increased or reduced a position. A price of 1 is worth that of
    ``multipliers``, by symbol. Under preset
    backtesting.py several trades are open at a time, and a POSITION_CLOSE has the number of the order that opened its
    trade; each closed part is a row.
    """
    kinds = (EventKind.FILL, EventKind.POSITION_OPEN, EventKind.POSITION_CLOSE, EventKind.SPLIT)
    records = records[np.isin(records["kind"], kinds)]
    moving = {int(cause) for cause in records["cause"][np.isin(records["kind"], kinds[1:3])]}
    under_way: dict[int, _OpenTrade] = {}
    numbered: dict[int, _Event] = {}
    for record in map(_Event._make, records[list(_Event._fields)].tolist()):
        symbol, kind = record.symbol, record.kind
        if kind == EventKind.FILL:
            if record.sequence not in moving and symbol in under_way:
                under_way[symbol].take(record)
        elif kind == EventKind.SPLIT:
            if symbol in under_way:
                under_way[symbol].split(record)
        elif kind == EventKind.POSITION_OPEN:
            under_way[symbol] = _OpenTrade.of(record, multipliers[symbol] if multipliers else 1.0)
            numbered[record.order] = record
        else:
            part = numbered.get(record.order)
            trade = _part_of(part, record) if part is not None else under_way.pop(symbol)
            if part is None:
                numbered = {number: opened for number, opened in numbered.items() if opened.symbol != symbol}
            yield {"symbol": symbols[symbol], **trade.close(record)}


def _part_of(opened: _Event, closed: _Event) -> _OpenTrade:
    """The part of a trade that is closed, whose profit and fee have its share of the costs of entry already."""
    quantity, price = -closed.quantity, opened.price
    return _OpenTrade(opened.bar, quantity, abs(quantity), price, abs(quantity) * price, 0.0, 1, 1.0)


def exit_reasons(records: np.ndarray) -> list[str]:
    """What the fill that closed each trade came from, in words, in the order of ``closed_trades``."""
    reasons = []
    for place in np.flatnonzero(records["kind"] == EventKind.POSITION_CLOSE).tolist():
        fill = place_of(records, int(records["cause"][place]))
        reasons.append(cause_of(records, place if fill is None else fill))
    return reasons


def excursions(data: MarketData, trade: Mapping[str, Any]) -> tuple[float, float]:
    """The largest loss and the largest gain of a trade on the way, as shares of its average entry price.

    What is known to have been reached while it was held: the close of its entering bar, highs and lows of the bars
    between, the opening of the bar at which it closed and the closing price. Source: Sweeney, "Maximum Adverse
    Excursion" (1996).
    """
    row, price, direction = data.symbols.index(trade["symbol"]), trade["entry_price"], trade["direction"]
    first, last = trade["entry_bar"], trade["exit_bar"]
    seen = [price, trade["exit_price"]]
    if last > first:
        seen += [data.close[row, first], data.open[row, last]]
        between = slice(first + 1, last)
        for column in (data.low, data.high):
            values = column[row, between]
            values = values[~np.isnan(values)]
            seen += [values.min(), values.max()] if len(values) else []
    changes = [direction * (value / price - 1.0) for value in seen if value == value]
    return float(min(changes)), float(max(changes))
