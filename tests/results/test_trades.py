"""The table of trades, from events written by hand."""

import numpy as np
import pytest

from admf_jit.results.trades import TRADE_COLUMNS, closed_trades
from admf_kernels.constants import EVENT_DTYPE, EventKind

FILL, OPEN, CLOSE = EventKind.FILL, EventKind.POSITION_OPEN, EventKind.POSITION_CLOSE


def events(*rows: tuple[int, int, int, int, float, float, float, float]) -> np.ndarray:
    """Records of (kind, bar, cause, order, price, quantity, value, fee), numbered as they stand."""
    records = np.zeros(len(rows), EVENT_DTYPE)
    for place, (kind, bar, cause, order, price, quantity, value, fee) in enumerate(rows):
        records[place]["sequence"] = place
        for name, given in zip(EVENT_FIELDS, (kind, bar, cause, order, price, quantity, value, fee), strict=True):
            records[place][name] = given
    return records


EVENT_FIELDS = ("kind", "bar", "cause", "order", "price", "quantity", "value", "fee")


def test_a_trade_of_several_entries_and_exits() -> None:
    rows = events(
        (FILL, 1, -1, 1, 10.0, 4.0, 0.0, 1.0),
        (OPEN, 1, 0, 1, 10.0, 4.0, 0.0, 1.0),
        (FILL, 2, -1, 2, 16.0, 2.0, 0.0, 2.0),  # average (4 * 10 + 2 * 16) / 6 = 12
        (FILL, 3, -1, 3, 15.0, -3.0, 0.0, 3.0),  # a partial exit leaves the average alone
        (FILL, 4, -1, 4, 18.0, 3.0, 0.0, 4.0),  # (3 * 12 + 3 * 18) / 6 = 15
        (FILL, 9, -1, 5, 20.0, -6.0, 0.0, 5.0),
        (CLOSE, 9, 5, 5, 20.0, -6.0, 24.0, 5.0),
    )
    (trade,) = closed_trades(rows, ("ALFA",))
    assert trade == {
        "symbol": "ALFA",
        "direction": 1,
        "quantity": 9.0,
        "entry_bar": 1,
        "exit_bar": 9,
        "entry_price": 15.0,
        "exit_price": 20.0,
        "profit": 24.0,
        "return": 24.0 / (4 * 10 + 2 * 16 + 3 * 18),
        "commission": 15.0,
        "holding": 8,
        "n_fills": 5,
    }
    assert {*trade, "entry_time", "exit_time"} == set(TRADE_COLUMNS)


def test_a_fill_through_zero_ends_one_trade_and_begins_another() -> None:
    rows = events(
        (FILL, 1, -1, 1, 10.0, 4.0, 0.0, 1.0),
        (OPEN, 1, 0, 1, 10.0, 4.0, 0.0, 1.0),
        (FILL, 2, -1, 2, 12.0, -6.0, 0.0, 3.0),
        (CLOSE, 2, 2, 2, 12.0, -4.0, 5.0, 2.0),
        (OPEN, 2, 2, 2, 12.0, -2.0, 0.0, 1.0),
        (FILL, 3, -1, 3, 11.0, 2.0, 0.0, 1.0),
        (CLOSE, 3, 5, 3, 11.0, 2.0, 0.0, 1.0),
    )
    first, second = closed_trades(rows, ("ALFA",))
    assert (first["direction"], first["quantity"], first["commission"], first["n_fills"]) == (1, 4.0, 3.0, 2)
    assert (second["direction"], second["quantity"], second["commission"], second["n_fills"]) == (-1, 2.0, 2.0, 2)
    assert (second["entry_bar"], second["entry_price"], second["exit_price"]) == (2, 12.0, 11.0)


def test_trades_of_two_symbols_are_told_apart() -> None:
    rows = events(
        (FILL, 1, -1, 1, 10.0, 4.0, 0.0, 1.0),
        (OPEN, 1, 0, 1, 10.0, 4.0, 0.0, 1.0),
        (FILL, 1, -1, 2, 50.0, -1.0, 0.0, 1.0),
        (OPEN, 1, 2, 2, 50.0, -1.0, 0.0, 1.0),
        (FILL, 2, -1, 3, 12.0, 4.0, 0.0, 1.0),
        (FILL, 3, -1, 4, 40.0, 1.0, 0.0, 1.0),
        (CLOSE, 3, 5, 4, 40.0, 1.0, 8.0, 1.0),
    )
    rows["symbol"] = [0, 0, 1, 1, 0, 1, 1]
    (trade,) = closed_trades(rows, ("ALFA", "BETA"))
    assert (trade["symbol"], trade["quantity"], trade["entry_price"]) == ("BETA", 1.0, 50.0)
    assert trade["return"] == pytest.approx(8.0 / 50.0)
