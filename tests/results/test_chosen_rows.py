"""Which rows a phase hands on, of tables whose rows stand as they finished."""

from typing import Any

import pyarrow as pa
import pytest

from admf_jit.config.phases import SelectConfig
from admf_jit.results.chosen_rows import chosen_rows

#: index, status, sharpe_ratio, n_trades: 1, 4 and 5 are equal, 0 has failed, 7 has no value.
ROWS = [
    (5, "ok", 1.0, 20),
    (0, "failed", None, None),
    (3, "ok", 0.5, 200),
    (1, "ok", 1.0, 10),
    (7, "ok", None, 300),
    (4, "ok", 1.0, 30),
    (2, "ok", 2.0, 1),
]


def table_of(rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = {
        name: list(values)
        for name, values in zip(("index", "status", "sharpe_ratio", "n_trades"), zip(*rows, strict=True), strict=True)
    }
    zeros = [0.0] * len(rows)
    return pa.table({**columns, "skewness": zeros, "kurtosis": zeros, "total_return": zeros})


def manifest(direction: str = "maximize", objective: str = "sharpe_ratio", *conditions: str) -> dict[str, Any]:
    optimization = {"objective": objective, "direction": direction, "result_constraints": list(conditions)}
    return {"config": {"optimization": optimization}, "data": {"bars": 400, "bars_per_year": 100.0}}


def indices(select: SelectConfig, said: dict[str, Any]) -> list[int]:
    return [one.rows[0] for one in chosen_rows(table_of(ROWS), said, select)]


@pytest.mark.parametrize(
    ("select", "said", "expected"),
    [
        ({"best": 9}, manifest(), [2, 1, 4, 5, 3]),
        ({"best": 3}, manifest(), [2, 1, 4]),
        ({"best": 2}, manifest("minimize"), [3, 1]),
        ({"best": 2}, manifest("minimize", "sharpe_ratio * n_trades"), [2, 1]),
        ({"where": ["n_trades >= 10"]}, manifest(), [1, 4, 5, 3]),
        ({"where": ["n_trades >= 10"]}, manifest("maximize", "sharpe_ratio", "n_trades < 200"), [1, 4, 5]),
        ({"where": ["n_trades > 1000"]}, manifest(), []),
        # Per bar the best is 2 / 10. Its error, by hand, is sqrt((1 + 0.5 * 0.2 ** 2) / 400) = 0.0505, 0.505 a year.
        ({"within_standard_errors": 1}, manifest(), [2]),
        ({"within_standard_errors": 1.97}, manifest(), [2]),
        ({"within_standard_errors": 1.99}, manifest(), [2, 1, 4, 5]),
        ({"within_standard_errors": 1.99, "best": 2}, manifest(), [2, 1]),
        ({"within_standard_errors": 1, "where": ["n_trades >= 10"]}, manifest(), [1, 4, 5, 3]),
    ],
)
def test_rows_are_chosen_by_conditions_then_errors_then_rank(
    select: dict[str, Any], said: dict[str, Any], expected: list[int]
) -> None:
    assert indices(SelectConfig(**select), said) == expected
