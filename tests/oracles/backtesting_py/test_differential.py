"""The plain model and the compiled engine against backtesting.py itself, bit for bit. Run by `make oracles` alone."""

from typing import Any

import pytest

from tests.oracles.backtesting_py import golden, kernel
from tests.oracles.backtesting_py.boundaries import case_of
from tests.oracles.backtesting_py.cases import Case
from tests.oracles.backtesting_py.changes import CHANGES
from tests.oracles.backtesting_py.play import OUTCOME, play
from tests.oracles.backtesting_py.rules import count

CASES = 2400
# In how many recorded cases each rule has to decide: below that, agreement would say little about it.
ENOUGH = 4

Played = tuple[Case, dict[str, Any], dict[str, Any]]


@pytest.fixture(scope="module")
def played() -> list[Played]:
    """The first cases and all recorded ones, with what the model and what backtesting.py make of each."""
    cases = [case_of(seed) for seed in sorted({*range(CASES), *golden.SEEDS})]
    return list(zip(cases, map(play, cases), golden.ask_backtesting_py(cases), strict=True))


@pytest.mark.parametrize("part", OUTCOME)
def test_every_outcome_of_the_model_has_the_same_bits(played: list[Played], part: str) -> None:
    for case, outcome, answer in played:
        assert outcome[part] == answer[part], case.seed


def test_every_outcome_of_the_compiled_engine_has_the_same_bits(played: list[Played]) -> None:
    assert len(played) > CASES
    for case, _, answer in played:
        assert kernel.play(case) == answer, case.seed


def test_the_golden_file_holds_what_backtesting_py_says(played: list[Played]) -> None:
    answers = {case.seed: golden.record(case, answer) for case, _, answer in played}
    for line in golden.read():
        assert answers[line["seed"]] == line


@pytest.mark.parametrize(("rule", "passage", "change"), CHANGES, ids=[rule for rule, _, _ in CHANGES])
def test_each_rule_decides_in_enough_recorded_cases(rule: str, passage: str, change: str) -> None:
    assert count(passage, change, [case_of(seed) for seed in golden.SEEDS]) >= ENOUGH
