"""Built-in strategies make the fills and the equity that their page says, by pandas alone."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numba import config

import admf_jit as aj
from admf_jit.strategies.resolve import BUILT_IN
from tests.contract.plain_python import assert_pass_in_plain_python
from tests.gallery.accounts import follow
from tests.gallery.rules import true_range, wilder
from tests.long import plain_unless_long

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "strategies.md").read_text(encoding="utf-8")
#: Prices are whole cents: what is equal but for rounding is no signal.
NOISE = 1e-9


def test_the_page_has_a_row_for_each():
    assert sorted(re.findall(r"^\| `(\w+)` \|", PAGE, flags=re.MULTILINE)) == sorted(BUILT_IN)


@pytest.fixture(scope="module")
def data() -> aj.MarketData:
    return aj.load("sample", symbols=["ALFA"], timeframe="1d", end="2017-12-31")


def ibs_reversion(bars: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    place = (bars["close"] - bars["low"]) / (bars["high"] - bars["low"])
    return place < 0.2 - NOISE, place > 0.8 + NOISE


def keltner_breakout(bars: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    close = bars["close"]
    begun = close.iloc[19:].copy()
    begun.iloc[0] = close.iloc[:20].mean()
    middle = begun.ewm(span=20, adjust=False).mean().reindex(close.index)
    upper = middle + 2 * wilder(true_range(bars), 10)
    return close > upper, close < middle


def engulfing(bars: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    first, last = bars["open"], bars["close"]
    before_first, before_last = first.shift(), last.shift()
    up = (before_last < before_first) & (last > first) & (first <= before_last) & (last >= before_first)
    return up, (before_last > before_first) & (last < first) & (first >= before_last) & (last <= before_first)


def three_averages(bars: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    fast, middle, slow = (bars["close"].rolling(period).mean() for period in (4, 9, 18))
    return (fast > middle) & (middle > slow), (fast < middle) & slow.notna()


def weighted(values: pd.Series, period: int) -> pd.Series:
    weights = np.arange(1.0, period + 1)
    return values.rolling(period).apply(lambda window: float(window @ weights / weights.sum()), raw=True)


def hull_trend(bars: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    close = bars["close"]
    line = weighted(2 * weighted(close, 10) - weighted(close, 20), 4)
    return line.diff() > NOISE, line.diff() < -NOISE


def aroon_trend(bars: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    def newest(values: pd.Series, of: Callable[..., int]) -> pd.Series:
        return values.rolling(26).apply(lambda window: 25.0 - of(window[::-1]), raw=True)

    difference = 4.0 * (newest(bars["high"], np.argmax) - newest(bars["low"], np.argmin))
    return difference > 50 + NOISE, difference < -50 - NOISE


def calm_trend(bars: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    close = bars["close"]
    variation = close.pct_change().rolling(20).std(ddof=0)
    usual, trend = variation.rolling(100).mean(), close.rolling(20).mean()
    return (variation < usual) & (close > trend + NOISE), (variation > usual) | (close < trend - NOISE)


def narrow_range(bars: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    span = bars["high"] - bars["low"]
    narrow = (span <= span.rolling(7).min() + NOISE).shift(fill_value=False)
    return narrow & (bars["close"] > bars["high"].shift()), narrow & (bars["close"] < bars["low"].shift())


def inside_bar(bars: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    high, low = bars["high"], bars["low"]
    inside = ((high <= high.shift()) & (low >= low.shift())).shift(fill_value=False)
    return inside & (bars["close"] > high.shift(2)), inside & (bars["close"] < low.shift(2))


def zscore_reversion(bars: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    window = bars["close"].rolling(20)
    score = (bars["close"] - window.mean()) / window.std(ddof=0)
    return score < -1.5 - NOISE, score > 0.5 + NOISE


def stochastic_reversion(bars: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    low, high = bars["low"].rolling(14).min(), bars["high"].rolling(14).max()
    smoothed = (100 * (bars["close"] - low) / (high - low)).rolling(3).mean()
    return smoothed < 20 - NOISE, smoothed > 80 + NOISE


def double_sevens(bars: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    close = bars["close"]
    top, bottom = (close >= close.rolling(7).max()), (close <= close.rolling(7).min())
    return bottom & ~top & (close > close.rolling(200).mean() + NOISE), top


def weekday_reversion(bars: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    close, leave = bars["close"], bars["close"] > bars["high"].shift()
    monday = pd.Series(pd.DatetimeIndex(bars.index).day_of_week == 0, index=bars.index)
    return monday & (close < close.shift()) & ~leave, leave


def three_soldiers(bars: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    close, body = bars["close"], bars["close"] - bars["open"]
    up = (body.rolling(3).min() > 0) & (close.diff().rolling(2).min() > 0)
    return up, (body.rolling(3).max() < 0) & (close.diff().rolling(2).max() < 0)


def halloween(bars: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    winter = pd.Series(pd.DatetimeIndex(bars.index).month.isin([11, 12, 1, 2, 3, 4]), index=bars.index)
    return winter, ~winter


def turn_of_month(bars: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    day = pd.Series(pd.DatetimeIndex(bars.index).day, index=bars.index)
    return (day >= 26) | (day <= 3), (day > 3) & (day < 26)


def overnight(bars: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    late = pd.Series(pd.DatetimeIndex(bars.index).hour >= 15, index=bars.index)
    return late, ~late


#: What `make test` compiles too; the others are the same code generation, and are played in plain Python there.
COMPILED = [ibs_reversion, keltner_breakout, engulfing, three_averages, narrow_range]
PLAYED = [
    hull_trend, aroon_trend, calm_trend, inside_bar, zscore_reversion, stochastic_reversion, double_sevens,
    weekday_reversion, three_soldiers, halloween, turn_of_month,
]  # fmt: skip


@pytest.mark.parametrize("rule", [*COMPILED, *(pytest.param(rule, marks=plain_unless_long) for rule in PLAYED)])
def test_fills_and_equity_are_those_of_pandas(rule: Callable[..., tuple[pd.Series, pd.Series]], data: aj.MarketData):
    assert_follows(rule, data)


@plain_unless_long
def test_what_is_held_overnight_is_that_of_pandas():
    assert_follows(overnight, aj.load("sample", symbols=["ALFA"], timeframe="15m"))


def test_each_is_calculated_a_second_time():
    checked = {rule.__name__ for rule in (*COMPILED, *PLAYED, overnight)}
    of_reference = {"sma_crossover", "ema_crossover", "macd_cross", "momentum", "donchian_breakout", "rsi_reversion"}
    assert checked | of_reference | {"bollinger_reversion", "buy_and_hold"} == set(BUILT_IN)


def assert_follows(rule: Callable[..., tuple[pd.Series, pd.Series]], data: aj.MarketData) -> None:
    enter, leave = (signal.to_numpy() for signal in rule(data.frame()))
    expected = follow(data.frame(), lambda bar, held: 1 if enter[bar] else 0 if leave[bar] else None)
    one = aj.backtest(rule.__name__, data, commission=0.0005)
    times = pd.Index(one.equity.index)
    assert [times.get_loc(time) for time in one.fills["time"]] == [fill[0] for fill in expected.fills]
    assert len(expected.fills) > 5
    np.testing.assert_allclose(one.fills["quantity"], [fill[2] for fill in expected.fills], rtol=1e-9)
    np.testing.assert_allclose(one.equity.to_numpy(), expected.equity, rtol=1e-9)


@pytest.mark.skipif(config.DISABLE_JIT, reason="the other tests are plain Python already")
def test_all_in_plain_python():
    assert_pass_in_plain_python(__file__, "of_pandas", len(COMPILED) + len(PLAYED) + 1)
