"""Compiled containers over several symbols agree with the reference on many random cases, event by event."""

import pytest

from admf_jit.strategies.compiled import CompiledStrategy
from tests.contract.portfolio_agreement import EDGES, WAYS, compiled_for, disagreement

CASES = 500
PARTS = 10


@pytest.fixture(scope="module", params=WAYS)
def way(request: pytest.FixtureRequest) -> tuple[str, CompiledStrategy]:
    """A way to run cases, with its strategy compiled once."""
    return request.param, compiled_for(request.param)


@pytest.mark.parametrize("part", range(PARTS))
def test_every_event_agrees(way: tuple[str, CompiledStrategy], part: int) -> None:
    for seed in range(part, CASES, PARTS):
        assert (way[0], seed) in EDGES or disagreement(*way, seed) is None
