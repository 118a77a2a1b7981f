"""Several symbols in one file, and several files of one symbol."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from admf_jit.data import load
from admf_jit.errors import DataError
from tests.data.shapes import (
    BASIC,
    DAILY,
    DAY,
    DAYS,
    HEADER,
    Expected,
    bars,
    check,
    epoch,
    rows,
    text_of,
    written,
)


def long_lines(column: str, place: int, symbols: tuple[str, ...] = ("AAL", "ZTS")) -> list[str]:
    header = HEADER.split(",")
    header.insert(place, column)
    lines = [",".join(header)]
    for number, symbol in enumerate(symbols):
        for row in rows(DAY, start=180.0 - 100 * number):
            cells = row.split(",")
            cells.insert(place, symbol)
            lines.append(",".join(cells))
    return lines


@pytest.mark.parametrize(
    ("column", "place"),
    [("Name", 6), ("ts_code", 0), ("tic", 6), ("contract", 1), ("code", 1), ("Ticker", 6), ("asset", 1), ("pair", 0),
     ("Index", 0), ("instrument_token", 6), ("股票代码", 1), ("act_symbol", 1), ("Scrip Name", 0), ("expiry", 6)],
)  # fmt: skip
def test_long_form_by_any_name_of_a_symbol(tmp_path: Path, column: str, place: int) -> None:
    path = written(tmp_path, "market.csv", long_lines(column, place))
    data = load(path)
    assert data.symbols == ("AAL", "ZTS")
    check(data.select("AAL"), DAILY)
    check(load(path, symbols="AAL"), DAILY)
    assert data.missing_bars == (0, 0)
    parquet = tmp_path / "market.parquet"
    pd.read_csv(path, dtype={column: "str"}).to_parquet(parquet)
    assert load(parquet).digest == data.digest
    assert load(pa.Table.from_pandas(pd.read_csv(path))).digest == data.digest


def contracts(column: str) -> list[str]:
    lines = rows(DAY)
    return [f"Date,{column},Open,High,Low,Close,Volume"] + [
        line.replace(",", f",{'CLG24' if place < 6 else 'CLH24'},", 1) for place, line in enumerate(lines)
    ]


@pytest.mark.parametrize("column", ["contract", "Expiration", "instrument_id", "delivery month", "name"])
def test_two_contracts_one_after_the_other_are_two_symbols(tmp_path: Path, column: str) -> None:
    data = load(written(tmp_path, "CL.csv", contracts(column)))
    assert data.symbols == ("CLG24", "CLH24")
    assert data.missing_bars == (6, 6)
    assert f"symbols are those of {column!r}" in data.notes


def test_what_may_be_a_contract_is_asked(tmp_path: Path) -> None:
    path = written(tmp_path, "CL.csv", contracts("what"))
    with pytest.raises(
        DataError, match=r"what is 'what'\? It has 2 values \(CLG24, CLH24\)\. Say columns: {symbol: what}"
    ):
        load(path)
    assert load(path, columns={"symbol": "what"}).symbols == ("CLG24", "CLH24")
    check(load(path, columns={"symbol": None}), Expected(("CL",)))
    root = [f"{line},{'symbol' if place == 0 else 'CL'}" for place, line in enumerate(contracts("contract"))]
    path = written(tmp_path, "CL.csv", root)
    with pytest.raises(
        DataError, match=r"what is 'contract'\?.*columns: {symbol: contract}.*columns: {symbol: symbol}"
    ):
        load(path)
    check(load(path, columns={"symbol": "symbol"}), Expected(("CL",)))


@pytest.mark.parametrize("codes", [("202402", "202403"), ("2024-02", "2024-03"), ("20240220", "20240320")])
def test_numbers_with_which_the_price_jumps_are_asked_about(tmp_path: Path, codes: tuple[str, str]) -> None:
    lines = [f"Date,mm,{HEADER.partition(',')[2]}"]
    for place, row in enumerate(rows(DAY)[:6] + rows(DAY, start=240.0)[6:]):
        lines.append(row.replace(",", f",{codes[place // 6]},", 1))
    path = written(tmp_path, "CL.csv", lines)
    with pytest.raises(DataError, match=r"what is 'mm'\? It has 2 values"):
        load(path)
    assert load(path, columns={"symbol": "mm"}).symbols == codes
    calm = [lines[0], *(row.replace(",", f",{2023 + i // 6},", 1) for i, row in enumerate(rows(DAY)))]
    check(load(written(tmp_path, "CL.csv", calm)), Expected(("CL",)))


def test_a_call_and_a_put_are_no_series(tmp_path: Path) -> None:
    lines = [f"{HEADER},Type", *(f"{row},{'C' if i < 6 else 'P'}" for i, row in enumerate(rows(DAY)))]
    with pytest.raises(DataError, match=r"what is 'Type'\? It has 2 values \(C, P\)"):
        load(written(tmp_path, "SPY.csv", lines))
    strikes = [f"{HEADER},strike", *(f"{row},{100 if i < 6 else 110}" for i, row in enumerate(rows(DAY)))]
    assert load(written(tmp_path, "SPY.csv", strikes)).symbols == ("100", "110")


def test_an_index_of_two_levels_holds_the_symbols(tmp_path: Path) -> None:
    frame = pd.read_csv(written(tmp_path, "a.csv", BASIC), index_col="Date", parse_dates=True)
    both = pd.concat({"AAPL": frame, "MSFT": frame * 2})
    data = load(both)
    assert data.symbols == ("AAPL", "MSFT")
    check(data.select("AAPL"), DAILY)
    both.to_csv(tmp_path / "both.csv")
    both.to_parquet(tmp_path / "both.parquet")
    assert load(tmp_path / "both.csv").digest == load(tmp_path / "both.parquet").digest == data.digest
    check(load(pd.DataFrame([[t // 10**6, *map(float, bar[1:])] for t, bar in zip(DAYS, bars(), strict=True)])), DAILY)


def test_columns_of_text_that_are_no_symbols(tmp_path: Path) -> None:
    kinds = [HEADER + ",session", *(f"{row},{'RTH' if i % 2 else 'ETH'}" for i, row in enumerate(rows(DAY)))]
    check(load(written(tmp_path, "ES.csv", kinds)), Expected(("ES",)))
    series = [HEADER + ",series", *(f"{row},{'EQ' if i < 6 else 'BE'}" for i, row in enumerate(rows(DAY)))]
    check(load(written(tmp_path, "X.csv", series)), Expected(("X",)))
    currency = [HEADER + ",Currency", *rows(DAY, after=("USD",))]
    check(load(written(tmp_path, "gold.csv", currency)), Expected(("gold",)))
    ticker = [HEADER + ",Name", *rows(DAY, after=("AAL",))]
    check(load(written(tmp_path, "AAL_data.csv", ticker)), Expected(("AAL",)))


def test_two_columns_that_each_tell_symbols_apart_are_asked(tmp_path: Path) -> None:
    lines = [HEADER + ",asset,pair"]
    for place, row in enumerate(rows(DAY)):
        lines.append(f"{row},{'AB'[place % 2]},{'XYZ'[place % 3]}")
    with pytest.raises(DataError, match="'asset' and 'pair' may each tell the symbols apart; say which"):
        load(written(tmp_path, "bars.csv", lines))


def test_wide_forms(tmp_path: Path) -> None:
    parts = {"MSFT": rows(DAY), "AAPL": rows(DAY, start=80.0)}
    cells = [[row.split(",")[1:] for row in part] for part in parts.values()]
    fields = ["Open", "High", "Low", "Close", "Volume"]
    days = [text_of(time, DAY) for time in DAYS]
    body = [",".join([day, *one, *other]) for day, one, other in zip(days, *cells, strict=True)]
    levels = ["Price," + ",".join(fields * 2), "Ticker," + ",".join(["MSFT"] * 5 + ["AAPL"] * 5), "Date" + "," * 10]
    headers = [
        levels,
        [levels[1], levels[0], levels[2]],
        ["Date," + ",".join(f"{symbol}_{name.lower()}" for symbol in parts for name in fields)],
        ["Date," + ",".join(f"{name} {symbol}" for symbol in parts for name in fields)],
        ["Date," + ",".join(f"{symbol}.{name}" for symbol in parts for name in fields)],
        ["Date," + ",".join(f'"{(symbol, name)}"' for symbol in parts for name in fields)],
    ]
    for header in headers:
        data = load(written(tmp_path, "wide.csv", [*header, *body]))
        assert data.symbols == ("MSFT", "AAPL")
        check(data.select("MSFT"), DAILY)
        assert data.select("AAPL").close[0, 0] == 80.12
        check(load(tmp_path / "wide.csv", symbols="MSFT"), DAILY)
    holes = [",".join([body[3].split(",")[0], *[""] * 5, *body[3].split(",")[6:]])]
    data = load(written(tmp_path, "wide.csv", [*levels, *body[:3], *holes, *body[4:]]))
    assert data.missing_bars == (1, 0)


def monthly(folder: Path, symbol: str = "BTCUSDT", start: float = 180.0) -> list[Path]:
    """Two files of one symbol, of the days of January and of February."""
    days = [int(np.datetime64(day, "ns").astype(np.int64)) for day in ("2024-01-29", "2024-01-30", "2024-01-31")]
    later = [days[0] + (3 + place) * 86_400 * 10**9 for place in range(3)]
    header = "open_time,open,high,low,close,volume"
    return [
        written(folder, f"{symbol}-1d-2024-0{month}.csv", [header, *rows(epoch(10**6), times=times, start=start)])
        for month, times in ((1, days), (2, later))
    ]


def test_a_file_a_month_is_one_symbol(tmp_path: Path) -> None:
    folder = tmp_path / "market"
    folder.mkdir()
    paths = monthly(folder)
    listed = load(paths[::-1])
    assert listed.symbols == ("BTCUSDT",)
    assert listed.n_bars == 6
    assert "put one after the other: up to 2 sources for each of BTCUSDT" in listed.notes
    for source in (
        folder,
        str(folder / "*.csv"),
        str(folder / "BTC*-2024-*.csv"),
        [folder],
        folder / "BTCUSDT-1d-2024-0?.csv",
    ):
        assert load(source).digest == listed.digest
    monthly(folder, "ETHUSDT", 90.0)
    both = load(folder)
    assert both.symbols == ("BTCUSDT", "ETHUSDT")
    assert both.select("BTCUSDT").digest == listed.digest
    assert load(folder, symbols="ETHUSDT").symbols == ("ETHUSDT",)
    assert load(folder).directory is not None


def test_a_folder_may_be_called_by_the_symbol(tmp_path: Path) -> None:
    folder = tmp_path / "EURUSD"
    folder.mkdir()
    for path in monthly(tmp_path):
        path.rename(folder / path.name.removeprefix("BTCUSDT-1d-"))
    assert load(folder).symbols == ("EURUSD",)
    assert load(folder).n_bars == 6


def test_a_day_a_file_of_all_tickers(tmp_path: Path) -> None:
    for day in DAYS[:3]:
        lines = [f"{text_of(day, DAY)},{symbol},1,2,0.5,1.5,7" for symbol in ("A", "B")]
        written(tmp_path, f"{text_of(day, DAY)}.csv", ["date,ticker,open,high,low,close,volume", *lines])
    data = load(tmp_path)
    assert data.symbols == ("A", "B")
    assert data.time.tolist() == DAYS[:3]


def test_files_that_overlap_are_refused_or_decided(tmp_path: Path) -> None:
    first, second = monthly(tmp_path)
    second.write_text(second.read_text() + "\n".join(first.read_text().splitlines()[-1:]).replace(",1014", ",5") + "\n")
    lines = second.read_text().splitlines()
    second.write_text("\n".join([lines[0], lines[-1], *lines[1:-1]]))
    with pytest.raises(DataError, match="'BTCUSDT' is in both .* which overlap; .*duplicates: first or last"):
        load([first, second])
    assert load([first, second], duplicates="first").volume[0].tolist()[2] == 1014.0
    assert load([first, second], duplicates="last").volume[0].tolist()[2] == 5.0


def test_files_named_by_a_contract_month_are_no_months_of_one_series(tmp_path: Path) -> None:
    january, february = monthly(tmp_path, "CL")
    january.rename(tmp_path / "CL_2024-03.csv")
    february.rename(tmp_path / "CL_2024-04.csv")
    with pytest.raises(DataError, match="is named by 2024-03-01 to 2024-04-01, but its bars are of 2024-01-29"):
        load(tmp_path)


def test_a_symbol_that_some_files_do_not_have(tmp_path: Path) -> None:
    days = [f"{text_of(day, DAY)},A,1,2,0.5,1.5,7" for day in DAYS[:3]]
    header = "date,ticker,open,high,low,close,volume"
    written(tmp_path, "1.csv", [header, *days])
    written(tmp_path, "2.csv", [header, *(line.replace(",A,", ",B,") for line in days)])
    assert load(tmp_path, symbols="B").symbols == ("B",)
    assert load(tmp_path / "1.csv", symbols="A", keep=False).n_bars == 3
    with pytest.raises(DataError, match="symbols: 'C' is not in the data, which has A, B"):
        load(tmp_path, symbols="C")
    with pytest.raises(DataError, match="symbols: 'B' is not in the data, which has A"):
        load(tmp_path / "1.csv", symbols="B")


def test_sources_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no file is called as .* says"):
        load(str(tmp_path / "*.csv"))
    with pytest.raises(DataError, match="is not a store"):
        load(tmp_path)


def test_a_short_file_of_two_codes_is_asked_about_too(tmp_path: Path) -> None:
    lines = long_lines("sec_code", 6)
    short = [lines[0], *lines[1:4], *lines[-4:]]
    with pytest.raises(DataError, match=r"what is 'sec_code'\? It has 2 values \(AAL, ZTS\)"):
        load(written(tmp_path, "short.csv", short), keep=False)
