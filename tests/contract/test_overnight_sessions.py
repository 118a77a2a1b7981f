"""Sessions that open on the evening before their date: section 1 of the trading model.

In January, 18:00 in New York is midnight one hour east of Greenwich: there the same bars have the same sessions, dates
and weeks without a calendar, and six hours later on the clock.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit import ta
from admf_jit.data import MarketData, open_store, write_store
from admf_jit.data.higher_columns import higher_columns
from tests.contract.plain_python import assert_pass_in_plain_python

NEW_YORK, EAST = "America/New_York", "Etc/GMT-1"
HOUR = 3_600_000_000_000


def frame() -> pd.DataFrame:
    """Two weeks of half hours, from Sunday, 18:00 to Friday, 17:00, with a pause from 17:00 to 18:00."""
    index = pd.date_range("2024-01-07 18:00", "2024-01-19 16:30", freq="30min", tz=NEW_YORK)
    hour, weekday = index.hour, index.day_of_week
    index = index[(hour != 17) & ((weekday < 4) | ((weekday == 4) & (hour < 17)) | ((weekday == 6) & (hour >= 18)))]
    walk = 100.0 + 0.25 * np.cumsum(np.random.default_rng(3).integers(-3, 4, len(index)))
    close = np.round(walk, 2)
    start = np.concatenate([close[:1], close[:-1]])
    columns = {"open": start, "high": np.maximum(start, close) + 0.25, "low": np.minimum(start, close) - 0.25}
    return pd.DataFrame({**columns, "close": close, "volume": 1000.0}, index)


@pytest.fixture(scope="module")
def evenings() -> MarketData:
    return aj.load(frame(), calendar="us_futures")


@pytest.fixture(scope="module")
def east() -> MarketData:
    return aj.load(frame(), timezone=EAST)


def test_a_session_is_one_and_has_the_date_of_its_day(evenings: MarketData, east: MarketData) -> None:
    assert evenings.timezone == NEW_YORK and evenings.notes == ()
    assert evenings.session.tolist() == [number // 46 for number in range(460)] == east.session.tolist()
    # 18:00 of the evening before is six hours before midnight.
    assert (evenings.clock == east.clock - 6 * HOUR).all()
    assert evenings.clock[[0, 11, 12, 45]].tolist() == [-6 * HOUR, -HOUR // 2, 0, 16 * HOUR + HOUR // 2]


def test_a_year_has_259_sessions_of_46_bars(evenings: MarketData) -> None:
    """2024 has 262 weekdays without New Year, Good Friday and Christmas."""
    assert evenings.bars_per_year == 259 * 46
    assert evenings.gaps.count == 0


def test_dates_name_sessions(evenings: MarketData) -> None:
    tuesday = evenings.select(start="2024-01-09", end="2024-01-09").frame().index
    assert (str(tuesday[0]), str(tuesday[-1])) == ("2024-01-08 18:00:00-05:00", "2024-01-09 16:30:00-05:00")
    moment = evenings.select(start="2024-01-09T00:00:00", end="2024-01-09T12:00:00").frame().index
    assert (str(moment[0]), str(moment[-1])) == ("2024-01-09 00:00:00-05:00", "2024-01-09 12:00:00-05:00")


def test_a_store_holds_such_sessions(evenings: MarketData, tmp_path: Path) -> None:
    write_store(evenings, tmp_path / "store")
    back = open_store(tmp_path / "store", verify=True)
    assert (back.digest, back.clock.tolist()) == (evenings.digest, evenings.clock.tolist())
    part = evenings.select(start="2024-01-16")
    write_store(part, tmp_path / "part")
    assert open_store(tmp_path / "part", verify=True).session.tolist() == part.session.tolist()


@pytest.mark.parametrize("timeframe", ["1h", "4h", "1d", "1w"])
def test_longer_bars_are_those_of_the_other_zone(evenings: MarketData, east: MarketData, timeframe: str) -> None:
    """Periods of four hours begin at 22:00 and 2:00 there, which is 0:00 and 4:00 of another clock."""
    ours, theirs = (higher_columns(data, (timeframe,)) for data in (evenings, east))
    if timeframe == "4h":
        first = ours.higher[0, 0, 0, :4].tolist()
        assert first == evenings.open[0, [0, 4, 12, 20]].tolist()  # 18:00, 20:00, 0:00, 4:00
        return
    np.testing.assert_array_equal(ours.higher, theirs.higher)
    np.testing.assert_array_equal(ours.completed, theirs.completed)


@aj.strategy
class Dated:
    """Trades around the session's average price, and by the day before."""

    typical = ta.vwap()
    before = ta.highest(1, source="close", timeframe="1d")

    def on_bar(self, bar: Any, position: Any, orders: Any) -> int:
        if position.quantity == 0.0 and bar.close < self.typical:
            orders.limit(10, bar.close - 0.25, aj.DAY)
        if bar.close > self.before:
            orders.market_on_close(5)
        return aj.FLAT if bar.close > self.typical + 1.0 else aj.KEEP


@aj.strategy
class Even:
    """The whole account in the symbol, or half of it."""

    def target_weights(self, market: Any, weights: Any) -> None:
        weights[0] = 0.5 if market.index % 2 == 0 else 1.0


def same(ours: Any, theirs: Any) -> None:
    assert ours.error is None and len(ours.trades) > 3
    pd.testing.assert_frame_equal(ours.events, theirs.events)
    assert ours.equity.tolist() == theirs.equity.tolist()


@pytest.mark.parametrize("exit_at", [("15:30", "21:30"), ("00:00", "06:00"), None])
def test_orders_and_limits_of_a_day_go_by_sessions(
    evenings: MarketData, east: MarketData, exit_at: tuple[str, str] | None
) -> None:
    settings = {"risk": {"max_daily_loss": 0.002, "on_breach": "flatten"}}
    ours, theirs = (
        aj.backtest(Dated, data, **settings, exits={"exit_at": at} if at else None)  # type: ignore[arg-type]
        for data, at in zip((evenings, east), exit_at or (None, None), strict=True)
    )
    same(ours, theirs)
    assert (ours.events["reason"] == "max_daily_loss").any() or exit_at


@pytest.mark.parametrize("rebalance", ["session", "week", "month"])
def test_rebalancing_goes_by_sessions(evenings: MarketData, east: MarketData, rebalance: str) -> None:
    ours, theirs = (aj.backtest(Even, data, rebalance=rebalance) for data in (evenings, east))
    assert ours.events["kind"].tolist() == theirs.events["kind"].tolist()
    assert ours.equity.tolist() == theirs.equity.tolist()
    told = ours.events[ours.events["kind"] == "FEATURES"]["bar"].tolist()
    assert told == {"session": list(range(0, 460, 46)), "week": [0, 230], "month": [0]}[rebalance]


def test_a_position_is_closed_at_its_time_and_opened_in_the_evening(evenings: MarketData) -> None:
    """It is bought with the second bar of a session at the latest, and sold at 15:30, the 43rd bar of each."""
    one = aj.backtest("buy_and_hold", evenings, exits={"exit_at": "15:30"})
    assert one.trades["exit_bar"].tolist() == [46 * day + 43 for day in range(10)]
    assert one.trades["entry_bar"].tolist() == [1, *(46 * day + 1 for day in range(1, 10))]


def test_plain_python_comes_to_the_same() -> None:
    assert_pass_in_plain_python(__file__, "go_by_sessions or goes_by_sessions or opened_in_the_evening", 7)
