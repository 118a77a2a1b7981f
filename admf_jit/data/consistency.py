"""Consistency: whether columns that come from a disk can be those of checked bars, whoever wrote them.

Compiled code indexes and divides by these columns without looking. A store that was written here holds to every rule;
one that was edited, digest and all, need not.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.sessions import local_clock, session_numbers

_PRICES = ("open", "high", "low", "close")


def inconsistency(columns: Mapping[str, NDArray[Any]], timezone: str) -> str:
    """Return the first rule of market data that the columns break, or an empty text; see `MarketData` for shapes."""
    time = columns["time"]
    if len(time) < 2:
        return f"holds {len(time)} bars; expected at least 2"
    if not (time[1:] > time[:-1]).all():
        return f"bar {int(np.flatnonzero(time[1:] <= time[:-1])[0]) + 1}: times must rise"
    if not np.array_equal(columns["session"], session_numbers(time, timezone)):
        return f"session is not that of {timezone} at the times of the bars"
    if not np.array_equal(columns["clock"], local_clock(time, timezone)):
        return f"clock is not that of {timezone} at the times of the bars"
    for rule, broken in _broken(*(columns[name] for name in (*_PRICES, "volume"))):
        if broken.any():
            symbol, bar = (int(place[0]) for place in np.nonzero(np.atleast_2d(broken)))
            return f"symbol {symbol}, bar {bar}: {rule}"
    return ""


def _broken(
    start: NDArray[Any], high: NDArray[Any], low: NDArray[Any], close: NDArray[Any], volume: NDArray[Any]
) -> list[tuple[str, NDArray[np.bool_]]]:
    """Return each rule of a bar and where it is broken; a symbol's missing bar is NaN in all prices, without volume."""
    missing = np.isnan(close)
    with np.errstate(invalid="ignore"):
        sound = (low > 0) & (low <= np.minimum(start, close)) & (high >= np.maximum(start, close)) & (high < np.inf)
    absent = np.isnan(start) & np.isnan(high) & np.isnan(low) & (volume == 0)
    return [
        ("prices must be positive and finite, low the lowest and high the highest", ~np.where(missing, absent, sound)),
        ("volume must be finite and not negative", ~((volume >= 0) & (volume < np.inf))),
        ("no symbol has a bar at this time", missing.all(axis=0)),
    ]
