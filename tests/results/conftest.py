"""Made-up outcomes: results are stored and shown without any engine."""

import math

import pytest

from admf_jit.results import FAILED, OK, ContainerResult, run_directory

METRICS = ("final_equity", "sharpe_ratio", "max_drawdown_duration", "n_trades", "profit_factor")
SWEPT = {"fast_period": "int64", "threshold": "double", "allow_short": "bool", "commission": "string"}


def make_result(index: int, *, failed: bool = False) -> ContainerResult:
    values = (1e5 + index / 3, (index * 7 % 5) / 10, float(index), float(index % 4), math.inf)
    if failed:
        values = (math.nan,) * len(METRICS)
    return ContainerResult(
        index=index,
        container_id=f"{index:016x}",
        seed=2**63 - 1 - index,
        swept={
            "fast_period": index,
            "threshold": index / 10,
            "allow_short": index % 2 == 0,
            "commission": "none",
        },
        status=FAILED if failed else OK,
        error="equity is -3.0 at bar 7" if failed else None,
        metrics=dict(zip(METRICS, values, strict=True)),
    )


@pytest.fixture
def results() -> list[ContainerResult]:
    return [make_result(index, failed=index == 3) for index in range(10)]


@pytest.fixture(autouse=True)
def parts_are_written_when_a_test_says_so(monkeypatch):
    """However long the machine takes between two rows."""
    monkeypatch.setattr(run_directory, "_SECONDS_PER_PART", math.inf)
