"""Equity of tests that follow each other, put together as if their returns had been one account's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from admf_jit.data import MarketData

if TYPE_CHECKING:
    import pandas as pd

#: Below this share of their mean a deviation of returns is rounding: section 6 of the trading model.
_ROUNDING = 1e-7


@dataclass(frozen=True)
class Stitched:
    """Equity at the close of every bar that was tested, float64 (n,), from ``cash`` on, and where it is known.

    ``first`` is the bar of the data that it begins at, ``failed`` counts the tests without a result, over which it
    stays where it was.
    """

    data: MarketData
    cash: float
    first: int
    equity: NDArray[np.float64]
    failed: int

    @property
    def returns(self) -> NDArray[np.float64]:
        """The return of every bar, float64 (n,)."""
        before = np.concatenate([[self.cash], self.equity[:-1]])
        returns: NDArray[np.float64] = self.equity / before - 1.0
        return returns

    def facts(self) -> dict[str, float | int]:
        """Metrics of the whole, by the formulas of the trading model; NaN where they are undefined."""
        n, year = len(self.equity), self.data.bars_per_year
        returns = self.returns
        mean = float(returns.mean())
        deviation = float(returns.std(ddof=1)) if n > 1 else math.nan
        if deviation < _ROUNDING * abs(mean):
            deviation = 0.0
        growth = float(self.equity[-1]) / self.cash
        peaks = np.maximum.accumulate(np.concatenate([[self.cash], self.equity]))[1:]
        return {
            "bars": n,
            "failed_windows": self.failed,
            "final_equity": float(self.equity[-1]),
            "total_return": growth - 1.0,
            "cagr": growth ** (year / n) - 1.0 if growth > 0.0 else math.nan,
            "annual_volatility": deviation * math.sqrt(year),
            "sharpe_ratio": mean / deviation * math.sqrt(year) if deviation > 0.0 else math.nan,
            "max_drawdown": float((self.equity / peaks - 1.0).min()),
        }

    def frame(self) -> pd.DataFrame:
        """Equity and return of every bar, by its opening time."""
        import pandas as pd

        times = self.data.time[self.first : self.first + len(self.equity)].astype("datetime64[ns]")
        index = pd.DatetimeIndex(times, tz="UTC", name="time")
        return pd.DataFrame({"equity": self.equity, "return": self.returns}, index=index)


@dataclass(frozen=True)
class Segment:
    """The bars of a test: its first and last one in the data, the cash that it began with, and its equity float64 (n,).

    ``equity`` is None where the test has no result.
    """

    first: int
    last: int
    cash: float
    equity: NDArray[np.float64] | None


def stitched(data: MarketData, cash: float, tests: Sequence[Segment]) -> Stitched:
    """Put tests together, whose bars follow each other, as if they had begun with ``cash``.

    A position that is held at a border is valued there and given up without cost; the next test begins without one.
    """
    level, failed = cash, 0
    parts = []
    for test in tests:
        if test.equity is None or np.isnan(test.equity).any():
            failed += 1
            part = np.full(test.last - test.first + 1, level)
        else:
            part = test.equity * (level / test.cash)
        parts.append(part)
        level = float(part[-1])
    return Stitched(data, cash, tests[0].first, np.concatenate(parts), failed)
