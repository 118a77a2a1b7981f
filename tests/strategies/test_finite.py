"""Quantities, prices and weights that are not finite are exceptions of the strategy, with line and bar."""

from __future__ import annotations

import inspect
import math
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from numba import config

import admf_jit as aj
from admf_jit import ta
from admf_jit.testing import generate_test_data
from tests.contract.plain_python import assert_pass_in_plain_python

DATA = generate_test_data(30, seed=4)
PAIR = aj.load(pd.concat([DATA.frame().assign(symbol=symbol) for symbol in ("A", "B")]))
ISOLATIONS = ["full"] if config.DISABLE_JIT else ["full", "minimal", "process"]
SAID = (
    "market: quantity", "limit: price", "stop: quantity", "stop_limit: stop", "stop_limit: limit",
    "trailing_amount: amount", "trailing_percent: rate", "trailing_atr: multiple", "market_on_close: quantity",
    "bracket: target", "bracket: limit", "modify: limit", "limit: quantity",
)  # fmt: skip


def send_limit(desk, quantity):
    desk.limit(quantity, 100.0)  # form 12


@aj.strategy
class Sending:
    """Divides by zero as NumPy does, at bar 7, and sends what comes of it in the way that it is told."""

    form: int = 0
    undefined: bool = False

    def on_bar(self, bar, position, orders):
        x = 1.0
        if bar.index == 7:
            x = math.nan if self.undefined else math.inf
        if self.form == 0:
            orders.market(x)  # form 0
        elif self.form == 1:
            orders.limit(1.0, x)  # form 1
        elif self.form == 2:
            orders.stop(-x, price=50.0)  # form 2
        elif self.form == 3:
            orders.stop_limit(1.0, x, 5.0)  # form 3
        elif self.form == 4:
            orders.stop_limit(1.0, 5.0, limit=2.0 * x)  # form 4
        elif self.form == 5:
            orders.trailing_amount(1.0, x)  # form 5
        elif self.form == 6:
            orders.trailing_percent(1.0, rate=x)  # form 6
        elif self.form == 7:
            orders.trailing_atr(1.0, x)  # form 7
        elif self.form == 8:
            orders.market_on_close(x)  # form 8
        elif self.form == 9:
            orders.bracket(1.0, 5.0, x)  # form 9
        elif self.form == 10:
            orders.bracket(1.0, 5.0, 500.0, limit=x)  # form 10
        elif self.form == 11:
            orders.modify(1, limit=x)  # form 11
        elif self.form == 12:
            send_limit(orders, x)
        return aj.KEEP


@aj.strategy
class Weighing:
    """Weights of 1 over what is zero at bar 7; the indicator is warm at bar 4 only."""

    form: int = 0
    slow = ta.sma(5)

    def target_weights(self, market, weights):
        x = float("inf") if market.index == 7 else 0.1
        if self.form == 0:
            weights[1] = x
        elif self.form == 1:
            weights[:] = x - x + 0.2  # the last line
        else:
            return


def marked(mark: str) -> str:
    """Return "file:line" of the line of this file that has this comment, and its text below."""
    lines = inspect.getsource(sys.modules[__name__]).splitlines()
    (number,) = [number for number, line in enumerate(lines, start=1) if line.endswith(f"  # {mark}")]
    return f"{__file__}:{number}\n    {lines[number - 1].strip()}"


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_an_order_of_no_finite_number_is_an_exception(isolation: str, tmp_path: Path) -> None:
    sweep = {"form": range(len(SAID)), "undefined": [False, True]}
    many = aj.grid(Sending, DATA, sweep, n_jobs=1, isolation=isolation, out=tmp_path / "sent")
    for row in many.frame.to_dict("records"):
        form, error = row["form"], row["error"]
        if SAID[form].startswith("modify") and row["undefined"]:
            assert row["status"] == "ok", "NaN names nothing of a change"
            continue
        said = f"ValueError: orders.{SAID[form]} is not a finite number at {marked(f'form {form}')} (bar 7, "
        assert isinstance(error, str) and error.startswith(said), (form, error)


def test_a_weight_of_no_finite_number_is_an_exception(tmp_path: Path) -> None:
    many = aj.grid(Weighing, PAIR, {"form": [0, 1, 2]}, n_jobs=1, out=tmp_path / "weighed")
    errors: list[Any] = many.frame["error"].tolist()
    said = "ValueError: a weight of a symbol that is ready is not a finite number at "
    for form in (0, 1):
        assert errors[form].startswith(f"{said}{marked('the last line')} (bar 7, "), errors[form]
    assert many.frame["status"].tolist() == ["failed", "failed", "ok"]


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="runs this file itself")
def test_plain_python_says_the_same() -> None:
    assert_pass_in_plain_python("tests/strategies/test_finite.py", "exception", 2)
