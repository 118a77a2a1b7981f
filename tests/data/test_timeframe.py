import numpy as np
import pandas as pd
import pytest

from admf_jit.data.timeframe import duration, infer, normalise
from admf_jit.errors import DataError


@pytest.mark.parametrize(
    ("frequency", "expected"),
    [("1min", "1m"), ("5min", "5m"), ("60min", "1h"), ("4h", "4h"), ("1D", "1d"), ("B", "1d"), ("7D", "1w"),
     ("MS", "1mo"), ("QS", "3mo"), ("YS", "12mo"), ("30s", "30s"), ("250ms", "250ms")],
)  # fmt: skip
def test_the_median_step_is_named(frequency: str, expected: str) -> None:
    index = pd.date_range("2024-01-01", periods=40, freq=frequency)
    assert infer(index.to_numpy().astype("datetime64[ns]").astype(np.int64)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1m", "1m"),
        ("1min", "1m"),
        ("60m", "1h"),
        ("D", "1d"),
        ("daily", "1d"),
        ("24h", "1d"),
        ("1M", "1mo"),
        ("W", "1w"),
    ],
)
def test_one_spelling_for_each(text: str, expected: str) -> None:
    assert normalise(text) == expected


@pytest.mark.parametrize("text", ["", "x", "0m", "5", "m5", "1 fortnight"])
def test_what_is_no_timeframe_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="timeframe: .* is not a bar length"):
        normalise(text)


@pytest.mark.parametrize("timeframe", ["250ms", "90s", "7m", "4h", "1d", "2w"])
def test_a_duration_is_that_of_the_spelling(timeframe: str) -> None:
    units = {"w": "W", "d": "D", "m": "min"}
    count, unit = timeframe.rstrip("mshdw"), timeframe.lstrip("0123456789")
    length = duration(timeframe)
    assert length == int(count) * pd.Timedelta(1, units.get(unit, unit)).value  # type: ignore[arg-type]


def test_months_have_no_duration() -> None:
    assert duration("3mo") is None
