"""Blocks of rows: what the rows say one by one."""

import math

import numpy as np
import pytest

from admf_jit.results import FAILED, OK, ContainerResult, ResultBlock, make_canonical, result_hash
from admf_jit.results.spread import SPREAD_NAMES

NEGATIVE_NAN = float(np.copysign(math.nan, -1.0))
NAMES = ("final_equity", "n_trades", *SPREAD_NAMES)
VALUES = [
    [1.5, 3.0, math.nan, math.nan, math.nan, math.nan],
    [-0.0, 0.0, 1.0, 2.0, 0.1, 0.2],
    [NEGATIVE_NAN, math.inf, math.nan, 2.0, 0.1, NEGATIVE_NAN],
    [math.nan] * len(NAMES),
]


@pytest.fixture
def rows() -> list[ContainerResult]:
    errors = [None, None, "raised", "raised"]
    return [
        ContainerResult(
            i, f"{i:016x}", i, {"fast": i}, FAILED if error else OK, error, dict(zip(NAMES, row, strict=True))
        )
        for i, (row, error) in enumerate(zip(VALUES, errors, strict=True))
    ]


@pytest.mark.parametrize("n_names", [len(NAMES), 2, 0])
def test_hashes_are_those_of_the_rows(rows, n_names):
    names = NAMES[:n_names]
    some = [
        ContainerResult(
            row.index,
            row.container_id,
            0,
            row.swept,
            row.status,
            row.error,
            {name: row.metrics[name] for name in names},
        )
        for row in rows
    ]
    block = ResultBlock.of(some)
    assert block.result_hash == [result_hash(row.container_id, row.status, row.metrics) for row in some]
    assert block.result_hash == [row.result_hash for row in some]
    assert block.status == [row.status for row in some] and len(block) == 4


def test_every_nan_is_the_same_nan():
    metrics = np.array([[NEGATIVE_NAN, -math.inf, -0.0]])
    make_canonical(metrics)
    assert metrics.tobytes() == np.array([[math.nan, -math.inf, -0.0]]).tobytes()


def test_a_block_without_rows():
    assert len(ResultBlock.of([])) == 0 and ResultBlock.of([]).result_hash == []
