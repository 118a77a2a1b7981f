"""What a row says of how the container came to its trades: the counts of section 6, by hand and in every isolation."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit.data import MarketData
from admf_kernels.constants import COUNT_NAMES, METRIC_NAMES, REFUSALS, Reason
from tests.contract.test_history import WHOLE
from tests.contract.test_isolation_minimal import both

COUNTS = [METRIC_NAMES.index(name) for name in COUNT_NAMES]


def bars(closes: list[float], opens: list[float] | None = None) -> MarketData:
    close = pd.Series(closes, pd.date_range("2024-01-01", periods=len(closes), tz="UTC"), dtype=float)
    open_ = close if opens is None else pd.Series(opens, close.index, dtype=float)
    high, low = np.maximum(open_, close), np.minimum(open_, close)
    return aj.load(pd.DataFrame({"open": open_, "high": high, "low": low, "close": close, "volume": 1000.0}))


def counts(data: MarketData, strategy: str, swept: dict[str, list[Any]], **blocks: Any) -> list[dict[str, int]]:
    """The counts of each container, which are the same in both isolations."""
    (shared, errors), (own, own_errors) = both(data, strategy, swept, **blocks)
    assert errors == own_errors
    np.testing.assert_array_equal(shared, own)
    return [dict(zip(COUNT_NAMES, row[COUNTS].tolist(), strict=True)) for row in own]


def test_an_order_that_is_too_small_is_refused_at_every_bar_that_asks_for_it() -> None:
    (row,) = counts(bars([10.0] * 6), "buy_and_hold", {}, account={"cash": 5.0, "lot_size": 1.0})
    assert (row["orders"], row["rejects"], row["rejects_below_lot_size"], row["cut_orders"]) == (6, 6, 6, 0)
    assert (row["first_evaluated_bar"], row["evaluated_bars"]) == (0, 6)


def test_a_fee_beyond_the_cash_refuses_for_cash() -> None:
    account = {"cash": 100.0, "commission": {"type": "fixed", "amount": 200.0}}
    (row,) = counts(bars([10.0] * 4), "buy_and_hold", {}, account=account)
    # The order of the last bar is never matched.
    assert (row["orders"], row["rejects"], row["rejects_insufficient_cash"]) == (4, 3, 3)


def test_a_gap_cuts_an_order_to_what_cash_pays_for() -> None:
    (row,) = counts(bars([10.0, 12.0, 12.0], [10.0, 12.0, 12.0]), "buy_and_hold", {}, account={"cash": 100.0})
    assert (row["orders"], row["cut_orders"], row["rejects"]) == (1, 1, 0)


def test_periods_begin_to_be_evaluated_at_their_own_warm_up() -> None:
    first, second = counts(bars([10.0] * 20), "sma_crossover", {"slow_period": [5, 40], "fast_period": [2]})
    assert (first["first_evaluated_bar"], first["evaluated_bars"]) == (4, 16)
    assert (second["first_evaluated_bar"], second["evaluated_bars"]) == (20, 0)


def test_a_common_start_is_the_latest_of_the_grid() -> None:
    swept = {"slow_period": [5, 12], "fast_period": [2]}
    rows = counts(bars([10.0] * 20), "sma_crossover", swept, evaluation={"start": "common"})
    assert [(row["first_evaluated_bar"], row["evaluated_bars"]) for row in rows] == [(11, 9), (11, 9)]


@pytest.mark.parametrize("exits", [{}, {"stop_loss": 0.02, "take_profit": 0.03}])
@pytest.mark.parametrize("strategy", ["sma_crossover", "rsi_reversion", "momentum"])
def test_both_isolations_count_alike_over_a_year(strategy: str, exits: dict[str, float]) -> None:
    data = WHOLE.select(start="2018-03-01", end="2019-03-01")
    blocks: dict[str, Any] = {"exits": exits} if exits else {}
    account = {"lot_size": 30.0, "cash": 10_000.0, "commission": {"type": "percent", "rate": 0.002}}
    for row in counts(data, strategy, {"allow_short": [False, True]}, account=account, **blocks):
        assert row["evaluated_bars"] == data.n_bars
        assert row["orders"] > row["rejects"] == sum(row[f"rejects_{reason.name.lower()}"] for reason in REFUSALS)


def test_counts_are_those_of_the_events() -> None:
    data = WHOLE.select(start="2018-03-01", end="2019-03-01")
    account = {"lot_size": 30.0, "cash": 10_000.0, "position_size": 1.0}
    one = aj.backtest("sma_crossover", data, exits={"stop_loss": 0.02}, fill="same_close", **account)
    events = one.events
    rejects = events[events["kind"].isin(["REJECT"])]
    assert one.metrics["rejects"] == len(rejects)
    sent = events[(events["kind"] == "ORDER") & (events["reason"] != Reason.MODIFIED.name.lower())]
    assert one.metrics["orders"] == len(sent) + len(rejects[rejects["reason"] == "below_lot_size"])


def test_the_table_warns_of_what_it_does_not_say(capsys: pytest.CaptureFixture[str], tmp_path: Any) -> None:
    data = bars([10.0] * 300)
    many = aj.grid("sma_crossover", data, {"slow_period": [20, 100, 400], "fast_period": [2]}, out=tmp_path / "run")
    assert many.warnings == [
        "rows are evaluated from different bars on, 19 to 99 of 300, as their indicators warm up: give bars before "
        "data.start, or set evaluation.start: common, to compare them",
        "1 of 3 rows never evaluated the strategy: its warm-up is longer than the data",
        "2 of 3 rows never sent an order",
    ]
    assert "warning: 1 of 3 rows never evaluated" in repr(many)


def test_a_table_of_refused_orders_says_why(tmp_path: Any) -> None:
    data = bars([10.0] * 30)
    many = aj.grid("buy_and_hold", data, {"account.lot_size": [1000.0, 1.0]}, out=tmp_path / "run", cash=500.0)
    assert many.warnings == ["1 of 2 rows had every order refused: below_lot_size 30"]
