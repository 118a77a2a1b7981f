"""Columns such as exchange, venue and session: one series in which they change, or two that are mixed."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from admf_jit.data import MarketData, load
from admf_jit.errors import DataError

DAYS = [f"2024-01-{day:02}" for day in range(1, 13)]
BARS = [f"{day},{100 + row}.5,{100 + row}.9,{100 + row}.1,{100 + row}.4,7" for row, day in enumerate(DAYS)]
HEADER = "time,open,high,low,close,volume"
NAMES = ["exchange", "Venue", "publisher_id", "SOURCE", "feed", "session"]


def loaded(tmp_path: Path, name: str, cells: list[tuple[int, str]], **options: Any) -> MarketData:
    """Load a file with one more column: bars by their place, and what the column says of them."""
    path = tmp_path / "bars.csv"
    path.write_text("\n".join([f"{HEADER},{name}", *(f"{BARS[place]},{cell}" for place, cell in cells)]) + "\n")
    return load(path, **options)


def both(first: str = "11", second: str = "22") -> list[tuple[int, str]]:
    return [(place, cell) for place in range(12) for cell in (first, second)]


@pytest.mark.parametrize("name", NAMES)
def test_two_values_at_one_time_are_two_series(tmp_path: Path, name: str) -> None:
    expected = rf"bars\.csv: '{name}' is '11' and '22' at the same time, 2024-01-01T00:00:00Z\. Say columns: "
    for cells in (both(), sorted(both(), key=lambda pair: pair[1])):
        with pytest.raises(DataError, match=expected + rf"\{{symbol: {name}\}} if each is a series of its own"):
            loaded(tmp_path, name, cells, sort=True)
    for duplicates in ("first", "last"):
        with pytest.raises(DataError, match="if each is a series of its own"):
            loaded(tmp_path, name, both(), duplicates=duplicates)


@pytest.mark.parametrize("name", NAMES)
def test_the_ways_out(tmp_path: Path, name: str) -> None:
    each = loaded(tmp_path, name, both(), columns={"symbol": name})
    assert each.symbols == ("11", "22") and each.n_bars == 12
    one = loaded(tmp_path, name, both(), columns={"symbol": None}, duplicates="first")
    assert one.symbols == ("bars",) and one.n_bars == 12


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("codes", ["111111222222", "121212121212", "111112111111"])
def test_what_changes_from_bar_to_bar_is_one_series_with_a_note(tmp_path: Path, name: str, codes: str) -> None:
    data = loaded(tmp_path, name, list(enumerate(codes)))
    assert data.symbols == ("bars",) and data.n_bars == 12
    assert f"{name!r} changes within a series (1, 2): its bars are taken as one series" in data.notes


def test_what_does_not_change_is_not_spoken_of(tmp_path: Path) -> None:
    data = loaded(tmp_path, "exchange", list(enumerate(["NYSE"] * 12)))
    assert not any("changes within" in note for note in data.notes)


@pytest.mark.parametrize("name", ["interval", "timeframe", "bar size"])
def test_bars_of_two_lengths(tmp_path: Path, name: str) -> None:
    cells = list(enumerate(["1d"] * 6 + ["1h"] * 6))
    with pytest.raises(DataError, match=rf"column '{name}' has several bar lengths \(1d, 1h\); load the bars of each"):
        loaded(tmp_path, name, cells)
    assert loaded(tmp_path, name, [(place, "1d") for place, _ in cells]).n_bars == 12


def test_beside_a_column_of_symbols(tmp_path: Path) -> None:
    path = tmp_path / "all.parquet"
    rows = [bar.split(",") for bar in BARS]
    frame = pd.DataFrame(rows, columns=HEADER.split(",")).astype(dict.fromkeys(("open", "high", "low", "close"), float))
    frame["volume"] = 1.0
    own = pd.concat([frame.assign(ticker="A", exchange="NYSE"), frame.assign(ticker="B", exchange="ARCA")])
    own.to_parquet(path)
    data = load(path)
    assert data.symbols == ("A", "B") and not any("changes within" in note for note in data.notes)
    assert load(own.reset_index(drop=True)).digest == data.digest
    pd.concat([own, frame.assign(ticker="A", exchange="EDGX")]).to_parquet(path)
    with pytest.raises(DataError, match="'NYSE' and 'EDGX' at the same time, .*Write 'exchange' and 'ticker' into one"):
        load(path, sort=True)
    stated = load(path, sort=True, columns={"symbol": "ticker"}, duplicates="first")
    assert stated.close.tobytes() == data.close.tobytes()
    assert load(path, symbols=["B"]).n_bars == 12
