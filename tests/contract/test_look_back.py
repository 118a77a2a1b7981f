"""Look back and the exchange's clock: what pandas says of them, in every engine and isolation."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit import ta
from admf_jit.config import load_config
from admf_jit.data.own_series import CLOCK, OwnColumn, own_series
from admf_jit.strategies.declaration import definition_of
from admf_jit.workflow.prepare import prepare
from tests.contract.compare import assert_agrees
from tests.contract.markets import Span
from tests.contract.samples import MARKET
from tests.reference.costs import Settings
from tests.reference.engine import KEEP, Strategy, run

BARS = MARKET.frame().tz_convert("America/New_York")
BARS["mood"] = np.random.default_rng(5).normal(size=len(BARS))
PROFILE = np.arange(24) % 3


@aj.strategy
class Looks:
    """Three indicators, looks back at prices, indicators and a column, and the clock."""

    period: int = 4
    fast = ta.sma("period")
    bands = ta.bollinger(5, 1.0)
    strength = ta.rsi(3)

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        rising = bar.close > bar.close[1] and bar.low[3] < bar.close and self.fast > self.fast[2]
        if rising and bar.hour != 3 and self.strength[1] < 80.0:
            return aj.LONG
        if bar.close < self.bands.lower[4] or bar.x.mood[2] > 1.0 or bar.weekday == 4:
            return aj.FLAT
        return aj.KEEP


def _reference(frame: pd.DataFrame, n_history: int) -> Strategy:
    close = frame["close"]
    fast, middle = close.rolling(4).mean(), close.rolling(5).mean()
    lower = middle - close.rolling(5).std(ddof=0)
    change = close.diff()
    up, down = change.clip(lower=0.0), -change.clip(upper=0.0)

    def wilder(values: pd.Series) -> pd.Series:
        seeded = values.copy()
        seeded.iloc[:4] = np.nan
        seeded.iloc[3] = values.iloc[1:4].mean()
        return seeded.iloc[3:].ewm(alpha=1 / 3, adjust=False).mean().reindex(values.index)

    strength = 100 - 100 / (1 + wilder(up) / wilder(down))
    rows = pd.DataFrame(
        {
            "rising": (close > close.shift(1)) & (frame["low"].shift(3) < close) & (fast > fast.shift(2)),
            "hour": frame.index.hour,
            "strength": strength.shift(1),
            "leaves": (close < lower.shift(4)) | (frame["mood"].shift(2) > 1.0) | (frame.index.day_of_week == 4),
        }
    ).to_dict("records")

    def answer(t: int, position: float) -> int | None:
        row = rows[n_history + t]
        if row["rising"] and row["hour"] != 3 and row["strength"] < 80.0:
            return 1
        return 0 if row["leaves"] else KEEP

    return Strategy(8, answer)


@pytest.mark.parametrize("n_history", [0, 5, 60])
def test_it_is_what_pandas_says(n_history: int) -> None:
    data = aj.load(BARS, extra=["mood"], start=BARS.index[n_history])
    settings = Settings(cash=10_000.0, commission={"type": "percent", "rate": 0.001})
    one = aj.backtest(Looks(), data, cash=settings.cash, commission=settings.commission)
    bars = Span(n_history).bars(BARS.drop(columns="mood"))
    assert_agrees(one, run(bars, _reference(BARS, n_history), settings), settings)
    assert len(one.trades) > 10


def test_every_isolation_and_engine_has_the_same_bits() -> None:
    data = aj.load(BARS, extra=["mood"])
    swept = {"period": [3, 4], "position_size": [0.5, 1.0]}
    full, minimal = (
        aj.grid(Looks, data, swept, isolation=isolation, master_seed=1) for isolation in ("full", "minimal")
    )
    assert full.frame["result_hash"].tolist() == minimal.frame["result_hash"].tolist()
    assert minimal.manifest["isolation"]["evaluated"] == "together"
    portfolio = aj.grid(Looks, data, {"period": [4]}, portfolio=True, master_seed=1).frame
    assert (
        portfolio["final_equity"][0] == full.frame.query("period == 4 and position_size == 1.0")["final_equity"].item()
    )


def test_a_strategy_that_looks_at_its_position_is_evaluated_in_blocks() -> None:
    @aj.strategy
    class Held:
        fast = ta.sma(3)
        slow = ta.ema(8)
        strength = ta.rsi(3)

        def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
            if position.quantity > 0.0 and bar.close < 0.98 * position.entry_price:
                return aj.FLAT
            return aj.LONG if self.fast > self.slow[1] and bar.hour < 20 and self.strength < 90.0 else aj.KEEP

    config = load_config({"data": {"source": "sample"}, "strategy": {"type": "buy_and_hold"}})
    prepared = prepare(config, definition=definition_of(Held), data=aj.load(BARS, extra=["mood"]))
    assert (prepared.isolation.used, prepared.isolation.evaluated) == ("minimal", "in blocks between fills")


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", "UTC"])
def test_the_clock_is_that_of_the_zone(zone: str) -> None:
    times = pd.date_range("2024-03-08", "2024-03-12", freq="17min", tz="UTC").tz_convert(zone)
    frame = pd.DataFrame({name: 1.0 for name in ("open", "high", "low", "close")}, index=times)
    data = aj.load(frame)
    found = {name: own_series(data, 0, OwnColumn(name, clock=True)) for name in CLOCK[:-1]}
    for name in ("hour", "minute", "weekday", "day", "month"):
        assert np.array_equal(found[name], getattr(times, {"weekday": "day_of_week"}.get(name, name))), name
    days = pd.Series(times.date)
    assert np.array_equal(found["session"], pd.factorize(days)[0])
    assert np.array_equal(found["bars_in_session"], days.groupby(days).cumcount())


def test_minutes_to_close_are_those_of_the_calendar() -> None:
    pytest.importorskip("exchange_calendars")
    days = ["2024-07-03", "2024-07-05"]  # the third of July ends at 13:00
    times = pd.DatetimeIndex(
        np.concatenate([pd.date_range(f"{day} 09:00", f"{day} 16:30", freq="30min") for day in days])
    ).tz_localize("America/New_York")
    frame = pd.DataFrame({name: 1.0 for name in ("open", "high", "low", "close")}, index=times)
    values = own_series(aj.load(frame, calendar="XNYS"), 0, OwnColumn("minutes_to_close", clock=True))
    closes = [pd.Timestamp(f"{t.date()} {13 if t.day == 3 else 16}:00", tz="America/New_York") for t in times]
    opens = [t.replace(hour=9, minute=30) for t in times]
    inside = [begin <= t < end for begin, t, end in zip(opens, times, closes, strict=True)]
    expected = [
        (end - t).total_seconds() / 60 - 30 if known else np.nan
        for t, end, known in zip(times, closes, inside, strict=True)
    ]
    assert np.array_equal(values, expected, equal_nan=True)

    @aj.strategy
    class Late:
        def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
            return aj.FLAT if bar.minutes_to_close < 60.0 else aj.LONG

    with pytest.raises(aj.StrategyError, match="is known from a calendar; name that of the exchange"):
        aj.backtest(Late(), aj.load(frame))
    assert len(aj.backtest(Late(), aj.load(frame, calendar="XNYS")).trades) == 2


def test_whole_numbers_of_the_clock_are_indexes() -> None:
    @aj.strategy
    class Seasonal:
        def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
            return aj.LONG if PROFILE[bar.hour] == 1 and bar.index - bar.bars_in_session >= 0 else aj.FLAT

    one = aj.backtest(Seasonal(), aj.load(BARS))
    held = PROFILE[BARS.index.hour] == 1
    entries = np.flatnonzero(held[:-1] & ~np.concatenate([[False], held[:-2]])) + 1
    assert one.trades["entry_bar"].tolist() == entries[: len(one.trades)].tolist() and len(one.trades) > 20


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("bar.close[self.n]", "how far it looks back has to be known before the run"),
        ("bar.close[1.5]", "write a whole number from 0 to 100000"),
        ("bar.close[-1]", "the one before is written bar.close"),
        ("self.fast[51]", "lag 51: expected a whole number from 0 to 50"),
        ("bar.hours", "did you mean bar.hour|it has index"),
    ],
)
def test_what_cannot_be_looked_back_at_is_refused(line: str, says: str, tmp_path: Any) -> None:
    file = tmp_path / "wrong.py"
    file.write_text(
        "import admf_jit as aj\nfrom admf_jit import ta\n\n\n@aj.strategy\nclass Wrong:\n    n: int = 1\n"
        "    fast = ta.sma(3)\n\n    def on_bar(self, bar, position):\n"
        f"        return aj.LONG if {line} > 1 else aj.FLAT\n"
    )
    with pytest.raises(aj.StrategyError, match=says):
        aj.backtest(f"{file}:Wrong", BARS)
