"""Containers over several symbols: shared cash, missing bars, target weights on a schedule."""

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit.data import MarketData
from admf_jit.data.sample import generate_sample
from admf_jit.errors import ConfigError
from tests.contract.portfolio_strategies import Counter, Rotation

COSTS = {"commission": {"type": "percent", "rate": 0.001}, "slippage": {"type": "percent", "rate": 0.0005}}


def frame(closes: dict[str, list[float | None]], start: str = "2024-01-01") -> MarketData:
    """Daily bars of symbols that open where they close; None is a bar that a symbol does not have."""
    days = pd.date_range(start, periods=len(next(iter(closes.values()))), freq="D", tz="UTC")
    frames: dict[str, Any] = {}
    for symbol, values in closes.items():
        there = [i for i, value in enumerate(values) if value is not None]
        price = np.array([values[i] for i in there], np.float64)
        columns = {"open": price, "high": price, "low": price, "close": price, "volume": np.full(len(there), 1000.0)}
        frames[symbol] = pd.DataFrame(columns, index=days[there])
    return aj.load(frames)


@pytest.fixture(scope="module")
def ragged() -> MarketData:
    return generate_sample(timeframe="1d", sessions=200, ragged=True)


def flows(events: pd.DataFrame) -> tuple[float, dict[str, float]]:
    """Cash that all fills moved, and the position of each symbol that they left."""
    fills = events[events.kind == "FILL"]
    cash = float(-(fills.quantity * fills.price + fills.fee).sum())
    return cash, fills.groupby("symbol").quantity.sum().to_dict()


def check_accounts(result: Any, data: MarketData, cash: float) -> None:
    """Cash, positions and equity at every bar are what the fills say, with each symbol at its own last close."""
    closes = pd.DataFrame({s: data.close[i] for i, s in enumerate(data.symbols)}).ffill()
    events = result.events
    fills = events[events.kind == "FILL"]
    updates = events[events.kind == "PORTFOLIO_UPDATE"].groupby("bar").last()
    held = pd.DataFrame(0.0, index=range(data.n_bars), columns=list(data.symbols))
    moved = pd.Series(0.0, index=range(data.n_bars))
    for bar, symbol, quantity, price, fee in fills[["bar", "symbol", "quantity", "price", "fee"]].itertuples(
        index=False
    ):
        held.loc[bar:, symbol] += quantity
        moved.loc[bar:] -= quantity * price + fee
    equity = cash + moved + (held * closes.fillna(0.0)).sum(axis=1)
    np.testing.assert_allclose(updates.fee, cash + moved, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(updates.value, equity, rtol=1e-9, atol=1e-6)
    assert result.metrics["final_equity"] == updates.value.iloc[-1]
    assert result.metrics["n_trades"] == (events.kind == "POSITION_CLOSE").sum()
    assert (cash + moved >= -1e-9).all(), "a cash account never owes"


def test_accounts_of_a_portfolio_are_explained_by_its_fills(ragged: MarketData) -> None:
    result = aj.backtest(Counter(every=3), ragged, portfolio=True, position_size=0.4, cash=10_000, **COSTS)
    assert result.error is None and result.metrics["n_trades"] > 20
    assert set(result.events[result.events.kind == "FILL"].symbol) == set(ragged.symbols)
    check_accounts(result, ragged, 10_000.0)


def test_accounts_of_target_weights_are_explained_by_their_fills(ragged: MarketData) -> None:
    result = aj.backtest(Rotation(top=2), ragged, rebalance="week", cash=10_000, **COSTS)
    assert result.error is None and result.metrics["n_trades"] > 10
    check_accounts(result, ragged, 10_000.0)


def test_a_symbol_is_traded_on_its_own_bars_alone(ragged: MarketData) -> None:
    result = aj.backtest(Counter(every=3), ragged, portfolio=True, position_size=0.3, **COSTS)
    for number, symbol in enumerate(ragged.symbols):
        absent = np.flatnonzero(np.isnan(ragged.close[number]))
        of_symbol = result.events[(result.events.symbol == symbol) & (result.events.kind != "PORTFOLIO_UPDATE")]
        assert not set(of_symbol.bar) & set(absent)
    assert ragged.has_missing_bars


def test_state_and_warm_up_are_each_symbols_own(ragged: MarketData) -> None:
    result = aj.backtest(Counter(every=3), ragged, portfolio=True, position_size=0.2)
    for number, symbol in enumerate(ragged.symbols):
        own = np.flatnonzero(~np.isnan(ragged.close[number]))
        signals = result.events[(result.events.kind == "SIGNAL") & (result.events.symbol == symbol)]
        bought = signals[signals.quantity == 1.0].bar.tolist()
        # Asked from own bar 2 on (sma 3), so the third time it is asked is own bar 4.
        assert bought == own[4::3].tolist()


@pytest.mark.parametrize("strategy", [Counter(every=3), Rotation(period=3)])
def test_cutting_the_data_changes_nothing_before_the_cut(ragged: MarketData, strategy: Any) -> None:
    settings: dict[str, Any] = {"portfolio": True, "position_size": 0.4, **COSTS}
    whole = aj.backtest(strategy, ragged, **settings).events
    cut = 90
    part = head_of(ragged, cut)
    head = aj.backtest(strategy, part, **settings).events
    kept = whole[whole.bar < cut].reset_index(drop=True)
    pd.testing.assert_frame_equal(head.reset_index(drop=True), kept)


def head_of(data: MarketData, n: int) -> MarketData:
    return data.select(end=pd.Timestamp(int(data.time[n - 1]), tz="UTC").isoformat())


def test_one_symbol_in_a_portfolio_is_that_symbol_alone() -> None:
    data = generate_sample(timeframe="1d", sessions=300).select(symbols=["ALFA"])
    alone = aj.backtest("sma_crossover", data, **COSTS)
    shared = aj.backtest("sma_crossover", data, portfolio=True, **COSTS)
    assert shared.metrics == pytest.approx(alone.metrics, rel=0, abs=0, nan_ok=True)
    pd.testing.assert_frame_equal(shared.events, alone.events)


def test_a_symbol_of_merged_data_is_run_as_from_its_own_file(ragged: MarketData) -> None:
    merged = aj.grid("sma_crossover", ragged, {"symbol": list(ragged.symbols)}, **COSTS)
    assert merged.failed == 0
    for number, symbol in enumerate(ragged.symbols):
        own = aj.backtest("sma_crossover", ragged.select(symbols=[symbol]), **COSTS)
        row = merged.frame.iloc[number]
        for name in ("final_equity", "n_trades", "max_drawdown", "commission_paid"):
            assert row[name] == own.metrics[name], (symbol, name)


def test_what_sells_fills_before_what_buys() -> None:
    # All cash moves from B to A: A is the first symbol, and its purchase needs the proceeds of B's sale.
    data = frame({"A": [10, 10, 10, 10, 20, 20, 20], "B": [10, 11, 12, 13, 13, 13, 13]})
    result = aj.backtest(Rotation(period=1), data, cash=1_300)
    fills = result.events[result.events.kind == "FILL"][["bar", "symbol", "quantity", "price"]]
    # bar 1: B rose by 10 %: 1300 / 11 = 118.18 of B at bar 2's open, 12: cut to 108.33. Bar 4: A doubled.
    assert fills.symbol.tolist()[0] == "B"
    assert fills.quantity.tolist()[0] == 1300 / 12
    turn = fills[fills.bar == 5]
    assert turn.symbol.tolist() == ["B", "A"]
    proceeds = 1300 / 12 * 13
    assert turn.quantity.tolist() == [-(1300 / 12), pytest.approx(proceeds / 20, rel=1e-12)]


def test_weights_that_are_nan_leave_a_symbol_alone_and_schedules_are_the_calendars() -> None:
    days = 400
    rng = np.random.default_rng(3)
    values = {s: list(50 * np.cumprod(1 + rng.normal(0, 0.02, days))) for s in ("A", "B", "C")}
    data = frame(values)
    dates = pd.to_datetime(data.time, utc=True)
    for schedule, group in (
        ("week", dates.isocalendar().week.to_numpy() + 100 * dates.isocalendar().year.to_numpy()),
        ("month", dates.month.to_numpy() + 100 * dates.year.to_numpy()),
        ("session", np.arange(days)),
        ("bar", np.arange(days)),
    ):
        due = [t for t in range(days) if t == 0 or group[t] != group[t - 1]]
        events = aj.backtest(Rotation(), data, rebalance=schedule).events
        assert events[events.kind == "FEATURES"].bar.tolist() == due
        assert set(events[events.kind == "SIGNAL"].bar) <= set(due)


def test_plain_python_comes_to_the_same_bits() -> None:
    code = (
        "import sys, admf_jit as aj\n"
        "from tests.contract.portfolio_strategies import Counter, Rotation\n"
        "from admf_jit.data.sample import generate_sample\n"
        "data = generate_sample(timeframe='1d', sessions=70, ragged=True)\n"
        "for strategy, more in ((Counter(every=3), {'portfolio': True}), (Rotation(top=2), {'rebalance': 'week'})):\n"
        "    costs = {'commission': {'type': 'percent', 'rate': 0.001}}\n"
        "    r = aj.backtest(strategy, data, position_size=0.4, **costs, **more)\n"
        "    print(r.error, [x.hex() for x in r.metrics.values()], len(r.events), r.events.value.sum().hex())\n"
    )
    outputs = []
    for disabled in ("0", "1"):
        environment = {**os.environ, "NUMBA_DISABLE_JIT": disabled}
        run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        outputs.append(run.stdout)
    assert outputs[0] == outputs[1] and "None" in outputs[0]


def test_keys_that_do_not_go_together_are_refused(ragged: MarketData) -> None:
    with pytest.raises(ConfigError, match="execution.rebalance"):
        aj.backtest("sma_crossover", ragged, portfolio=True, rebalance="week")
    with pytest.raises(ConfigError, match="symbol"):
        aj.grid(Rotation, ragged, {"symbol": ["ALFA"]})


def test_a_schedule_is_swept(ragged: MarketData) -> None:
    many = aj.grid(Rotation, ragged, {"execution.rebalance": ["bar", "week", "month"]}, **COSTS)
    assert many.failed == 0 and many.frame.final_equity.nunique() == 3
    again = many.container(1)
    assert again.metrics["final_equity"] == many.frame.final_equity[1]
