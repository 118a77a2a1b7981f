"""``if not position``: a position is true where something is held, however its truth is asked for."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import config

import admf_jit as aj
from admf_jit.strategies.declaration import definition_of
from admf_jit.strategies.sharing import looks_at_side
from admf_jit.strategies.source import collect_source
from admf_jit.testing import generate_test_data
from tests.contract.plain_python import assert_pass_in_plain_python

DATA = generate_test_data(60, seed=2)
FORMS = 9


def is_flat(held):
    return not held


def holds(held):
    if held:
        return True
    return False


@aj.strategy
class Asked:
    """Holds for five bars out of ten, and asks whether it holds in the way that it is told."""

    form: int = 0

    def on_bar(self, bar, position):
        enter, leave = bar.index % 10 == 2, bar.index % 10 == 7
        flat = True
        if self.form == 0:
            flat = not position
        elif self.form == 1:
            if position:
                flat = False
        elif self.form == 2:
            flat = not bool(position)
        elif self.form == 3:
            while position:
                flat = False
                break
        elif self.form == 4:
            flat = False if position else True
        elif self.form == 5:
            flat = not (position and bar.close > 0.0)
        elif self.form == 6:
            flat = is_flat(position)
        elif self.form == 7:
            flat = not holds(position)
        elif self.form == 8:
            flat = len([1 for k in range(2) if position]) == 0
        if flat:
            return aj.LONG if enter else aj.KEEP
        return aj.FLAT if leave else aj.KEEP


@aj.strategy
class Ordering:
    """The same with orders of its own, short."""

    def on_bar(self, bar, position, orders):
        if not position and bar.index % 10 == 2:
            orders.market(-10.0)
        elif position and bar.index % 10 == 7:
            orders.market(-position.quantity)
        return aj.KEEP


@aj.strategy
class Sided:
    """As arithmetic, which containers share."""

    share: float = 1.0

    def on_bar(self, bar, position):
        if not position:
            return aj.LONG if bar.close > self.share * bar.open else aj.KEEP
        return aj.FLAT if bar.close < self.share * bar.open else aj.KEEP


def expected_exposure() -> float:
    """Filled at the open after bars 2 and 7 of every ten: held at the closes of bars 3 to 7."""
    return float(np.mean([3 <= bar % 10 <= 7 for bar in range(60)]))


@pytest.mark.parametrize("isolation", ["full"] if config.DISABLE_JIT else ["full", "minimal"])
def test_a_position_is_true_where_something_is_held(isolation: str, tmp_path: Path) -> None:
    many = aj.grid(Asked, DATA, {"form": range(FORMS)}, n_jobs=1, isolation=isolation, out=tmp_path / "asked")
    assert many.frame["error"].isna().all(), many.frame["error"]
    assert many.frame["exposure"].tolist() == [expected_exposure()] * FORMS
    assert many.frame["n_trades"].tolist() == [6] * FORMS


def test_with_orders_too() -> None:
    one = aj.backtest(Ordering, DATA)
    assert (one.error, one.metrics["n_trades"], one.metrics["exposure"]) == (None, 6, expected_exposure())


def test_it_is_a_question_for_the_side_that_is_held(tmp_path: Path) -> None:
    assert looks_at_side(collect_source(definition_of(Sided)))
    frames: list[Any] = [
        aj.grid(Sided, DATA, {"share": [0.99, 1.0]}, n_jobs=1, isolation=isolation, out=tmp_path / isolation).frame
        for isolation in (["full"] if config.DISABLE_JIT else ["full", "minimal"])
    ]
    assert all((frame["result_hash"] == frames[0]["result_hash"]).all() for frame in frames)
    assert frames[0]["n_trades"].min() > 0


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="runs this file itself")
def test_plain_python_means_the_same() -> None:
    assert_pass_in_plain_python("tests/strategies/test_position_truth.py", "not plain_python", 3)
