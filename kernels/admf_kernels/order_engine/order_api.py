"""What a strategy's ``on_bar`` sends orders with: its third argument."""

import math
from typing import Any

import numpy as np
from numba import from_dtype, int64

from ..compilation import jitclass
from ..constants import TimeInForce, TrailingKind
from .book import NO_LEVEL, clear
from .matching import OrderKind
from .state import ORDER_DTYPE, Action

_MARKET = np.int64(OrderKind.MARKET)
_LIMIT = np.int64(OrderKind.LIMIT)
_STOP = np.int64(OrderKind.STOP)
_STOP_LIMIT = np.int64(OrderKind.STOP_LIMIT)
_TRAILING = np.int64(OrderKind.TRAILING)
_ON_CLOSE = np.int64(OrderKind.MARKET_ON_CLOSE)
_GTC = np.int64(TimeInForce.GTC)
_GTD = np.int64(TimeInForce.GTD)
_FOK = np.int64(TimeInForce.FOK)
_AMOUNT = np.int64(TrailingKind.AMOUNT)
_PERCENT = np.int64(TrailingKind.PERCENT)
_ATR = np.int64(TrailingKind.ATR)
_SEND = Action.SEND
_CANCEL = Action.CANCEL
_CANCEL_ALL = Action.CANCEL_ALL
_MODIFY = Action.MODIFY
_PAIR = Action.PAIR
_RECORDS = from_dtype(ORDER_DTYPE)[::1]


@jitclass([("requests", _RECORDS), ("book", _RECORDS)])
class OrderApi:
    """Takes orders while ``on_bar`` runs; the engine looks at them, in their order, when it has returned.

    Quantities are signed, a purchase positive. ``tif`` is aj.GTC, DAY, GTD, IOC or FOK, ``until`` the time of a GTD
    order in ns since the epoch, UTC. Every sending method returns the order's number.
    """

    requests: Any
    book: Any
    count_: int64
    working: int64
    numbered: int64
    symbol: int64
    overflowed: int64

    def __init__(self, requests, book):
        self.requests = requests
        self.book = book
        self.count_ = 0
        self.working = 0
        self.numbered = 0
        self.symbol = 0
        self.overflowed = 0

    def begin(self, symbol, working, numbered):
        """Forget the requests of the bar before; the engine calls this."""
        self.symbol = symbol
        self.working = working
        self.numbered = numbered
        self.count_ = 0

    def _request(self, action):
        index = self.count_
        if index >= self.requests.shape[0]:
            self.overflowed = 1
            index = self.requests.shape[0] - 1
        else:
            self.count_ = index + 1
        clear(self.requests[index])
        self.requests[index]["action"] = action
        self.requests[index]["symbol"] = self.symbol
        return index

    def _send(self, kind, quantity, limit, stop, tif, until, reduce_only):
        if tif < _GTC or tif > _FOK:
            raise ValueError("tif of an order: expected aj.GTC, aj.DAY, aj.GTD, aj.IOC or aj.FOK")
        if (tif == _GTD) != (until != 0):
            raise ValueError("until of an order: the time of one with tif=aj.GTD, such as bar.time, and of no other")
        index = self._request(_SEND)
        request = self.requests[index]
        self.numbered += 1
        request["number"] = self.numbered
        request["kind"] = kind
        request["quantity"] = quantity
        request["limit"] = limit
        request["stop"] = stop
        request["tif"] = tif
        request["until"] = until
        request["reduce_only"] = 1 if reduce_only else 0
        return index

    def _trail(self, trailing, quantity, amount, reduce_only):
        index = self._send(_TRAILING, quantity, 0.0, 0.0, 0, 0, reduce_only)
        self.requests[index]["trailing"] = trailing
        self.requests[index]["amount"] = amount
        return self.numbered

    def market(self, quantity, reduce_only=False):
        """At the next bar's open, or at this close under ``fill: same_close``."""
        self._send(_MARKET, quantity, 0.0, 0.0, 0, 0, reduce_only)
        return self.numbered

    def limit(self, quantity, price, tif=0, until=0, reduce_only=False):
        """At ``price`` or better."""
        self._send(_LIMIT, quantity, price, 0.0, tif, until, reduce_only)
        return self.numbered

    def stop(self, quantity, price, tif=0, until=0, reduce_only=False):
        """At the market once ``price`` is reached."""
        self._send(_STOP, quantity, 0.0, price, tif, until, reduce_only)
        return self.numbered

    def stop_limit(self, quantity, stop, limit, tif=0, until=0, reduce_only=False):
        """At ``limit`` or better once ``stop`` is reached."""
        self._send(_STOP_LIMIT, quantity, limit, stop, tif, until, reduce_only)
        return self.numbered

    def trailing_amount(self, quantity, amount, reduce_only=True):
        """A stop that follows the market at a distance in price."""
        return self._trail(_AMOUNT, quantity, amount, reduce_only)

    def trailing_percent(self, quantity, rate, reduce_only=True):
        """A stop that follows the market at a fraction of its best price."""
        return self._trail(_PERCENT, quantity, rate, reduce_only)

    def trailing_atr(self, quantity, multiple, reduce_only=True):
        """A stop that follows the market at a multiple of the ATR whose period ``exits.trailing_stop`` names, or 14."""
        return self._trail(_ATR, quantity, multiple, reduce_only)

    def market_on_close(self, quantity, reduce_only=False):
        """At the close of the last bar of the session."""
        self._send(_ON_CLOSE, quantity, 0.0, 0.0, 0, 0, reduce_only)
        return self.numbered

    def bracket(self, quantity, stop=NO_LEVEL, target=NO_LEVEL, limit=0.0):
        """An entry, at the market or at ``limit``, with a stop, a target, or both, which then cancel each other."""
        index = self._send(_MARKET if limit == 0.0 else _LIMIT, quantity, limit, 0.0, 0, 0, False)
        self.requests[index]["bracket_stop"] = stop
        self.requests[index]["bracket_target"] = target
        return self.numbered

    def oco(self, first, second):
        """Let a fill that reduces the position take as much off the other order; any other fill cancels it."""
        request = self.requests[self._request(_PAIR)]
        request["number"] = first
        request["paired_with"] = second

    def cancel(self, order):
        """Cancel what is left of an order; nothing happens where it does not work any more."""
        self.requests[self._request(_CANCEL)]["number"] = order

    def cancel_all(self):
        """Cancel every working order of this symbol."""
        self._request(_CANCEL_ALL)

    def modify(self, order, quantity=math.nan, limit=math.nan, stop=math.nan):
        """Change what is named of a working order: what is left of it (signed), or a price it has; NaN is none."""
        request = self.requests[self._request(_MODIFY)]
        request["number"] = order
        request["quantity"] = quantity
        request["limit"] = limit
        request["stop"] = stop

    def is_working(self, order):
        """Whether an order was working when this bar's ``on_bar`` began."""
        for i in range(self.working):
            if self.book[i]["number"] == order:
                return True
        return False

    def _child_of(self, entry, is_target):
        for i in range(self.working):
            order = self.book[i]
            if order["parent"] == entry and entry != 0 and (order["limit"] != 0.0) == is_target:
                return order["number"]
        return 0

    def stop_of(self, entry):
        """Number of the working stop of what bracket ``entry`` opened; 0: there is none."""
        return self._child_of(entry, False)

    def target_of(self, entry):
        """Number of the working target of what bracket ``entry`` opened; 0: there is none."""
        return self._child_of(entry, True)

    def count(self):
        """Working orders of this symbol, those sent on this bar not counted."""
        total = 0
        for i in range(self.working):
            total += self.book[i]["symbol"] == self.symbol
        return total
