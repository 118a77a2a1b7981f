"""The bars that trades are drawn on: as they are, or several in one candle where they are many."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from admf_jit.data import MarketData
from admf_jit.figures.candles import candles
from admf_jit.report.packing import Packing
from admf_jit.results import BacktestResult

#: Indicators that a container's page draws.
_MOST_INDICATORS = 12
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


def indicators_of(result: BacktestResult, shown: Iterable[int], packing: Packing, most: int) -> list[dict[str, Any]]:
    """The strategy's indicators at the last bar of each candle of some symbols, by their numbers in the data.

    ``over`` says whether one lies within the prices; the outputs of one indicator have the same ``panel``.
    """
    if result.indicators_for is None:
        return []
    found = []
    for number in shown:
        drawn = candles({name: getattr(result.data, name)[number] for name in ("open", "high", "low", "close")}, most)
        there = np.flatnonzero(np.isfinite(result.data.close[number]))
        last = there[np.append(np.arange(drawn.size, len(there), drawn.size), len(there))[: len(drawn.first)] - 1]
        for name, values in list(result.indicators_for(number).items())[:_MOST_INDICATORS]:
            finite = values[np.isfinite(values)]
            middle = float(np.median(finite)) if len(finite) else np.nan
            over = bool(len(drawn.low) and drawn.low.min() <= middle <= drawn.high.max())
            line = packing.add(values[last].astype(np.float64))
            found.append(
                {"symbol": number, "name": name, "panel": name.partition(".")[0], "over": over, "values": line}
            )
    return found
