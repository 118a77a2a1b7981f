"""The statistics against arch, jsharpe, skfolio and statsmodels themselves, to 1e-9. Run by `make oracles` alone."""

from typing import Any

import pytest

from tests.oracles.statistics import golden, ours
from tests.oracles.statistics.cases import Case, all_cases
from tests.oracles.statistics.compare import assert_same

Answered = list[tuple[Case, dict[str, Any]]]


@pytest.fixture(scope="module")
def answered() -> Answered:
    cases = all_cases()
    return list(zip(cases, golden.ask_libraries(cases), strict=True))


def test_every_answer_agrees(answered: Answered) -> None:
    for case, theirs in answered:
        assert_same(case.name, ours.answer(case), theirs)


def test_the_golden_file_holds_what_the_libraries_answer(answered: Answered) -> None:
    """To 1e-9: the last bits of some are those of the machine's linear algebra."""
    recorded = golden.read()
    assert {name: line["case"] for name, line in recorded.items()} == {case.name: case.digest() for case, _ in answered}
    for case, theirs in answered:
        assert_same(case.name, recorded[case.name]["answer"], theirs)
