"""What is said of the best row of a sweep, as it was chosen from many."""

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from admf_jit.results.selection import selection_of, selection_sentence

YEAR = 252.0


def manifest(bars: int = 1250, objective: str = "sharpe_ratio", direction: str = "maximize") -> dict[str, Any]:
    optimization = {"objective": objective, "direction": direction}
    return {"config": {"optimization": optimization}, "data": {"bars": bars, "bars_per_year": YEAR}}


def table_of(sharpes: list[float | None], status: str = "ok", **moments: float | None) -> pa.Table:
    """Rows of these Sharpe ratios, all with the same moments."""
    moved = {name: pa.array([value] * len(sharpes), pa.float64()) for name, value in moments.items()}
    return pa.table({"status": [status] * len(sharpes), "sharpe_ratio": pa.array(sharpes, pa.float64()), **moved})


def found(sharpes: list[float | None], **settings: Any) -> Any:
    return selection_of(table_of(sharpes, skewness=-3.0, kurtosis=7.0), manifest(**settings))


def test_the_example_of_the_paper() -> None:
    """Bailey and Lopez de Prado (2014): 100 trials of variance 1/2 a year, 1,250 days, the best 2.5 a year."""
    # Of 100 values of that mean and variance, the largest is 2.5.
    others = np.linspace(-1.0, 1.0, 99)
    others -= others.mean()
    low, high = 0.0, 2.0
    for _ in range(200):
        middle = (low + high) / 2.0
        low, high = (middle, high) if np.var([*(middle * others), 2.5], ddof=1) < 0.5 else (low, middle)
    said = found([*(low * others), 2.5])
    assert said["trials"] == 100
    # The paper's year has 250 days, and this one 252.
    assert said["deflated_sharpe_ratio"] == pytest.approx(0.9004, abs=0.003)
    assert said["expected_maximum_sharpe_ratio"] == pytest.approx(0.1132 * math.sqrt(250), abs=0.005)
    assert said["probabilistic_sharpe_ratio"] > said["deflated_sharpe_ratio"]
    assert selection_sentence(said).startswith("the best row was chosen from 100: it may be luck. ")


@pytest.mark.parametrize(
    ("sharpes", "settings"),
    [
        ([1.0, 2.0], {"objective": "total_return"}),
        ([1.0, 2.0], {"direction": "minimize"}),
        ([1.0, 2.0], {"bars": 3}),
        ([1.0], {}),
        ([1.0, 1.0], {}),
        ([1.0, None, math.nan], {}),
    ],
)
def test_nothing_is_said_where_it_is_not_defined(sharpes: list[float | None], settings: dict[str, Any]) -> None:
    assert found(sharpes, **settings) is None


def test_a_best_row_without_moments_is_not_judged() -> None:
    assert selection_of(table_of([1.0, 2.0], skewness=None, kurtosis=math.nan), manifest()) is None
    failed = table_of([1.0, 2.0], "failed", skewness=-3.0, kurtosis=7.0)
    assert selection_of(failed, manifest()) is None


@pytest.mark.parametrize(
    ("deflated", "verdict"), [(0.49, "luck alone would be"), (0.5, "it may be luck"), (0.95, "luck alone hardly")]
)
def test_the_verdict_follows_the_probability(deflated: float, verdict: str) -> None:
    said = {"trials": 5, "expected_maximum_sharpe_ratio": 1.0, "probabilistic_sharpe_ratio": 0.99}
    assert f": {verdict}" in selection_sentence({**said, "deflated_sharpe_ratio": deflated})


def test_moments_that_no_distribution_has_are_those_of_rounding() -> None:
    said = selection_of(table_of([1.0, 2.0], skewness=2.0, kurtosis=1.9), manifest())
    assert said is not None and 0.0 <= said["deflated_sharpe_ratio"] <= 1.0
