"""Every indicator on longer timeframes, against bars that pandas resamples and formulas that share nothing."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit import ta
from admf_jit.data import MarketData, generate_sample
from admf_jit.data.higher_columns import higher_columns
from admf_jit.strategies.compiled import feature_recorder
from admf_jit.strategies.declaration import Definition, definition_of
from admf_jit.strategies.indicator_functions import feature_fields
from admf_jit.strategies.indicators import KINDS, Indicator
from admf_jit.testing import indicator_values
from tests.kernels.test_indicators import CASES

RULES = {"15m": "15min", "1h": "1h", "4h": "4h", "1d": "1D", "1w": "W-MON"}
MADE = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}


@cache
def sample() -> MarketData:
    """Five-minute bars of sessions from half past nine to four; no change of the clock."""
    return generate_sample("5m", sessions=45)


@cache
def gappy(n: int = 9000, seed: int = 5) -> MarketData:
    """Minutes of several weeks without every eighth one, hours, nights and days that nobody knows of beforehand."""
    generator = np.random.default_rng(seed)
    steps = np.where(generator.random(n) < 0.12, 2, 1)
    steps = np.where(generator.random(n) < 0.01, generator.integers(3, 400, n), steps)
    steps = np.where(generator.random(n) < 0.0008, generator.integers(400, 6000, n), steps)
    time = pd.Timestamp("2024-04-02 09:37", tz="Europe/London") + pd.to_timedelta(np.cumsum(steps), unit="min")
    close = 50.0 * np.cumprod(1.0 + 0.002 * generator.standard_normal(n))
    open_ = np.concatenate([[50.0], close[:-1]])
    top = np.maximum(open_, close) * (1.0 + 0.001 * generator.random(n))
    bottom = np.minimum(open_, close) * (1.0 - 0.001 * generator.random(n))
    volume = generator.integers(1, 5000, n).astype(float)
    frame = pd.DataFrame({"open": open_, "high": top, "low": bottom, "close": close, "volume": volume}, index=time)
    return aj.load(frame, timezone="Europe/London")


def labels(index: pd.DatetimeIndex, timeframe: str) -> pd.DatetimeIndex:
    """When the period that a moment lies in began; the clock must not change within the data."""
    rule = RULES[timeframe]
    if rule == "W-MON":
        return index.normalize() - pd.to_timedelta(index.day_of_week, unit="D")
    return index.floor(rule) if rule != "1D" else index.normalize()


def resampled(frame: pd.DataFrame, timeframe: str) -> pd.DataFrame:
    rule = RULES[timeframe]
    if rule == "W-MON":
        made = frame.resample(rule, label="left", closed="left").agg(MADE)
    else:
        made = frame.resample(rule, origin="start_day").agg(MADE)
    return made.dropna()


def at_bars(values: pd.Series, index: pd.DatetimeIndex, base: str, timeframe: str) -> np.ndarray:
    """At each bar the value of the newest period that is over at its close: its own if it ends it, or that before."""
    own = labels(index, timeframe)
    ends_it = labels(index + pd.Timedelta(base), timeframe) != own
    place = values.index.get_indexer(own)
    assert (place >= 0).all()
    newest = np.where(ends_it, place, place - 1)
    return np.where(newest >= 0, values.to_numpy()[newest], np.nan)


def recorded(definition: Definition, data: MarketData, row: int = 0) -> dict[str, np.ndarray]:
    """Every field of every indicator at every bar, warm or not."""
    record, _ = feature_recorder(definition)
    fields = list(feature_fields(definition))
    values = np.full((len(fields), data.n_bars), np.nan)
    columns = [getattr(data, name)[row] for name in MADE]
    higher, completed = higher_columns(data, definition.timeframes)
    record(data.session, *columns, higher[row], completed[row], np.zeros(0), np.ones(6, np.int64), values)
    return dict(zip(fields, values, strict=True))


def all_kinds(timeframe: str, **keywords: Any) -> Definition:
    """A strategy with every kind of indicator on one timeframe."""

    def on_bar(self: Any, bar: Any, position: Any) -> None:
        """Trade nothing."""

    declared = {name: again(case[0], timeframe, **keywords) for name, case in CASES.items()}
    return definition_of(aj.strategy(type("Every", (), {**declared, "on_bar": on_bar})))


def again(indicator: Indicator, timeframe: str, **keywords: Any) -> Indicator:
    return getattr(ta, indicator.kind.name)(*indicator.arguments, timeframe=timeframe, **keywords)


def field_of(name: str, output: str) -> str:
    return name if len(KINDS[name].outputs) == 1 else f"{name}__{output}"


@pytest.mark.parametrize(
    ("market", "timeframe", "lag"),
    [("sample", "1h", 0), ("sample", "1d", 0), ("sample", "15m", 1), ("gappy", "4h", 0), ("gappy", "15m", 1)],
)
def test_every_indicator_is_that_of_resampled_bars(market: str, timeframe: str, lag: int) -> None:
    data = {"sample": sample, "gappy": gappy}[market]()
    frame = data.frame(data.symbols[0])
    longer = resampled(frame, timeframe)
    assert len(longer) > 40
    found = recorded(all_kinds(timeframe, lag=lag), data)
    for name, (indicator, formula) in CASES.items():
        warmup = indicator.warmup({})
        for output, values in formula(longer).items():
            known = values.where(np.arange(len(values)) >= warmup).shift(lag)
            expected = at_bars(known, frame.index, data.timeframe, timeframe)
            warm = ~np.isnan(expected)
            assert warm.sum() > 100, name
            np.testing.assert_allclose(
                found[field_of(name, output)][warm], expected[warm], rtol=1e-9, atol=2e-6, err_msg=f"{name} {output}"
            )


def test_another_source_and_weeks() -> None:
    data = gappy(20_000)
    frame = data.frame()
    for source in ("open", "high", "low", "volume"):
        expected = resampled(frame, "1w")[source].rolling(2).mean()
        found = indicator_values(ta.sma(2, source=source, timeframe="1w"), data)
        wanted = at_bars(expected, frame.index, "1min", "1w")
        assert (~np.isnan(wanted)).sum() > 1000
        np.testing.assert_allclose(found, wanted, rtol=1e-12)


@pytest.mark.parametrize("period", [1, 4, 40, 10**6])
def test_values_begin_when_the_warm_up_of_higher_bars_is_over(period: int) -> None:
    data = sample()
    frame = data.frame(data.symbols[0])
    expected = at_bars(resampled(frame, "1h").close.rolling(period).max(), frame.index, "5min", "1h")
    found = indicator_values(ta.highest(period, timeframe="1h"), data)
    np.testing.assert_array_equal(found, expected)
    assert np.isnan(found).all() == (period == 10**6)


def test_the_data_s_own_timeframe_is_the_indicator_without_one() -> None:
    data = sample()
    for name, (indicator, _) in CASES.items():
        if name in ("sma", "macd", "vwap"):
            own, plain = indicator_values(again(indicator, "300s"), data), indicator_values(indicator, data)
            np.testing.assert_equal(own, plain)


def test_a_symbol_s_higher_bars_are_made_of_the_bars_that_it_has() -> None:
    whole = generate_sample("5m", sessions=10)
    first, second = (whole.frame(symbol) for symbol in whole.symbols[:2])
    generator = np.random.default_rng(3)
    kept = second[(generator.random(len(second)) < 0.6) & (second.index.hour != 12)].iloc[30:]
    data = aj.load({"A": first, "B": kept}, timezone="America/New_York")
    assert data.missing_bars[1] > 300
    expected = at_bars_of(resampled(kept, "1h").close.rolling(3).mean(), first.index, "1h")
    found = indicator_values(ta.sma(3, timeframe="1h"), data, symbol="B")
    assert (~np.isnan(found)).sum() > 300
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def at_bars_of(values: pd.Series, axis: pd.DatetimeIndex, timeframe: str) -> np.ndarray:
    """As ``at_bars`` for a symbol that lacks periods: the newest of its own that are over at each bar of the axis."""
    ends = labels(axis + pd.Timedelta("5min"), timeframe)
    newest = values.index.searchsorted(ends) - 1
    return np.where(newest >= 0, values.to_numpy()[newest], np.nan)


@pytest.mark.parametrize("timeframe", ["15m", "1h", "1d"])
def test_nothing_before_depends_on_later_bars(timeframe: str) -> None:
    data = gappy(2500)
    definition = all_kinds(timeframe)
    whole = recorded(definition, data)
    frame = data.frame()
    generator = np.random.default_rng(1)
    for kept in sorted(int(t) for t in generator.integers(20, data.n_bars - 1, 12)):
        cut = recorded(definition, data.select(end=frame.index[kept - 1]))
        changed = frame.copy()
        changed.iloc[kept:] *= 1.7
        other = recorded(definition, aj.load(changed, timezone=data.timezone))
        for field, values in whole.items():
            assert np.array_equal(bits(values[:kept]), bits(cut[field])), (field, kept)
            assert np.array_equal(bits(values[:kept]), bits(other[field][:kept])), (field, kept)


def bits(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values).view(np.int64)
