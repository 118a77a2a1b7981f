"""The probability of backtest overfitting of a large sweep, from the sums of its blocks."""

from typing import Any

import pytest

from benchmarks.limits import OVERFITTING_MEMORY, OVERFITTING_TIME
from benchmarks.note import note
from benchmarks.processes import probe


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """What a process of its own takes for 100,000 containers and all splits of 16 blocks."""
    made = probe("overfitting", "100000")
    assert made["splits"] == 12_870
    return made


@pytest.mark.parametrize("what", ["time", "memory"])
def test_overfitting(benchmark: Any, found: dict[str, Any], what: str) -> None:
    limit, value = {
        "time": (OVERFITTING_TIME, found["seconds"]),
        "memory": (OVERFITTING_MEMORY, found["peak"]),
    }[what]
    benchmark.pedantic(lambda: found, rounds=1)
    note(benchmark, limit=limit, value=value, detail=f"{found['wall']:.1f} s of wall time")
