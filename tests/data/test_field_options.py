"""Reading options: what they decide, and the refusals that name them."""

from pathlib import Path

import numpy as np
import pytest

from admf_jit.data import load
from admf_jit.errors import DataError
from tests.data.shapes import (
    BASIC,
    DAILY,
    DAY,
    DAYS,
    HEADER,
    OHLC,
    STAMP,
    Expected,
    check,
    comma,
    rows,
    text_of,
    written,
)


def test_a_csv_without_names_takes_those_that_are_given(tmp_path: Path) -> None:
    lines = rows("%d/%m/%Y", ";", order=("close", "low", "high", "open", "time", "volume"))
    path = written(tmp_path, "odd.txt", lines)
    with pytest.raises(DataError, match="names: "):
        load(path)
    check(load(path, names=["close", "low", "high", "open", "date", "volume"]), DAILY)
    check(load(path, header=False, names=["close", "low", "high", "open", "date", "volume"]), DAILY)
    with pytest.raises(DataError, match="names has 3 names, and the rows have 6 columns"):
        load(path, names=["time", "open", "close"])


def test_a_file_keeps_the_zeros_of_a_format_of_digits(tmp_path: Path) -> None:
    times = [int(np.datetime64(f"2024-01-0{day}", "ns").astype(np.int64)) for day in (2, 3, 4, 5)]
    path = written(tmp_path, "IBM.csv", ["Time,Open,High,Low,Close,Volume", *rows("%m%d%Y", times=times)])
    check(load(path, date_format="%m%d%Y"), Expected(("IBM",), times))
    path = written(tmp_path, "excel.csv", [line.removeprefix("0") for line in path.read_text().splitlines()])
    with pytest.raises(DataError, match="row 2.*'1022024'"):
        load(path, date_format="%m%d%Y")


def test_days_that_may_be_months_need_a_format(tmp_path: Path) -> None:
    times = [int(np.datetime64(f"2024-03-0{day}", "ns").astype(np.int64)) for day in (4, 5, 6, 7)]
    path = written(tmp_path, "IBM.txt", rows("%m/%d/%Y,%H:%M", times=times))
    with pytest.raises(DataError, match="may be day or month first .*date_format"):
        load(path)
    check(load(path, date_format="%m/%d/%Y %H:%M"), Expected(("IBM",), times))


def test_lines_before_the_table_and_comments(tmp_path: Path) -> None:
    before = ["open high low close", "1,2,3,4,5,6", "x,open,high,low,close,volume"]
    check(load(written(tmp_path, "a.csv", [*before, *BASIC]), skip_lines=3), DAILY)
    lines = [BASIC[0], "! a comment", *BASIC[1:4], "! another, with, commas, in, it, all", *BASIC[4:], "! end"]
    check(load(written(tmp_path, "b.csv", lines), comment="!"), DAILY)


def test_number_styles(tmp_path: Path) -> None:
    lines = [HEADER.replace(",", ";"), *rows(DAY, ";", written=comma)]
    check(load(written(tmp_path, "a.csv", lines), separator=";", decimal=","), DAILY)
    apostrophe = [HEADER, *(line.replace(",180", ",1'180").replace(",18", ",1'18") for line in rows(DAY))]
    assert load(written(tmp_path, "b.csv", apostrophe), thousands="'", keep=False).n_bars == len(DAYS)
    open_question = ["Date;Open;High;Low;Close;Volume", *(f"{text_of(t, DAY)};1,234;1,235;1,233;1,234;5" for t in DAYS)]
    path = written(tmp_path, "c.csv", open_question)
    with pytest.raises(DataError, match='may be a number with a decimal comma or with thousands; say decimal: ","'):
        load(path)
    assert load(path, decimal=",").close[0, 0] == 1.234
    assert load(path, thousands=",").close[0, 0] == 1234.0


@pytest.mark.parametrize(
    ("cell", "number"),
    [("1.5K", 1500.0), ("68.18K", 68180.0), ("2.04M", 2.04e6), ("1.1B", 1.1e9), ("$1,234", 1234.0), ("12 345", 12345.0),
     ("1,23,456", 123456.0), ("3万", 3e4), ("1.5亿", 1.5e8), ("+7", 7.0), ("1e3", 1000.0)],
)  # fmt: skip
def test_volumes_as_people_write_them(tmp_path: Path, cell: str, number: float) -> None:
    thousands = " " if " " in cell else None
    lines = [HEADER, *(f'{text_of(time, DAY)},10,11,9,10,"{cell}"' for time in DAYS)]
    data = load(written(tmp_path, "bars.csv", lines), **({"thousands": thousands} if thousands else {}))
    assert data.volume[0].tolist() == [number] * len(DAYS)


@pytest.mark.parametrize("cell", ["12,34", "1,2345", "1.2.3", "5KM", "K", "1_000", "0x10", "true"])
def test_what_is_no_number_is_no_volume(tmp_path: Path, cell: str) -> None:
    lines = [HEADER, *(f'{text_of(time, DAY)},10,11,9,10,"{cell}"' for time in DAYS)]
    with pytest.raises(DataError, match="row 2, column 'Volume': .*expected a number"):
        load(written(tmp_path, "bars.csv", lines))


def test_a_cell_far_below_that_is_no_number_is_named(tmp_path: Path) -> None:
    times = [DAYS[0] + place * 60 * 10**9 for place in range(20_000)]
    lines = [HEADER, *rows(STAMP, times=times)]
    lines[15_000] = lines[15_000].rpartition(",")[0] + ",many"
    with pytest.raises(
        DataError, match="1 bad row of 20000 .*\n  row 15001, column 'Volume': 'many': expected a number"
    ):
        load(written(tmp_path, "bars.csv", lines))
    lines[15_000] = lines[15_000].replace("many", "1.5K")
    assert load(written(tmp_path, "bars.csv", lines)).volume[0, 14_999] == 1500.0


FXCM = "date,bidopen,bidclose,bidhigh,bidlow,askopen,askclose,askhigh,asklow,tickqty"


def test_bid_ask_and_their_middle(tmp_path: Path) -> None:
    path = written(tmp_path, "fx.csv", [FXCM, *(f"{text_of(t, DAY)},1,1.25,1.5,0.5,2,2.25,2.5,1.5,7" for t in DAYS)])
    with pytest.raises(DataError, match=r"price: bid \(or ask, mid\), or columns:"):
        load(path)
    for price, first in (
        ("bid", (1.0, 1.5, 0.5, 1.25)),
        ("ask", (2.0, 2.5, 1.5, 2.25)),
        ("mid", (1.5, 2.0, 1.0, 1.75)),
    ):
        data = load(path, price=price)
        assert tuple(float(getattr(data, column)[0, 0]) for column in OHLC) == first
        assert data.volume[0, 0] == 7.0
    columns = {name: f"bid{name}" for name in OHLC}
    assert load(path, columns=columns).digest == load(path, price="bid").digest


def test_adjusted_prices_scale_all_four(tmp_path: Path) -> None:
    lines = [HEADER + ",Adj Close", *(f"{text_of(t, DAY)},8,16,4,8,5,4" for t in DAYS)]
    path = written(tmp_path, "a.csv", lines)
    data = load(path, price="adjusted")
    assert [float(getattr(data, column)[0, 0]) for column in OHLC] == [4.0, 8.0, 2.0, 4.0]
    assert "prices are not adjusted; price: adjusted takes 'Adj Close'" in load(path).notes
    assert load(path, price="close").notes == ("times have no zone and are taken as UTC", "columns not used: Adj Close")


def test_rows_of_nulls(tmp_path: Path) -> None:
    for word in ("null", "", "NaN", "-", "N/A"):
        lines = [*BASIC]
        lines[4] = ",".join([lines[4].split(",")[0], *[word] * 5])
        path = written(tmp_path, "a.csv", lines)
        with pytest.raises(DataError, match=r"(?s)1 bad row of 12 .*row 5, .*rows_of_nan: drop"):
            load(path)
        data = load(path, rows_of_nan="drop")
        assert data.n_bars == len(DAYS) - 1
        assert any("left out" in note and "1" in note for note in data.notes)


def test_volumes_that_are_not_known(tmp_path: Path) -> None:
    for cell in ("", "-", "-1", "null"):
        lines = [HEADER, *(f"{text_of(t, DAY)},10,11,9,10,{cell if i != 2 else 8}" for i, t in enumerate(DAYS))]
        path = written(tmp_path, "a.csv", lines)
        data = load(path)
        assert data.volume[0].tolist() == [0.0, 0.0, 8.0] + [0.0] * 9
        assert any("volume" in note and "11" in note for note in data.notes)
        with pytest.raises(DataError, match="column 'Volume'"):
            load(path, volume="refuse")
        with pytest.raises(DataError, match="a single bar left by volume: drop; at least 2"):
            load(path, volume="drop")


def test_prices_at_and_below_zero(tmp_path: Path) -> None:
    lines = [*BASIC]
    lines[4] = lines[4].split(",")[0] + ",-5,1,-40.32,-37.63,7"
    path = written(tmp_path, "CL.csv", lines)
    with pytest.raises(DataError, match=r"(?s)row 5, column 'Open': -5: .*allow_nonpositive: true"):
        load(path)
    data = load(path, allow_nonpositive=True)
    assert data.low[0, 3] == -40.32
    assert data.allow_nonpositive


def test_the_order_of_rows(tmp_path: Path) -> None:
    shuffled = [BASIC[0], *(BASIC[1:][place] for place in (3, 0, 11, 1, 2, 10, 4, 6, 5, 7, 9, 8))]
    path = written(tmp_path, "a.csv", shuffled)
    with pytest.raises(DataError, match="sort: true"):
        load(path)
    check(load(path, sort=True), DAILY)


def test_what_the_representation_says(tmp_path: Path) -> None:
    shown = repr(load(written(tmp_path, "SPY.csv", BASIC)))
    assert shown.splitlines() == [
        "MarketData('SPY': SPY; 12 bars of 1d, 2024-01-15T00:00:00Z to 2024-01-26T00:00:00Z, sessions in UTC)",
        "  note: times have no zone and are taken as UTC",
    ]


def test_thousands_that_begin_below_the_head(tmp_path: Path) -> None:
    """Prices rise through a thousand long after the first lines."""
    times = [DAYS[0] + place * 60 * 10**9 for place in range(6000)]
    lines = [
        f"{text_of(t, STAMP)},{0.5 + i / 5:.2f},{2 + i / 5:.2f},0.25,{1 + i / 5:.2f},7" for i, t in enumerate(times)
    ]
    plain = load(written(tmp_path, "a.csv", [HEADER, *lines]), keep=False)
    style = [[f'"{float(cell):,.2f}"' if "." in cell else cell for cell in line.split(",")[1:]] for line in lines]
    quoted = [",".join([line.split(",")[0], *cells]) for line, cells in zip(lines, style, strict=True)]
    assert plain.high[0, -1] > 1000
    assert load(written(tmp_path, "a.csv", [HEADER, *quoted]), keep=False).digest == plain.digest


def test_names_for_a_file_whose_header_nobody_knows(tmp_path: Path) -> None:
    names = ["time", "open", "high", "low", "close", "volume"]
    check(load(written(tmp_path, "a.csv", ["tid,aab,hoj,lav,luk,antal", *rows(DAY)]), names=names), DAILY)
    check(load(written(tmp_path, "a.csv", BASIC), names=names), DAILY)
    check(load(written(tmp_path, "a.csv", rows(DAY)), names=names), DAILY)
    with pytest.raises(DataError, match="bad row"):
        load(written(tmp_path, "a.csv", ["tid,aab,hoj,lav,luk,antal", *rows(DAY)]), names=names, header=False)
    columns = dict(zip(names, ["tid", "aab", "hoj", "lav", "luk", "antal"], strict=True))
    check(load(written(tmp_path, "a.csv", ["tid,aab,hoj,lav,luk,antal", *rows(DAY)]), columns=columns), DAILY)


@pytest.mark.parametrize("first", ["0:30 PM", "00:30 PM", "12:30 PM"])
def test_noon_by_any_name_is_no_second(tmp_path: Path, first: str) -> None:
    """pandas takes the hour of 0:30 PM for seconds, and 10:30 PM for ten of them."""
    clocks = [first, *(f"{hour}:30 PM" for hour in range(1, 12))]
    lines = ["Date,Time,Open,High,Low,Close,Volume", *(f"01/16/2024,{clock},10,11,9,10,5" for clock in clocks)]
    data = load(written(tmp_path, "a.csv", lines), keep=False)
    noon = int(np.datetime64("2024-01-16T12:30", "ns").astype(np.int64))
    assert data.time.tolist() == [noon + hour * 3600 * 10**9 for hour in range(12)]


@pytest.mark.parametrize("name", ["series", "period"])
def test_contracts_one_after_the_other_are_not_one_series(tmp_path: Path, name: str) -> None:
    lines = rows("%Y-%m-%d")
    codes = ["FUT-MAR"] * (len(lines) // 2) + ["FUT-JUN"] * (len(lines) - len(lines) // 2)
    header = f"Time,Open,High,Low,Close,Volume,{name}"
    path = written(tmp_path, "fut.csv", [header, *(f"{line},{code}" for line, code in zip(lines, codes, strict=True))])
    with pytest.raises(DataError, match=name):
        load(path)
    one = written(tmp_path, "eq.csv", [header, *(f"{line},EQ" for line in lines)])
    assert load(one).n_symbols == 1
