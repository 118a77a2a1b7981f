"""Tables come in and results go out by Arrow's streams, whichever library is at the other end."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import admf_jit as aj

N = 40
CLOSE = 100.0 + np.cumsum(np.random.default_rng(1).normal(size=N))
BARS = pd.DataFrame(
    {"time": pd.date_range("2024-01-01", periods=N), "open": CLOSE, "high": CLOSE + 1, "low": CLOSE - 1}
)
BARS = BARS.assign(close=CLOSE, volume=np.arange(N))
FEATURES = BARS[["time"]].assign(feature=np.arange(N) * 1.0)
SIGNALS = BARS[["time"]].assign(a=np.arange(N) % 5 == 0, b=np.arange(N) % 7 == 0)
LEAVES = np.arange(N) % 5 == 3


class Stream:
    """What hands its rows over once, and has nothing else."""

    def __init__(self, table: pa.Table) -> None:
        self._reader = table.to_reader(7)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._reader.__arrow_c_stream__(requested_schema)


def _polars(frame: pd.DataFrame) -> Any:
    return pytest.importorskip("polars").from_pandas(frame)


def _duckdb(frame: pd.DataFrame) -> Any:
    connection = pytest.importorskip("duckdb").connect()
    connection.register("frame", frame)
    return connection.sql("select * from frame")


FORMS = {
    "table": pa.table,
    "batch": pa.RecordBatch.from_pandas,
    "reader": lambda frame: pa.table(frame).to_reader(7),
    "stream": lambda frame: Stream(pa.table(frame)),
    "polars": _polars,
    "duckdb": _duckdb,
}


@pytest.fixture(scope="module")
def data() -> aj.MarketData:
    return aj.load(BARS, name="X")


@pytest.fixture(scope="module")
def many(data: aj.MarketData) -> aj.GridResult:
    return aj.from_signals(data, SIGNALS.set_index("time"), LEAVES)


@pytest.mark.parametrize("form", FORMS)
def test_bars_features_and_signals_of_any_library(form: str, data: aj.MarketData, many: aj.GridResult) -> None:
    made = FORMS[form]
    assert aj.load(made(BARS), name="X").digest == data.digest
    joined = aj.load(BARS, features=made(FEATURES), name="X")
    np.testing.assert_array_equal(joined.extra["feature"][0], FEATURES["feature"])
    again = aj.from_signals(data, made(SIGNALS), LEAVES)
    assert again.frame["container_id"].tolist() == many.frame["container_id"].tolist()


def test_series_have_no_names(data: aj.MarketData, many: aj.GridResult) -> None:
    for series in (pa.array(SIGNALS["a"]), pa.chunked_array([SIGNALS["a"][:9], SIGNALS["a"][9:]])):
        assert aj.from_signals(data, series, LEAVES).frame["n_trades"][0] == many.frame["n_trades"][0]


def test_a_query_that_was_not_run_is_refused(data: aj.MarketData) -> None:
    class LazyFrame:
        def collect(self) -> None:
            pass

    said = "a LazyFrame has no rows yet; expected what its collect.. returns"
    with pytest.raises(aj.DataError, match=f"data: {said}"):
        aj.load(LazyFrame())
    with pytest.raises(aj.DataError, match=f"features: {said}"):
        aj.load(BARS, features=LazyFrame())
    with pytest.raises(aj.DataError, match=f"entries: {said}"):
        aj.from_signals(data, LazyFrame())


def test_results_go_out_without_a_copy(many: aj.GridResult) -> None:
    rows = many.to_arrow()
    assert rows is many.to_arrow() and rows.column_names == many.frame.columns.tolist()
    assert rows.column("column").to_pylist() == many.frame["column"].tolist() == ["a", "b"]
    received = pa.table(many)
    assert received.equals(rows)
    for name in ("final_equity", "index", "container_id"):
        ours, theirs = (table.column(name).chunk(0).buffers() for table in (rows, received))
        assert [None if one is None else one.address for one in ours] == [
            None if one is None else one.address for one in theirs
        ]
