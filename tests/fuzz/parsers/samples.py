"""Small market data that inputs are made of."""

import numpy as np

from admf_jit.data.market_data import MarketData, build


def two_symbols() -> MarketData:
    """Seven minutes of two symbols around a midnight of Tokyo; the second one lacks two bars."""
    time = np.array([0, 1, 2, 3, 7, 8, 9], np.int64) * 60 * 10**9 + 1_704_121_020 * 10**9
    close = 100.0 + np.arange(14, dtype=float).reshape(2, 7)
    close[1, [0, 4]] = np.nan
    volume = np.where(np.isnan(close), 0.0, 10.0)
    values = {"open": close, "high": close + 1, "low": close - 1, "close": close + 0.5, "volume": volume}
    return build("made", ("AA", "BB"), time, values, timezone="Asia/Tokyo", notes=("a note",))
