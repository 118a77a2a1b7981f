"""Symbols whose bars end before the others': their money comes back, with an event. Section 16 of the trading model."""

from typing import Any

import pandas as pd

import admf_jit as aj
from admf_jit.data import MarketData


def market(prices: dict[str, list[float]]) -> MarketData:
    frames = {}
    for symbol, closes in prices.items():
        index = pd.date_range("2024-01-01", periods=len(closes), tz="UTC")
        frames[symbol] = pd.DataFrame({key: closes for key in ("open", "high", "low", "close")}, index, dtype=float)
        frames[symbol]["volume"] = 1000.0
    return aj.load(frames)


@aj.strategy
class Half:
    """Half of the account in each symbol that has a bar."""

    def target_weights(self, market: Any, weights: Any) -> None:
        for symbol in range(weights.shape[0]):
            weights[symbol] = 1.0 / market.has_bar.sum()


def test_a_symbol_that_ends_gives_its_money_back_at_its_last_close() -> None:
    data = market({"A": [10.0, 10.0, 20.0], "B": [10.0] * 6})
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
