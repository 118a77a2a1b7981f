"""Indicators of indicators, and of the user's own, in a container over several symbols with missing bars."""

import numpy as np
import pandas as pd

import admf_jit as aj
from admf_jit import ta
from tests.strategies.test_custom_indicators import Fragile, Mean
from tests.strategies.test_nested import FRAME, _rsi


@aj.strategy
class OfAll:
    """Equal weights of symbols whose smoothed strength is high."""

    after: int = 1_000_000
    smooth = ta.sma(ta.rsi(5), 3)
    mean = Mean(4, source=aj.close / aj.open)
    fragile = Fragile("after")

    def target_weights(self, market, weights):
        """Weigh those that are ready."""
        for i in range(len(weights)):
            weights[i] = 0.0
            if market.ready[i] and self.smooth[i] > 50.0 and self.mean[i] > 0.99:
                weights[i] = 1.0 / len(weights)


def _bars() -> pd.DataFrame:
    other = FRAME[np.arange(len(FRAME)) % 7 != 3].assign(
        symbol="B", close=FRAME.close.to_numpy()[::-1][: len(FRAME) - 57]
    )
    other = other.assign(
        high=np.maximum(other.open, other.close) * 1.01, low=np.minimum(other.open, other.close) * 0.99
    )
    return pd.concat([FRAME.assign(symbol="A"), other])


def test_each_symbol_has_what_its_own_bars_give() -> None:
    bars = _bars()
    result = aj.backtest(OfAll(), aj.load(bars))
    assert result.error is None and len(result.fills) > 10
    first = result.fills[result.fills.symbol == "B"].iloc[0]
    own = bars[bars.symbol == "B"].reset_index(drop=True)
    strong = _rsi(own.close, 5).rolling(3).mean() > 50.0
    bar = own.time[int(np.flatnonzero(strong)[0]) + 1]
    assert pd.Timestamp(first.time).tz_localize(None) >= bar


def test_what_raises_fails_its_container_alone() -> None:
    frame = aj.grid(OfAll, aj.load(_bars()), {"after": [1_000_000, 50]}, isolation="full").frame
    assert frame["error"].notna().tolist() == [False, True]
    assert "ZeroDivisionError" in frame["error"][1]
