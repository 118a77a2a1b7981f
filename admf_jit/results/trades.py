"""Closed trades, out of the events of a container: sections 5 and 13 of docs/trading-model.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from admf_kernels.constants import EventKind

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

    @classmethod
    def of(cls, opened: np.void) -> _OpenTrade:
        quantity, price = float(opened["quantity"]), float(opened["price"])
        value = abs(quantity) * price
        return cls(int(opened["bar"]), quantity, abs(quantity), price, value, float(opened["fee"]), 1)

    def take(self, fill: np.void) -> None:
        """Take a fill that neither opens nor closes the position: it increases or reduces it."""
        quantity, price = float(fill["quantity"]), float(fill["price"])
        if quantity * self.held > 0.0:
            size, more = abs(self.held), abs(quantity)
            self.entry_price = (size * self.entry_price + more * price) / (size + more)
            self.entry_value += more * price
            self.entered += more
        self.held += quantity
        self.commission += float(fill["fee"])
        self.n_fills += 1

    def close(self, closed: np.void) -> dict[str, Any]:
        profit, bar = float(closed["value"]), int(closed["bar"])
        return {
            "direction": -1 if float(closed["quantity"]) > 0.0 else 1,
            "quantity": self.entered,
            "entry_bar": self.bar,
            "exit_bar": bar,
            "entry_price": self.entry_price,
            "exit_price": float(closed["price"]),
            "profit": profit,
            "return": profit / self.entry_value,
            "commission": self.commission + float(closed["fee"]),
            "holding": bar - self.bar,
            "n_fills": self.n_fills + 1,
        }


def closed_trades(records: np.ndarray, symbols: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Each closed trade of raw events (EVENT_DTYPE), as a row of ``TRADE_COLUMNS`` but for the times.

    A fill is told from a POSITION_OPEN or POSITION_CLOSE that it caused, which have its price and their share of its
    fee; one without either increased or reduced a position. Under preset backtesting.py several trades are open at a
    time, and a POSITION_CLOSE has the number of the order that opened its trade; each closed part is a row.
    """
    kinds = (EventKind.FILL, EventKind.POSITION_OPEN, EventKind.POSITION_CLOSE)
    records = records[np.isin(records["kind"], kinds)]
    moving = {int(cause) for cause in records["cause"][records["kind"] != EventKind.FILL]}
    under_way: dict[int, _OpenTrade] = {}
    numbered: dict[int, np.void] = {}
    for record in records:
        symbol, kind = int(record["symbol"]), record["kind"]
        if kind == EventKind.FILL:
            if int(record["sequence"]) not in moving and symbol in under_way:
                under_way[symbol].take(record)
        elif kind == EventKind.POSITION_OPEN:
            under_way[symbol] = _OpenTrade.of(record)
            numbered[int(record["order"])] = record
        else:
            part = numbered.get(int(record["order"]))
            trade = _part_of(part, record) if part is not None else under_way.pop(symbol)
            if part is None:
                numbered = {number: opened for number, opened in numbered.items() if opened["symbol"] != symbol}
            yield {"symbol": symbols[symbol], **trade.close(record)}


def _part_of(opened: np.void, closed: np.void) -> _OpenTrade:
    """The part of a trade that is closed, whose profit and fee have its share of the costs of entry already."""
    quantity, price = -float(closed["quantity"]), float(opened["price"])
    return _OpenTrade(int(opened["bar"]), quantity, abs(quantity), price, abs(quantity) * price, 0.0, 1)
