"""Containers over several symbols: shared cash, missing bars, target weights on a schedule."""

import math
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
from admf_jit.workers.inputs import random_state
from tests.contract.portfolio_strategies import Counter, Drawer, Rotation
from tests.reference.order_random_stream import uniform_stream

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


def test_symbols_draw_in_turn_from_one_stream(ragged: MarketData) -> None:
    result = aj.backtest(Drawer, ragged, portfolio=True, position_size=0.2)
    draw = uniform_stream(random_state(result.seed)[:6].tolist())
    wanted = {
        (t, symbol): float(draw() < 0.5)
        for t in range(ragged.n_bars)
        for number, symbol in enumerate(ragged.symbols)
        if not math.isnan(ragged.close[number, t])
    }
    signals = result.events[result.events.kind == "SIGNAL"]
    assert len(signals) > 100 and set(signals.symbol) == set(ragged.symbols)
    assert signals.quantity.tolist() == [wanted[key] for key in zip(signals.bar, signals.symbol, strict=True)]


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
        # Rotation's rate of change of four bars is warm from bar 4 on.
        due = [t for t in range(4, days) if group[t] != group[t - 1]]
        events = aj.backtest(Rotation(), data, rebalance=schedule).events
        assert events[events.kind == "FEATURES"].bar.tolist() == due
        assert set(events[events.kind == "SIGNAL"].bar) <= set(due)


# A symbol that has no bar at t is not filled there, whatever asks for it (sections 9 and 16).
# Counter(every=3) with sma(3): asked from own bar 2 on, long at own bars 4, 7, .. for one bar.


def test_a_symbol_without_the_last_bar_is_closed_at_its_last_close() -> None:
    data = frame({"A": [10, 10, 10, 10, 10, 10, 10], "B": [20, 20, 20, 20, 20, 24, None]})
    result = aj.backtest(Counter(every=3), data, portfolio=True, position_size=0.4, cash=1_000, close_at_end=True)
    fills = result.events[result.events.kind == "FILL"]
    # At bar 4 both are bought for 400: 40 of A, 20 of B, filled at bar 5. A's sale of bar 5 fills at bar 6, where B has
    # no bar any more: its sale is cancelled, and it is closed before anything else.
    closed = [[6, "B", -20.0], [6, "A", -40.0]]
    assert fills[["bar", "symbol", "quantity"]].values.tolist() == [[5, "A", 40.0], [5, "B", 20.0], *closed]
    cancelled = result.events[result.events.kind == "CANCEL"]
    assert cancelled[["bar", "symbol", "reason"]].values.tolist() == [[6, "B", "delisted"]]
    # The 20 are sold at B's last close: 1000 - 400 - 480 + 400 + 20 * 24.
    assert result.metrics["final_equity"] == 1_000.0


def test_what_a_breach_closes_waits_for_a_bar() -> None:
    # Bought at bar 5: 40 of A at 10, 20 of B at 20. At bar 6 A stands at 5 and B has no bar: 1000 - 200 is 20 % down.
    data = frame({"A": [10, 10, 10, 10, 10, 10, 5, 5, 5], "B": [20, 20, 20, 20, 20, 20, None, 19, 19]})
    risk = {"max_drawdown": 0.1, "on_breach": "flatten"}
    result = aj.backtest(Counter(every=3), data, portfolio=True, position_size=0.4, cash=1_000, risk=risk)
    fills = result.events[result.events.kind == "FILL"]
    # A is sold at the open of bar 6 as Counter asked. B is held when the limit is met at the close of bar 6.
    assert fills[["bar", "symbol", "quantity", "price"]].values.tolist() == [
        [5, "A", 40.0, 10.0], [5, "B", 20.0, 20.0], [6, "A", -40.0, 5.0], [7, "B", -20.0, 19.0],
    ]  # fmt: skip
    orders = result.events[(result.events.kind == "ORDER") & (result.events.bar == 6)]
    assert orders[["symbol", "reason", "quantity"]].values.tolist() == [["B", "max_drawdown", -20.0]]
    breach = result.events[result.events.kind == "RISK_BREACH"].iloc[0]
    # Of the whole account: no price and no quantity, its equity 1000 - 400 - 400 + 200 + 20 * 20.
    assert (breach.reason, breach.price, breach.quantity, breach.value) == ("max_drawdown", 0.0, 0.0, 800.0)
    assert result.metrics["final_equity"] == 780.0


def test_volatility_is_that_of_a_symbols_own_bars() -> None:
    # B's own closes: 20, 22, 19.8, 19.8: returns 0.1, -0.1, 0. At its own bar 4 the last three are -0.1, 0, 0.1.
    data = frame({"A": [10] * 9, "B": [20, None, 22, None, 19.8, None, 19.8, 21.78, 21.78]})
    sizing = {"type": "volatility", "target": 0.5, "period": 3}
    result = aj.backtest(Counter(every=3), data, portfolio=True, cash=1_000, sizing=sizing)
    order = result.events[(result.events.kind == "ORDER") & (result.events.symbol == "B")].iloc[0]
    deviation = math.sqrt((0.1**2 + 0.0 + 0.1**2) / 3)
    share = 0.5 / (deviation * math.sqrt(data.bars_per_year))
    assert order.bar == 7 and order.quantity == pytest.approx(share * 1_000 / 21.78, rel=1e-12)


def test_exit_at_of_a_symbol_leaves_the_orders_of_others_alone() -> None:
    hours = pd.date_range("2024-01-02 10:00", periods=7, freq="h", tz="UTC")
    flat = pd.DataFrame({"open": 10.0, "high": 10.0, "low": 10.0, "close": 10.0, "volume": 9.0}, index=hours)
    # B has no bar at 15:00, the first at or after 15:00; its purchase of 14:00 waits until 16:00.
    data = aj.load({"A": flat, "B": flat.drop(hours[5])})
    result = aj.backtest(Counter(every=3), data, portfolio=True, position_size=0.4, exits={"exit_at": "15:00"})
    cancelled = result.events[result.events.kind == "CANCEL"]
    assert cancelled[["bar", "symbol", "reason"]].values.tolist() == [
        [5, "A", "after_exit_time"], [6, "B", "after_exit_time"],
    ]  # fmt: skip


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
    for mode in ({}, {"NUMBA_DISABLE_JIT": "1"}):
        environment = {**os.environ, **mode}
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
