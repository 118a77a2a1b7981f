"""Containers that share indicators and answer each for itself come to the same bits as those that share nothing."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import admf_jit as aj
from admf_jit import ta
from admf_jit.strategies.declaration import definition_of
from admf_jit.workers import over_columns
from tests.contract.markets import Market, markets
from tests.contract.samples import MARKET
from tests.contract.test_isolation_minimal import assert_same_bits, both
from tests.long import how_many, long


@aj.strategy
class Cautious:
    """Looks at its position, keeps a count and draws numbers, on averages of bars, of days and of lagged bars."""

    period: int = 3
    patience: int = 2
    days = ta.sma("period", timeframe="1d")
    lagged = ta.donchian("period", lag=1)
    fixed = ta.bollinger(5, 1.5)
    waited = 0

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        self.waited += 1
        if position.quantity != 0.0:
            lost = bar.close < 0.97 * position.entry_price
            if lost or bar.close > self.fixed.upper or bar.close < self.days:
                return aj.FLAT
            return aj.KEEP
        if bar.close > self.lagged.upper and self.waited > self.patience and self.random.uniform() < 0.9:
            self.waited = 0
            return aj.LONG
        return aj.SHORT if bar.close < self.lagged.lower and self.period > 3 else aj.KEEP


@aj.strategy
class Bidder:
    """Sends orders of its own, on an indicator, and raises where a parameter is zero."""

    period: int = 4
    scale: int = 2
    average = ta.ema("period")

    def on_bar(self, bar, position, orders):  # type: ignore[no-untyped-def]
        if position.quantity == 0.0:
            orders.cancel_all()
            bid = self.average * (1.0 - 1.0 / (100 * self.scale))
            orders.bracket(10, stop=0.97 * bid, target=1.02 * bid, limit=bid)


SWEPT = {"period": [2, 5], "patience": [0, 4], "position_size": [0.3, 1.0]}


@long
@settings(max_examples=how_many(10, 250))
@given(market=markets(), fill=st.sampled_from(["next_open", "same_close"]), lot=st.sampled_from([0.0, 1.0]))
def test_state_position_and_draws(market: Market, fill: str, lot: float) -> None:
    account = {"cash": 10_000.0, "lot_size": lot}
    found = both(
        aj.load(market.frame()),
        "own:Cautious",
        SWEPT,
        definition_of(Cautious),
        account=account,
        execution={"fill": fill},
        shares="indicators",
    )
    assert_same_bits(*found)


def test_exits_and_costs_of_the_order_engine() -> None:
    found = both(
        aj.load(MARKET.frame()),
        "own:Cautious",
        SWEPT,
        definition_of(Cautious),
        account={"cash": 10_000.0, "slippage": {"type": "random", "rate": 0.001}},
        exits={"stop_loss": 0.02, "trailing_stop": {"type": "percent", "rate": 0.03}},
        execution={"intrabar": "bounds"},
        shares="indicators",
    )
    assert_same_bits(*found)


def test_orders_of_a_strategy_s_own_and_where_it_raises() -> None:
    swept = {"period": [2, 7], "scale": [0, 3]}
    found = both(aj.load(MARKET.frame()), "own:Bidder", swept, definition_of(Bidder), shares="indicators")
    assert_same_bits(*found)
    errors = found[0][1]
    raised = [error for error in errors if error is not None]
    assert len(raised) == 2 and all("self.scale" in error for error in raised)


def test_a_preset() -> None:
    swept = {"fast_period": [2, 5], "slow_period": [9]}
    account = {"cash": 10_000.0, "commission": {"type": "percent", "rate": 0.001}}
    found = both(
        aj.load(MARKET.frame()),
        "sma_crossover",
        swept,
        account=account,
        execution={"preset": "vectorbt"},
        shares="indicators",
    )
    assert_same_bits(*found)


def test_several_symbols_and_few_sets_of_columns_at_a_time(monkeypatch: Any) -> None:
    monkeypatch.setattr(over_columns, "_KEPT", 1)
    frame = MARKET.frame()
    frames = {"A": frame, "B": frame.assign(**{name: 1.7 * frame[name] for name in ("open", "high", "low", "close")})}
    found = both(
        aj.load(frames), "own:Cautious", {"symbol": ["A", "B"], **SWEPT}, definition_of(Cautious), shares="indicators"
    )
    assert_same_bits(*found)
