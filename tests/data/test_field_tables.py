"""Packed files, Feather, JSON, and tables that are in memory already."""

import bz2
import gzip
import json
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pytest

from admf_jit.data import load
from admf_jit.errors import DataError
from tests.data.shapes import (
    BASIC,
    DAILY,
    DAY,
    DAYS,
    OHLC,
    Expected,
    bars,
    check,
    epoch,
    rows,
    text_of,
)

PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": lambda content: pa.compress(content, "zstd", asbytes=True),
}


@pytest.mark.parametrize("suffix", PACKED)
@pytest.mark.parametrize("name", ["AAA.csv", "AAA"])
def test_packed_files(tmp_path: Path, suffix: str, name: str) -> None:
    path = tmp_path / f"{name}.{suffix}"
    path.write_bytes(PACKED[suffix]("\n".join(BASIC).encode()))
    check(load(path), Expected(("AAA",)))
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(DataError, match="AAA"):
        load(path)


def test_zip_files(tmp_path: Path) -> None:
    path = tmp_path / "BTCUSDT-1d-2024-01.zip"
    content = "\n".join(rows(epoch(10**6), after=("1717200059999", "1.5", "77", "11612.5", "7.5", "0")))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("BTCUSDT-1d-2024-01.csv", content)
    check(load(path), Expected(("BTCUSDT",)))
    with zipfile.ZipFile(path, "a") as archive:  # a report beside the bars
        archive.writestr("DAT_status.txt", "nothing missing")
        archive.writestr("__MACOSX/._BTCUSDT-1d-2024-01.csv", "x")
    check(load(path), Expected(("BTCUSDT",)))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("ETHUSDT-1d-2024-01.csv", content)
    assert load(path).symbols == ("BTCUSDT", "ETHUSDT")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("picture.png", "x")
    with pytest.raises(DataError, match="holds no file of bars"):
        load(path)


def frame(times: list[int] = DAYS) -> pd.DataFrame:
    found = bars(times)
    columns = {name: [float(getattr(bar, name)) for bar in found] for name in (*OHLC, "volume")}
    return pd.DataFrame({"date": pd.to_datetime([bar.time for bar in found], utc=True), **columns})


def test_feather_and_json(tmp_path: Path) -> None:
    feather.write_feather(frame(), tmp_path / "BTC_USDT-1d.feather")
    check(load(tmp_path / "BTC_USDT-1d.feather"), Expected(("BTC_USDT",)))
    records = [{"t": bar.time // 10**6, **dict(zip("ohlcv", map(float, bar[1:]), strict=True))} for bar in bars()]
    by_day = {
        text_of(bar.time, DAY): {f"{i}. {name}": str(getattr(bar, name)) for i, name in enumerate((*OHLC, "volume"), 1)}
        for bar in reversed(bars())
    }
    columns = {name: [record[name] for record in records] for name in "tohlcv"}
    ccxt = [[bar.time // 10**6, *map(float, bar[1:])] for bar in bars()]
    documents: dict[str, Any] = {
        "records": records,
        "polygon": {"ticker": "X", "results": records, "status": "OK", "count": 12},
        "udf": {"s": "ok", **columns},
        "alpha_vantage": {"Meta Data": {"1. Information": "Daily"}, "Time Series (Daily)": by_day},
        "freqtrade": ccxt,
        "pandas": json.loads(frame().set_index("date").to_json(date_format="iso")),
        "pandas_split": json.loads(frame().set_index("date").to_json(orient="split", date_format="iso")),
        "pandas_index": json.loads(frame().set_index("date").to_json(orient="index", date_format="iso")),
        "split": {"columns": list("tohlcv"), "data": [list(record.values()) for record in records]},
    }
    for name, document in documents.items():
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(document))
        check(load(path), DAILY)
    (tmp_path / "lines.jsonl").write_text("\n".join(map(json.dumps, records)))
    check(load(tmp_path / "lines.jsonl"), DAILY)
    (tmp_path / "none.json").write_text('{"error": "limit"}')
    with pytest.raises(DataError, match="holds no records of bars"):
        load(tmp_path / "none.json")


class Capsule:
    """Whatever has a table of Arrow's, as frames of polars and relations of DuckDB do."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)


def test_tables_in_memory() -> None:
    table = pa.Table.from_pandas(frame(), preserve_index=False)
    rows_of_numbers = [[bar.time // 10**6, *map(float, bar[1:])] for bar in bars()]
    klines = [[bar.time // 10**6, *bar[1:5], str(bar.volume), 1, "2", 3, "4", "5", "0"] for bar in bars()]
    dtype = [("time", "<i8"), *((name, "<f8") for name in OHLC), ("tick_volume", "<u8"), ("real_volume", "<u8")]
    mt5 = np.array([(bar.time // 10**9, *map(float, bar[1:5]), bar.volume, 0) for bar in bars()], dtype)
    sources: list[Any] = [
        table,
        table.to_batches()[0],
        pa.RecordBatchReader.from_batches(table.schema, table.to_batches()),
        Capsule(table),
        table.set_column(0, "date", table["date"].cast(pa.string())),
        table.set_column(5, "volume", table["volume"].cast(pa.decimal128(20, 4))),
        rows_of_numbers,
        [tuple(row) for row in rows_of_numbers],
        np.array(rows_of_numbers),
        klines,
        mt5,
        [{"time": row[0], **dict(zip(OHLC, row[1:5], strict=True)), "volume": row[5]} for row in rows_of_numbers],
        {"time": [row[0] for row in rows_of_numbers], **{c: frame()[c].tolist() for c in (*OHLC, "volume")}},
    ]
    for source in sources:
        check(load(source, name="X"), Expected(("X",)))
    assert load({"A": table, "B": rows_of_numbers}).symbols == ("A", "B")
    with pytest.raises(DataError, match="the four after the time are not open, high, low, close"):
        load([[row[0], row[1], row[4], row[2], row[3], row[5]] for row in rows_of_numbers])
    for odd in ([1, 2], None, rows_of_numbers[0][:5]):
        with pytest.raises(DataError, match="row 12 is not one of 6 cells, as row 0 is"):
            load([*rows_of_numbers, odd])
    with pytest.raises(DataError, match="expected a path, .* not int"):
        load(7)


def test_the_users_own_frame_is_left_alone() -> None:
    own = frame()
    before = own.copy()
    data = load(own)
    own.loc[:, "close"] = 1.0
    assert np.array_equal(data.close[0], before["close"])
    values = before.to_numpy()
    data = load(before, price="close")
    assert (before.to_numpy() == values).all() and not data.close.flags.writeable
