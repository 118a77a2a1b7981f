import math
from dataclasses import replace

import pytest

from admf_jit.errors import ConfigError
from admf_jit.results.block import ResultBlock
from admf_jit.results.columns import schema, to_table
from admf_jit.results.ranking import best_rows, breaches, failed_rows, json_value
from tests.results.conftest import METRICS, SWEPT


@pytest.fixture
def table(results):
    return to_table(ResultBlock.of(results), schema(SWEPT, METRICS))


def test_best_first_ties_in_the_order_of_the_table(table):
    rows = best_rows(table, "sharpe_ratio", "maximize", 4)
    assert [(row["index"], row["sharpe_ratio"]) for row in rows] == [(2, 0.4), (7, 0.4), (4, 0.3), (9, 0.3)]
    assert best_rows(table, "final_equity", "minimize", 1)[0]["index"] == 0


def test_an_undefined_objective_is_last_in_both_directions(table):
    import pyarrow as pa

    position = table.schema.names.index("sharpe_ratio")
    values = pa.array([math.nan if index == 0 else float(index) for index in range(10)])
    holed = table.set_column(position, "sharpe_ratio", values)
    for direction in ("maximize", "minimize"):
        assert best_rows(holed, "sharpe_ratio", direction, 99)[-1]["index"] == 0


def test_a_formula_ranks_by_its_value_and_is_undefined_where_it_has_none(table):
    rows = best_rows(table, "-abs(sharpe_ratio - 0.3) + 0 / (final_equity - final_equity + n_trades)", "maximize", 99)
    plain = table.to_pylist()
    expected = {row["index"]: -abs(row["sharpe_ratio"] - 0.3) for row in plain if row["n_trades"] and row["index"] != 3}
    found = {row["index"]: row["objective"] for row in rows if not math.isnan(row["objective"])}
    assert found == pytest.approx(expected) and len(found) < len(rows)
    assert [row["objective"] for row in rows][: len(found)] == sorted(found.values(), reverse=True)
    assert {row["index"] for row in rows[len(found) :]} == {0, 4, 8}


def test_rows_that_satisfy_conditions_come_first_and_keep_their_order(table):
    conditions = ["n_trades >= 2", "sharpe_ratio < 0.4"]
    rows = best_rows(table, "sharpe_ratio", "maximize", 99, conditions)
    kept = [row["n_trades"] >= 2 and row["sharpe_ratio"] < 0.4 for row in rows]
    assert kept == sorted(kept, reverse=True) and True in kept and False in kept
    for part in (True, False):
        values = [row["sharpe_ratio"] for row, satisfies in zip(rows, kept, strict=True) if satisfies is part]
        assert values == sorted(values, reverse=True)


def test_failures_are_kept_apart(table):
    assert [row["index"] for row in failed_rows(table)] == [3]
    assert 3 not in [row["index"] for row in best_rows(table, "n_trades", "maximize", 99)]


def test_an_unknown_objective_names_the_nearest(table):
    with pytest.raises(ConfigError, match="did you mean 'sharpe_ratio'"):
        best_rows(table, "sharp_ratio", "maximize", 1)


def test_breaches_are_counted(results):
    metrics = (*METRICS, "risk_breaches", "liquidations")
    counts = [(0.0, 0.0), (5.0, 1.0), (2.0, 0.0), (math.nan, math.nan), *[(0.0, 0.0)] * 6]
    rows = [
        replace(result, metrics={**result.metrics, "risk_breaches": breached, "liquidations": liquidated})
        for result, (breached, liquidated) in zip(results, counts, strict=True)
    ]
    table = to_table(ResultBlock.of(rows), schema(SWEPT, metrics))
    assert breaches(table) == {"risk_breaches": 7, "liquidations": 1, "containers": 2}


def test_json_has_no_nan():
    assert json_value({"a": math.nan, "b": [math.inf, -math.inf], "c": 1}) == {
        "a": None,
        "b": ["inf", "-inf"],
        "c": 1,
    }
