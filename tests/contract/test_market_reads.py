"""Look back and the clock in ``target_weights``: what pandas says of them."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit import ta
from tests.contract.markets import Market
from tests.contract.order_cases import Played, played_by
from tests.contract.test_order_agreement import difference
from tests.reference.bars import bars_from_frame
from tests.reference.order_container import Container
from tests.reference.order_portfolio import merged, run_weights
from tests.reference.order_settings import OrderSettings

WARMUP = 5  # an average of 3 that is looked back at 2 bars ago needs 5 bars, and bands of 4 one bar ago as many


@aj.strategy
class Turning:
    """Holds what rose over two of its bars, at some hours."""

    fast = ta.sma(3)
    bands = ta.bollinger(4, 1.0)

    def target_weights(self, market, weights):  # type: ignore[no-untyped-def]
        before = market.close.shift(2)
        average = self.fast.shift(2)
        for i in range(weights.size):
            rises = market.close[i] > before[i] and market.high[i] > average[i]
            mild = market.close[i] < 1.02 * self.bands.upper.shift(1)[i] and market.x.mood.shift(1)[i] < 1.0
            if rises and mild and market.hour % 5 != 3 and market.weekday < 4:
                weights[i] = 0.4


def frames() -> dict[str, pd.DataFrame]:
    """Two symbols, of which each lacks some bars."""
    whole = {}
    for number, name in enumerate(("ALFA", "BETA")):
        frame = Market("walk", seed=number, bars=260, level=100.0, volatility=0.01, step="1h").frame()
        frame.index = pd.date_range("2024-01-02", periods=len(frame), freq="1h", tz="UTC")
        draws = np.random.default_rng(number)
        frame["mood"] = draws.normal(size=len(frame))
        whole[name] = frame[draws.random(len(frame)) < 0.9]
    return whole


def conditions(frame: pd.DataFrame) -> pd.DataFrame:
    """What the strategy asks of each bar of a symbol, and whether it is known."""
    close, time = frame["close"], frame.index.tz_convert("America/New_York")
    upper = close.rolling(4).mean() + close.rolling(4).std(ddof=0)
    rises = (close > close.shift(2)) & (frame["high"] > close.rolling(3).mean().shift(2))
    mild = (close < 1.02 * upper.shift(1)) & (frame["mood"].shift(1) < 1.0)
    return pd.DataFrame({"holds": rises & mild & (time.hour % 5 != 3) & (time.day_of_week < 4)})


def test_it_is_what_pandas_says() -> None:
    given, settings = frames(), OrderSettings(cash=10_000.0, commission={"type": "percent", "rate": 0.001})
    holds = {name: conditions(frame)["holds"].tolist() for name, frame in given.items()}
    zone = "America/New_York"
    bare = {name: bars_from_frame(frame.drop(columns="mood")) for name, frame in given.items()}

    def weigh(c: Container, weights: list[float]) -> None:
        for symbol in c.here:
            if symbol.n_known >= WARMUP and holds[symbol.name][symbol.t]:
                weights[symbol.number] = 0.4

    expected = run_weights(merged(bare, zone), settings, weigh, "bar", warmup=WARMUP - 1, zone=zone)
    data = aj.load(given, timezone=zone, extra=["mood"])
    got = aj.backtest(Turning(), data, cash=settings.cash, commission=settings.commission)
    played = Played(expected.status, expected.events, expected.equity, expected.metrics)
    assert difference(played, played_by(got)) is None
    assert len(got.trades) > 20


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("market.close.shift(self.n)[0]", r"market.close.shift\(self.n\): how far it looks back has to be known"),
        ("market.close.shift(-1)[0]", "write a whole number from 0"),
        ("self.fast.shift(99)[0]", "expected a whole number from 0 to 50"),
        ("market.hours", "market has no attribute 'hours'"),
    ],
)
def test_what_cannot_be_looked_back_at_is_refused(line: str, says: str, tmp_path: Any) -> None:
    file = tmp_path / "wrong.py"
    file.write_text(
        "import admf_jit as aj\nfrom admf_jit import ta\n\n\n@aj.strategy\nclass Wrong:\n    n: int = 1\n"
        "    fast = ta.sma(3)\n\n    def target_weights(self, market, weights):\n"
        f"        weights[0] = {line}\n"
    )
    with pytest.raises((aj.StrategyError, aj.BacktestError), match=says):
        aj.backtest(f"{file}:Wrong", frames()["ALFA"])
