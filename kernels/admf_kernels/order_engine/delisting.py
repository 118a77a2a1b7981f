"""Symbols whose bars end before those of the others: ``docs/trading-model.md`` section 16."""

import math

import numpy as np

from ..compilation import kernel
from ..constants import EventKind, Reason
from .account import worth
from .bar import send_closing
from .book import cancel_everything, remove
from .emit import emit
from .fills import book_fill

_FILL = np.int64(EventKind.FILL)
_DELISTED = np.int64(Reason.DELISTED)
_NO_TRADE = np.int64(0)


@kernel
def last_bars(container):
    """The last bar that the symbol of each holding has, int64 (n_symbols,); -1 for none."""
    close = container.bars.close
    last = np.full(container.holdings.shape[0], -1)
    for slot in range(last.shape[0]):
        symbol = container.universe[slot]
        bar = close.shape[1] - 1
        while bar >= 0 and math.isnan(close[symbol, bar]):
            bar -= 1
        last[slot] = bar
    return last


@kernel
def delist(container, slot, bar, cause, given):
    """Cancel a symbol's orders, and close its position free of costs, at a ``given`` price; NaN: at its last close."""
    cancel_everything(container, bar, cause, _DELISTED, slot)
    holding = container.holdings[slot]
    quantity = -holding["quantity"]
    if quantity == 0.0:
        return
    price = holding["close"] if math.isnan(given) else given
    holding["market"] = price
    index = send_closing(container, slot, bar, cause, _DELISTED)
    holding["market"] = holding["close"]
    number, event = container.book[index]["number"], container.book[index]["event"]
    remove(container, index)
    container.ledger.cash -= quantity * worth(holding, price)
    container.ledger.traded_value += abs(quantity) * worth(holding, price)
    fill = emit(container, _FILL, bar, event, slot, _DELISTED, number, (price, quantity, 0.0, 0.0))
    book_fill(container, slot, bar, number, price, quantity, 0.0, fill, _NO_TRADE)
    holding["last_exit"] = _DELISTED
