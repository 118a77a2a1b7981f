"""Bars are held to their rules a piece at a time: the same answers whatever the pieces, and no copies of columns."""

import tracemalloc

import numpy as np
import pytest

from admf_jit.data import sessions
from admf_jit.data.bar_columns import COLUMNS, digest
from admf_jit.data.consistency import inconsistency
from admf_jit.data.market_data import build
from admf_jit.data.sessions import NS_PER_SECOND, local_day, session_numbers, utc_offset

HALF_HOUR = 1800 * NS_PER_SECOND
PRICES = ("open", "high", "low", "close")


def bars(n_bars, timezone="Africa/Cairo", n_symbols=2):
    """Columns of half hours that begin some days before Cairo's clock goes back from 24:00 to 23:00."""
    time = int(np.datetime64("2024-10-29T00:00", "ns").astype(np.int64)) + HALF_HOUR * np.arange(n_bars)
    values = {name: np.full((n_symbols, n_bars), 100.0) for name in (*PRICES, "volume")}
    data = build("bars", tuple(f"S{k}" for k in range(n_symbols)), time, values, timezone=timezone)
    return {name: np.array(getattr(data, name)) for name in COLUMNS}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 48, 1000])
@pytest.mark.parametrize("timezone", ["Africa/Cairo", "America/New_York", "UTC"])
def test_sessions_and_offsets_are_the_same_in_pieces(monkeypatch, size, timezone):
    time = bars(400)["time"]
    day, offset = local_day(time, timezone), utc_offset(time, timezone)
    monkeypatch.setattr(sessions, "_BARS_AT_A_TIME", size)
    assert np.array_equal(utc_offset(time, timezone), offset)
    assert session_numbers(time, timezone).tolist() == [0, *np.cumsum(np.diff(day) != 0).tolist()]


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_the_first_broken_rule_is_named_whatever_the_pieces(monkeypatch, size):
    monkeypatch.setattr(sessions, "_BARS_AT_A_TIME", size)
    timezone = "Africa/Cairo"
    columns = bars(200)
    assert inconsistency(columns, timezone) == ""
    columns["volume"][0, 3] = -1.0
    assert inconsistency(columns, timezone).startswith("symbol 0, bar 3: volume must be finite")
    columns["high"][1, 20] = 99.0
    assert inconsistency(columns, timezone).startswith("symbol 1, bar 20: prices must be positive")
    columns["low"][0, 150] = 101.0
    assert inconsistency(columns, timezone).startswith("symbol 0, bar 150: prices must be positive")
    columns["clock"][199] += 1
    assert inconsistency(columns, timezone) == "clock is not that of Africa/Cairo at the times of the bars"
    columns["session"][120] += 1
    assert inconsistency(columns, timezone) == "session is not that of Africa/Cairo at the times of the bars"
    columns["time"][7] = columns["time"][6]
    assert inconsistency(columns, timezone) == "bar 7: times must rise"


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_a_bar_that_no_symbol_has_is_found_in_any_piece(monkeypatch, size):
    monkeypatch.setattr(sessions, "_BARS_AT_A_TIME", size)
    columns = bars(20)
    for name in PRICES:
        columns[name][:, 13] = np.nan
    columns["volume"][:, 13] = 0.0
    assert inconsistency(columns, "Africa/Cairo") == "symbol 0, bar 13: no symbol has a bar at this time"


def test_bars_are_checked_without_copies_of_them():
    columns = bars(500_000, "UTC", n_symbols=1)
    one_column = columns["close"].nbytes
    tracemalloc.start()
    try:
        assert inconsistency(columns, "UTC") == ""
        _, checked = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        digest(("S0",), "30m", "UTC", columns)
        _, digested = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert checked < 1.5 * one_column
    assert digested < 0.1 * one_column
