"""Every index and every divisor of a user's code is checked, and says where: compiled and plain, in every isolation."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from numba import config

import admf_jit as aj
from admf_jit.strategies.compiled import compile_strategy
from admf_jit.strategies.source import collect_source
from admf_jit.testing import generate_test_data
from tests.contract.plain_python import assert_pass_in_plain_python
from tests.strategies import indexing
from tests.strategies.declare import declared, line_of, on_bar
from tests.strategies.indexing import FORMS, Caught, Forms, Ordering, Weighing, Within

DATA = generate_test_data(40, seed=5)
PAIR = aj.load(pd.concat([DATA.frame().assign(symbol=symbol) for symbol in ("A", "B")]))
OUTSIDE = "IndexError: index is out of bounds"
#: What is said of the forms that are no index outside of its array.
OTHERS = (
    {26: "ValueError: operands could not be broadcast together"}
    | {12: "IndexError: a mask must be as long as what it selects from"}
    | dict.fromkeys((22, 23, 24), "ZeroDivisionError: division by zero")
)
ISOLATIONS = ["full"] if config.DISABLE_JIT else ["full", "minimal", "process"]


def marked(mark: str) -> str:
    """Return "file:line" of the line of `indexing` that ends with this comment, and its text below."""
    lines = inspect.getsource(indexing).splitlines()
    (number,) = [number for number, line in enumerate(lines, start=1) if line.endswith(f"# {mark}")]
    return f"{indexing.__file__}:{number}\n    {lines[number - 1].strip()}"


def swept(strategy: Any, n: int, isolation: str, data: aj.MarketData = DATA, **settings: Any) -> list[Any]:
    many = aj.grid(strategy, data, {"form": range(n)}, n_jobs=1, isolation=isolation, **settings)
    return [None if error is None or error != error else error for error in many.frame["error"]]


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_an_index_outside_is_told_with_line_and_bar(isolation: str, tmp_path: Path) -> None:
    errors = swept(Forms, FORMS, isolation, out=tmp_path / "forms")
    for form, error in enumerate(errors):
        said = OTHERS.get(form, OUTSIDE)
        assert error is not None and error.startswith(f"{said} at {marked(f'form {form}')} (bar 20, "), (form, error)


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_orders_and_state_are_checked_too(isolation: str, tmp_path: Path) -> None:
    first, second = swept(Ordering, 2, isolation, out=tmp_path / "ordered")
    assert first.startswith(f"{OUTSIDE} at {marked('ordered 0')} (bar 20, ")
    assert second.startswith(f"ZeroDivisionError: division by zero at {marked('ordered 1')} (bar 20, ")


def test_weights_are_checked_too(tmp_path: Path) -> None:
    errors = swept(Weighing, 3, "full", PAIR, out=tmp_path / "weighed")
    for form, error in enumerate(errors):
        assert error.startswith(f"{OUTSIDE} at {marked(f'weighed {form}')} (bar 20, "), error


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_a_strategy_may_catch_what_it_did(isolation: str, tmp_path: Path) -> None:
    many = aj.grid(Caught, DATA, {"form": [0, 1, 2]}, n_jobs=1, isolation=isolation, out=tmp_path / "caught")
    assert many.frame["error"].isna().all()
    # Long from the open of bar 1 on, and flat from that of 21: a trade each.
    assert many.frame["n_trades"].tolist() == [1, 1, 1]
    for form in (0, 1):
        assert many.container(form).trades["holding"].tolist() == [20]


def test_indexes_within_are_pythons() -> None:
    one = aj.backtest(Within, DATA)
    assert one.error is None and one.metrics["exposure"] == 39 / 40


def test_an_index_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    above = "VALUES = np.zeros(50)\n"
    definition = declared(tmp_path, on_bar("return VALUES[bar.index / 2] > 0.0  # here", above))
    if config.DISABLE_JIT:
        with pytest.raises(aj.BacktestError, match=r"an index must be a whole number: use int\(...\)"):
            aj.backtest(definition.cls, DATA)
        return
    with pytest.raises(aj.StrategyError, match=r"an index must be a whole number: use int\(...\)") as refused:
        compile_strategy(definition)
    assert str(refused.value).startswith(line_of(definition, "# here"))


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("np.take_along_axis(VALUES, VALUES, 0)", "numpy.take_along_axis does not check what it reads: use a loop"),
        ("np.lib.stride_tricks.as_strided(VALUES, (9,), (8,))", "as_strided does not check what it reads"),
        ("np.bincount(VALUES)", "numpy.bincount does not check what it reads"),
        ("np.add(VALUES, VALUES, VALUES)", "np.add with an array for its result does not check that array"),
        ("sqrt(VALUES, out=VALUES)", "sqrt with an array for its result does not check that array"),
    ],
)
def test_what_cannot_be_checked_is_refused(tmp_path: Path, code: str, said: str) -> None:
    above = "from numpy import sqrt\nVALUES = np.zeros(5)\n"
    definition = declared(tmp_path, on_bar(f"return {code}[0] > 0  # here", above))
    with pytest.raises(aj.StrategyError) as refused:
        collect_source(definition)
    assert str(refused.value).startswith(f"{line_of(definition, '# here')}: ") and said in str(refused.value)


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="runs this file itself")
def test_plain_python_says_the_same() -> None:
    assert_pass_in_plain_python("tests/strategies/test_indexes.py", "not plain_python", 11)
