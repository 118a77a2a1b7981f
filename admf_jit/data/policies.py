"""Policies: what becomes of rows without prices, and of rows without a volume, as the reading options say."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from admf_jit.config.reading import ReadingOptions
from admf_jit.data.bar_columns import PRICE_COLUMNS
from admf_jit.data.checks import MOST_TOLD, Labels, Values
from admf_jit.data.table import Problem
from admf_jit.wording import counted

#: What brokers write where they know no volume.
_UNKNOWN_VOLUME = -1.0


class Policies(NamedTuple):
    """The rows that stay (n,), None for all of them; what was done, and what the options refuse."""

    keep: NDArray[np.bool_] | None
    notes: tuple[str, ...]
    problems: list[Problem]


def apply_policies(
    values: Values, labels: Labels, options: ReadingOptions, sound: NDArray[np.bool_] | None = None
) -> Policies:
    """Apply `rows_of_nan` and `volume` to n rows; a volume that is unknown becomes 0 in `values`.

    Cells without a number are NaN. `sound` (n,) leaves out rows whose cells could not be read: they are bad rows
    already.
    """
    keep, notes, problems = _prices(values, labels, options, sound)
    volume = values["volume"]
    unknown = np.isnan(volume)
    unknown |= volume == _UNKNOWN_VOLUME
    for mask in (keep, sound):
        if mask is not None:
            unknown &= mask
    count = int(np.count_nonzero(unknown))
    if not count:
        return Policies(keep, tuple(notes), problems)
    if options.volume == "refuse":
        rule = "expected a volume; volume: zero takes it as 0, volume: drop leaves such rows out"
        problems += [
            Problem(int(p), labels["volume"], "empty" if np.isnan(volume[p]) else "-1", rule)
            for p in np.flatnonzero(unknown)[:MOST_TOLD]
        ]
        return Policies(keep, tuple(notes), problems)
    values["volume"] = np.where(unknown, 0.0, volume)
    if options.volume == "drop":
        keep = ~unknown if keep is None else keep & ~unknown
        notes.append(f"{counted(count, 'row')} without a volume left out (volume: drop)")
    else:
        notes.append(f"volume is not known on {counted(count, 'row')}: it is 0 there")
    return Policies(keep, tuple(notes), problems)


def _prices(
    values: Values, labels: Labels, options: ReadingOptions, sound: NDArray[np.bool_] | None
) -> tuple[NDArray[np.bool_] | None, list[str], list[Problem]]:
    """Return the rows that have all four prices, if others are to be left out; a problem for each cell if not."""
    empty = {column: np.isnan(values[column]) for column in PRICE_COLUMNS}
    if sound is not None:
        for rows in empty.values():
            rows &= sound
    without = np.logical_or.reduce(list(empty.values()))
    count = int(np.count_nonzero(without))
    if not count:
        return None, [], []
    if options.rows_of_nan == "drop":
        return ~without, [f"{counted(count, 'row')} without a price left out (rows_of_nan: drop)"], []
    rule = "expected a number; rows_of_nan: drop leaves such rows out"
    return None, [], [
        Problem(int(p), labels[column], "empty", rule)
        for column in PRICE_COLUMNS
        for p in np.flatnonzero(empty[column])[:MOST_TOLD]
    ]  # fmt: skip
