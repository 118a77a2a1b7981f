"""Indicators of the user's own: against pandas, in both isolations, and where their code is wrong."""

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit import ta
from admf_jit.strategies.custom_indicators import indicator
from tests.strategies.test_nested import FRAME

THIRDS = 3.0


def clipped(x, top):  # type: ignore[no-untyped-def]
    """Helpers and constants come along."""
    return min(x, top)


def clipped_at_two(x):  # type: ignore[no-untyped-def]
    """Return a value, or two."""
    return min(x, 2.0)


@aj.indicator(warmup="period - 1")
class Mean:
    """Mean of all values so far, from the period-th on as if these were the last."""

    period: int = 10
    scale: float = 1.0
    mean = 0.0
    seen = 0

    def update(self, x):
        """Take a value."""
        self.seen, self.mean = self.seen + 1, self.mean + (x - self.mean) / min(self.seen + 1, self.period)
        return clipped(self.mean * self.scale, 1000 * THIRDS)


@aj.indicator
def typical(bar):
    """The price that volume is weighed with."""
    return (bar.high + bar.low + bar.close) / THIRDS


@aj.indicator
class Fragile:
    """Divides by zero at a bar."""

    after: int = 50
    n = 0

    def update(self, x):
        """Count down."""
        self.n += 1
        return x / (self.after - self.n)


@aj.strategy
class Custom:
    """Uses them as built-in ones."""

    period: int = 8
    after: int = 1_000_000
    slow = Mean(2 * period)
    of_other = Mean(period=5, source=ta.rsi(7), lag=1)
    smooth = ta.sma(typical(), 4)
    hourly = Mean(3, scale=0.5, timeframe="4h")
    fragile = ta.sma(Fragile("after"), 3)

    def on_bar(self, bar, position):
        """Read all."""
        if bar.close > self.slow and self.of_other > 30 and self.smooth > self.hourly and self.fragile != 0:
            return aj.LONG
        return aj.FLAT


def _mean(x: pd.Series, period: int) -> pd.Series:
    first = x.expanding().mean()
    first.iloc[period:] = x.iloc[period:]
    return first.iloc[period - 1 :].ewm(alpha=1 / period, adjust=False).mean().reindex(x.index)


@pytest.fixture(scope="module")
def data() -> aj.MarketData:
    return aj.load(FRAME)


def test_equal_pandas(data: aj.MarketData) -> None:
    close = FRAME.close
    values = aj.backtest(Custom(period=6), data).indicators()
    four = close.groupby(np.arange(len(close)) // 4).last()
    complete = pd.Series(np.where(np.arange(len(close)) % 4 == 3, np.arange(len(close)) // 4, np.nan)).ffill()
    rsi = values["of_other.source"].reset_index(drop=True)
    expected = {
        "slow": _mean(close, 12),
        "of_other": _mean(rsi.iloc[7:], 5).reindex(rsi.index).shift(1),
        "smooth": ((FRAME.high + FRAME.low + close) / 3).rolling(4).mean(),
        "hourly": complete.map(0.5 * _mean(four, 3)),
    }
    for name, wanted in expected.items():
        np.testing.assert_allclose(values[name].to_numpy()[13:], wanted.to_numpy()[13:], rtol=1e-12, err_msg=name)


def test_every_isolation_has_the_same_rows_and_failures(data: aj.MarketData) -> None:
    sweep = {"period": [4, 8], "after": [1_000_000, 100, 300]}
    full, minimal = (aj.grid(Custom, data, sweep, isolation=one, master_seed=7) for one in ("full", "minimal"))
    pd.testing.assert_frame_equal(full.frame, minimal.frame, check_exact=True)
    failed = full.frame[full.frame["after"] < 1000]
    assert failed["total_return"].isna().all() and full.frame["total_return"].notna().sum() == 2
    for after, error in zip(failed["after"], failed["error"], strict=True):
        assert "ZeroDivisionError: division by zero at" in error and "x / (self.after - self.n)" in error
        assert f"(bar {after - 1}," in error


def test_a_mistake_is_told_at_its_line() -> None:
    class Wrong:
        count = 0

        def update(self, x):  # type: ignore[no-untyped-def]
            return x + self.cout

    with pytest.raises(aj.StrategyError, match=r"test_custom_indicators.py:\d+: indicator Wrong .*mean self.count"):
        indicator(Wrong)


def _refused() -> list[tuple[str, object]]:
    class NoUpdate:
        period: int = 3

    class TwoArguments:
        def update(self, x, y):  # type: ignore[no-untyped-def]
            return x

    class Nested:
        inner = ta.sma(3)

        def update(self, x):  # type: ignore[no-untyped-def]
            return x

    class Text:
        kind: bool = True

        def update(self, x):  # type: ignore[no-untyped-def]
            return x

    class Lagged:
        lag: int = 3

        def update(self, x):  # type: ignore[no-untyped-def]
            return x

    return [
        ("the name 'lag' is reserved", Lagged),
        ("expected a method update", NoUpdate),
        ("expected a method update", TwoArguments),
        ("another indicator is its source", Nested),
        ("expected a whole number or a number", Text),
        ("expected a function of one argument", lambda: 1.0),
    ]


@pytest.mark.parametrize(("said", "declared"), _refused())
def test_what_cannot_be_one_is_refused(said: str, declared: object) -> None:
    with pytest.raises(aj.StrategyError, match=said):
        indicator(declared)


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(aj.StrategyError, match=r"Mean: perod: expected period, scale"):
        Mean(perod=3)
    with pytest.raises(aj.StrategyError, match=r"typical: reads bars, and takes no source"):
        typical(source=ta.rsi(3))
    with pytest.raises(aj.StrategyError, match=r"Mean: 3 arguments"):
        Mean(1, 2.0, 3)
    with pytest.raises(aj.StrategyError, match=r"Mean: period 1\.5: expected a whole number"):
        Mean(1.5)
    with pytest.raises(aj.StrategyError, match=r"warmup 'x': expected"):
        indicator(warmup="x")(clipped_at_two)
