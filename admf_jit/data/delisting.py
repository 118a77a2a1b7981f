"""Delisting prices: what a position is closed at when its symbol ends before the others, where that is known."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.selection import some
from admf_jit.errors import DataError, closest

#: A price by symbol; symbols without one are closed at their last close.
Delisted = Mapping[str, float]


def last_bars(close: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the last bar that each symbol of ``close`` (n_symbols, n_bars) has, (n_symbols,); -1 for none."""
    there = ~np.isnan(close)
    last = close.shape[1] - 1 - np.argmax(there[:, ::-1], axis=1)
    return np.where(there.any(axis=1), last, -1).astype(np.int64)


def ends_of(symbols: Sequence[str], time: NDArray[np.int64], close: NDArray[np.float64]) -> dict[str, int]:
    """Return the time of each symbol's last bar; for one without bars a moment before all of them."""
    last = last_bars(close)
    return {name: int(time[bar]) if bar >= 0 else int(time[0]) - 1 for name, bar in zip(symbols, last, strict=True)}


def check_delisted(
    prices: object, symbols: Sequence[str], time: NDArray[np.int64], close: NDArray[np.float64]
) -> dict[str, float]:
    """Return the delisting prices that a person states for data, or raise DataError.

    A price is a number of 0 or more, and its symbol one of the data whose last bar lies before the last of the axis.
    """
    if not isinstance(prices, Mapping):
        raise DataError(f"delisted: {prices!r:.80} is not a mapping of symbols to prices, such as {{'ABC': 0.5}}")
    last = last_bars(close)
    checked = {}
    for symbol, price in prices.items():
        if symbol not in symbols:
            hint = closest(str(symbol), symbols)
            raise DataError(
                f"delisted: {symbol!r} is not in the data, which has {some(symbols)}"
                + (f"; did you mean {hint!r}?" if hint else "")
            )
        is_number = isinstance(price, int | float | np.integer | np.floating) and not isinstance(price, bool)
        if not is_number or not 0 <= float(price) < math.inf:
            raise DataError(
                f"delisted: the price of {symbol!r} is {price!r:.80}; expected a number >= 0 (0: worthless)"
            )
        if last[list(symbols).index(symbol)] == len(time) - 1:
            day = np.datetime64(int(time[-1]), "ns").astype("datetime64[s]")
            raise DataError(
                f"delisted: {symbol!r} does not end before the other symbols: it has the last bar of the data "
                f"({day}Z); leave it out, or load what goes on after it"
            )
        checked[str(symbol)] = float(price)
    return checked


def prices_of(delisted: Delisted, symbols: Sequence[str]) -> NDArray[np.float64]:
    """Return the delisting price of each symbol, (n_symbols,), read-only; NaN where none is given."""
    prices = np.array([delisted.get(symbol, math.nan) for symbol in symbols])
    prices.flags.writeable = False
    return prices


def in_part(
    delisted: Delisted, symbols: Sequence[str], ends: Mapping[str, int], last: int
) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return the prices that hold for a part of the data, and a note of those that nothing is closed at.

    ``ends`` has the time of each symbol's last bar in the whole data, ``last`` is the last time of the part. A part
    that is cut off before a symbol's last bar does not know of its end.
    """
    known = {symbol: price for symbol, price in delisted.items() if symbol in symbols and ends[symbol] <= last}
    unused = [symbol for symbol in known if ends[symbol] == last]
    if not unused:
        return known, ()
    held = {symbol: price for symbol, price in known.items() if symbol not in unused}
    told = "no bar comes after the last one, and a position is marked at its close"
    return held, (f"delisted: not used for {some(unused)}: {told}",)
