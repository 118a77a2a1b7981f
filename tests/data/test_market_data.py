import numpy as np
import pytest

from admf_jit.data import load
from admf_jit.errors import DataError
from tests.data.bars import market, moments


def test_bars_per_year_that_are_stated_are_part_of_what_the_data_is() -> None:
    counted = market(np.arange(366) * 86_400 * 10**9)
    stated = counted.with_bars_per_year(252)
    assert (counted.bars_per_year, stated.bars_per_year) == (pytest.approx(365.25, rel=1e-15), 252.0)
    assert stated.digest != counted.digest
    assert stated.annualisation.basis == "as stated"
    assert stated.select(start="1970-02-01").bars_per_year == 252.0
    assert counted.with_bars_per_year(None) is counted and stated.with_bars_per_year(252.0) is stated


@pytest.mark.parametrize("number", [0, -1.0, float("inf"), float("nan"), "252"])
def test_bars_per_year_are_a_number_above_0(number: object) -> None:
    with pytest.raises(DataError, match="bars_per_year: .* is not a number above 0"):
        market(np.arange(3) * 86_400 * 10**9).with_bars_per_year(number)  # type: ignore[arg-type]


def test_bars_of_midnight_keep_their_dates_in_another_zone() -> None:
    days = market(moments("2024-03-08", "2024-03-11", "2024-03-12"))
    new_york = days.in_zone("America/New_York")
    assert new_york.time.tolist() == moments("2024-03-08T05", "2024-03-11T04", "2024-03-12T04")
    assert new_york.in_zone("UTC").digest == days.digest
    hours = market(moments("2024-03-08T01", "2024-03-08T02", "2024-03-08T03"))
    assert hours.in_zone("America/New_York").time.tolist() == hours.time.tolist()


@pytest.mark.parametrize("n_symbols", [1, 3])
def test_a_frame_loads_back_to_the_same_digest(n_symbols: int) -> None:
    data = market(np.arange(10) * 60 * 10**9, n_symbols, timezone="Asia/Tokyo")
    back = load(data.frame(), name="S0")
    assert back.digest == data.digest


def test_a_frame_of_one_symbol() -> None:
    data = market(np.arange(4) * 10**9, n_symbols=2, timezone="America/New_York")
    frame = data.frame("S1")
    assert list(frame.columns) == ["open", "high", "low", "close", "volume"]
    assert str(frame.index.tz) == "America/New_York"
    frame["close"] = 0.0
    assert data.close[1, 0] == 104.0


def test_the_digest_covers_everything_that_decides_a_result() -> None:
    time = np.arange(4) * 3600 * 10**9
    base = market(time)
    assert market(time, notes=("x",)).digest == base.digest
    others = [
        market(time + 1),
        market(time, n_symbols=2),
        market(time, timezone="Asia/Tokyo"),
        market(time * 2),
    ]
    assert len({base.digest, *(other.digest for other in others)}) == 5


def test_columns_are_copies_that_nobody_can_write() -> None:
    time = np.arange(4) * 10**9
    data = market(time)
    time[0] = 99
    assert data.time[0] == 0
    with pytest.raises(ValueError, match="read-only"):
        data.close[0, 0] = 1.0


def test_the_clock_runs_beside_the_sessions() -> None:
    hour = 3600 * 10**9
    data = market(np.arange(14, 18) * hour, timezone="Asia/Tokyo")
    assert data.clock.tolist() == [23 * hour, 0, hour, 2 * hour]
    assert data.session.tolist() == [0, 1, 1, 1]
    assert not data.clock.flags.writeable


def test_data_on_one_axis_has_no_missing_bars() -> None:
    data = market(np.arange(4) * 10**9, n_symbols=2)
    assert data.missing_bars == (0, 0)
    assert not data.has_missing_bars
