"""Indicators of indicators and of expressions: against pandas, and in both isolations."""

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit import ta
from admf_jit.strategies.declaration import definition_of

N = 400


def _frame() -> pd.DataFrame:
    random = np.random.default_rng(18)
    close = 100 * np.exp(np.cumsum(random.normal(0, 0.01, N)))
    opening = close * np.exp(random.normal(0, 0.003, N))
    return pd.DataFrame(
        {
            "time": pd.date_range("2020-01-01", periods=N, freq="h"),
            "open": opening,
            "high": np.maximum(opening, close) * 1.002,
            "low": np.minimum(opening, close) * 0.998,
            "close": close,
            "volume": random.integers(1, 1000, N) * 1.0,
        }
    )


FRAME = _frame()


@aj.strategy
class Nested:
    """Long while momentum is not spent."""

    period: int = 14
    smoothing: int = 5
    factor: float = 2.0
    strength = ta.rsi(period)
    smooth = ta.sma(strength, "smoothing")
    deep = ta.ema(ta.zscore(ta.rsi("period + 1"), 7), smoothing - 2, lag=2)
    stretch = ta.zscore(aj.close / aj.open, 20)
    scaled = aj.minimum(factor * abs(aj.close - aj.open), aj.high - aj.low)
    band = ta.highest(ta.bollinger(20).upper, 3)
    hourly = ta.sma(ta.rsi(4), 3, timeframe="4h")
    seen = ta.sma(ta.sma(3, timeframe="4h"), 5)
    gapped = ta.ema(source=1.0 / aj.maximum(aj.close - ta.sma(3), 0.0), period=2)

    def on_bar(self, bar, position):
        """Read what is nested, and what it was one bar before."""
        if self.smooth > 45 and self.stretch > -1 and self.scaled > 0.1 and self.smooth[1] < self.deep + 80:
            return aj.LONG
        return aj.FLAT


def _rsi(x: pd.Series, n: int) -> pd.Series:
    change = x.diff()
    parts = []
    for moved in (change.clip(lower=0), -change.clip(upper=0)):
        first = moved.copy()
        first.iloc[: n + 1] = np.nan
        first.iloc[n] = moved.iloc[1 : n + 1].mean()
        parts.append(first.iloc[n:].ewm(alpha=1 / n, adjust=False).mean().reindex(x.index))
    return 100 - 100 / (1 + parts[0] / parts[1])


def _ema(x: pd.Series, n: int) -> pd.Series:
    """Started from a mean of the first n, and anew behind each value that is missing."""
    pieces = []
    for _, piece in x.dropna().groupby(x.isna().cumsum()):
        first = piece.rolling(n).mean()
        first.iloc[n:] = piece.iloc[n:]
        pieces.append(first.iloc[n - 1 :].ewm(alpha=2 / (n + 1), adjust=False).mean())
    return pd.concat(pieces).reindex(x.index)


def _zscore(x: pd.Series, n: int) -> pd.Series:
    return (x - x.rolling(n).mean()) / x.rolling(n).std(ddof=0)


def _expected(period: int, smoothing: int, factor: float) -> dict[str, pd.Series]:
    close, opening = FRAME.close, FRAME.open
    four = close.groupby(np.arange(N) // 4).last()
    # A bar of four hours is complete at the close of its fourth.
    complete = pd.Series(np.where(np.arange(N) % 4 == 3, np.arange(N) // 4, np.nan)).ffill()
    distance = 1.0 / (close - close.rolling(3).mean()).clip(lower=0.0)
    return {
        "smooth": _rsi(close, period).rolling(smoothing).mean(),
        "deep": _ema(_zscore(_rsi(close, period + 1), 7), smoothing - 2).shift(2),
        "stretch": _zscore(close / opening, 20),
        "scaled": np.minimum(factor * (close - opening).abs(), FRAME.high - FRAME.low),
        "band": (close.rolling(20).mean() + 2 * close.rolling(20).std(ddof=0)).rolling(3).max(),
        "hourly": complete.map(_rsi(four, 4).rolling(3).mean()),
        "seen": complete.map(four.rolling(3).mean()).rolling(5).mean(),
        "gapped": _ema(distance.where(np.isfinite(distance)), 2),
    }


@pytest.fixture(scope="module")
def data() -> aj.MarketData:
    return aj.load(FRAME)


def test_equals_pandas_and_is_evaluated_when_all_are_warm(data: aj.MarketData) -> None:
    parameters = {"period": 9, "smoothing": 6, "factor": 1.5}
    result = aj.backtest(Nested(**parameters), data)
    values = result.indicators()
    expected = _expected(**parameters)
    for name, wanted in expected.items():
        found = values[name].to_numpy()
        begin = max(wanted.first_valid_index() for wanted in expected.values())
        np.testing.assert_allclose(found[begin:], wanted.to_numpy()[begin:], rtol=1e-11, atol=1e-12, err_msg=name)
    # Warm last is the sma(3) of rsi(4), of bars of four hours: their number 6 is complete at the close of bar 27.
    assert np.flatnonzero(values["hourly"].notna())[0] == 27


def test_every_isolation_has_the_same_bits(data: aj.MarketData) -> None:
    sweep = {"period": [5, 9], "smoothing": [3, 6], "factor": [0.5, 2.0]}
    full, minimal = (aj.grid(Nested, data, sweep, isolation=one, master_seed=7) for one in ("full", "minimal"))
    pd.testing.assert_frame_equal(full.frame, minimal.frame, check_exact=True)
    assert full.frame["n_trades"].min() > 1
    assert full.frame["first_evaluated_bar"].min() == 27


def test_what_is_read_is_declared_once_and_by_name() -> None:
    names = list(definition_of(Nested).indicators)
    assert names[:4] == ["strength", "smooth", "deep__source__source", "deep__source"]
    assert definition_of(Nested).indicators["deep__source__source"].arguments == ("period + 1",)


def test_what_has_no_meaning_is_refused() -> None:
    with pytest.raises(aj.StrategyError, match="takes no source"):
        ta.atr(ta.rsi(14), 3)
    with pytest.raises(aj.StrategyError, match="given twice"):
        ta.sma(ta.rsi(14), 3, source="open")
    with pytest.raises(aj.StrategyError, match=r"upper, middle, lower: name one of them"):

        @aj.strategy
        class Several:
            x = ta.sma(ta.bollinger(20), 3)

            def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
                return aj.FLAT

    with pytest.raises(aj.StrategyError, match="on bars of 1d"):

        @aj.strategy
        class Mixed:
            x = ta.sma(ta.rsi(14, timeframe="1d"), 3, timeframe="4h")

            def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
                return aj.FLAT

    with pytest.raises(aj.StrategyError, match="has no truth"):
        bool(aj.close)
    with pytest.raises(AttributeError, match="has no output 'uper': upper"):
        ta.bollinger(20).uper  # noqa: B018


@aj.strategy
class OfAColumn:
    """Long where the average of an average of a column rises above it."""

    inner = ta.sma(2, source="x.p")
    outer = ta.ema(ta.sma(2, source="x.p"), 3)
    gap = ta.sma(aj.close - inner, 4)

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        return aj.LONG if self.inner > self.outer and self.gap > 0.0 else aj.FLAT


def test_of_a_column_of_ones_own_they_begin_with_its_first_values() -> None:
    column = FRAME.close.shift(1) * 0.999
    column[:10] = np.nan
    data = aj.load(FRAME.assign(p=column), extra=["p"])
    full, minimal = (
        aj.grid(OfAColumn, data, {"position_size": [0.5, 1.0]}, isolation=one) for one in ("full", "minimal")
    )
    pd.testing.assert_frame_equal(full.frame, minimal.frame, check_exact=True)
    inner = column.rolling(2).mean()
    begin = (FRAME.close - inner).rolling(4).mean().first_valid_index()
    assert full.frame["first_evaluated_bar"].tolist() == [begin, begin] == [14, 14]
    values = aj.backtest(OfAColumn, data).indicators()
    np.testing.assert_allclose(values["outer"][begin:], _ema(inner, 3)[begin:], rtol=1e-12)
