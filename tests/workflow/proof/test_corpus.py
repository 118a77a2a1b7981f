"""Planted look-ahead is found, of every kind, and strategies without any are not accused."""

import itertools
from functools import cache

import pytest

from admf_jit.config import load_config
from admf_jit.data import MarketData, load
from admf_jit.workflow.proof import CheckReport, Subject, check, subject_of
from tests.long import how_many, only_long
from tests.workflow.proof.corpus import IDEAS, Idea, maker

N_BARS = 130
NAMES = sorted(IDEAS)
ALL = [*itertools.product(NAMES, range(1, 6))]


@cache
def bars() -> MarketData:
    return load("sample", symbols=["ALFA"], timeframe="1d", end="2015-07-01")


def checked(idea: Idea, number: int, n_cuts: int) -> CheckReport:
    config = load_config({"data": {"source": "sample"}, "strategy": {"type": "buy_and_hold"}})
    subject: Subject = subject_of(config, bars(), maker(idea, number))
    return check(subject, n_containers=1, n_cuts=n_cuts)


@pytest.mark.parametrize("name", NAMES)
def test_a_planted_leak_is_found(name: str) -> None:
    report = checked(IDEAS[name][0], 2, how_many(2, 12))
    assert report.looks_ahead, str(report)


@pytest.mark.parametrize("name", NAMES[:: how_many(4, 1)])
def test_the_same_idea_done_right_is_not_accused(name: str) -> None:
    report = checked(IDEAS[name][1], 2, how_many(3, 12))
    assert report.containers == 1 and not report.looks_ahead, str(report)


@pytest.mark.parametrize(("name", "number"), ALL, ids=str)
class TestAHundred:
    pytestmark = only_long

    def test_leaks_are_found(self, name: str, number: int) -> None:
        assert checked(IDEAS[name][0], number, 12).looks_ahead

    def test_clean_ones_are_not_accused(self, name: str, number: int) -> None:
        report = checked(IDEAS[name][1], number, 12)
        assert report.containers == 1 and not report.looks_ahead, str(report)
