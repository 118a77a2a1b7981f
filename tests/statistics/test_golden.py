"""The statistics against what arch, jsharpe, skfolio and statsmodels answered (tests/oracles/statistics), to 1e-9."""

import pytest

from tests.oracles.statistics import golden, ours
from tests.oracles.statistics.cases import Case, all_cases
from tests.oracles.statistics.compare import assert_same

CASES = all_cases()
RECORDED = golden.read()


@pytest.mark.parametrize("call", sorted({case.call for case in CASES}))
def test_answers_are_those_recorded(call: str) -> None:
    cases: list[Case] = [case for case in CASES if case.call == call]
    for case in cases:
        assert case.digest() == RECORDED[case.name]["case"], f"{case.name}: the generator of cases has changed"
        assert_same(case.name, ours.answer(case), RECORDED[case.name]["answer"])


def test_every_case_is_recorded() -> None:
    assert RECORDED.keys() == {case.name for case in CASES}


def test_the_block_length_of_the_example_of_arch() -> None:
    assert round(RECORDED["block_lengths 0"]["answer"]["stationary"], 6) == 13.635665
