"""What is done about cells that hold nothing and about the order of rows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from admf_jit.config.reading import ReadingOptions
from admf_jit.data import validate
from admf_jit.data.market_data import PRICE_COLUMNS
from admf_jit.data.table import Problem, Table
from admf_jit.data.times import NOT_A_TIME, Times

if TYPE_CHECKING:
    import pandas as pd

Values = dict[str, NDArray[np.float64]]
_MOST = 1000


class Policies(NamedTuple):
    """The rows that stay (None for all), notes, and problems."""

    keep: NDArray[np.bool_] | None
    notes: list[str]
    problems: list[Problem]


class Arranged(NamedTuple):
    """The positions of each symbol's rows in rising order, notes, and problems."""

    rows: list[NDArray[np.int64]]
    notes: list[str]
    problems: list[Problem]


def check_readable(text: "pd.Series[Any]", times: Times, label: str) -> list[Problem]:
    """Return a problem for each time that was not read."""
    found = validate.check_readable(text, times.nanoseconds, label)
    return found + [
        Problem(position, label, str(text.iloc[position]), rule) for position, rule in times.unclear.items()
    ]


def apply_policies(values: Values, labels: dict[str, str], options: ReadingOptions) -> Policies:
    """Decide about rows without prices or without a volume, as the options say."""
    missing = np.logical_or.reduce([np.isnan(values[name]) for name in PRICE_COLUMNS])
    notes: list[str] = []
    problems: list[Problem] = []
    keep: NDArray[np.bool_] | None = None
    if missing.any() and options.rows_of_nan == "drop":
        keep = ~missing
        notes.append(f"rows without prices are left out: {int(missing.sum())}")
    elif missing.any():
        rule = "expected a number; rows_of_nan: drop leaves such rows out"
        for name in PRICE_COLUMNS:
            empty = np.flatnonzero(np.isnan(values[name]))[:_MOST].tolist()
            problems += [Problem(position, labels[name], "empty", rule) for position in empty]
    unknown = np.isnan(values["volume"]) | (values["volume"] == -1)
    unknown &= True if keep is None else keep
    if unknown.any():
        values["volume"] = np.where(unknown, 0.0, values["volume"])
        if options.volume == "refuse":
            rule = "expected a number; volume: zero or drop takes it"
            empty = np.flatnonzero(unknown)[:_MOST].tolist()
            problems += [Problem(position, labels["volume"], "empty", rule) for position in empty]
        elif options.volume == "drop":
            keep = ~unknown if keep is None else keep & ~unknown
            notes.append(f"rows without a volume are left out: {int(unknown.sum())}")
        else:
            notes.append(f"rows without a volume have volume 0: {int(unknown.sum())}")
    return Policies(keep, notes, problems)


def check_values(
    values: Values, labels: dict[str, str], sound: NDArray[np.bool_], allow_nonpositive: bool
) -> tuple[list[Problem], list[str]]:
    """Check prices and volume; prices at or below zero where they are allowed."""
    found = validate.check_values(values, labels, sound & ~np.isnan(values["close"]))
    if allow_nonpositive:
        return [one for one in found if "positive" not in one.rule], []
    way_out = "; allow_nonpositive: true takes it"
    return [
        Problem(one.position, one.column, one.value, one.rule + way_out * ("positive" in one.rule)) for one in found
    ], []


def arrange(
    table: Table,
    time: NDArray[np.int64],
    row_symbol: NDArray[np.int64],
    symbols: Sequence[str],
    label: str,
    options: ReadingOptions,
    keep: NDArray[np.bool_] | None,
) -> Arranged:
    """Return the rows of each symbol in the order of their times."""
    found = Arranged([], [], [])
    problems: list[Problem] = found.problems
    for index in range(len(symbols)):
        chosen = (row_symbol == index) & (time != NOT_A_TIME)
        positions = np.flatnonzero(chosen if keep is None else chosen & keep)
        steps = np.diff(time[positions])
        if len(steps) and (steps < 0).all():
            positions = positions[::-1]
            found.notes.append("rows ran from new to old and are turned round")
        elif options.sort and (steps < 0).any():
            positions = positions[np.argsort(time[positions], kind="stable")]
        elif (steps <= 0).any():
            wrong = validate.check_times(table, time, positions[: _MOST * 100], label)[:_MOST]
            rule = "; sort: true sorts them" if (steps < 0).any() else ""
            problems += [Problem(one.position, one.column, one.value, one.rule + rule) for one in wrong]
        found.rows.append(positions)
    return Arranged(found.rows, list(dict.fromkeys(found.notes)), found.problems)
