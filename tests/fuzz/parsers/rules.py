"""What holds of all market data that was accepted, told once more and without the package's own checks."""

from zoneinfo import ZoneInfo

import numpy as np

from admf_jit.data.bar_columns import AXIS_COLUMNS, COLUMNS, digest
from admf_jit.data.market_data import MarketData


def check_bars(data: MarketData) -> None:
    """Fail where the bars break a rule that compiled code relies on."""
    n, m = len(data.symbols), len(data.time)
    assert n >= 1 and m >= 2 and len(set(data.symbols)) == n and all(data.symbols)
    for column in COLUMNS:
        values = getattr(data, column)
        assert values.shape == ((m,) if column in AXIS_COLUMNS else (n, m)), column
        assert values.flags.c_contiguous and not values.flags.writeable
    steps = np.diff(data.session)
    assert (np.diff(data.time) > 0).all()
    assert data.session[0] == 0 and ((steps == 0) | (steps == 1)).all()
    assert ((data.clock >= 0) & (data.clock < 86_400 * 10**9)).all()
    missing = np.isnan(data.close)
    for column in (data.open, data.high, data.low):
        assert (np.isnan(column) == missing).all()
    there = ~missing
    for column in (data.open, data.high, data.low, data.close):
        assert (column[there] > 0).all() and np.isfinite(column[there]).all()
    assert (data.low[there] <= np.minimum(data.open, data.close)[there]).all()
    assert (data.high[there] >= np.maximum(data.open, data.close)[there]).all()
    assert np.isfinite(data.volume).all() and (data.volume >= 0).all() and (data.volume[missing] == 0).all()
    assert there.any(axis=0).all()
    assert data.missing_bars == tuple(missing.sum(axis=1))
    assert data.digest == digest(data.symbols, data.timeframe, data.timezone, vars(data))
    assert np.isfinite(data.bars_per_year) and data.bars_per_year > 0
    assert 0 <= len(data.gaps.longest) <= data.gaps.count <= data.gaps.missing
    ZoneInfo(data.timezone)
    "".join((data.name, *data.symbols, *data.notes)).encode()
