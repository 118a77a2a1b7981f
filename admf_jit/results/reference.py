"""What a backtest is measured against: returns of a benchmark and a risk-free rate, at each bar of its data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.errors import ConfigError, closest, warn

if TYPE_CHECKING:
    from admf_jit.data import MarketData

Floats = NDArray[np.float64]
_EXPECTED = "a symbol, a column of one's own, or a series of pandas by time"


@dataclass(frozen=True)
class Reference:
    """A benchmark and an annual risk-free rate, as a user names them.

    ``benchmark`` is None for buy and hold of what is traded, a symbol or a column of the data, or a series of prices by
    time. ``risk_free`` is a number, a column of the data, or a series of annual rates by time.
    """

    benchmark: Any = None
    risk_free: Any = 0.0

    def returns(self, data: MarketData, traded: Sequence[int]) -> Floats:
        """Returns of the benchmark at each bar, float64 (n_bars,); ``traded`` are the numbers of the symbols.

        Buy and hold has an equal part in each symbol from the opening of its first bar on, and costs nothing. NaN where
        a price is not above 0.
        """
        symbol = self.benchmark if isinstance(self.benchmark, str) and self.benchmark in data.symbols else None
        if self.benchmark is None or symbol is not None:
            rows = list(traded) if symbol is None else [data.symbols.index(symbol)]
            levels = np.mean([_bought(data, row) for row in rows], axis=0)
            before = 1.0
        else:
            levels = self._levels("benchmark", self.benchmark, data, traded)
            known = levels[~np.isnan(levels)]
            before = known[0] if len(known) else np.nan
            levels = np.where(np.isnan(levels), before, levels)
        if not (levels > 0.0).all():
            if self.benchmark is not None:
                first = np.datetime64(int(data.time[int(np.argmin(levels > 0.0))]), "ns").astype("datetime64[s]")
                warn(f"benchmark: has no price above 0 at {first}Z; the measures against it are NaN")
            return np.full(data.n_bars, np.nan)
        return np.asarray(levels / np.concatenate([[before], levels[:-1]]) - 1.0)

    def rates(self, data: MarketData, traded: Sequence[int]) -> Floats:
        """The risk-free return of each bar, float64 (n_bars,): a bar's part of the annual rate; 0 before the first."""
        value = self.risk_free
        if isinstance(value, int | float) and not isinstance(value, bool):
            if not -1.0 < value < 10.0:
                raise ConfigError(f"risk_free: is {value}; expected an annual rate such as 0.02, or {_EXPECTED}")
            rates: Floats = np.full(data.n_bars, float(value))
        else:
            rates = np.nan_to_num(self._levels("risk_free", value, data, traded))
        return rates / data.bars_per_year

    def _levels(self, key: str, value: Any, data: MarketData, traded: Sequence[int]) -> Floats:
        """Values of a column or a series at each bar: the newest that is no later than the bar's opening."""
        if isinstance(value, str):
            if value not in data.extra:
                names = [*(data.symbols if key == "benchmark" else ()), *data.extra]
                hint = closest(value, names)
                said = f"; did you mean {hint!r}?" if hint else ""
                raise ConfigError(f"{key}: no {value!r} in the data{said}; expected {_EXPECTED}")
            return _carried(data.extra[value][traded[0]])
        times = getattr(value, "index", None)
        if times is None or getattr(times, "dtype", np.dtype(object)).kind not in "M":
            said = f"a {type(value).__name__} without times" if hasattr(value, "__len__") else repr(value)
            raise ConfigError(f"{key}: is {said}; expected {_EXPECTED}")
        zoned = times.tz_convert("UTC").tz_localize(None) if times.tz is not None else times
        moments = zoned.to_numpy("datetime64[ns]").astype(np.int64)
        if not len(moments) or (np.diff(moments) <= 0).any():
            raise ConfigError(f"{key}: times of the series do not rise; expected each time once, in order")
        places = np.searchsorted(moments, data.time, side="right") - 1
        values = value.to_numpy(np.float64)
        return _carried(np.where(places >= 0, values[places], np.nan))


def prices_of(data: MarketData, benchmark: Any) -> Any:
    """A benchmark that is a symbol of the data as its closes by time, for data that will not have it; others alone."""
    if not isinstance(benchmark, str) or benchmark not in data.symbols:
        return benchmark
    import pandas as pd

    closes = data.close[data.symbols.index(benchmark)]
    there = ~np.isnan(closes)
    return pd.Series(closes[there], index=pd.DatetimeIndex(data.time[there].astype("datetime64[ns]")))


def _bought(data: MarketData, row: int) -> Floats:
    """What 1 is worth at each close that buys a symbol at the opening of its first bar: 1 before."""
    closes = _carried(data.close[row])
    there = np.flatnonzero(~np.isnan(data.close[row]))
    if not len(there):
        return np.ones(data.n_bars)
    opening = data.open[row, there[0]]
    if not opening > 0.0:
        return np.full(data.n_bars, np.nan)
    return np.where(np.isnan(closes), 1.0, closes / opening)


def _carried(values: Floats) -> Floats:
    """Values with each missing one replaced by the last before it; NaN before the first."""
    last = np.maximum.accumulate(np.where(np.isnan(values), -1, np.arange(len(values))))
    return np.where(last >= 0, values[last], np.nan)
