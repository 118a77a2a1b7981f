"""The bars that trades are drawn on: as they are, or several in one candle where they are many."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.data import MarketData
from admf_jit.report.packing import Packing

#: Candles of one symbol, and symbols, that a page of a run holds.
MOST_CANDLES = 3_000
MOST_SYMBOLS = 12
_SECOND = 10**9


def candles_of(
    data: MarketData, traded: Iterable[int], packing: Packing, most: int = MOST_CANDLES
) -> list[dict[str, Any]]:
    """The candles of the traded symbols (their numbers in the data), no more than ``most`` each.

    ``bars`` says how many bars one candle is. A candle of several has the first open, highest high, lowest low and last
    close of those that there are, at the time of the first.
    """
    return [_symbol(data, number, packing, most) for number in sorted(set(traded))[:MOST_SYMBOLS]]


def _symbol(data: MarketData, number: int, packing: Packing, most: int) -> dict[str, Any]:
    there = np.flatnonzero(np.isfinite(data.close[number]))
    size = max(-(-len(there) // most), 1)
    begins = np.arange(0, len(there), size)
    ends = np.append(begins[1:], len(there)) - 1
    columns: dict[str, NDArray[Any]] = {"time": data.time[there[begins]] / _SECOND}
    if len(there):
        columns |= {
            "open": data.open[number][there[begins]],
            "high": np.maximum.reduceat(data.high[number][there], begins),
            "low": np.minimum.reduceat(data.low[number][there], begins),
            "close": data.close[number][there[ends]],
        }
    packed = {name: packing.add(np.asarray(values, np.float64)) for name, values in columns.items()}
    return {"symbol": data.symbols[number], "number": number, "bars": size, **packed}
