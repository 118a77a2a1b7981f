"""Built-in strategies make the fills and the equity that their page says, by pandas alone."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit.strategies.resolve import BUILT_IN
from tests.gallery.accounts import follow
from tests.gallery.rules import true_range, wilder

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


@pytest.mark.parametrize("rule", [ibs_reversion, keltner_breakout, engulfing, three_averages])
def test_fills_and_equity_are_those_of_pandas(rule: Callable[..., tuple[pd.Series, pd.Series]], data: aj.MarketData):
    enter, leave = (signal.to_numpy() for signal in rule(data.frame()))
    expected = follow(data.frame(), lambda bar, held: 1 if enter[bar] else 0 if leave[bar] else None)
    one = aj.backtest(rule.__name__, data, commission=0.0005)
    times = pd.Index(one.equity.index)
    assert [times.get_loc(time) for time in one.fills["time"]] == [fill[0] for fill in expected.fills]
    assert len(expected.fills) > 5
    np.testing.assert_allclose(one.fills["quantity"], [fill[2] for fill in expected.fills], rtol=1e-9)
    np.testing.assert_allclose(one.equity.to_numpy(), expected.equity, rtol=1e-9)
