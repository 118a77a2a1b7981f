"""A strategy of nested indicators, a look back and the clock shares its signals, or is evaluated in blocks."""

import pandas as pd
import pytest

import admf_jit as aj
from admf_jit import ta
from admf_jit.config import load_config
from admf_jit.workflow.prepare import prepare
from tests.strategies.test_nested import FRAME


@aj.strategy
class Shared:
    """Looks at indicators, the bar before and the clock."""

    period: int = 14
    strength = ta.sma(ta.rsi("period"), 5)
    stretch = ta.zscore(aj.close / aj.open, 20)
    top = ta.highest(ta.bollinger(20).upper, 3)

    def on_bar(self, bar, position):
        """Follow strength on most days."""
        if self.strength > self.strength[1] and self.stretch < 2.0 and bar.weekday < 4:
            return aj.LONG
        return aj.FLAT if bar.close[1] > self.top else aj.KEEP


@aj.strategy
class InBlocks:
    """Looks at its entry price too."""

    period: int = 14
    strength = ta.sma(ta.rsi("period"), 5)
    stretch = ta.zscore(aj.close / aj.open, 20)
    top = ta.highest(ta.bollinger(20).upper, 3)

    def on_bar(self, bar, position):
        """Follow strength on most days, up to a loss."""
        if position and bar.close < 0.99 * position.entry_price:
            return aj.FLAT
        if self.strength > self.strength[1] and self.stretch < 2.0 and bar.weekday < 4:
            return aj.LONG
        return aj.FLAT if bar.close[1] > self.top else aj.KEEP


@pytest.mark.parametrize(("strategy", "evaluated"), [(Shared, "together"), (InBlocks, "in blocks between fills")])
def test_it_is_evaluated_for_many_bars_at_a_time(strategy: type, evaluated: str) -> None:
    data = aj.load(FRAME)
    rows = [
        aj.grid(strategy, data, {"period": [7, 14]}, isolation=one, master_seed=1).frame for one in ("full", "minimal")
    ]
    pd.testing.assert_frame_equal(*rows, check_exact=True)
    assert rows[0]["n_trades"].min() > 1
    config = {"name": "n", "data": {"source": "sample"}, "strategy": {"type": f"{__name__}:{strategy.__name__}"}}
    assert prepare(load_config(config), data=data).isolation.evaluated == evaluated
