import pytest

from admf_jit.data import load
from admf_jit.data.columns import identify
from admf_jit.errors import DataError
from tests.data.bars import csv

PRICES = ["open", "high", "low", "close"]


@pytest.mark.parametrize(
    "names",
    [
        ["date", "open", "high", "low", "close", "volume"],
        ["DATE", "OPEN", "HIGH", "LOW", "CLOSE", "VOLUME"],
        ["Datetime", "Open", "High", "Low", "Close", "Vol"],
        ["t", "o", "h", "l", "c", "v"],
        ["Gmt time", "Open ", " High", "Low", "Close", "Volume"],
        ["open_time", "open_price", "high_price", "low_price", "close_price", "Volume"],
        ["<DATE>", "<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>", "<VOL>"],
        ["", "Open", "High", "Low", "Close", "Volume"],
        ["Unnamed: 0", "Open", "High", "Low", "Close", "Volume"],
    ],
)
def test_common_spellings(names: list[str]) -> None:
    found = identify(names, "t")
    assert (found.time, list(found.prices.values()), found.volume) == ((0,), [1, 2, 3, 4], 5)
    assert found.ignored == ()


def test_adjusted_close_is_not_close() -> None:
    found = identify(["Date", "Open", "High", "Low", "Adj Close", "Close", "Volume USD"], "t")
    assert found.prices["close"] == 5
    assert found.volume is None
    assert found.ignored == ("Adj Close", "Volume USD")
    with pytest.raises(DataError, match="no column for close; columns are .*'Adj Close'"):
        identify(["Date", "Open", "High", "Low", "Adj Close"], "t")


def test_typo_gets_the_nearest_name() -> None:
    with pytest.raises(DataError, match="no column for close; .*is 'Clsoe' meant for close"):
        identify(["Date", "Open", "High", "Low", "Clsoe"], "t")


@pytest.mark.parametrize("extra", ["CLOSE", "Vol", "DATE"])
def test_two_columns_for_one_field_are_refused(extra: str) -> None:
    with pytest.raises(DataError, match=f"'{extra}' both mean"):
        identify(["date", *PRICES, "volume", extra], "t")


def test_time_column_is_required() -> None:
    with pytest.raises(DataError, match="no time column .* columns are 'open'"):
        identify(PRICES, "t")


def test_named_time_wins_over_row_numbers_and_epoch() -> None:
    assert identify(["", "unix", "date", *PRICES], "t").time == (2,)


def test_date_and_time_of_day_belong_together(tmp_path) -> None:
    rows = ["2024.01.02,09:30,1,2,0.5,1,3", "2024.01.02,09:35,1,2,0.5,1,3"]
    split = load(csv(tmp_path, *rows, header="<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>"))
    rows = ["20240102,93000,1,2,0.5,1,3", "20240102,93500,1,2,0.5,1,3"]
    digits = load(csv(tmp_path, *rows, header="Date,Time,Open,High,Low,Close,Volume"))
    assert split.timeframe == "5m"
    assert split.digest == digits.digest
