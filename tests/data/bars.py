"""Bars that the tests of market data write themselves."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from admf_jit.data.market_data import MarketData, build

HEADER = "Date,Open,High,Low,Close,Volume"


def frame(n_bars: int = 6, start: str = "2024-01-02 14:30", step: str = "1min", tz: str | None = "UTC") -> pd.DataFrame:
    index = pd.date_range(start, periods=n_bars, freq=step, tz=tz, name="time")
    close = 100.0 + np.arange(n_bars) * 0.1
    return pd.DataFrame(
        {"open": close - 0.05, "high": close + 0.3, "low": close - 0.3, "close": close, "volume": 10.0},
        index=index,
    )


def csv(directory: Path, *rows: str, header: str = HEADER, name: str = "bars.csv") -> Path:
    path = directory / name
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def csv_at(directory: Path, *times: str, header: str = HEADER) -> Path:
    return csv(directory, *(f"{time},1,2,0.5,1.5,10" for time in times), header=header)


def market(time: Any, n_symbols: int = 1, timezone: str = "UTC", notes: tuple[str, ...] = ()) -> MarketData:
    time = np.asarray(time, np.int64)
    close = 100.0 + np.arange(n_symbols * len(time), dtype=float).reshape(n_symbols, -1)
    values = {"open": close, "high": close + 1, "low": close - 1, "close": close, "volume": close * 0}
    symbols = tuple(f"S{row}" for row in range(n_symbols))
    return build("made", symbols, time, values, timezone=timezone, notes=notes)


def moments(*texts: str) -> list[int]:
    return [int(np.datetime64(text, "ns").astype(np.int64)) for text in texts]
