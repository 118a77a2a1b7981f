import math

import pytest

from admf_jit.errors import ConfigError, ResultsError
from admf_jit.results.block import ResultBlock
from admf_jit.results.columns import check_names, checksum, schema, swept_types, to_table
from tests.results.conftest import METRICS, SWEPT, make_result


def test_swept_types_follow_the_values():
    rows = [
        {"period": 5, "threshold": 0, "short": True, "model": "none"},
        {"period": 6, "threshold": 0.5, "short": False, "model": "none"},
    ]
    assert swept_types(rows) == {"period": "int64", "threshold": "double", "short": "bool", "model": "string"}


def test_swept_types_refuse_a_mixture():
    with pytest.raises(ConfigError, match="optimization.parameters.short: values of the types bool, int64"):
        swept_types([{"short": True}, {"short": 2}])


@pytest.mark.parametrize("name", ["seed", "status", "result_hash", "n_trades"])
def test_a_swept_name_may_not_hide_a_column(name):
    with pytest.raises(ConfigError, match=f"optimization.parameters.{name}"):
        check_names([name], METRICS)


def test_table_keeps_bits_and_leaves_counts_of_failures_empty(results):
    table = to_table(ResultBlock.of(results), schema(SWEPT, METRICS))
    assert table.schema.names == [
        "index", "container_id", "seed", "status", "error", *SWEPT, *METRICS, "result_hash",
    ]  # fmt: skip
    rows = table.to_pylist()
    assert rows[0]["seed"] == 2**63 - 1
    assert rows[2]["final_equity"] == 1e5 + 2 / 3
    assert rows[3]["n_trades"] is None
    assert math.isnan(rows[3]["final_equity"])
    assert rows[3]["error"] == "equity is -3.0 at bar 7"
    assert [row["result_hash"] for row in rows] == [result.result_hash for result in results]


def test_table_refuses_a_result_with_other_columns():
    with pytest.raises(ResultsError, match="fast_period"):
        to_table(ResultBlock.of([make_result(4)]), schema({"slow_period": "int64"}, METRICS))


def test_checksum_is_of_the_content_alone(results):
    import pyarrow as pa

    table_schema = schema(SWEPT, METRICS)
    whole = to_table(ResultBlock.of(results), table_schema)
    pieces = pa.concat_tables(
        [to_table(ResultBlock.of(results[:4]), table_schema), to_table(ResultBlock.of(results[4:]), table_schema)]
    )
    assert checksum(pieces) == checksum(whole)
    assert checksum(to_table(ResultBlock.of(results[::-1]), table_schema)) != checksum(whole)
