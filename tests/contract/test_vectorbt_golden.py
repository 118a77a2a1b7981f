"""The plain model of vectorbt's rules against orders that vectorbt itself made, recorded in tests/golden/vectorbt."""

from dataclasses import astuple
from typing import Any

import pytest

from tests.oracles.vectorbt import golden
from tests.oracles.vectorbt.cases import random_case
from tests.reference.vectorbt_model import run

LINES = golden.read()


def test_all_of_them_are_there() -> None:
    assert [line["seed"] for line in LINES] == list(golden.RECORDED)


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"seed{line['seed']}")
def test_the_model_makes_the_recorded_orders_and_equity(line: dict[str, Any]) -> None:
    case = random_case(line["seed"])
    assert golden.digest(case.as_json()) == line["case"], "the generator of cases has changed: record them again"
    outcome = run(case.bars, case.signals, case.rules)
    assert golden.record(case, map(astuple, outcome.orders), outcome.equity, outcome.final_equity) == line
