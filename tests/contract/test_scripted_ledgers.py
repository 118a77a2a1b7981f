"""Random decisions in random accounts: the ledger agrees with the reference to the last bit."""

import random
from collections import Counter
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import admf_jit as aj
from tests.contract.accounts import account_settings
from tests.contract.compare import api_settings, assert_agrees
from tests.contract.markets import Market, markets
from tests.contract.samples import Scripted, scripted
from tests.long import how_many, long
from tests.reference.bars import bars_from_frame
from tests.reference.costs import Settings
from tests.reference.engine import Outcome, run

EXAMPLES = how_many(120, 1_200)


def scripted_frame(market: Market, seed: int) -> pd.DataFrame:
    frame, generator = market.frame(), random.Random(seed)
    frame["volume"] = [float(generator.choice([0, 0, 0, 0, 1, 2, 3])) for _ in range(len(frame))]
    return frame


def backtests(frame: pd.DataFrame, account: Settings) -> tuple[Any, Outcome]:
    bars = bars_from_frame(frame)
    result = aj.backtest(Scripted(), aj.load(frame), raise_errors=False, **api_settings(account))
    return result, run(bars, scripted(bars), account)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Market, int, Settings]:
    market = draw(markets())
    return market, draw(st.integers(0, 2**32)), draw(account_settings(market.level))


@long
def test_random_decisions_leave_the_same_ledger() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(cases())
    def check(case: tuple[Market, int, Settings]) -> None:
        market, seed, account = case
        result, outcome = backtests(scripted_frame(market, seed), account)
        seen["bankrupt"] += outcome.bankrupt
        seen["shorts"] += sum(trade.direction < 0 for trade in outcome.trades)
        seen.update(event.reason for event in outcome.events if event.kind == "REJECT")
        if outcome.bankrupt:
            assert result.status == "failed"
        else:
            assert_agrees(result, outcome, account, relative=0.0)

    check()
    wanted = ("bankrupt", "shorts", "below_lot_size", "insufficient_cash", "no_positive_price")
    assert all(seen[name] > 0 for name in wanted), seen


def written_frame(rows: list[tuple[float, float, float]]) -> pd.DataFrame:
    """Make bars of (open, close, instruction)."""
    times = pd.date_range("2024-01-01", periods=len(rows), freq="D", tz="UTC", name="time")
    frame = pd.DataFrame(rows, columns=["open", "close", "volume"], index=times)
    frame["high"], frame["low"] = frame[["open", "close"]].max(axis=1), frame[["open", "close"]].min(axis=1)
    return frame


def test_a_cover_cut_by_cash_and_lots_only_reduces_the_position() -> None:
    rows = [(10.0, 10.0, 3.0), (10.0, 10.0, 2.0), (25.0, 8.0, 2.0), (8.0, 8.0, 0.0)]
    commission = {"type": "fixed", "amount": 1.0}
    account = Settings(cash=100.0, position_size=0.9, commission=commission, lot_size=3.0)
    result, outcome = backtests(written_frame(rows), account)
    # sells 9 at 10: cash 189. Cover of 9 at 25 costs 226: (189 - 1) / 25 = 7.5, two lots: cash 38, 3 short
    # covers 3 at 8: cash 38 - 25 = 13; profit -(90 - 1 - 151 - 25) = -87
    assert list(result.equity) == [100.0, 99.0, 14.0, 13.0]
    assert [event.quantity for event in outcome.fills] == [-9.0, 6.0, 3.0]
    assert list(result.trades["profit"]) == [-87.0]
    assert_agrees(result, outcome, account, relative=0.0)


def test_the_order_of_the_last_bar_is_dropped_before_the_close_at_the_end() -> None:
    rows = [(10.0, 10.0, 1.0), (10.0, 10.0, 0.0), (10.0, 11.0, 3.0)]
    account = Settings(cash=100.0, close_at_end=True)
    result, outcome = backtests(written_frame(rows), account)
    assert list(result.equity) == [100.0, 100.0, 110.0]
    assert_agrees(result, outcome, account, relative=0.0)


@pytest.mark.parametrize("fill", ["next_open", "same_close"])
def test_a_reversal_is_one_order_and_two_trades(fill: str) -> None:
    rows = [(10.0, 10.0, 1.0), (12.0, 12.0, 3.0), (12.0, 11.0, 1.0), (11.0, 10.0, 2.0), (9.0, 9.0, 0.0)]
    account = Settings(cash=1000.0, position_size=0.5, fill=fill, commission={"type": "fixed", "amount": 2.0})
    result, outcome = backtests(written_frame(rows), account)
    assert list(result.trades["direction"]) == [1, -1, 1]
    assert_agrees(result, outcome, account, relative=0.0)


def test_a_commission_that_no_cut_can_pay_is_rejected() -> None:
    # The minimum is more than the cash: the cut is negative, and its commission only grows with its size.
    rows = [(0.001, 0.001, 1.0), (0.001, 0.001, 0.0), (0.001, 0.001, 0.0)]
    commission = {"type": "per_share", "rate": 0.01, "minimum": 200.0}
    account = Settings(cash=100.0, commission=commission)
    result, outcome = backtests(written_frame(rows), account)
    assert "insufficient_cash" in set(result.events["reason"])
    assert_agrees(result, outcome, account, relative=0.0)


@pytest.mark.parametrize("bars", [2, 3, 4, 5])
def test_a_handful_of_bars_has_the_metrics_that_it_can_have(bars: int) -> None:
    rows = [(10.0, 10.0, 1.0), (10.0, 11.0, 0.0), (11.0, 10.5, 2.0), (10.5, 10.2, 0.0), (10.2, 10.9, 1.0)]
    account = Settings(cash=1000.0)
    result, outcome = backtests(written_frame(rows[:bars]), account)
    assert_agrees(result, outcome, account, relative=0.0)
