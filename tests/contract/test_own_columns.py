"""Columns of one's own reach a strategy at the bar at which they are known, in every isolation and engine alike."""

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit import ta
from admf_jit.testing import indicator_values
from tests.contract.compare import assert_agrees
from tests.contract.markets import Span
from tests.contract.samples import MARKET
from tests.reference.costs import Settings
from tests.reference.engine import KEEP, Strategy, run

BARS = MARKET.frame()
RANDOM = np.random.default_rng(8)
BARS["prediction"] = np.where(np.arange(len(BARS)) < 4, np.nan, RANDOM.normal(size=len(BARS)))
BARS["Funding Rate"] = RANDOM.normal(size=len(BARS))
BARS.iloc[100:103, BARS.columns.get_loc("Funding Rate")] = np.nan
OWN = {"prediction": "prediction", "funding rate": "Funding Rate"}


@aj.strategy
class Predicted:
    """Looks at a column of this bar, at one that is known three hours later, and at indicators of both."""

    period: int = 5
    late = aj.column("funding rate", available_after="3h")
    average = ta.sma("period", source=late)
    smooth = ta.ema(4, source="x.prediction")
    before = aj.column("prediction", lag=1)

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if bar.x.prediction > 0.2 and self.average > -0.5 and self.smooth > -1.0:
            return aj.LONG
        if self.late > 0.0 and self.before < 0.0:
            return aj.FLAT
        return aj.KEEP


def _known(bars: pd.DataFrame) -> pd.DataFrame:
    """What the strategy may know at each bar, by pandas."""
    time = pd.Series(bars.index)
    rates = pd.DataFrame({"time": time, "late": bars["Funding Rate"].to_numpy()})
    late = pd.merge_asof(pd.DataFrame({"time": time - pd.Timedelta("3h")}), rates, on="time")["late"]
    prediction = bars["prediction"].reset_index(drop=True)
    known = prediction.dropna()
    seeded = known.where(known.index >= known.index[4]).copy()
    seeded[known.index[3]] = known.iloc[:4].mean()
    smooth = seeded.dropna().ewm(span=4, adjust=False).mean().reindex(prediction.index)
    return pd.DataFrame({"p": prediction, "before": prediction.shift(1), "late": late, "smooth": smooth})


def _reference(period: int, bars: pd.DataFrame, n_history: int) -> Strategy:
    known = _known(bars)
    known["average"] = known["late"].rolling(period).mean()
    rows = known.to_dict("records")
    warm = known.notna().idxmax().max()

    def answer(t: int, position: float) -> int | None:
        row = rows[n_history + t]
        if row["p"] > 0.2 and row["average"] > -0.5 and row["smooth"] > -1.0:
            return 1
        return 0 if row["late"] > 0.0 and row["before"] < 0.0 else KEEP

    return Strategy(int(warm), answer)


@pytest.mark.parametrize("n_history", [0, 3, 30])
def test_it_is_what_pandas_says(n_history: int) -> None:
    bars = BARS.iloc[60 - n_history :] if n_history else BARS
    data = aj.load(bars, extra=OWN, start=bars.index[n_history])
    settings = Settings(cash=10_000.0, commission={"type": "percent", "rate": 0.001})
    one = aj.backtest(Predicted(), data, cash=settings.cash, commission=settings.commission)
    reference = _reference(5, bars, n_history)
    assert_agrees(one, run(Span(n_history).bars(bars), reference, settings), settings)
    assert len(one.trades) > 10


def test_every_isolation_has_the_same_bits() -> None:
    data = aj.load(BARS, extra=OWN)
    swept = {"period": [3, 5], "position_size": [0.5, 1.0]}
    rows = [
        aj.grid(Predicted, data, swept, cash=10_000.0, isolation=isolation, master_seed=1).frame
        for isolation in ("full", "minimal")
    ]
    assert rows[0]["result_hash"].tolist() == rows[1]["result_hash"].tolist()
    assert rows[0]["result_hash"].nunique() == 4


@pytest.mark.parametrize("cut", [20, 111])
def test_nothing_is_known_before_its_time(cut: int) -> None:
    def values(bars: pd.DataFrame) -> list[float]:
        average = ta.sma(3, source=aj.column("funding rate", available_after="3h"))
        return np.nan_to_num(np.asarray(indicator_values(average, aj.load(bars, extra=OWN))), nan=-9.0).tolist()

    changed = BARS.copy()
    changed.iloc[cut:, changed.columns.get_loc("Funding Rate")] = 7.0
    before, after = values(BARS), values(changed)
    first = next(t for t in range(len(BARS)) if before[t] != after[t])
    assert BARS.index[first] == BARS.index[BARS.index >= BARS.index[cut] + pd.Timedelta("3h")][0]


@pytest.mark.parametrize("kind", [ta.sma, ta.wma, ta.stdev, ta.roc, ta.momentum, ta.bollinger])
def test_a_gap_shows_as_long_as_it_is_in_the_window(kind) -> None:  # type: ignore[no-untyped-def]
    data = aj.load(BARS, extra=OWN)
    found = indicator_values(kind(4, source="x.funding rate"), data)
    values = found["upper"] if isinstance(found, dict) else found
    span = 4 if kind in (ta.roc, ta.momentum) else 3
    missing = BARS["Funding Rate"].isna().to_numpy()
    reach = [0, span] if kind in (ta.roc, ta.momentum) else range(span + 1)
    expected = np.zeros(len(missing), bool)
    for back in reach:
        expected[back:] |= missing[: len(missing) - back]
    expected[:span] = True
    if kind in (ta.roc, ta.momentum):
        assert (np.isnan(values) >= expected).all() and np.isnan(values).sum() <= expected.sum() + span
    else:
        assert np.array_equal(np.isnan(values), expected)


@pytest.mark.parametrize("name", ["ema", "rsi", "zscore", "highest", "lowest"])
def test_what_would_hide_a_gap_is_refused(name: str) -> None:
    @aj.strategy
    class Hidden:
        average = getattr(ta, name)(3, source="x.funding rate")

        def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
            return aj.LONG if self.average > 0 else aj.FLAT

    with pytest.raises(
        aj.StrategyError, match=rf"ta.{name} of column 'funding rate': .* lacks 3 values .*from bar 100"
    ):
        aj.backtest(Hidden(), aj.load(BARS, extra=OWN))


@aj.strategy
class Each:
    """Trades every symbol by a column of its own, beside an indicator of a longer timeframe."""

    average = ta.sma(3, source=aj.column("p", available_after="2h"))
    slow = ta.sma(2, timeframe="4h")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        return aj.LONG if self.average > 0.0 and bar.x.p > -1.0 and bar.close > self.slow else aj.FLAT


@aj.strategy
class Weighed:
    """The same, as weights."""

    average = ta.sma(3, source=aj.column("p", available_after="2h"))
    slow = ta.sma(2, timeframe="4h")

    def target_weights(self, market, weights):  # type: ignore[no-untyped-def]
        for i in range(len(weights)):
            if market.has_bar[i] and market.ready[i]:
                held = self.average[i] > 0.0 and market.x.p[i] > -1.0 and market.close[i] > self.slow[i]
                weights[i] = 1.0 if held else 0.0


def test_symbols_with_missing_bars_have_columns_at_their_own_bars() -> None:
    frames = []
    for place, symbol in enumerate("AB"):
        frame = MARKET.frame()[["open", "high", "low", "close", "volume"]]
        frame["p"] = np.random.default_rng(place).normal(size=len(frame))
        keep = np.random.default_rng(place + 7).random(len(frame)) > 0.1
        frames.append(frame[keep].assign(symbol=symbol))
    data = aj.load(pd.concat(frames), extra=["p"], timeframe="1h")
    assert all(data.missing_bars)
    for symbol in "AB":
        alone = data.select(symbol)
        one = aj.backtest(Each(), alone)
        portfolio = aj.grid(Each, alone, {}, portfolio=True, master_seed=1)
        weighed = aj.grid(Weighed, alone, {}, master_seed=1)
        assert one.metrics["n_trades"] > 5
        assert portfolio.frame["final_equity"][0] == one.metrics["final_equity"]
        assert weighed.frame["n_trades"][0] > 5
        # Among others, with bars of the axis that it lacks, a symbol trades as it does alone.
        among = aj.grid(Each, data, {"symbol": [symbol]}, master_seed=1)
        assert among.frame["final_equity"][0] == one.metrics["final_equity"]


def test_an_unknown_column_is_answered_with_those_there_are() -> None:
    @aj.strategy
    class Wrong:
        def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
            return aj.LONG if bar.x.predicton > 0 else aj.FLAT

    with pytest.raises(aj.StrategyError, match=r"'predicton': the data has .*; did you mean 'prediction'"):
        aj.backtest(Wrong(), aj.load(BARS, extra=OWN))
    with pytest.raises(aj.StrategyError, match=r"no columns of your own; .*aj.load\(..., extra=\['predicton'\]\)"):
        aj.backtest(Wrong(), aj.load(BARS))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: aj.column(""), "expected the name of a column"),
        (
            lambda: ta.sma(5, source=aj.column("p", lag=2), lag=1),
            r"ta.sma: source is a column with lag=2: a source has no lag.* write ta.sma\(..., lag=3\)",
        ),
        (lambda: aj.column("p", available_after="soon"), "expected a length of time"),
        (lambda: aj.column("p", available_after="-1h"), "expected a length of time"),
        (lambda: ta.sma(3, source=5), "source 5: expected a column of the data, an indicator or an expression"),
        (lambda: ta.sma(3, source="x.p", timeframe="4h"), "there are no longer bars"),
    ],
)
def test_a_wrong_declaration_is_refused(make, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(aj.StrategyError, match=says):
        make()


def test_a_replay_and_a_verification_have_the_columns(tmp_path) -> None:  # type: ignore[no-untyped-def]
    from admf_jit.cli.main import main

    data = aj.load(BARS, extra=OWN)
    many = aj.grid(Predicted, data, {"period": [3, 5]}, out=tmp_path / "run", master_seed=1)
    assert many.container(1).metrics["final_equity"] == many.frame["final_equity"][1]
    assert main(["verify", str(tmp_path / "run")]) == 0
