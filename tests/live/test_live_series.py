"""Longer timeframes, columns of one's own and the clock, fed bar by bar: bit for bit the events of the backtest."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numba import config as numba_config

import admf_jit as aj
from admf_jit import ta
from admf_jit.config import load_config
from admf_jit.data import MarketData
from admf_jit.errors import ConfigError
from admf_jit.live.bars import PRICES, Bar
from admf_jit.live.feed import BarReader
from admf_jit.live.history import BACKTEST, LOG, history_of
from admf_jit.live.setup import from_config, open_session
from tests.live.fed import bars_of, both
from tests.live.test_live_is_backtest import assert_same
from tests.live.test_session import Written, feed

AGAIN_AT = 10**9 if numba_config.DISABLE_JIT else 23
TRAILING = {"exits": {"stop_loss": 0.02, "trailing_stop": {"type": "atr", "multiple": 2.0, "period": 5}}}


@aj.strategy
class Slow:
    """Follows bars of four lengths beside its own, and how long the exchange is still open."""

    period: int = 3
    fast = ta.ema("period")
    hour = ta.sma("period", timeframe="1h")
    bands = ta.bollinger(4, 1.0, timeframe="1h", lag=1)
    day = ta.vwap(timeframe="1d")
    same = ta.sma(2, timeframe="20m")
    week = ta.sma(1, timeframe="1w")
    asked = 0

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        self.asked += 1
        if bar.close > self.bands.upper and self.asked % 5 == 0 or bar.minutes_to_close < 30:
            return aj.KEEP
        if self.fast > self.hour and self.same > 0.9 * min(self.day, self.week):
            return aj.LONG
        return aj.SHORT if bar.close < self.bands.lower else aj.FLAT


@aj.strategy
class Own:
    """Follows two columns, of which one is known late, their averages, hours, and the clock."""

    period: int = 3
    late = aj.column("funding", available_after="50m")
    average = ta.sma("period", source=late)
    smooth = ta.ema(4, source="x.prediction")
    hour = ta.ema(2, timeframe="1h")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if bar.bars_in_session == 2 or bar.session % 3 == 2 or bar.hour == 12:
            return aj.FLAT
        if bar.x.prediction[1] + self.smooth > 0.3 * (bar.weekday - 2) and bar.close > 0.95 * self.hour:
            return aj.LONG
        return aj.SHORT if self.average < 0.0 and bar.minute < 40 else aj.KEEP


def market(symbols: tuple[str, ...], seed: int, missing: float = 0.0, **how: Any) -> MarketData:
    """Bars of twenty minutes around a change of the clock and a weekend, with two columns that have holes."""
    generator = np.random.default_rng(seed)
    index = pd.date_range("2024-03-08 14:00", "2024-03-13 20:00", freq="20min", tz="UTC", name="time")
    index = index[(index.day_of_week < 5) & (index.hour >= 13)]
    frames = []
    for symbol in symbols:
        close = 50.0 * np.exp(np.cumsum(generator.normal(0, 0.01, len(index)))).round(4)
        open_ = np.append(50.0, close[:-1])
        columns = {"open": open_, "high": np.maximum(open_, close) + 0.1, "low": np.minimum(open_, close) - 0.1}
        frame = pd.DataFrame({**columns, "close": close, "volume": generator.uniform(1, 9, len(index))}, index=index)
        frame["prediction"] = generator.normal(size=len(index))
        frame["funding"] = generator.normal(size=len(index))
        frame.iloc[:7, frame.columns.get_loc("funding")] = np.nan
        frame.iloc[50:52, frame.columns.get_loc("funding")] = np.nan
        frame.insert(0, "symbol", symbol)
        has_bar = generator.random(len(index)) >= missing
        has_bar[-1] = True
        frames.append(frame[has_bar])
    return aj.load(pd.concat(frames), extra=["prediction", "funding"], timezone="America/New_York", **how)


def checked(strategy: Any, data: MarketData, first: int, history: str | int, blocks: dict[str, Any]) -> int:
    """Hold the events of both to each other, and count the fills."""
    expected, got, error, ended = both(strategy, data, first, history, again_at=AGAIN_AT, **blocks)
    assert (error, ended) == (None, None)
    assert_same(expected=expected, got=got)
    return np.count_nonzero(expected["kind"] == 4)


def test_one_symbol() -> None:
    data = market(("ALFA",), 1)
    begins = [(2, "all", {}), (2, "none", {}), (40, 1, {}), (40, 17, TRAILING), (41, "all", {}), (42, "none", TRAILING)]
    assert sum(checked(Own, data, *begin) for begin in begins) > 60


def test_portfolio() -> None:
    for seed, (first, history, missing) in enumerate([(2, "none", 0.0), (30, 20, 0.5), (40, "all", 0.3)]):
        fields = {"execution": {"portfolio": True}, **(TRAILING if seed else {})}
        data = market(("ALFA", "BETA", "CETA"), seed, missing, calendar="XNYS")
        assert checked(Slow, data, first, history, fields) > 10


BARS = market(("ALFA",), 3)
FOLLOWED = """
import admf_jit as aj
from admf_jit import ta


@aj.strategy
class Followed:
    late = aj.column("funding", available_after="20m")
    smooth = ta.ema(2, source="x.prediction")

    def on_bar(self, bar, position):
        return aj.LONG if self.late + self.smooth > bar.x.prediction else aj.SHORT
"""


def configured(folder: Path, first: int) -> Any:
    """The container of a file whose data ends before bar ``first``."""
    (folder / "followed.py").write_text(FOLLOWED)
    frame = BARS.frame().assign(time=pd.to_datetime(BARS.time, utc=True))
    frame.iloc[:first].to_parquet(folder / "bars.parquet")
    fields: dict[str, Any] = {"name": "x", "strategy": {"type": f"{folder / 'followed.py'}:Followed"}}
    fields["data"] = {"source": str(folder / "bars.parquet"), "timezone": "America/New_York"}
    fields["data"] |= {"format": {"extra": ["prediction", "funding"]}, "bars_per_year": 252}
    return from_config(load_config(fields))


def line_of(bar: Bar, **changed: Any) -> bytes:
    fields = {"time": bar.time} | dict(zip(PRICES, bar[2:7], strict=True))
    return json.dumps(fields | dict(zip(("funding", "prediction"), bar.own, strict=True)) | changed).encode() + b"\n"


def test_a_line_has_the_columns_that_the_strategy_reads(tmp_path: Path) -> None:
    output = Written()
    session = open_session(configured(tmp_path, 30), output, tmp_path / "live", snapshot_every=5)
    session.begin(resume=False)
    bars = [bar for (bar,) in bars_of(BARS, 30, ("funding", "prediction"))]
    assert [bar.own[0] for bar in bars[20:22]] == [None, None]
    feed(
        session,
        line_of(bars[0], funding="high"),
        line_of(bars[0], prediction=None),
        line_of(bars[0]).replace(b"funding", b"funds"),
        *map(line_of, bars[:25]),
        line_of(bars[24]),
    )
    told = [line["text"] for line in output.notices("bad_line")]
    assert "funding 'high'; expected a number" in told[0]
    assert "prediction has no value, and an indicator of it would not show the gap" in told[1]
    assert "funding is missing, which the strategy reads; expected a number, or null" in told[2]
    assert [line["same_values"] for line in output.notices("repeated_bar")] == [True]
    assert session.container.count == 25
    session.close()
    resumed = open_session(configured(tmp_path, 30), Written(), tmp_path / "live", resume=True)
    resumed.begin(resume=True)
    feed(resumed, *map(line_of, bars[25:]))
    resumed.close()
    log, backtest = (history_of(tmp_path / "live", name) for name in (LOG, BACKTEST))
    assert log.records.tobytes() == backtest.records.tobytes()
    assert np.count_nonzero(log.records["kind"] == 4) > 10


def test_a_column_with_the_name_of_a_field_is_refused() -> None:
    with pytest.raises(ConfigError, match="the column 'timeframe' has the name of a field of a bar"):
        BarReader(("ALFA",), "UTC", "1d", allow_nonpositive=False, columns=("timeframe",))
