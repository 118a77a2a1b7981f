"""Frames of polars: with the package where it is installed, and by the Arrow types in which it hands columns over."""

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from admf_jit.data import load
from admf_jit.errors import DataError

TIMES = [datetime(2024, 3, 8, 14, 30) + timedelta(minutes=minute) for minute in range(12)]
PRICES = {
    name: [100.0 + row + more for row in range(12)] for name, more in zip("ohlc", (0.0, 1.0, -1.0, 0.5), strict=True)
}
COLUMNS = {
    **dict(zip(("open", "high", "low", "close"), PRICES.values(), strict=True)),
    "volume": [7 * k for k in range(12)],
}
PLAIN = load(pa.table({"time": TIMES, **COLUMNS}), name="X").digest


class Stream:
    """What a frame of polars is to others."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)


def categories(values: list[str], index: pa.DataType, ordered: bool = False) -> pa.Array:
    names = list(dict.fromkeys(values))
    codes = pa.array([names.index(value) for value in values], index)
    return pa.DictionaryArray.from_arrays(codes, pa.array([*names, "UNUSED"], pa.string_view()), ordered=ordered)


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York"])
def test_datetimes_of_any_unit_and_zone(unit: str, zone: str | None) -> None:
    time = pa.array(TIMES, pa.timestamp(unit, zone))
    data = load(Stream(pa.table({"time": time, **COLUMNS})), name="X")
    assert data.timezone == (zone or "UTC")
    assert data.time.tolist() == [int((moment - datetime(1970, 1, 1)).total_seconds()) * 10**9 for moment in TIMES]


def test_text_in_views() -> None:
    time = pa.array([str(moment) for moment in TIMES], pa.string_view())
    assert load(Stream(pa.table({"time": time, **COLUMNS})), name="X").digest == PLAIN


@pytest.mark.parametrize(("index", "ordered"), [(pa.uint32(), False), (pa.uint8(), True)], ids=["categorical", "enum"])
def test_categories_of_symbols(index: pa.DataType, ordered: bool) -> None:
    one = pa.table({"time": TIMES, **COLUMNS})
    both = pa.concat_tables([one, one]).append_column("symbol", categories(["B"] * 12 + ["A"] * 12, index, ordered))
    data = load(Stream(both))
    assert data.symbols == ("B", "A") and data.close.tolist() == [COLUMNS["close"]] * 2
    in_parts = pa.concat_tables([both.slice(0, 7), both.slice(7)])
    assert load(Stream(in_parts)).digest == data.digest


def test_a_column_that_nobody_can_read_does_not_matter_unless_it_is_needed() -> None:
    tags = pa.array([["a"]] * 12, pa.list_(pa.string_view()))
    table = pa.table({"time": TIMES, **COLUMNS, "tags": tags})
    data = load(Stream(table), name="X")
    assert data.digest == PLAIN and "columns not used: tags" in data.notes
    with pytest.raises(DataError, match="column 'volume' cannot be read"):
        load(Stream(table.drop_columns("volume").rename_columns([*table.column_names[:5], "volume"])))


def test_a_lazy_frame_is_answered_with_what_to_write() -> None:
    class LazyFrame:
        def collect(self) -> None:
            raise AssertionError("nobody asked for the rows")

    with pytest.raises(DataError, match=r"a LazyFrame has no rows yet; expected what its collect\(\) returns"):
        load(LazyFrame())


def test_frames_of_the_package_itself() -> None:
    pl: Any = pytest.importorskip("polars")
    frame = pl.DataFrame({"time": TIMES, **COLUMNS})
    time = pl.col("time")
    for same in (
        frame,
        frame.reverse(),
        pl.concat([frame[:5], frame[5:]], rechunk=False),
        frame.with_columns(time.cast(pl.Datetime("ns"))),
        frame.with_columns(time.dt.replace_time_zone("UTC")),
        frame.with_columns(time.dt.strftime("%Y-%m-%dT%H:%M:%SZ")),
        frame.with_columns(time.dt.epoch("ms")),
        frame.with_columns(date=time.dt.date(), time=time.dt.time()),
        frame.with_columns(pl.col("open").cast(pl.Decimal(18, 4))),
        frame.with_columns(extra=pl.lit("A").cast(pl.Categorical)),
    ):
        assert load(same, name="X", columns={"symbol": None}).digest == PLAIN
    local = load(frame.with_columns(time.dt.replace_time_zone("America/New_York")))
    assert local.timezone == "America/New_York" and local.clock[0, ...] == (14 * 60 + 30) * 60 * 10**9
    named = pl.concat([frame.with_columns(symbol=pl.lit(name)) for name in "BA"])
    for kind in (pl.String, pl.Categorical, pl.Enum(["A", "B"])):
        assert load(named.with_columns(pl.col("symbol").cast(kind))).symbols == ("B", "A")
    with pytest.raises(DataError, match="a LazyFrame has no rows yet"):
        load(frame.lazy())


def test_a_series_of_closes_is_no_table_of_bars() -> None:
    with pytest.raises(DataError, match="is a series; expected a table of bars with open, high, low and close"):
        load(pd.Series(PRICES["c"], TIMES))
