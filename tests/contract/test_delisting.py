"""Symbols whose bars end before the others': their money comes back, with an event. Section 16 of the trading model."""

from typing import Any

import pandas as pd
import pytest

import admf_jit as aj
from admf_jit.data import MarketData
from admf_jit.errors import ConfigError, DataError
from tests.contract.plain_python import assert_pass_in_plain_python

ENDS = {"A": [10.0, 10.0, 20.0], "B": [10.0] * 6}


def market(prices: dict[str, list[float]], delisted: dict[str, float] | None = None) -> MarketData:
    frames = {}
    for symbol, closes in prices.items():
        index = pd.date_range("2024-01-01", periods=len(closes), tz="UTC")
        frames[symbol] = pd.DataFrame({key: closes for key in ("open", "high", "low", "close")}, index, dtype=float)
        frames[symbol]["volume"] = 1000.0
    return aj.load(frames, delisted=delisted)


@aj.strategy
class Half:
    """Half of the account in each symbol that has a bar."""

    def target_weights(self, market: Any, weights: Any) -> None:
        for symbol in range(weights.shape[0]):
            weights[symbol] = 1.0 / market.has_bar.sum()


def test_a_symbol_that_ends_gives_its_money_back_at_its_last_close() -> None:
    data = market(ENDS)
    one = aj.backtest(
        Half, data, cash=1000.0, portfolio=True, rebalance="month", commission={"type": "fixed", "amount": 1.0}
    )
    events = one.events
    told = events[events["reason"] == "delisted"]
    # 49.9 of A were bought at 10; they leave at 20, without a fee, on the fourth day.
    assert told["kind"].tolist() == ["ORDER", "FILL"]
    assert told["bar"].tolist() == [3, 3]
    bought = events[(events["kind"] == "FILL") & (events["symbol"] == "A")]["quantity"].iloc[0]
    assert told["quantity"].tolist() == [-bought, -bought]
    assert told["price"].tolist() == [20.0, 20.0]
    assert told["fee"].iloc[1] == 0.0
    closed = one.trades[one.trades["symbol"] == "A"]
    assert closed["profit"].tolist() == [10.0 * bought - 1.0]
    assert one.equity.iloc[-1] == 1000.0 - 2.0 + 10.0 * bought


@aj.strategy
class Switch:
    """All of the account in the first symbol, and from the next month on in the second."""

    def target_weights(self, market: Any, weights: Any) -> None:
        weights[0 if market.index == 0 else 1] = 1.0


def test_a_cut_purchase_of_weights_is_tried_again_when_the_money_is_there() -> None:
    """A cannot be sold on 2 and 3 February, when it has no bar: B is bought on the fourth, when it is."""
    days = pd.date_range("2024-01-30", "2024-02-06", tz="UTC")
    frame = pd.DataFrame({key: 10.0 for key in ("open", "high", "low", "close", "volume")}, days)
    data = aj.load({"A": frame.drop(days[3:5]), "B": frame})
    one = aj.backtest(Switch, data, cash=1000.0, portfolio=True, rebalance="month")
    events = one.events
    fills = events[events["kind"] == "FILL"]
    assert list(zip(fills["symbol"], fills["bar"], fills["quantity"], strict=True)) == [
        ("A", 1, 100.0),
        ("A", 5, -100.0),
        ("B", 5, 100.0),
    ]
    # The opens at which nothing could be paid for left no event.
    assert events["kind"].isin(["REJECT", "CANCEL"]).sum() == 0


@pytest.mark.parametrize("price", [0.0, 5.0, 33.0])
def test_a_given_price_takes_the_place_of_the_last_close(price: float) -> None:
    fee = {"type": "fixed", "amount": 1.0}
    one = aj.backtest(
        Half, market(ENDS), cash=1000.0, portfolio=True, rebalance="month", commission=fee, delisted={"A": price}
    )
    events = one.events
    told = events[events["reason"] == "delisted"]
    assert told["kind"].tolist() == ["ORDER", "FILL"]
    assert told["price"].tolist() == [price, price]
    assert told["fee"].tolist() == [0.0, 0.0]
    # 50 of A are bought at 10, and 49.8 of B are paid for after two fees of 1.
    closed = one.trades[one.trades["symbol"] == "A"]
    assert closed["profit"].tolist() == [50.0 * (price - 10.0) - 1.0]
    assert one.equity.tolist() == [1000.0, 998.0, 1498.0, *[498.0 + 50.0 * price] * 3]


@aj.strategy
class HalfShort:
    """Short by half of the account."""

    def on_bar(self, bar: Any, position: Any) -> int:
        return aj.SHORT


def test_a_takeover_costs_who_is_short() -> None:
    """50 short at 10 bring 500; at 15 they cost 750."""
    data = market({"A": [10.0, 10.0, 12.0], "B": [10.0] * 6}, {"A": 15.0})
    many = aj.grid(HalfShort, data, {"symbol": ["A", "B"]}, cash=1000.0, position_size=0.5)
    assert many.frame["final_equity"].tolist() == [750.0, 1000.0]
    assert many.container(0).equity.tolist() == [1000.0, 1000.0, 900.0, 750.0, 750.0, 750.0]


def test_a_takeover_beyond_all_money_ends_the_container() -> None:
    """50 short at 10 bring 500, so that cash is 1500; at 31 they cost 1550."""
    data = market({"A": [10.0, 10.0, 12.0], "B": [10.0] * 6}, {"A": 31.0})
    many = aj.grid(HalfShort, data, {"symbol": ["A", "B"]}, cash=1000.0, position_size=0.5)
    assert many.frame["status"].tolist() == ["failed", "ok"]
    assert "equity" in many.frame["error"][0] and "bar 3" in many.frame["error"][0]


@pytest.mark.parametrize("isolation", ["auto", "full", "process"])
def test_every_isolation_closes_at_the_given_price(isolation: str) -> None:
    """100 of A are bought at 10, and are worth 2.5 each in the end."""
    data = market(ENDS, {"A": 2.5})
    many = aj.grid("buy_and_hold", data, {"symbol": ["A", "B"]}, cash=1000.0, isolation=isolation)
    assert many.frame["final_equity"].tolist() == [250.0, 1000.0]
    assert many.frame["n_trades"].tolist() == [1.0, 0.0]


def test_the_price_is_part_of_a_container_s_identity() -> None:
    ids = {
        str(delisted): aj.grid("buy_and_hold", market(ENDS, delisted), {"symbol": ["A"]}).frame["container_id"][0]
        for delisted in (None, {"A": 0.0}, {"A": 0.5})
    }
    assert len(set(ids.values())) == 3
    again = aj.grid("buy_and_hold", market(ENDS), {"symbol": ["A"]}, delisted={"A": 0.5})
    assert again.frame["container_id"][0] == ids["{'A': 0.5}"]
    assert market(ENDS, {}).digest == market(ENDS).digest


def test_a_configuration_names_it_and_a_replay_keeps_it(tmp_path: Any) -> None:
    folder = tmp_path / "bars"
    folder.mkdir()
    for symbol, closes in ENDS.items():
        rows = [f"2024-01-{day:02d},{c},{c},{c},{c},1" for day, c in enumerate(closes, 1)]
        (folder / f"{symbol}.csv").write_text("\n".join(["time,open,high,low,close,volume", *rows]))
    config = {
        "data": {"source": str(folder), "delisted": {"A": 4}},
        "strategy": {"type": "buy_and_hold"},
        "account": {"cash": 1000},
        "optimization": {"parameters": {"symbol": ["A", "B"]}},
    }
    many = aj.run_optimization(config, out=tmp_path / "run")
    assert many.frame["final_equity"].tolist() == [400.0, 1000.0]
    assert aj.open_run(tmp_path / "run").container(0).equity.tolist()[-1] == 400.0
    config["data"]["delisted"] = {"A": -4}  # type: ignore[index]
    with pytest.raises(ConfigError, match=r"data\.delisted: the price of A is -4; expected a number >= 0"):
        aj.run_optimization(config)


@pytest.mark.parametrize(
    ("delisted", "message"),
    [
        ({"C": 1.0}, "'C' is not in the data, which has A, B"),
        ({"A ": 1.0}, "did you mean 'A'"),
        ({"B": 1.0}, "'B' does not end before the other symbols: it has the last bar of the data"),
        ({"A": -1.0}, "the price of 'A' is -1.0; expected a number >= 0"),
        ({"A": float("nan")}, "the price of 'A' is nan"),
        ({"A": float("inf")}, "the price of 'A' is inf"),
        ({"A": True}, "the price of 'A' is True"),
        ({"A": "1"}, "the price of 'A' is '1'"),
        (["A"], "is not a mapping of symbols to prices"),
    ],
)
def test_what_cannot_be_is_refused(delisted: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        market(ENDS, delisted)


def test_a_part_of_the_data_keeps_what_it_knows_of() -> None:
    data = market({**ENDS, "C": [10.0] * 4}, {"A": 4.0, "C": 0.0})
    assert data.select(end="2024-01-04").delisted == {"A": 4.0}  # C has the last bar of it
    assert data.select(end="2024-01-02").delisted == {}  # before either ends
    assert data.select(["B", "C"]).delisted == {"C": 0.0}
    assert data.select(start="2024-01-03").delisted == {"A": 4.0, "C": 0.0}
    assert not data.select(["B", "C"]).notes
    later = data.select(start="2024-01-04", history="none")  # A has no bar left
    assert later.delisted == later.select(end="2024-01-05").delisted == {"A": 4.0, "C": 0.0}
    assert not later.select(end="2024-01-05").notes
    assert data.select(end="2024-01-05").with_delisted({"A": 1.0}).delisted == {"A": 1.0}
    assert data.select("A").notes == (
        "delisted: not used for A: no bar comes after the last one, and a position is marked at its close",
    )


def test_bars_that_go_on_elsewhere_are_not_delisted() -> None:
    first = market(ENDS, {"A": 4.0})
    later = {key: [9.0, 9.0] for key in ("open", "high", "low", "close", "volume")}
    more = pd.DataFrame(later, pd.date_range("2024-01-04", periods=2, tz="UTC")).assign(symbol="A")
    assert aj.load([first, more]).delisted == {}
    assert aj.load([first, more.assign(symbol="C")]).delisted == {"A": 4.0}
    gone = first.select(start="2024-01-04", history="none")
    assert aj.load([gone, more.assign(symbol="C")]).symbols == ("B", "C")


def test_plain_python_comes_to_the_same() -> None:
    assert_pass_in_plain_python(__file__, "given_price or takeover or every_isolation", 8)
