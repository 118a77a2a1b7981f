"""The plain model and the preset's kernel against vectorbt itself, bit for bit. Run by `make oracles` alone."""

import math
from collections import Counter
from dataclasses import astuple
from typing import Any

import pytest

from tests.oracles.vectorbt import golden, kernel
from tests.oracles.vectorbt.cases import Case, random_case
from tests.reference.vectorbt_model import run
from tests.reference.vectorbt_records import Outcome

CASES = 2400
# In how many cases each rule has to decide at least once: below that, agreement would say little about it.
ENOUGH = 20
RULES = {
    "buy cut to the cash",
    "buy rejected: no cash",
    "closed in part",
    "cost above cash within the tolerance",
    "exit by signal",
    "fees above proceeds within the tolerance",
    "gap: filled at the open",
    "level exactly at the extreme",
    "level inside the bar",
    "long and short entries drop both",
    "long entry and exit drop both",
    "missing open: previous close",
    "rejected: below the smallest size",
    "repeated entry ignored",
    "reported cash differs from the cash to trade with",
    "reversal",
    "reversal beats exit",
    "rounded down to the granularity",
    "sell rejected: fees above proceeds",
    "short entry and exit drop both",
    "smallest size within the tolerance",
    "stop exit at close",
    "stop exit at price",
    "stop exit at stoplimit",
    "stop exit at stopmarket",
    "stop suppresses signals",
    "stop-loss hit",
    "take-profit hit",
    "trailing stop hit",
}

Played = tuple[Case, Outcome, dict[str, Any]]


@pytest.fixture(scope="module")
def played() -> list[Played]:
    """Every case with what the model and what vectorbt make of it."""
    cases = [random_case(seed) for seed in range(CASES)]
    outcomes = [run(case.bars, case.signals, case.rules) for case in cases]
    return list(zip(cases, outcomes, golden.ask_vectorbt(cases), strict=True))


def test_every_order_has_the_same_bits(played: list[Played]) -> None:
    for case, outcome, answer in played:
        assert [list(astuple(order)) for order in outcome.orders] == answer["orders"], case.seed


def test_every_equity_has_the_same_bits(played: list[Played]) -> None:
    for case, outcome, answer in played:
        assert all(map(math.isfinite, answer["equity"])), case.seed
        assert outcome.equity == answer["equity"], case.seed
        assert outcome.final_equity == answer["final_equity"], case.seed


def test_the_kernel_has_the_same_bits(played: list[Played]) -> None:
    for case, _, answer in played:
        made = kernel.play(case)
        assert made.orders == answer["orders"], case.seed
        assert made.equity == answer["equity"], case.seed
        assert made.final_equity == answer["final_equity"], case.seed


def test_each_rule_decides_in_enough_cases(played: list[Played]) -> None:
    cases = Counter(rule for _, outcome, _ in played for rule in outcome.decided)
    assert set(cases) == RULES
    assert min(cases.values()) >= ENOUGH, cases


def test_the_golden_file_holds_what_vectorbt_says(played: list[Played]) -> None:
    for line in golden.read():
        case, _, answer = played[line["seed"]]
        assert golden.record(case, answer["orders"], answer["equity"], answer["final_equity"]) == line
