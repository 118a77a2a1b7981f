import numpy as np
import pytest

from admf_jit.data import load
from tests.data.bars import market


def test_bars_per_year_is_the_data_s_own_pace() -> None:
    day = 86_400 * 10**9
    assert market(np.arange(366) * day).bars_per_year == pytest.approx(365.25, rel=1e-15)
    assert market(np.array([0, 1, 5]) * day).bars_per_year == 2 * 365.25 / 5


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
