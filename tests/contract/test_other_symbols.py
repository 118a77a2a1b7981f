"""Indicators of another symbol: what pandas says of that one's own bars, known at its closes and never before."""

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit import ta
from admf_jit.testing import indicator_values

N = 160


def _bars(seed: int, missing: int) -> pd.DataFrame:
    """Bars of an hour, of which every ``missing``-th is left out."""
    random = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(random.normal(0.0, 0.01, N)))
    open_ = np.append(100.0, close[:-1])
    frame = pd.DataFrame({"open": open_, "close": close, "volume": random.integers(1, 99, N).astype(float)})
    frame["high"], frame["low"] = (
        frame[["open", "close"]].max(axis=1) * 1.01,
        frame[["open", "close"]].min(axis=1) * 0.99,
    )
    frame["time"] = pd.date_range("2024-01-01", periods=N, freq="1h", tz="UTC")
    return frame[np.arange(N) % missing != 2].reset_index(drop=True)


ABC, SPY = _bars(1, 1_000), _bars(2, 5)
BOTH = pd.concat([ABC.assign(symbol="ABC"), SPY.assign(symbol="SPY")])


def _as_of(bars: pd.DataFrame, values: pd.Series) -> np.ndarray:
    """At each of some bars the value of SPY's newest bar that closes no later."""
    known = pd.DataFrame({"time": SPY.time, "value": values.to_numpy()})
    return pd.merge_asof(bars[["time"]], known, on="time")["value"].to_numpy()


@aj.strategy
class Regime:
    """Long above its own mean while SPY is above one of its own, smoothed."""

    period: int = 6
    trend = ta.sma("period", symbol="SPY")
    close = ta.sma(1, symbol="SPY")
    smooth = ta.sma(ta.roc(3), 2, symbol="SPY", lag=1)
    own = ta.sma(4)

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        return aj.LONG if self.close > self.trend and self.smooth > -0.02 and bar.close > self.own else aj.FLAT


@aj.strategy
class Weighed:
    """All symbols below SPY's mean, by weights."""

    trend = ta.sma(6, symbol="SPY")

    def target_weights(self, market, weights):  # type: ignore[no-untyped-def]
        for i in range(len(weights)):
            weights[i] = 0.4 if market.close[i] < self.trend[i] else 0.0


def _positions(period: int) -> pd.Series:
    """The quantities' signs that the rule asks for after each bar of ABC."""
    close = SPY.close
    wanted = (
        (_as_of(ABC, close) > _as_of(ABC, close.rolling(period).mean()))
        & (_as_of(ABC, ((close / close.shift(3) - 1.0).rolling(2).mean()).shift(1)) > -0.02)
        & (ABC.close > ABC.close.rolling(4).mean())
    )
    warm = ~np.isnan(_as_of(ABC, close.rolling(period).mean())) & ~np.isnan(
        _as_of(ABC, (close / close.shift(3)).rolling(2).mean().shift(1))
    )
    return pd.Series(np.where(warm, wanted, False), index=ABC.time)


def _expected_fills(period: int) -> list[pd.Timestamp]:
    wanted = _positions(period).astype(int)
    turns = np.flatnonzero(np.diff(wanted.to_numpy(), prepend=0))
    return [ABC.time[turn + 1] for turn in turns if turn + 1 < len(ABC)]


@pytest.mark.parametrize(
    ("declared", "values"),
    [
        (ta.highest(5, source="high", symbol="SPY", lag=2), SPY.high.rolling(5).max().shift(2)),
        (ta.sma(3, source=aj.close / aj.open, symbol="SPY"), (SPY.close / SPY.open).rolling(3).mean()),
    ],
)
def test_values_are_those_of_its_own_bars(declared, values) -> None:  # type: ignore[no-untyped-def]
    data = aj.load(BOTH)
    found = indicator_values(declared, data, symbol="ABC")
    np.testing.assert_allclose(found, _as_of(ABC, values), rtol=1e-12)


def test_longer_bars_of_another_symbol_are_its_own() -> None:
    found = indicator_values(ta.sma(2, timeframe="4h", symbol="SPY"), aj.load(BOTH), symbol="ABC")
    fours = SPY.set_index("time").close.resample("4h").last().rolling(2).mean()
    over = fours.index.searchsorted((ABC.time + pd.Timedelta("1h")).dt.floor("4h")) - 1
    expected = np.where(over >= 0, fours.to_numpy()[np.maximum(over, 0)], np.nan)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_one_symbol_trades_by_another() -> None:
    one = aj.backtest(Regime(), BOTH, symbol="ABC")
    assert pd.to_datetime(one.fills.time, utc=True).tolist() == _expected_fills(6)
    assert len(one.fills) > 10 and set(one.fills.symbol) == {"ABC"}


def test_every_isolation_has_the_same_bits() -> None:
    swept = {"period": [4, 6], "symbol": ["ABC", "SPY"]}
    full, minimal = (aj.grid(Regime, BOTH, swept, isolation=one, master_seed=1).frame for one in ("full", "minimal"))
    assert full["result_hash"].tolist() == minimal["result_hash"].tolist()
    assert full["error"].isna().all() and full["result_hash"].nunique() == 4


def test_a_portfolio_reads_it_for_each_of_its_symbols() -> None:
    weighed = aj.backtest(Weighed(), BOTH)
    shared = aj.backtest(Regime(), BOTH, portfolio=True, position_size=0.4)
    own = shared.fills[shared.fills.symbol == "ABC"]
    assert pd.to_datetime(own.time, utc=True).tolist() == _expected_fills(6)
    below = ABC.close < _as_of(ABC, SPY.close.rolling(6).mean())
    first = pd.to_datetime(weighed.fills[weighed.fills.symbol == "ABC"].time.iloc[0], utc=True)
    assert first == ABC.time[int(np.flatnonzero(below)[0]) + 1]


def test_nothing_is_known_before_its_time() -> None:
    cut = SPY.time[80]
    changed = BOTH.copy()
    later = (changed.symbol == "SPY") & (changed.time >= cut)
    changed.loc[later, ["open", "high", "low", "close"]] *= 1.5
    before, after = (indicator_values(ta.sma(6, symbol="SPY"), aj.load(bars), symbol="ABC") for bars in (BOTH, changed))
    assert ABC.time[int(np.flatnonzero(~np.isclose(before, after, equal_nan=True))[0])] == cut


def test_a_symbol_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(
        aj.StrategyError, match=r"Regime, indicator trend: no symbol is called 'SPY': the data has ABC;"
    ):
        aj.backtest(Regime(), ABC.assign(symbol="ABC"))
    with pytest.raises(aj.StrategyError, match=r"ta.sma: symbol '': expected the name of a symbol"):
        ta.sma(3, symbol="")
    with pytest.raises(aj.StrategyError, match=r"symbol 'SPY': of 'mood', a column of your own"):
        ta.sma(3, source="x.mood", symbol="SPY")
