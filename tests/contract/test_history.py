"""Bars before ``data.start`` warm indicators up, and nothing else: section 1 of the trading model."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit import ta
from admf_jit.data import MarketData
from admf_jit.errors import DataError
from tests.contract.test_isolation_minimal import SWEPT, both

WHOLE = aj.load("sample", symbols=["ALFA"], timeframe="1d")
START = "2018-03-01"
EVALUATED = WHOLE.select(start=START)
#: More than any indicator of these tests takes to warm up.
FIRST = int(np.searchsorted(WHOLE.time, EVALUATED.time[0]))


def crossings(close: pd.Series, fast: int, slow: int) -> pd.Series:
    """1 while the fast average is above the slow one, and 0 while it is below, of all bars that have both."""
    gap = (close.rolling(fast).mean() - close.rolling(slow).mean()).dropna()
    return (gap > 0.0).astype(int)


def hold_by_hand(data: MarketData, wanted: np.ndarray, cash: float) -> float:
    """Final equity of all-in trades at the open after each change of what is wanted, without costs."""
    quantity = 0.0
    opens, closes = data.open[0], data.close[0]
    for t in range(data.n_bars - 1):
        if wanted[t] and quantity == 0.0:
            size = cash / closes[t]
            quantity = min(size, cash / opens[t + 1])
            cash -= quantity * opens[t + 1]
        elif not wanted[t] and quantity > 0.0:
            cash += quantity * opens[t + 1]
            quantity = 0.0
    return cash + quantity * float(closes[-1])


def test_the_part_counts_its_bars_from_the_start_and_remembers_the_bars_before() -> None:
    assert (EVALUATED.n_history, EVALUATED.n_bars) == (FIRST, WHOLE.n_bars - FIRST)
    np.testing.assert_array_equal(EVALUATED.close, WHOLE.close[:, FIRST:])
    assert EVALUATED.with_history.digest == WHOLE.digest
    assert EVALUATED.session[0] == 0
    assert WHOLE.select(start=START, history="none").n_history == 0
    assert WHOLE.select(start=START, history=30).n_history == 30
    assert WHOLE.select(start=START, history=10**6).n_history == FIRST
    assert len({WHOLE.select(start=START, history=h).digest for h in ("all", "none", 30)}) == 3


@pytest.mark.parametrize("history", ["some", -1, 1.5, True])
def test_a_history_that_is_none_is_refused_by_name(history: Any) -> None:
    with pytest.raises(DataError, match="history: expected all, none or a whole number"):
        WHOLE.select(start=START, history=history)


def test_a_part_of_a_part_keeps_its_history() -> None:
    later = EVALUATED.select(start="2020-01-01")
    assert later.n_history + later.n_bars == WHOLE.n_bars
    assert later.digest == WHOLE.select(start="2020-01-01").digest


@pytest.mark.parametrize(("fast", "slow"), [(5, 20), (20, 200)])
def test_a_long_average_trades_from_the_first_day_as_pandas_says(fast: int, slow: int) -> None:
    close = pd.Series(WHOLE.close[0])
    wanted = crossings(close, fast, slow).loc[FIRST:].to_numpy()
    assert len(wanted) == EVALUATED.n_bars
    expected = hold_by_hand(EVALUATED, wanted, 100_000.0)
    fields = {"fast_period": fast, "slow_period": slow}
    got = aj.backtest("sma_crossover", EVALUATED, parameters=fields, cash=100_000.0)
    assert got.metrics["final_equity"] == pytest.approx(expected, rel=1e-12)
    first = got.trades["entry_time"].iloc[0]
    assert first == pd.Timestamp(EVALUATED.time[1 if wanted[0] else 1 + int(np.argmax(wanted))], tz="UTC")


@pytest.mark.parametrize("strategy", SWEPT)
@pytest.mark.parametrize("exits", [{}, {"stop_loss": 0.04, "take_profit": 0.09}])
def test_every_isolation_is_bitwise_identical_with_a_history(strategy: str, exits: dict[str, float]) -> None:
    data = WHOLE.select(start=START, end="2019-06-30")
    blocks = {"exits": exits} if exits else {}
    (shared, errors), (own, own_errors) = both(data, strategy, SWEPT[strategy], **blocks)
    assert errors == own_errors
    np.testing.assert_array_equal(shared, own)
    without = WHOLE.select(start=START, end="2019-06-30", history="none")
    (alone, _), _ = both(without, strategy, SWEPT[strategy], **blocks)
    assert (strategy == "buy_and_hold") == np.array_equal(alone, own, equal_nan=True)


TRAILING = {"trailing_stop": {"type": "atr", "multiple": 2.0, "period": 60}}
VOLATILITY = {"sizing": {"type": "volatility", "target": 0.1, "period": 60}}


@pytest.mark.parametrize("blocks", [{"exits": TRAILING}, {"account": VOLATILITY}])
def test_ranges_and_volatility_are_warm_at_the_start(blocks: dict[str, Any]) -> None:
    data = WHOLE.select(start=START, end="2018-05-15")
    (shared, errors), (own, _) = both(data, "buy_and_hold", {}, **blocks)
    assert errors == (None,)
    np.testing.assert_array_equal(shared, own)
    without = WHOLE.select(start=START, end="2018-05-15", history="none")
    (cold, _), _ = both(without, "buy_and_hold", {}, **blocks)
    assert not np.array_equal(cold, own, equal_nan=True)


def two_symbols() -> MarketData:
    """Ten days of LATE, which has no bar on days 5 to 7 (from 0), and of DAILY."""
    days = pd.date_range("2024-01-01", periods=10, tz="UTC")
    frames = {}
    for symbol, kept in (("DAILY", range(10)), ("LATE", (0, 1, 2, 3, 4, 8, 9))):
        price = pd.Series([100.0 + day for day in kept], days[list(kept)])
        frames[symbol] = pd.DataFrame({"open": price, "high": price, "low": price, "close": price, "volume": 1.0})
    return aj.load(frames)


def test_a_number_of_bars_of_history_is_one_of_the_chosen_symbols_bars() -> None:
    late = two_symbols().select("LATE", start="2024-01-09", history=3)
    assert late.with_history.close[0].tolist() == [102.0, 103.0, 104.0, 108.0, 109.0]
    assert late.digest == two_symbols().select("LATE").select(start="2024-01-09", history=3).digest
    both_symbols = two_symbols().select(start="2024-01-09", history=3)
    assert both_symbols.with_history.close[0].tolist() == [105.0, 106.0, 107.0, 108.0, 109.0]


@aj.strategy
class Priced:
    """Weighs the first symbol by the price of the second: another weight where that is not ready, or not known."""

    average = ta.sma(3)

    def target_weights(self, market: Any, weights: Any) -> None:
        if market.ready[1]:
            weights[0] = 0.5 * market.close[1] / market.close[0]
        elif math.isnan(market.close[1]):
            weights[0] = 0.25
        else:
            weights[0] = 0.125


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ("all", [(0, 0.5 * 104 / 105), (1, 0.5 * 104 / 106), (2, 0.5 * 104 / 107), (3, 0.5 * 108 / 108)]),
        # Warm at its third bar, bar 2, where nobody knows a price of LATE; a bar later it has one bar of its own.
        ("none", [(2, 0.25), (3, 0.125), (4, 0.125)]),
    ],
)
def test_the_last_close_of_a_symbol_without_a_bar_yet_is_that_of_its_history(
    history: str, expected: list[tuple[int, float]]
) -> None:
    one = aj.backtest(Priced, two_symbols().select(start="2024-01-06", history=history), cash=1000.0, rebalance="bar")
    signals = one.events[one.events["kind"] == "SIGNAL"]
    found = list(zip(signals["bar"], signals["quantity"], strict=True))
    assert found[: len(expected)] == expected
