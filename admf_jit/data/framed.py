"""Bars as a pandas frame."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.bar_columns import in_frame

if TYPE_CHECKING:
    import pandas as pd


def framed(
    time: NDArray[np.int64],
    timezone: str,
    values: Mapping[str, NDArray[np.float64]],
    rows: Sequence[int],
    symbols: Sequence[str],
) -> "pd.DataFrame":
    """Return the bars of some symbols, by their `rows`, one below the other: with a column of `symbols` for several.

    time (n_bars,), values (n_symbols, n_bars) by column.
    """
    import pandas as pd

    index = pd.DatetimeIndex(time.astype("datetime64[ns]"), name="time", tz="UTC").tz_convert(timezone)
    frames = [
        pd.DataFrame({in_frame(name): column[row, bars] for name, column in values.items()}, index=index[bars])
        for row, bars in ((row, ~np.isnan(values["close"][row])) for row in rows)
    ]
    if len(symbols) < 2:
        return frames[0]
    for name, frame in zip(symbols, frames, strict=True):
        frame.insert(0, "symbol", name)
    return pd.concat(frames)
