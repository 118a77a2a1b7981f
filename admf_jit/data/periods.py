"""Blocks of bars and calendar months: where the periods end by which a sweep is summed up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from admf_jit.data.market_data import MarketData

#: Local midnight is at UTC 13 hours before to 10 hours 59 minutes after the midnight of its date, but for two zones.
_EASTERNMOST = np.timedelta64(13, "h")


def block_ends(n_bars: int, n_blocks: int) -> NDArray[np.int64]:
    """The bar behind the last one of each of ``n_blocks`` blocks that are as long as one another but for a bar.

    Fewer bars than blocks make a block of each.
    """
    n = min(n_blocks, n_bars)
    return np.arange(1, n + 1) * n_bars // max(n, 1)


def month_ends(data: MarketData) -> dict[str, int]:
    """The bar behind the last one of each calendar month, by its name such as 2024-03, in the order of the bars."""
    midnight = (data.time - data.clock).view("datetime64[ns]") + _EASTERNMOST
    months = midnight.astype("datetime64[D]").astype("datetime64[M]")
    ends = np.append(np.flatnonzero(months[1:] != months[:-1]) + 1, len(months))
    return {str(months[end - 1]): int(end) for end in ends.tolist()}
