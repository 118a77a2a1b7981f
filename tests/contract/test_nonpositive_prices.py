"""Prices at or below zero, as of oil in April 2020: they value a position, and nothing is sized or filled at them."""

from typing import Any

import pandas as pd
import pytest

import admf_jit as aj
from tests.contract.order_cases import ENGINES, Call, frame_of, play, scripted

CALM = (100, 101, 99, 100)
BELOW = (-5, 1, -10, -5)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_position_is_valued_below_zero_and_sold_when_there_is_a_price(engine: str) -> None:
    frame = frame_of(CALM, CALM, BELOW, BELOW, (20, 21, 19, 20))
    calls = [Call(0, "market", 2), Call(1, "market", -1), Call(3, "market", -2)]
    played = play(engine, scripted(frame, *calls, cash=1000.0))
    assert played.fills == [(1, 100.0, 2.0), (4, 20.0, -2.0)]
    assert played.told("REJECT") == [(2, "no_positive_price", 2)]
    # 800 in cash, and two units at -5.
    assert played.equity == [1000.0, 1000.0, 790.0, 790.0, 840.0]


def test_a_direction_is_sized_above_zero_alone() -> None:
    times = pd.date_range("2024-01-01", periods=4, tz="UTC")
    closes = [-5.0, -5.0, 10.0, 10.0]
    frame = pd.DataFrame({key: closes for key in ("open", "high", "low", "close")}, times)
    frame["volume"] = 1.0
    with pytest.raises(aj.DataError, match="allow_nonpositive"):
        aj.load(frame)
    data = aj.load(frame, allow_nonpositive=True)
    one: Any = aj.backtest("buy_and_hold", data, cash=1000.0)
    fills = one.events[one.events["kind"] == "FILL"]
    assert fills[["bar", "price", "quantity"]].to_numpy().tolist() == [[3, 10.0, 100.0]]
    assert one.metrics["rejects_below_lot_size"] == 2
