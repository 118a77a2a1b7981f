import numpy as np
import pandas as pd
import pytest

from admf_jit.data import load
from admf_jit.errors import DataError
from tests.data.bars import csv, frame

GOOD = "2024-01-02,10,12,9,11,100"


@pytest.mark.parametrize(
    ("cells", "column", "value", "rule"),
    [
        ("0,12,9,11,100", "Open", "0", "a price must be positive and finite"),
        ("10,inf,9,11,100", "High", "inf", "a price must be positive and finite"),
        ("10,12,-9,11,100", "Low", "-9", "a price must be positive and finite"),
        ("10,12,9,nan,100", "Close", "empty", "expected a number; rows_of_nan: drop"),
        ("10,12,9,,100", "Close", "empty", "expected a number"),
        ("10,12,9,N/A,100", "Close", "empty", "expected a number; rows_of_nan: drop"),
        ("10,12,9,eleven,100", "Close", "'eleven'", "expected a number"),
        ("1_0,12,9,11,100", "Open", "'1_0'", "expected a number"),
        ("True,12,9,11,100", "Open", "'True'", "expected a number"),
        ("10,12,10.5,11,100", "Low", "10.5", r"low must be <= min\(open, close\), which is 10"),
        ("11,12,10.5,10,100", "Low", "10.5", r"low must be <= min\(open, close\), which is 10"),
        ("10,10.9,9,11,100", "High", "10.9", r"high must be >= max\(open, close\), which is 11"),
        ("10,8,9,11,100", "High", "8", r"high must be >= max\(open, close\), which is 11"),
        ("10,12,9,11,-2", "Volume", "-2", "volume must be finite and not negative"),
        ("10,12,9,11,inf", "Volume", "inf", "volume must be finite and not negative"),
    ],
)
def test_a_bad_cell_is_named(tmp_path, cells: str, column: str, value: str, rule: str) -> None:
    path = csv(tmp_path, GOOD, f"2024-01-03,{cells}", GOOD.replace("-02,", "-04,"))
    with pytest.raises(DataError, match=rf"bars\.csv: 1 bad row of 3.*\n  row 3, column '{column}': {value}: {rule}"):
        load(path)


def test_limits_of_the_rules_are_good_bars(tmp_path) -> None:
    data = load(csv(tmp_path, "2024-01-02,10,10,10,10,0", "2024-01-03,1e-9,1e9,1e-9,1e9,0"))
    assert data.high.tolist() == [[10.0, 1e9]]


@pytest.mark.parametrize(
    ("time", "message"),
    [
        ("2024-01-03", r"row 4, column 'Date': 2024-01-03T00:00:00Z: the same time as row 3"),
        ("2024-01-01", r"row 4, column 'Date': 2024-01-01T00:00:00Z: earlier than row 3"),
        ("", r"row 4, column 'Date': empty: expected a date or time"),
        ("tomorrow", r"row 4, column 'Date': 'tomorrow': expected a date or time"),
    ],
)
def test_a_bad_time_is_named(tmp_path, time: str, message: str) -> None:
    rows = [GOOD, GOOD.replace("-02,", "-03,"), GOOD.replace("2024-01-02", time)]
    with pytest.raises(DataError, match=message):
        load(csv(tmp_path, *rows))


def test_new_to_old_is_turned_round_and_said(tmp_path) -> None:
    rows = [GOOD.replace("-02,", f"-0{day},").replace(",100", f",{day}") for day in (5, 4, 3)]
    data = load(csv(tmp_path, *rows))
    assert data.volume[0].tolist() == [3.0, 4.0, 5.0]
    assert any("new to old" in note for note in data.notes)


def test_blank_lines_count_as_lines(tmp_path) -> None:
    path = csv(tmp_path, GOOD, "", "", GOOD.replace("-02,10,12", "-03,10,8"))
    with pytest.raises(DataError, match="row 5, column 'High': 8"):
        load(path)


def test_rows_of_frames_count_from_zero() -> None:
    bars = frame()
    bars.iloc[2, bars.columns.get_loc("high")] = 1.0
    with pytest.raises(DataError, match=r"data frame: 1 bad row of 6 \(numbered from 0.*\n  row 2, column 'high': 1:"):
        load(bars)


def test_the_first_bad_rows_and_their_number_are_told(tmp_path) -> None:
    rows = [f"2024-01-{day:02d},10,12,9,11,-{day + 1}" for day in range(1, 21)]
    with pytest.raises(DataError) as caught:
        load(csv(tmp_path, *rows))
    lines = str(caught.value).splitlines()
    assert "20 bad rows of 20" in lines[0]
    assert [line.split(",")[0].strip() for line in lines[1:6]] == [f"row {row}" for row in range(2, 7)]
    assert lines[6:] == ["  and 15 more"]


def test_missing_values_of_nullable_columns_are_empty_cells() -> None:
    bars = frame().astype("Float64")
    bars.iloc[1, 0] = pd.NA
    with pytest.raises(DataError, match="row 1, column 'open': empty"):
        load(bars)


@pytest.mark.parametrize("dtype", ["float32", "int64", "Int32", "object", "string"])
def test_any_kind_of_number_is_read(dtype: str) -> None:
    bars = frame()
    bars[["open", "close"]], bars["high"], bars["low"] = 10.0, 12.0, 9.0
    assert load(bars.round().astype("int64").astype(dtype)).digest == load(bars).digest


@pytest.mark.parametrize("cells", [True, 1j, pd.Timestamp("2024-01-01")])
def test_other_kinds_are_refused(cells: object) -> None:
    with pytest.raises(DataError, match="column 'open': .*expected a number"):
        load(frame().assign(open=cells))


def test_numbers_are_read_to_the_last_bit(tmp_path) -> None:
    values = np.random.default_rng(1).uniform(10, 20, 400)
    rows = [
        f"{time:%Y-%m-%d},{v!r},30,1,{v!r},0"
        for time, v in zip(pd.date_range("2020-01-01", periods=400), values.tolist(), strict=True)
    ]
    assert np.array_equal(load(csv(tmp_path, *rows)).open[0], values)
