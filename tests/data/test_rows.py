"""Rows in memory: lists and tuples of a time and numbers, whatever type the time has."""

import zoneinfo
from collections import namedtuple
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj

BEGIN = datetime(2024, 1, 2, 14, 30)
PRICES = [(100.0 + row, 101.5 + row, 99.25 + row, 100.5 + row, 7.0 * row) for row in range(6)]
NEW_YORK = zoneinfo.ZoneInfo("America/New_York")

TIMES: dict[str, Callable[[datetime], Any]] = {
    "datetime": lambda moment: moment,
    "datetime in UTC": lambda moment: moment.replace(tzinfo=UTC),
    "datetime with an offset": lambda moment: moment.replace(tzinfo=UTC).astimezone(timezone(timedelta(hours=-5))),
    "datetime of a zone": lambda moment: moment.replace(tzinfo=UTC).astimezone(NEW_YORK),
    "timestamp": pd.Timestamp,
    "timestamp in UTC": lambda moment: pd.Timestamp(moment, tz="UTC"),
    "datetime64": np.datetime64,
    "milliseconds": lambda moment: int(moment.replace(tzinfo=UTC).timestamp() * 1000),
    "text": lambda moment: moment.isoformat(),
}


def rows(time: Callable[[datetime], Any]) -> list[tuple[Any, ...]]:
    return [(time(BEGIN + timedelta(minutes=row)), *prices) for row, prices in enumerate(PRICES)]


def hold(data: aj.MarketData) -> None:
    first = np.datetime64(BEGIN, "ns").astype(np.int64)
    assert np.array_equal(data.time, first + np.arange(6) * 60 * 10**9)
    for place, column in enumerate((data.open, data.high, data.low, data.close, data.volume)):
        assert column[0].tolist() == [prices[place] for prices in PRICES]


@pytest.mark.parametrize("form", [tuple, list])
@pytest.mark.parametrize("kind", TIMES)
def test_rows_with_any_time(kind: str, form: Callable[[Any], Any]) -> None:
    found = rows(TIMES[kind])
    hold(aj.load([form(row) for row in found]))
    hold(aj.load(tuple(form(row) for row in found)))


def test_the_zone_is_that_of_the_times() -> None:
    assert aj.load(rows(TIMES["datetime of a zone"])).timezone == "America/New_York"
    assert "times have no zone and are taken as UTC" in aj.load(rows(TIMES["datetime"])).notes
    assert aj.load(rows(TIMES["datetime in UTC"])).notes == aj.load(rows(TIMES["milliseconds"])).notes


def test_dates_and_times_of_day() -> None:
    days = [((BEGIN + timedelta(days=row)).date(), *prices) for row, prices in enumerate(PRICES)]
    assert aj.load(days).timeframe == "1d"
    hold(aj.load([(moment.date(), moment.time(), *prices) for moment, *prices in rows(TIMES["datetime"])]))


def test_decimals_and_named_tuples() -> None:
    hold(aj.load([(time, *map(Decimal, map(str, prices))) for time, *prices in rows(TIMES["datetime"])]))
    Bar = namedtuple("Bar", "volume close low high open time")  # noqa: PYI024
    hold(aj.load([Bar(*reversed(row)) for row in rows(TIMES["datetime"])]))
    frame = pd.DataFrame(PRICES, columns=["open", "high", "low", "close", "volume"])
    hold(aj.load(list(frame.set_index(pd.date_range(BEGIN, periods=6, freq="min")).itertuples())))


def test_rows_of_several_symbols() -> None:
    data = aj.load({"AAA": rows(TIMES["datetime"]), "BBB": rows(TIMES["timestamp"])})
    assert data.symbols == ("AAA", "BBB")
    hold(data.select("BBB"))


def test_a_row_with_and_one_without_a_zone() -> None:
    mixed = [*rows(TIMES["datetime"])[:3], *rows(TIMES["datetime in UTC"])[3:]]
    with pytest.raises(aj.DataError, match="has a zone on some rows and none on others"):
        aj.load(mixed)
