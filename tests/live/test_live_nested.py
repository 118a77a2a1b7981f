"""Indicators of indicators, and of one's own, fed bar by bar: bit for bit the events of the backtest."""

import numpy as np
import pytest

import admf_jit as aj
from admf_jit import ta
from admf_jit.live.memory import KeptMemory
from admf_jit.live.reels import CAPACITY
from tests.live.test_live_series import TRAILING, checked, market
from tests.strategies.test_custom_indicators import Mean


@aj.strategy
class Nested:
    """Follows averages of averages on its own bars, on longer ones and of a column; one of them has gaps."""

    period: int = 4
    smooth = ta.sma(ta.rsi("period"), 5)
    hourly = ta.sma(ta.rsi(2), period - 2, timeframe="1h", lag=1)
    gapped = ta.ema(source=1.0 / aj.maximum(aj.close - ta.sma(3), 0.0), period=2)
    learned = ta.sma(ta.ema(2, source="x.prediction"), 3)

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        """Read all of it."""
        if self.gapped > 0.0 and self.learned < -0.4:
            return aj.FLAT
        if self.smooth[1] > 45.0:
            return aj.LONG
        return aj.SHORT if self.hourly < 70.0 else aj.KEEP


@aj.strategy
class Weighed:
    """Equal weights of symbols whose smoothed strength is high."""

    smooth = ta.sma(ta.rsi(3), 2)
    hourly = ta.sma(ta.rsi(2), 2, timeframe="1h", lag=1)
    mean = Mean(4, source=aj.close / aj.open)

    def target_weights(self, market, weights):  # type: ignore[no-untyped-def]
        """Weigh those that are ready."""
        for i in range(len(weights)):
            weights[i] = 0.0
            if market.ready[i] and self.smooth[i] > 50.0 and self.hourly[i] > 20.0 and self.mean[i] > 0.99:
                weights[i] = 1.0 / len(weights)


@pytest.mark.parametrize(("first", "history"), [(2, "none"), (40, 17), (41, "all")])
def test_one_symbol(first: int, history: str | int) -> None:
    assert checked(Nested, market(("ALFA",), 1), first, history, TRAILING) > 10


@pytest.mark.parametrize(("first", "history", "missing"), [(2, "none", 0.0), (30, 20, 0.5), (40, "all", 0.3)])
def test_portfolio(first: int, history: str | int, missing: float) -> None:
    data = market(("ALFA", "BETA", "CETA"), first, missing)
    assert checked(Weighed, data, first, history, {"execution": {"portfolio": True}}) > 10


def test_memory_keeps_the_last_values_of_columns_and_all_around_them() -> None:
    memory, begins, length = KeptMemory(2 * CAPACITY + 30, (10, 10 + CAPACITY), CAPACITY), (10, 10 + CAPACITY), CAPACITY
    memory.words[[0, 9, 10 + 2 * CAPACITY, -1]] = 1, 2, 3, 4
    memory.words[begins[0] : begins[0] + 20_000] = np.arange(20_000)
    state = memory.state([20_000, 0], 100)
    assert {name: len(part) for name, part in state.items()} == {"block": 30, "sources_0": 100}
    memory.give_back([20_000, 0], 100)
    other = KeptMemory(2 * CAPACITY + 30, begins, length)
    other.restore(state, [20_000, 0])
    for one in (memory, other):
        assert one.words[[0, 9, 10 + 2 * CAPACITY, -1]].tolist() == [1, 2, 3, 4]
        assert one.words[begins[0] + 19_900 : begins[0] + 20_000].tolist() == list(range(19_900, 20_000))
        assert not one.words[begins[0] + 600 : begins[0] + 18_000].any()
    with pytest.raises(ValueError, match="another size"):
        KeptMemory(20).restore(state, [])
