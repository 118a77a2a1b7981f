"""What a cash account may sell short, with the money written out: section 14 of the trading model."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit.data import MarketData
from admf_jit.strategies.declaration import definition_of
from admf_kernels.constants import METRIC_NAMES
from tests.contract.order_cases import ENGINES, Call, frame_of, play, scripted
from tests.contract.test_isolation_minimal import both

CALM = (100, 101, 99, 100)


@pytest.mark.parametrize("engine", ENGINES)
class TestOrders:
    """Orders of `on_bar`, in a cash account."""

    def test_a_sale_is_cut_to_twice_the_equity(self, engine: str) -> None:
        # Regulation T: half of the value is covered by equity, so 0.5 * 100 * q <= 1000.
        played = play(engine, scripted(frame_of(CALM, CALM), Call(0, "market", -1_000_000), cash=1000.0, lot_size=1.0))
        assert played.fills == [(1, 100.0, -20.0)]

    def test_commission_is_paid_before(self, engine: str) -> None:
        # 0.5 * 100 * q + 0.01 * 100 * q <= 1000: q <= 19.6.
        costs = {"type": "percent", "rate": 0.01}
        case = scripted(frame_of(CALM, CALM), Call(0, "market", -50), cash=1000.0, lot_size=1.0, commission=costs)
        assert play(engine, case).fills == [(1, 100.0, -19.0)]

    def test_the_share_can_be_stated(self, engine: str) -> None:
        margin = {"short": {"initial": 1.0}}
        case = scripted(frame_of(CALM, CALM), Call(0, "market", -50), cash=1000.0, lot_size=1.0, margin=margin)
        assert play(engine, case).fills == [(1, 100.0, -10.0)]

    def test_what_is_cut_to_nothing_is_refused(self, engine: str) -> None:
        calls = [Call(0, "market", -20), Call(1, "market", -5)]
        played = play(engine, scripted(frame_of(CALM, CALM, CALM), *calls, cash=1000.0, lot_size=1.0))
        assert played.fills == [(1, 100.0, -20.0)]
        assert played.told("REJECT") == [(2, "insufficient_margin", 2)]

    def test_a_long_is_sold_in_full_and_the_rest_is_cut(self, engine: str) -> None:
        # Long 10 at 100 falls to 50: equity 500, so 0.5 * 50 * q <= 500 leaves 20 that may be short after 10 are sold.
        calls = [Call(0, "market", 10), Call(1, "market", -60)]
        frame = frame_of(CALM, CALM, (50, 51, 49, 50))
        played = play(engine, scripted(frame, *calls, cash=1000.0, lot_size=1.0))
        assert played.fills == [(1, 100.0, 10.0), (2, 50.0, -30.0)]

    def test_a_cover_is_paid_from_all_cash(self, engine: str) -> None:
        # Short 10 at 100: cash 2000. At 150 covering costs 1500, though 1.5 * 1500 are reserved.
        calls = [Call(0, "market", -10), Call(1, "market", 10)]
        frame = frame_of(CALM, CALM, (150, 151, 149, 150))
        played = play(engine, scripted(frame, *calls, cash=1000.0, lot_size=1.0))
        assert played.fills == [(1, 100.0, -10.0), (2, 150.0, 10.0)]
        assert played.equity[-1] == 500.0

    def test_maintenance_of_shorts_closes_them_where_it_is_stated(self, engine: str) -> None:
        # Short 10 at 100 on 1000: at 150 equity is 500, a third of 1500; at 160 it is 400, a quarter of 1600.
        frame = frame_of(CALM, CALM, (140, 151, 139, 150), (160, 161, 159, 160), CALM)
        margin = {"short": {"maintenance": 0.3}}
        played = play(engine, scripted(frame, Call(0, "market", -10), cash=1000.0, margin=margin))
        assert played.fills == [(1, 100.0, -10.0), (3, 160.0, 10.0)]
        assert played.told("RISK_BREACH") == [(3, "maintenance_margin", 0)]
        without = play(engine, scripted(frame, Call(0, "market", -10), cash=1000.0))
        assert without.fills == [(1, 100.0, -10.0)]

    def test_leverage_and_shorts_share_the_equity(self, engine: str) -> None:
        # With leverage 2 and a stated 0.8: 0.8 * 100 * q <= 1000.
        margin = {"leverage": 2.0, "short": {"initial": 0.8}}
        case = scripted(frame_of(CALM, CALM), Call(0, "market", -50), cash=1000.0, lot_size=1.0, margin=margin)
        assert play(engine, case).fills == [(1, 100.0, -12.0)]


@aj.strategy
class AlwaysShort:
    """Short from the first bar on."""

    def on_bar(self, bar: Any, position: Any) -> int:
        return aj.SHORT


def bars(opens: list[float], closes: list[float]) -> MarketData:
    index = pd.date_range("2024-01-01", periods=len(closes), tz="UTC")
    high, low = np.maximum(opens, closes), np.minimum(opens, closes)
    frame = pd.DataFrame({"open": opens, "high": high, "low": low, "close": closes, "volume": 1000.0}, index)
    return aj.load(frame)


@pytest.mark.parametrize("exits", [{}, {"max_holding_bars": 1000}])
def test_a_signal_whose_fill_gaps_up_is_cut_alike_on_every_engine(exits: dict[str, int]) -> None:
    """100 units at 10 are sized on equity of 1000; at the open of 30 equity covers 1000 / (0.5 * 30) of them."""
    data = bars([10.0, 30.0, 30.0], [10.0, 30.0, 30.0])
    blocks: dict[str, Any] = {"exits": exits} if exits else {}
    (shared, errors), (own, own_errors) = both(
        data, "sma_crossover", {}, definition=definition_of(AlwaysShort), account={"cash": 1000.0}, **blocks
    )
    assert errors == own_errors == (None,)
    np.testing.assert_array_equal(shared, own)
    metrics = dict(zip(METRIC_NAMES, own[0].tolist(), strict=True))
    assert metrics["turnover"] * 1000.0 == pytest.approx(30.0 * 1000.0 / 15.0)
    assert (metrics["cut_orders"], metrics["rejects"]) == (1, 0)


def test_proceeds_of_shorts_buy_no_more_than_equity_allows() -> None:
    """Half of the account short in A reserves 1.5 * 500: of 1500 in cash 750 buy B, where 1000 were wanted."""

    @aj.strategy
    class Weights:
        def target_weights(self, market: Any, weights: Any) -> None:
            weights[0] = -0.5
            weights[1] = 1.0

    data = aj.load({"A": bars([10.0] * 3, [10.0] * 3).frame(), "B": bars([10.0] * 3, [10.0] * 3).frame()})
    one = aj.backtest(Weights, data, cash=1000.0, portfolio=True)
    fills = one.events[one.events["kind"] == "FILL"]
    assert fills["quantity"].tolist() == [-50.0, 75.0]
