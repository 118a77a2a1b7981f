import datetime

import numpy as np
import pandas as pd
import pytest

from admf_jit.data import generate_sample, load
from admf_jit.data.market_data import MarketData
from admf_jit.errors import DataError
from tests.data.bars import frame, market


@pytest.fixture
def data() -> MarketData:
    """Five days of hours on New York's clock, from its midnight of 2024-01-02."""
    return load(frame(120, start="2024-01-02", step="1h", tz="America/New_York"))


def hours(data: MarketData, **bounds: object) -> tuple[str, str, int]:
    part = data.select(**bounds)  # type: ignore[arg-type]
    index = part.frame().index
    return f"{index[0]:%d %H}", f"{index[-1]:%d %H}", part.n_bars


def test_a_date_means_the_whole_day(data: MarketData) -> None:
    for end in ("2024-01-04", datetime.date(2024, 1, 4)):
        assert hours(data, start="2024-01-03", end=end) == ("03 00", "04 23", 48)


def test_a_time_is_included(data: MarketData) -> None:
    for end in (
        "2024-01-04T10:00",
        "2024-01-04 15:00Z",
        datetime.datetime(2024, 1, 4, 10),
        pd.Timestamp("2024-01-04 10:00"),
    ):
        assert hours(data, start="2024-01-04T09:00", end=end) == ("04 09", "04 10", 2)


def test_sessions_begin_at_zero_again_and_the_digest_is_the_part_s_own(data: MarketData) -> None:
    part = data.select(start="2024-01-04")
    assert part.session[0] == 0
    assert part.session[-1] == 2
    assert part.digest != data.digest
    assert part.digest == data.select(start="2024-01-03").select(start="2024-01-04").digest
    assert not part.close.flags.writeable


def test_everything_is_the_same_object(data: MarketData) -> None:
    assert data.select() is data
    assert data.select(symbols=list(data.symbols), start="2000-01-01") is data


def test_symbols_in_the_order_asked_for() -> None:
    three = market(np.arange(4) * 10**9, n_symbols=3)
    part = three.select(["S2", "S0"])
    assert part.symbols == ("S2", "S0")
    assert np.array_equal(part.close, three.close[[2, 0]])
    assert part.close.flags.c_contiguous


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({"symbols": "s0"}, "symbols: 's0' is not in the data, which has S0, S1; did you mean 'S0'"),
        ({"symbols": []}, "the list is empty"),
        ({"symbols": ["S0", "S0"]}, "names a symbol twice"),
        ({"start": "soon"}, "start: 'soon' is not a date or time such as"),
        ({"end": "2024"}, "end: '2024' is not a date or time such as"),
        ({"end": 5}, "end: 5 is not a date or time"),
        ({"start": "2030-01-01"}, "start '2030-01-01' and end None leave 0 bars of 4"),
        ({"start": "1970-01-02", "end": "1970-01-01"}, "leave 0 bars"),
    ],
)
def test_bad_bounds_are_refused(bounds: dict, message: str) -> None:
    with pytest.raises(DataError, match=message):
        market(np.arange(4) * 10**9, n_symbols=2).select(**bounds)


def test_load_selects(data: MarketData) -> None:
    assert load(data.frame(), start="2024-01-03", end="2024-01-03").n_bars == 24


@pytest.mark.parametrize(
    "end", ["9999-12-31", datetime.date.max, datetime.datetime.max, "9999-12-31T23:59:59-12:00", "3000-01-01"]
)
def test_a_bound_beyond_every_bar_is_no_bound(end) -> None:
    data = generate_sample("1d", sessions=10)
    assert data.select(end=end).digest == data.digest
    assert data.select(start="0001-01-01T00:00:00+14:00").digest == data.digest
    with pytest.raises(DataError, match="leave 0 bars"):
        data.select(start=end)


@pytest.mark.parametrize("timeframe", ["9" * 400 + "d", "9" * 5000 + "d", "٣d", 5, "-1d", ""])
def test_what_is_no_timeframe_is_refused(timeframe) -> None:
    with pytest.raises(DataError, match=r"timeframe: .* is not a bar length"):
        load("sample", timeframe=timeframe)
