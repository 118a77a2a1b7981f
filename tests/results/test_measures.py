"""Measures of a backtest, against the page in plain Python: of made-up numbers, and of backtests."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit.errors import ConfigError
from admf_jit.results.measures import MEASURES, of_trades, relative, tails
from admf_jit.results.reference import Reference
from tests.results.plain_measures import measures
from tests.workflow.runs import strategy_in

YEAR = 252.0


def same(found: dict[str, float], expected: dict[str, float]) -> None:
    assert set(found) == set(expected) == set(MEASURES)
    for name in MEASURES:
        assert found[name] == pytest.approx(expected[name], rel=1e-9, abs=1e-12, nan_ok=True), name


def of_numbers(
    equity: Any, cash: float, benchmark: Any, rates: Any, trades: list[tuple[float, float]]
) -> dict[str, float]:
    equity, benchmark, rates = (np.asarray(one, np.float64) for one in (equity, benchmark, rates))
    returns = equity / np.concatenate([[cash], equity[:-1]]) - 1.0
    drawdown = float(np.min(equity / np.maximum(np.maximum.accumulate(equity), cash) - 1.0))
    rows = [{"profit": profit, "commission": fee} for profit, fee in trades]
    found = relative(returns, benchmark, rates, YEAR) | tails(returns, equity, cash, drawdown)
    return found | of_trades(rows)


@pytest.mark.parametrize("seed", range(60))
def test_measures_are_those_of_the_page(seed: int) -> None:
    random = np.random.default_rng(seed)
    n = int(random.integers(1, 400))
    held = random.random(n) < 0.6
    returns = np.where(held, random.normal(0.0003, 0.01, n), 0.0)
    benchmark = returns * random.choice([0.0, 0.8]) + random.normal(0.0002, 0.008, n)
    rates = np.full(n, random.choice([0.0, 0.0001])) + random.choice([0.0, 1e-5]) * random.random(n)
    equity = 1000.0 * np.cumprod(1.0 + returns)
    trades = [(float(p), float(f)) for p, f in zip(random.normal(1.0, 9.0, n % 17), random.random(n % 17), strict=True)]
    found = of_numbers(equity, 1000.0, benchmark, rates, trades)
    same(found, measures(equity.tolist(), 1000.0, benchmark.tolist(), rates.tolist(), YEAR, trades))
    if n > 20:
        assert math.isfinite(found["alpha"]) and math.isfinite(found["value_at_risk"])


@pytest.mark.parametrize(
    ("equity", "market"),
    [
        ([100.0] * 5, [0.01, -0.02, 0.0, 0.01, 0.0]),
        ([101.0, 102.0, 101.0], [0.0, 0.0, 0.0]),
        ([101.0, 102.0, 103.0], [0.01, 0.02, 0.01]),
        ([90.0, 80.0, 85.0], [-0.1, -0.1, -0.2]),
        ([100.0], [0.0]),
    ],
)
@pytest.mark.parametrize("trades", [[], [(5.0, 0.0)], [(-5.0, 1.0), (-1.0, 0.5)], [(0.0, 0.0)], [(2.0, 0.1)] * 3])
def test_measures_of_few_numbers(equity: list[float], market: list[float], trades: list[tuple[float, float]]) -> None:
    """What is constant, what never rose or fell, one bar, no trade, no loss."""
    rates = [0.0] * len(equity)
    same(of_numbers(equity, 100.0, market, rates, trades), measures(equity, 100.0, market, rates, YEAR, trades))


@pytest.fixture(scope="module")
def data() -> aj.MarketData:
    return aj.load("sample", symbols=["ALFA", "BETA"], timeframe="1d").select(end="2015-12-31")


def plain_of(one: Any, benchmark: list[float], rates: list[float]) -> dict[str, float]:
    trades = list(zip(one.trades["profit"].tolist(), one.trades["commission"].tolist(), strict=True))
    return measures(one.equity.tolist(), 100_000.0, benchmark, rates, one.data.bars_per_year, trades)


def buy_and_hold(data: aj.MarketData, *symbols: str) -> list[float]:
    """Of equal parts, from the first opening on."""
    frames = [data.frame(symbol) for symbol in symbols]
    parts = [(f["close"] / f["open"].iloc[0]).tolist() for f in frames]
    worth = [sum(values) / len(values) for values in zip(*parts, strict=True)]
    return [now / before - 1.0 for now, before in zip(worth, [1.0, *worth[:-1]], strict=True)]


def test_measures_of_a_backtest_beside_buy_and_hold(data: aj.MarketData) -> None:
    one = aj.backtest("sma_crossover", data, symbol="ALFA", commission=0.001, risk_free=0.03)
    n, year = data.n_bars, one.data.bars_per_year
    rates = [0.03 / year] * n
    same(one.measures(), plain_of(one, buy_and_hold(data, "ALFA"), rates))
    assert one.metrics["alpha"] == one.measures()["alpha"] and len(one.trades) > 3
    assert "alpha" not in list(one.metrics), "a row has the metrics alone"
    held = one.measures(risk_free=0.0)
    assert held["benchmark_return"] == pytest.approx(data.frame("ALFA")["close"].iloc[-1] / data.open[0, 0] - 1.0)
    other = buy_and_hold(data, "BETA")
    against = aj.backtest("sma_crossover", data, symbol="ALFA", commission=0.001, benchmark="BETA")
    same(against.measures(), plain_of(one, [0.0, *other[1:]], [0.0] * n))
    assert against.result_hash == one.result_hash and dict(against.metrics) == dict(one.metrics)


def test_a_portfolio_is_measured_against_all_its_symbols(data: aj.MarketData) -> None:
    one = aj.backtest("buy_and_hold", data.select(["BETA"]))
    same(one.measures(), plain_of(one, buy_and_hold(data, "BETA"), [0.0] * data.n_bars))
    both = Reference().returns(data, [0, 1])
    assert both.tolist() == pytest.approx(buy_and_hold(data, "ALFA", "BETA"), rel=1e-12)
    assert Reference("BETA").returns(data, [0]).tolist() == pytest.approx(buy_and_hold(data, "BETA"), rel=1e-12)


def test_a_series_is_known_at_each_bar_as_of_its_opening(data: aj.MarketData) -> None:
    times = pd.DatetimeIndex(data.time.astype("datetime64[ns]"))
    weekly = pd.Series(np.linspace(50.0, 80.0, data.n_bars), index=times)[10::5]
    one = aj.backtest("sma_crossover", data, symbol="ALFA", benchmark=weekly, risk_free=weekly / 1000.0)
    expected = weekly.reindex(times, method="ffill")
    levels = expected.fillna(50.0 + 30.0 * 10 / (data.n_bars - 1)).tolist()
    market = [now / before - 1.0 for now, before in zip(levels, [levels[0], *levels[:-1]], strict=True)]
    rates = (expected.fillna(0.0) / 1000.0 / one.data.bars_per_year).tolist()
    same(one.measures(), plain_of(one, market, rates))
    zoned = weekly.tz_localize("UTC").tz_convert("America/New_York")
    assert one.measures(benchmark=zoned) == one.measures()


def test_columns_of_the_data_are_benchmark_and_rate() -> None:
    frame = aj.load("sample", symbols=["ALFA"], timeframe="1d").select(end="2015-06-30").frame()
    n = len(frame)
    frame["level"] = np.where(np.arange(n) % 3 == 1, np.nan, np.linspace(3.0, 5.0, n))
    frame["rate"] = 0.01
    data = aj.load(frame, extra=["level", "rate"])
    one = aj.backtest("sma_crossover", data, benchmark="level", risk_free="rate")
    levels = frame["level"].ffill().tolist()
    market = [now / before - 1.0 for now, before in zip(levels, [levels[0], *levels[:-1]], strict=True)]
    same(one.measures(), plain_of(one, market, [0.01 / data.bars_per_year] * n))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"benchmark": "APLHA"}, "benchmark: no 'APLHA' in the data; did you mean 'ALFA'\\?; expected a symbol"),
        ({"benchmark": 5}, "benchmark: is 5; expected a symbol, a column"),
        ({"benchmark": pd.Series([1.0, 2.0])}, "benchmark: is a Series without times; expected a symbol"),
        ({"benchmark": pd.Series([1.0, 2.0], index=pd.DatetimeIndex(["2020-01-02"] * 2))}, "do not rise"),
        ({"risk_free": "ALFA"}, "risk_free: no 'ALFA' in the data"),
        ({"risk_free": 12.0}, "risk_free: is 12.0; expected an annual rate"),
        ({"risk_free": True}, "risk_free: is True"),
    ],
)
def test_what_is_no_benchmark_or_rate_is_refused(data: aj.MarketData, given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        aj.backtest("sma_crossover", data.select(["ALFA"]), **given)


def test_a_container_that_failed_has_no_measures(data: aj.MarketData, tmp_path: Path) -> None:
    one = aj.backtest(strategy_in(tmp_path), data, symbol="ALFA", parameters={"trouble": 1}, raise_errors=False)
    assert one.error is not None and len(one.equity) > 0
    assert set(one.measures()) == set(MEASURES) and all(math.isnan(value) for value in one.measures().values())


def test_a_name_that_is_no_metric_is_a_key_error_with_a_hint(data: aj.MarketData) -> None:
    one = aj.backtest("buy_and_hold", data.select(["ALFA"]))
    with pytest.raises(KeyError, match="no metric 'alfa'; did you mean 'alpha'"):
        one.metrics["alfa"]
    assert one.metrics.get("alpha") is None


def test_trades_say_how_far_they_went_and_why_they_ended(data: aj.MarketData) -> None:
    exits = {"stop_loss": 0.03, "take_profit": 0.05}
    periods = {"fast_period": 3, "slow_period": 8}
    one = aj.backtest("sma_crossover", data, symbol="ALFA", exits=exits, parameters=periods)
    bars = data.frame("ALFA")
    assert {"stop loss", "take profit", "signal"} == set(one.trades["exit_reason"])
    for trade in one.trades.to_dict("records"):
        first, last = trade["entry_bar"], trade["exit_bar"]
        seen = [trade["entry_price"], trade["exit_price"]]
        if last > first:
            seen += [bars["close"].iloc[first], bars["open"].iloc[last]]
            seen += [*bars["low"].iloc[first + 1 : last], *bars["high"].iloc[first + 1 : last]]
        changes = [trade["direction"] * (price / trade["entry_price"] - 1.0) for price in seen]
        assert (trade["mae"], trade["mfe"]) == (min(changes), max(changes))
        assert trade["mae"] <= 0.0 <= trade["mfe"]
        if trade["exit_reason"] == "take profit":
            assert trade["mfe"] == pytest.approx(0.05) or trade["mfe"] > 0.05
    assert one.trades["mae"].min() < -0.02


def test_shorts_and_the_end_of_the_data(data: aj.MarketData) -> None:
    given = {"parameters": {"fast_period": 3, "slow_period": 8, "allow_short": True}, "close_at_end": True}
    one = aj.backtest("sma_crossover", data, symbol="BETA", **given)
    assert one.trades["exit_reason"].iloc[-1] == "close at end"
    short = one.trades[one.trades["direction"] == -1].iloc[0]
    bars = data.frame("BETA")
    between = bars["high"].iloc[short["entry_bar"] + 1 : short["exit_bar"]].max()
    assert short["mae"] <= 1.0 - between / short["entry_price"] + 1e-12
