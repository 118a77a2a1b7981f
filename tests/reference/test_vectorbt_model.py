"""The model of vectorbt's rules against accounts kept by hand; each number is derived in the comment beside it."""

import math
from dataclasses import astuple
from typing import Any

import pytest

from tests.reference.vectorbt_model import run
from tests.reference.vectorbt_records import Bars, Outcome, Rules, Signals


def play(bars: Bars, entries: str = "", short_entries: str = "", exits: str = "", **rules: Any) -> Outcome:
    """Run signals written as one character a bar, x where there is one."""
    n = len(bars.close)
    long, short, out = ([mark == "x" for mark in text.ljust(n)] for text in (entries, short_entries, exits))
    return run(bars, Signals(long, out, short, [False] * n), Rules(**{"cash": 100.0, "size": 2.0, **rules}))


def level(*closes: float) -> Bars:
    """Bars without any range."""
    return Bars(closes, closes, closes, closes)


def test_a_reversal_is_one_order_with_one_fixed_fee() -> None:
    outcome = play(level(10.0, 16.0), "x", " x", " x", fill="same_close", fixed_fees=1.0)
    assert [astuple(order) for order in outcome.orders] == [(0, "buy", 2.0, 10.0, 1.0), (1, "sell", 4.0, 16.0, 1.0)]
    assert outcome.equity == [99.0, 110.0]  # 100 - 20 - 1 + 20; 79 + 64 - 1 - 32


def test_an_infinite_size_is_all_that_cash_pays_for() -> None:
    outcome = play(level(10.0, 10.0), "x", size=math.inf, fees=0.25)  # the signal of bar 0 fills at the open of bar 1
    assert [astuple(order) for order in outcome.orders] == [(1, "buy", 8.0, 10.0, 20.0)]  # 100 / 1.25 = 80 for shares
    assert outcome.equity == [100.0, 80.0]


def test_a_stop_base_is_the_close_and_a_gap_fills_at_the_open() -> None:
    bars = Bars([10.0, 14.0, 11.0], [16.0, 17.0, 12.0], [10.0, 13.0, 11.0], [16.0, 14.0, 12.0])
    # Stop at 16 * 0.75 = 12. The low 10 is in the bar of the entry and does not count, 13 is above; the open 11 is past
    # it. The slippage is not taken from the price of a stop.
    outcome = play(bars, "x", fill="same_close", stop_loss=0.25, slippage=0.5)
    assert [astuple(order) for order in outcome.orders][1:] == [(2, "sell", 2.0, 11.0, 0.0)]


def test_what_is_not_stated_is_refused() -> None:
    with pytest.raises(ValueError, match="finite size"):
        play(level(10.0), "", "x", size=math.inf)
    with pytest.raises(ValueError, match="cash"):
        play(level(10.0), cash=1e-10)
