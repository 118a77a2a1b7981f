import numpy as np
import pandas as pd
import pytest

from admf_jit.data import load
from admf_jit.errors import DataError
from tests.data.bars import HEADER, csv, csv_at, frame

ROWS = ("2024-01-02,10,12,9,11,100", "2024-01-03,11,12,10,11,0")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators(tmp_path, separator: str) -> None:
    plain = load(csv(tmp_path, *ROWS))
    other = load(csv(tmp_path, *(row.replace(",", separator) for row in ROWS), header=HEADER.replace(",", separator)))
    assert other.digest == plain.digest


def test_byte_order_mark_line_ends_and_leading_blank_lines(tmp_path) -> None:
    path = tmp_path / "bars.csv"
    path.write_bytes(("\ufeff\r\n" + "\r\n".join([HEADER, *ROWS])).encode())
    assert load(path, name="b").close.tolist() == [[11.0, 11.0]]


def test_csv_parquet_and_frame_give_the_same_digest(tmp_path) -> None:
    bars = frame(50)
    bars.to_csv(tmp_path / "SPY_1m.csv")
    bars.reset_index().to_csv(tmp_path / "SPY.csv")
    bars.to_parquet(tmp_path / "SPY_1m.parquet")
    bars.reset_index().to_parquet(tmp_path / "SPY.pq")
    digests = {load(path).digest for path in tmp_path.iterdir()}
    assert digests == {load(bars, name="SPY").digest}
    assert load(tmp_path / "SPY_1m.parquet").name == "SPY_1m"


def test_parquet_keeps_the_zone_of_its_index(tmp_path) -> None:
    frame(5, tz="Europe/Berlin").rename_axis(None).to_parquet(tmp_path / "DAX.parquet")
    assert load(tmp_path / "DAX.parquet").timezone == "Europe/Berlin"


def test_unnamed_index_column_is_the_time(tmp_path) -> None:
    assert load(csv(tmp_path, *ROWS, header=",Open,High,Low,Close,Volume")).n_bars == 2


def test_row_numbers_are_no_times(tmp_path) -> None:
    rows = ["0,10,12,9,11,100", "1,11,12,10,11,0"]
    with pytest.raises(DataError, match="row numbers"):
        load(csv(tmp_path, *rows, header=",Open,High,Low,Close,Volume"))


def test_missing_volume_is_zero_and_noted(tmp_path) -> None:
    data = load(csv(tmp_path, "2024-01-02,10,12,9,11", "2024-01-03,10,12,9,11", header="Date,Open,High,Low,Close"))
    assert data.volume.tolist() == [[0.0, 0.0]]
    assert "no volume column: volume is 0 on every bar" in data.notes


def test_columns_left_out_are_noted(tmp_path) -> None:
    data = load(csv(tmp_path, *(row + ",5" for row in ROWS), header=HEADER + ",Adj Close"))
    assert "columns not used: Adj Close" in data.notes
    assert data.close.tolist() == [[11.0, 11.0]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        (HEADER + "\n", "has no rows"),
        (HEADER + "\n" + ROWS[0], "has a single bar"),
        ("Date\n2024-01-02\n", "row 1 has no separator"),
        ("\n".join([HEADER, ROWS[0] + ",7", ROWS[1] + ",7"]), "row 2 has 7 cells, and the header 6"),
        ("\n".join([HEADER, ROWS[0], ROWS[1] + ",7"]), "row 3 has 7 cells, and the header 6"),
        ("\n".join([HEADER, ROWS[0], ROWS[1].removesuffix(",0")]), "row 3 has 5 cells, and the header 6"),
        ("\n".join([HEADER, ROWS[0], '"' + ROWS[1]]), "row 3 has 1 cell, and the header 6"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, text: str, message: str) -> None:
    path = tmp_path / "bars.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=rf"bars\.csv: .*{message}"):
        load(path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "latin-1"])
def test_encodings(tmp_path, encoding: str) -> None:
    path = tmp_path / "bars.csv"
    path.write_bytes("\r\n".join([HEADER + ",Firm", *(row + ",Soci\u00e9t\u00e9" for row in ROWS)]).encode(encoding))
    data = load(path)
    assert data.digest == load(csv(tmp_path, *ROWS)).digest
    assert "columns not used: Firm" in data.notes


def test_broken_parquet_and_unknown_formats_are_refused(tmp_path) -> None:
    (tmp_path / "bars.parquet").write_bytes(b"PAR1 but not really")
    with pytest.raises(DataError, match="is not a readable Parquet file"):
        load(tmp_path / "bars.parquet")
    (tmp_path / "bars.xlsx").touch()
    with pytest.raises(DataError, match=r"cannot tell the format from '\.xlsx'"):
        load(tmp_path / "bars.xlsx")
    with pytest.raises(DataError, match=r"does not exist; did you mean 'bars\.parquet'"):
        load(tmp_path / "bar.parquet")
    with pytest.raises(DataError, match='expected a path, "sample", a pandas DataFrame, .*, not int'):
        load([1, 2])  # type: ignore[arg-type]


def long_rows(axis: dict[str, list[int]]) -> list[str]:
    return [f"2024-01-{day:02d},{symbol},10,12,9,11,{day}" for symbol, days in axis.items() for day in days]


LONG = "Date,Ticker,Open,High,Low,Close,Volume"


def test_long_format_in_any_order(tmp_path) -> None:
    rows = long_rows({"NA": [2, 3, 4], "007": [2, 3, 4]})
    blocks = load(csv(tmp_path, *rows, header=LONG))
    woven = load(csv(tmp_path, *(rows[index] for index in (0, 3, 1, 4, 2, 5)), header=LONG))
    assert blocks.symbols == ("NA", "007")
    assert blocks.close.shape == (2, 3)
    assert blocks.digest == woven.digest
    assert load(csv(tmp_path, *rows, header=LONG), symbols="007").symbols == ("007",)


def test_symbols_with_times_of_their_own_share_the_union_of_them(tmp_path) -> None:
    data = load(csv(tmp_path, *long_rows({"B": [3, 4, 5, 8], "A": [2, 3, 5]}), header=LONG))
    assert data.symbols == ("B", "A")
    assert pd.DatetimeIndex(data.time).day.tolist() == [2, 3, 4, 5, 8]
    assert data.missing_bars == (1, 2)
    nan = np.nan
    assert np.array_equal(data.close, [[nan, 11, 11, 11, 11], [11, 11, nan, 11, nan]], equal_nan=True)
    assert data.volume.tolist() == [[0, 3, 4, 5, 8], [2, 3, 0, 5, 0]]


def test_a_symbol_with_a_single_bar_is_left_out_and_named(tmp_path) -> None:
    path = csv(tmp_path, *long_rows({"A": [2, 3, 4], "B": [4]}), header=LONG)
    data = load(path)
    assert data.symbols == ("A",)
    assert "left out, with fewer than 2 bars: B" in data.notes
    assert load(path, symbols="A").digest == data.digest
    with pytest.raises(DataError, match="'B' has a single bar; at least 2 are needed"):
        load(path, symbols="B")
    with pytest.raises(DataError, match="symbols: 'C' is not in the data, which has A, B"):
        load(path, symbols="C")


def test_rows_of_merged_symbols_are_validated_each_on_its_own(tmp_path) -> None:
    rows = long_rows({"A": [2, 3, 4], "B": [3, 3, 5]})
    with pytest.raises(DataError, match="1 bad row of 6 .*\n  row 6, column 'Date': .*: the same time as row 5"):
        load(csv(tmp_path, *rows, header=LONG))
    rows = long_rows({"A": [2, 3, 4], "B": [3, 4, 5]})
    rows[3] = rows[3].replace(",11,3", ",,3")
    with pytest.raises(DataError, match="1 bad row of 6 .*\n  row 5, column 'Close': empty"):
        load(csv(tmp_path, *rows, header=LONG))


def test_an_empty_symbol_is_a_bad_row(tmp_path) -> None:
    with pytest.raises(DataError, match="row 3, column 'Ticker': empty: expected a symbol"):
        load(csv(tmp_path, *long_rows({"A": [2], "": [3]}), header=LONG))


def test_two_level_columns_of_either_order() -> None:
    wide = pd.concat({"AA": frame(), "BB": frame()}, axis=1)
    data = load(wide)
    assert data.symbols == ("AA", "BB")
    assert load(wide.swaplevel(axis=1)).digest == data.digest
    with pytest.raises(DataError, match="neither level of the columns names open"):
        load(wide.rename(columns={"close": "x"}))


def test_rows_without_a_bar_in_a_wide_table_are_missing_bars() -> None:
    short = frame(6).iloc[2:5]
    wide = pd.concat({"AA": frame(6), "BB": short}, axis=1)
    data = load(wide)
    assert data.missing_bars == (0, 3)
    assert data.select("BB").digest == load(short, name="BB").digest
    wide.iloc[3] = np.nan
    with pytest.raises(DataError, match="column 'open': empty"):
        load(wide)


def test_an_integer_index_is_no_time_where_a_column_is() -> None:
    bars = frame(6).reset_index()
    assert load(bars[bars.index != 0]).n_bars == 5


@pytest.mark.parametrize(
    ("stem", "symbol"),
    [("SPY_1m", "SPY"), ("EURUSD", "EURUSD"), ("btc-usd_1h", "btc-usd"), ("X-daily", "X"), ("A_M", "A_M")],
)
def test_the_file_name_tells_the_symbol(tmp_path, stem: str, symbol: str) -> None:
    assert load(csv(tmp_path, *ROWS, name=f"{stem}.csv")).symbols == (symbol,)


def test_timeframe_states_what_the_bars_must_be(tmp_path) -> None:
    path = csv_at(tmp_path, *(f"2024-01-0{day}" for day in range(2, 8)))
    assert load(path, timeframe="D").timeframe == "1d"
    with pytest.raises(DataError, match="timeframe: '1h' was asked for, but bars has 1d bars"):
        load(path, timeframe="1h")


def test_prices_come_out_as_they_went_in(tmp_path) -> None:
    data = load(csv(tmp_path, *ROWS))
    assert [getattr(data, c)[0].tolist() for c in ("open", "high", "low", "close", "volume")] == [
        [10, 11], [12, 12], [9, 10], [11, 11], [100, 0]
    ]  # fmt: skip
    assert not data.close.flags.writeable
    assert data.close.flags.c_contiguous
    assert data.time.dtype == np.int64
