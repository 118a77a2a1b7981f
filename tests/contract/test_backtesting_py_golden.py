"""The plain model of backtesting.py's rules against what that engine did, recorded in tests/golden/backtesting_py."""

from typing import Any

import pytest

from tests.oracles.backtesting_py import golden
from tests.oracles.backtesting_py.boundaries import case_of
from tests.oracles.backtesting_py.cases import as_json
from tests.oracles.backtesting_py.play import play

LINES = golden.read()


def test_all_of_them_are_there() -> None:
    assert [line["seed"] for line in LINES] == list(golden.SEEDS)


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"seed{line['seed']}")
def test_the_model_makes_the_recorded_trades_and_equity(line: dict[str, Any]) -> None:
    case = case_of(line["seed"])
    assert golden.digest(as_json(case)) == line["case"], "the generator of cases has changed: record them again"
    assert golden.record(case, play(case)) == line
