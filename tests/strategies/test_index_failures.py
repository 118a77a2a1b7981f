"""A wrong index in a loop is the first one that Python meets; containers beside it keep their rows."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from numba import config

import admf_jit as aj
from admf_jit.testing import generate_test_data
from tests.contract.plain_python import assert_pass_in_plain_python
from tests.strategies import looping
from tests.strategies.looping import FORMS, Holding, Looped, Reaching, Weighed

DATA = generate_test_data(40, seed=5)
PAIR = aj.load(pd.concat([DATA.frame().assign(symbol=symbol) for symbol in ("A", "B")]))
LONG_DATA = generate_test_data(160, seed=6)
OUTSIDE = "IndexError: index is out of bounds"
#: At which bar a form goes wrong, where it is not the 20th.
BARS = {4: 0}
ISOLATIONS = ["full"] if config.DISABLE_JIT else ["full", "minimal", "process"]


def marked(mark: str, *, below: int = 0) -> str:
    """Return "file:line" of the line of `looping` that ends with this comment, or of one below, and its text."""
    lines = inspect.getsource(looping).splitlines()
    (number,) = [number for number, line in enumerate(lines, start=1) if line.endswith(f"# {mark}")]
    return f"{looping.__file__}:{number + below}\n    {lines[number + below - 1].strip()}"


def rows(strategy: Any, isolation: str, data: aj.MarketData, out: Path, **swept: Any) -> pd.DataFrame:
    return aj.grid(strategy, data, swept, n_jobs=1, isolation=isolation, out=out).frame


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_the_first_wrong_index_is_told_with_line_and_bar(isolation: str, tmp_path: Path) -> None:
    errors = rows(Looped, isolation, DATA, tmp_path / "looped", form=range(FORMS))["error"]
    for form, error in enumerate(errors):
        # Form 4 has an index in its next line that is wrong at every bar from the third number on.
        place = marked(f"form {form}", below=1 if form == 4 else 0)
        assert error.startswith(f"{OUTSIDE} at {place} (bar {BARS.get(form, 20)}, "), (form, error)


def test_weights_in_a_loop_are_checked_too(tmp_path: Path) -> None:
    errors = rows(Weighed, "full", PAIR, tmp_path / "weighed", form=range(3))["error"]
    for form, error in enumerate(errors):
        assert error.startswith(f"{OUTSIDE} at {marked(f'weighed {form}')} (bar 20, "), error


@pytest.mark.parametrize("strategy", [Reaching, Holding])
@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_neighbours_of_a_failed_container_keep_every_bit(isolation: str, strategy: Any, tmp_path: Path) -> None:
    """Of eight containers that run side by side one looks beyond the end, from bar 100 on."""
    right, beyond = [0, 1, 2, 3, 4, 5, 6], 200 - 100
    alone = rows(strategy, "full", LONG_DATA, tmp_path / "alone", fast=[3, 6], ahead=right)
    swept = rows(
        strategy, isolation, LONG_DATA, tmp_path / "swept", fast=[3, 6], ahead=[*right[:3], beyond, *right[3:]]
    )
    kept, failed = swept[swept["ahead"] != beyond], swept[swept["ahead"] == beyond]
    assert kept["error"].isna().all() and alone["error"].isna().all() and len(set(kept["result_hash"])) > 7
    assert kept["result_hash"].tolist() == alone["result_hash"].tolist()
    assert len(failed) == 2 and failed["error"].str.startswith(OUTSIDE).all()
    if strategy is Reaching:
        assert failed["error"].str.contains("(bar 100, ", regex=False).all()
    one = rows(strategy, "full", LONG_DATA, tmp_path / "one", fast=[3, 6], ahead=[beyond])
    assert one["error"].tolist() == failed["error"].tolist()


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="runs this file itself")
def test_plain_python_says_the_same() -> None:
    assert_pass_in_plain_python("tests/strategies/test_index_failures.py", "not plain_python", 4)
