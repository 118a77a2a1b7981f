"""The bars that trades are drawn on: as they are, or several in one candle where they are many."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from admf_jit.data import MarketData
from admf_jit.figures.candles import candles
from admf_jit.report.packing import Packing

#: Candles of one symbol, and symbols, that a page of a run holds.
MOST_CANDLES = 3_000
MOST_SYMBOLS = 12
_SECOND = 10**9


def candles_of(
    data: MarketData, traded: Iterable[int], packing: Packing, most: int = MOST_CANDLES
) -> list[dict[str, Any]]:
    """The candles of the traded symbols (their numbers in the data), no more than ``most`` each.

    ``bars`` says how many bars one candle is; its time is that of the first.
    """
    return [_symbol(data, number, packing, most) for number in sorted(set(traded))[:MOST_SYMBOLS]]


def _symbol(data: MarketData, number: int, packing: Packing, most: int) -> dict[str, Any]:
    drawn = candles({name: getattr(data, name)[number] for name in ("open", "high", "low", "close")}, most)
    columns = {"time": data.time[drawn.first] / _SECOND}
    columns |= {name: getattr(drawn, name) for name in ("open", "high", "low", "close")}
    packed = {name: packing.add(np.asarray(values, np.float64)) for name, values in columns.items()}
    return {"symbol": data.symbols[number], "number": number, "bars": drawn.size, **packed}
