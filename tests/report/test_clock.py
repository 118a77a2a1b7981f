"""A page is told of the clock of its data's zone, through both changes of a year."""

import numpy as np
import pandas as pd

import admf_jit as aj
from admf_jit.report.clock import period_of, zone_of
from admf_jit.report.packing import Packing


class Kept(Packing):
    """Arrays as they were given."""

    def add(self, values):
        return values


def hours(zone="America/New_York"):
    time = pd.date_range("2024-02-01", "2024-12-01", freq="h", tz="UTC")
    close = 100.0 + np.sin(np.arange(len(time)) / 50.0)
    prices = {"open": close, "high": close + 0.1, "low": close - 0.1, "close": close}
    return aj.load(pd.DataFrame({"time": time, **prices, "volume": 1.0}), timezone=zone)


def test_the_clock_of_each_bar_is_that_of_the_zone():
    data = hours()
    zone = zone_of(data, Kept())
    expected = pd.DatetimeIndex(data.time, tz="UTC").tz_convert("America/New_York").tz_localize(None)
    place = np.searchsorted(zone["begin"], data.time / 1e9, side="right") - 1
    assert zone["name"] == "America/New_York"
    assert zone["ahead"].tolist() == [-5 * 3600, -4 * 3600, -5 * 3600]
    np.testing.assert_array_equal(data.time / 1e9 + zone["ahead"][place], expected.as_unit("ns").asi8 / 1e9)
    assert period_of(data) == "2024-01-31 19:00 to 2024-11-30 19:00 America/New_York"
