"""Calendars by name: which are known, what they need, and what data keep of one."""

import datetime
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from admf_jit.data import MarketData, load, open_store, write_store
from admf_jit.data.calendars import CalendarRef, calendar_name, calendar_zone, trading_calendar
from admf_jit.errors import DataError
from tests.data import nyse


@pytest.fixture(scope="module")
def days() -> pd.DataFrame:
    return nyse.frame(nyse.daily("2023-01-01", "2024-12-31"))


@pytest.mark.parametrize(("name", "code"), [("XNYS", "XNYS"), ("NYSE", "XNYS"), ("LSE", "XLON"), ("CME", "CMES")])
def test_aliases_are_the_calendar_itself(name: str, code: str) -> None:
    assert calendar_name(name) == code


@pytest.mark.parametrize(
    ("name", "hint"), [("XNYX", "XNYS"), ("nyse", "NYSE"), ("Nasdq", "NASDAQ"), ("247", "24/7"), ("weather", "")]
)
def test_an_unknown_calendar_is_answered_with_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(DataError, match=f"calendar: '{name}' is not a known calendar") as caught:
        calendar_name(name)
    assert str(caught.value).endswith(f"did you mean {hint!r}?" if hint else "24/7")


def test_without_the_package_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, days: pd.DataFrame) -> None:
    monkeypatch.setitem(sys.modules, "exchange_calendars", None)
    with pytest.raises(
        DataError, match=r"XNYS needs the package exchange_calendars; pip install admf_jit\[calendars\]"
    ):
        load(days, calendar="XNYS")


def test_what_the_package_cannot_make_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    import exchange_calendars

    def broken(name: str, **_: Any) -> None:
        raise NotImplementedError(f"{name} is\nbroken")

    monkeypatch.setattr(exchange_calendars, "get_calendar", broken)
    with pytest.raises(
        DataError, match="calendar: exchange_calendars .* has no XBUD from 2022-06-01 to .*: XBUD is bro"
    ):
        calendar_zone("XBUD")


def test_the_package_is_imported_for_a_calendar_alone() -> None:
    script = (
        "import sys, admf_jit as aj; aj.backtest('buy_and_hold', aj.load('sample', symbols=['ALFA'], timeframe='1d'));"
        "assert 'exchange_calendars' not in sys.modules; aj.load('sample', timeframe='1d', calendar='XNYS');"
        "assert 'exchange_calendars' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, env={"NUMBA_DISABLE_JIT": "1", "PATH": ""})


def test_sessions_are_those_written_down() -> None:
    calendar = trading_calendar("XNYS", 2022, 2024)
    chosen = calendar.in_years(2022, 2024)
    dates = calendar.day[chosen].astype("datetime64[D]").tolist()
    assert dates == nyse.sessions("2022-01-01", "2024-12-31")
    assert calendar.open_times()[chosen].tolist() == list(nyse.open_times().values())
    assert calendar.years == (2022, 2023, 2024)


def test_open_time_stands_still_while_the_market_is_closed() -> None:
    calendar = trading_calendar("XHKG", 2024, 2024)
    clock = ["09:00", "09:30", "10:00", "12:00", "12:30", "13:00", "16:00", "18:00"]
    times = pd.DatetimeIndex([f"2024-03-05 {at}" for at in clock]).tz_localize("Asia/Hong_Kong")
    moments = times.tz_convert(None).to_numpy().astype("datetime64[ns]").astype(np.int64)
    minutes = np.diff(calendar.open_time(moments)) // nyse.MINUTE
    assert minutes.tolist() == [0, 30, 120, 0, 0, 180, 0]


def test_the_zone_is_that_of_the_exchange(days: pd.DataFrame) -> None:
    assert load(days, calendar="XNYS").timezone == "America/New_York"
    local = days.tz_localize(None)
    data = load(local, calendar="XNYS")
    assert data.digest == load(days, calendar="NYSE").digest
    assert not data.notes  # a zone is known, so nothing has to be assumed
    assert load(days, calendar="XNYS", timezone="US/Eastern").timezone == "US/Eastern"
    for zone in ("UTC", "Europe/London", "America/Chicago"):
        with pytest.raises(DataError, match=f"dates of America/New_York, and timezone says {zone}; leave timezone out"):
            load(days, calendar="XNYS", timezone=zone)


def test_times_written_in_another_zone_are_moved(days: pd.DataFrame) -> None:
    minutes = nyse.intraday("2023-06-26", "2023-06-28")
    written = nyse.frame(minutes.tz_convert("Europe/Berlin").tz_localize(None))
    data = load(written, calendar="XNYS", zone_of_times="Europe/Berlin")
    assert data.digest == load(nyse.frame(minutes), calendar="XNYS").digest


def test_a_calendar_is_part_of_the_data_and_no_calendar_changes_nothing(days: pd.DataFrame) -> None:
    plain, named = load(days), load(days, calendar="XNYS")
    assert named.digest != plain.digest
    assert named.calendar is not None and named.calendar.name == "XNYS"
    assert plain.calendar is None
    assert load(plain, calendar="XNYS").digest == named.digest
    assert load({"A": named, "B": named}).calendar == named.calendar
    assert (plain.session == named.session).all() and (plain.clock == named.clock).all()


def test_a_store_keeps_it_without_the_package(
    days: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = load(days, calendar="XNYS")
    write_store(named, tmp_path / "named")
    write_store(load(days), tmp_path / "plain")
    assert "calendar" not in json.loads((tmp_path / "plain" / "manifest.json").read_text())
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "exchange_calendars", None)
        back = open_store(tmp_path / "named", verify=True)
        assert (back.digest, back.calendar, back.gaps) == (named.digest, named.calendar, named.gaps)
        assert back.evaluated_from(5).n_bars == named.n_bars - 5
    assert load(tmp_path / "named").annualisation == named.annualisation


def test_other_sessions_than_the_data_knew_are_noticed(days: pd.DataFrame) -> None:
    data = load(days, calendar="XNYS")
    old = replace(data, calendar=CalendarRef("XNYS", "0" * 64, 0))
    with pytest.raises(
        DataError, match="calendar: data knows other sessions of XNYS .*; load it again with calendar XN"
    ):
        _ = old.bars_per_year
    assert old.with_calendar("XNYS").calendar == data.calendar


def _parts(data: MarketData) -> list[MarketData]:
    return [
        data.select(start="2024-01-01"),
        data.select(start="2024-01-01", history=20),
        data.select(start="2024-01-01", history="none"),
        data.select(start="2024-01-01", end="2024-06-30"),
    ]


def test_a_part_counts_the_years_that_are_run(days: pd.DataFrame) -> None:
    data = load(days, calendar="XNYS")
    assert data.bars_per_year == 251.0
    for part in _parts(data):
        assert part.bars_per_year == 252.0
        assert part.gaps.count == 0
        assert part.without_history().bars_per_year == 252.0


def test_a_part_is_stored_as_data_of_its_own(days: pd.DataFrame, tmp_path: Path) -> None:
    for number, part in enumerate(_parts(load(days, calendar="XNYS"))):
        write_store(part, tmp_path / str(number))
        back = open_store(tmp_path / str(number), verify=True)
        assert back.bars_per_year == 252.0
        assert back.digest == load(days[days.index >= back.frame().index[0]][: back.n_bars], calendar="XNYS").digest


def test_notes_are_said_once(days: pd.DataFrame) -> None:
    holiday = nyse.frame(pd.DatetimeIndex([datetime.datetime(2023, 7, 4)]).tz_localize(nyse.ZONE))
    data = load(pd.concat([days, holiday]).sort_index(), calendar="XNYS")
    expected = ("calendar XNYS: 1 of 503 bars lie on dates without a session (2023-07-04)",)
    assert data.notes == data.with_calendar("NYSE").notes == data.select(start="2023-02-01").notes == expected
