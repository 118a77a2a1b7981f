"""Inputs of past findings, and those that fuzzing starts from: each is refused in a sentence, or read."""

import random
from pathlib import Path

import pytest

from tests.fuzz.parsers.targets import NAMES, target

CORPUS = Path(__file__).parent / "corpus"


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*/*")), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_past_finding_is_refused_or_read(path: Path) -> None:
    target(path.parent.name).check(path.read_bytes())


@pytest.mark.parametrize("name", NAMES)
def test_what_fuzzing_starts_from_is_accepted_in_part(name: str) -> None:
    module = target(name)
    answers = [module.check(seed) for seed in module.SEEDS]
    assert any(answers)


@pytest.mark.parametrize("name", NAMES)
def test_a_few_changes_of_each_kind(name: str) -> None:
    module, chance = target(name), random.Random(0)
    for _ in range(100):
        data = chance.choice(module.SEEDS)
        for _ in range(chance.choice((1, 1, 2, 4))):
            data = module.mutate(data, chance)
        module.check(data[: getattr(module, "LONGEST", 4096)])


def test_every_target_keeps_its_findings() -> None:
    assert {path.name for path in CORPUS.iterdir()} <= set(NAMES)
