"""Validation: the rules of a bar, each checked on whole columns; a broken one is reported, never repaired."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.market_data import PRICE_COLUMNS
from admf_jit.data.table import Problem, Table
from admf_jit.data.times import NOT_A_TIME

if TYPE_CHECKING:
    import pandas as pd

Labels = dict[str, str]


def to_numbers(series: "pd.Series[Any]", column: str) -> tuple[NDArray[np.float64], list[Problem]]:
    """Return a column as doubles, NaN where a cell is empty or no number, and a problem for each of these."""
    import pandas as pd

    empty = series.isna().to_numpy()
    if pd.api.types.is_numeric_dtype(series.dtype) and not pd.api.types.is_bool_dtype(series.dtype):
        if not pd.api.types.is_complex_dtype(series.dtype):
            numbers = series.to_numpy(dtype=np.float64, na_value=np.nan)
            return numbers, [Problem(int(p), column, "empty", "expected a number") for p in np.flatnonzero(empty)]
    numbers = np.full(len(series), np.nan)
    problems = []
    for position, cell in enumerate(series.to_numpy(dtype=object)):
        number = None if empty[position] else _number(cell)
        if number is None:
            value = "empty" if empty[position] else repr(str(cell))
            problems.append(Problem(position, column, value, "expected a number"))
        else:
            numbers[position] = number
    return numbers, problems


def _number(cell: object) -> float | None:
    if isinstance(cell, bool | np.bool_ | complex) or (isinstance(cell, str) and "_" in cell):
        return None
    try:
        return float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None


def check_values(values: dict[str, NDArray[np.float64]], labels: Labels, numbers: NDArray[np.bool_]) -> list[Problem]:
    """Check prices and volume of n rows; `labels` are the columns' own names, `numbers` the rows that hold
    numbers.

    Prices are positive and finite, low <= min(open, close), high >= max(open, close), volume is finite and
    not negative. A row whose prices are not finite is not compared as well, so that one fault is told once.
    """
    problems: list[Problem] = []
    sound = numbers.copy()
    for column in PRICE_COLUMNS:
        price = values[column]
        bad = numbers & ~(np.isfinite(price) & (price > 0))
        problems += _told(bad, price, labels[column], "a price must be positive and finite")
        sound &= ~bad
    low, high = values["low"], values["high"]
    body_low = np.minimum(values["open"], values["close"])
    body_high = np.maximum(values["open"], values["close"])
    with np.errstate(invalid="ignore"):
        rules = (
            (low > body_low, low, "low", body_low, "low must be <= min(open, close)"),
            (high < body_high, high, "high", body_high, "high must be >= max(open, close)"),
        )
    for broken, price, column, bound, rule in rules:
        problems += _told(sound & broken, price, labels[column], rule, bound)
    volume = values["volume"]
    bad = numbers & ~(np.isfinite(volume) & (volume >= 0))
    return problems + _told(bad, volume, labels["volume"], "volume must be finite and not negative")


def _told(
    bad: NDArray[np.bool_],
    values: NDArray[np.float64],
    label: str,
    rule: str,
    bound: NDArray[np.float64] | None = None,
) -> list[Problem]:
    return [
        Problem(int(p), label, f"{values[p]:.15g}", rule if bound is None else f"{rule}, which is {bound[p]:.15g}")
        for p in np.flatnonzero(bad)
    ]


def check_times(table: Table, time: NDArray[np.int64], rows: NDArray[np.int64], label: str) -> list[Problem]:
    """Check that the times of one symbol, at the positions `rows` of the table, rise from row to row."""
    ours = time[rows]
    step = np.diff(ours)
    problems = []
    for index in (np.flatnonzero(step <= 0) + 1).tolist():
        before = int(table.row[rows[index - 1]])
        fault = "the same time as" if step[index - 1] == 0 else "earlier than"
        rule = f"{fault} row {before} ({moment(ours[index - 1])}); times must rise"
        if len(ours) > 2 and (step < 0).all():
            rule += "; the whole table runs from new to old: reverse it"
        problems.append(Problem(int(rows[index]), label, moment(ours[index]), rule))
    return problems


def check_readable(text: "pd.Series[Any]", time: NDArray[np.int64], label: str) -> list[Problem]:
    """Return a problem for each cell of the time column that could not be read."""
    cells = text.to_numpy(dtype=object)
    empty = text.isna().to_numpy()
    return [
        Problem(int(p), label, "empty" if empty[p] else repr(str(cells[p])), "expected a date or time")
        for p in np.flatnonzero(time == NOT_A_TIME)
    ]


def moment(time: np.int64 | int) -> str:
    """Return a time as ISO text in UTC, without a fraction of a second that is zero."""
    return str(np.datetime64(int(time), "ns")).removesuffix(".000000000") + "Z"
