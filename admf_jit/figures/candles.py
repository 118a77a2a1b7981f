"""Bars as candles, several in one where they are many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Candles(NamedTuple):
    """Candles of ``size`` bars each: the number of each one's first bar, and its four prices, float64 (n,)."""

    size: int
    first: NDArray[np.int64]
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]


def candles(bars: Mapping[str, NDArray[Any]], most: int) -> Candles:
    """No more than ``most`` candles of some bars, float64 (n_bars,) each; bars that a symbol does not have are NaN.

    One of several bars has the first open, the highest high, the lowest low and the last close of those that there are.
    """
    there = np.flatnonzero(np.isfinite(bars["close"]))
    size = max(-(-len(there) // most), 1)
    if not len(there):
        none = np.zeros(0)
        return Candles(size, there, none, none, none, none)
    begins = np.arange(0, len(there), size)
    ends = np.append(begins[1:], len(there)) - 1
    return Candles(
        size,
        there[begins],
        np.asarray(bars["open"])[there[begins]],
        np.maximum.reduceat(np.asarray(bars["high"])[there], begins),
        np.minimum.reduceat(np.asarray(bars["low"])[there], begins),
        np.asarray(bars["close"])[there[ends]],
    )
