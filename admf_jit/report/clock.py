"""The wall clock of a set of data, and how a page is told of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.data import MarketData
from admf_jit.report.packing import Packing

_DAY = 86_400 * 10**9
_SECOND = 10**9


def local_times(data: MarketData, bars: NDArray[np.int64] | slice) -> NDArray[np.int64]:
    """The wall clock of the data's zone at the opening of some bars, ns since the epoch as if it were UTC."""
    time = data.time[bars]
    ahead = (data.clock[bars] - time) % _DAY
    return time + np.where(ahead > 14 * _DAY // 24, ahead - _DAY, ahead)


def zone_of(data: MarketData, packing: Packing) -> dict[str, Any]:
    """The zone's name, and how far its clock is ahead of UTC: ``ahead`` seconds from each of ``begin`` on."""
    time = data.time
    ahead = local_times(data, slice(None)) - time
    first = np.append(0, np.flatnonzero(np.diff(ahead)) + 1)
    return {
        "name": data.timezone,
        "begin": packing.add(time[first] / _SECOND),
        "ahead": packing.add(ahead[first] / _SECOND),
    }


def period_of(data: MarketData) -> str:
    """The opening of the first and of the last bar, by the clock of the data's zone."""
    first, last = local_times(data, np.array([0, data.n_bars - 1])).astype("datetime64[ns]").astype("datetime64[m]")
    return f"{first} to {last}".replace("T", " ") + f" {data.timezone}"
