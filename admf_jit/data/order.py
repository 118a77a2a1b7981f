"""Order: the rows of each symbol from old to new, as the reading options allow.

A table that runs from new to old is turned round, and it is said. Rows in no order are refused, or sorted with
`sort: true`. Two rows of one time are refused, or one of them is left out (`duplicates: first | last`). All of it takes
a time that grows with the rows, and no faster.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from admf_jit.config.reading import ReadingOptions
from admf_jit.data.checks import MOST_TOLD
from admf_jit.data.table import Problem, Table
from admf_jit.data.times import NOT_A_TIME
from admf_jit.wording import counted

#: Positions in a table: a slice where they are neighbours, because that takes no memory.
Rows = slice | NDArray[np.int64]


class Arranged(NamedTuple):
    """The rows of each symbol in rising order, what was done, and what the options refuse."""

    rows: list[Rows]
    notes: tuple[str, ...]
    problems: list[Problem]


class _Series(NamedTuple):
    rows: Rows
    done: str = ""
    touched: int = 0
    problems: tuple[Problem, ...] = ()


def arrange(
    table: Table,
    time: NDArray[np.int64],
    row_symbol: NDArray[np.int64],
    symbols: Sequence[str],
    label: str,
    options: ReadingOptions,
    keep: NDArray[np.bool_] | None = None,
) -> Arranged:
    """Return the rows of each of the `symbols`, which `row_symbol` (n,) numbers; rows without a time are left out."""
    known = time != NOT_A_TIME
    if keep is not None:
        known &= keep
    if len(symbols) > 1:
        known &= row_symbol >= 0
    groups = _groups(row_symbol, len(symbols), None if known.all() else known)
    notes: dict[str, int] = {}
    rows: list[Rows] = []
    problems: list[Problem] = []
    for group in groups:
        for step in (_in_order, _without_duplicates):
            found = step(table, time, group, label, options)
            group = found.rows
            problems += found.problems
            if found.done:
                notes[found.done] = notes.get(found.done, 0) + found.touched
        rows.append(group)
    return Arranged(rows, tuple(note.format(rows=counted(count, "row")) for note, count in notes.items()), problems)


def _groups(row_symbol: NDArray[np.int64], n_symbols: int, known: NDArray[np.bool_] | None) -> list[Rows]:
    """Return the positions of each symbol in the table, from the first row to the last."""
    if n_symbols == 1:
        return [slice(0, len(row_symbol)) if known is None else np.flatnonzero(known)]
    positions = None if known is None else np.flatnonzero(known)
    codes = row_symbol if positions is None else row_symbol[positions]
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(n_symbols + 1))
    groups: list[Rows] = []
    for begin, end in zip(ends[:-1], ends[1:], strict=True):
        rows = order[begin:end] if positions is None else positions[order[begin:end]]
        neighbours = len(rows) and rows[-1] - rows[0] == len(rows) - 1
        groups.append(slice(int(rows[0]), int(rows[-1]) + 1) if neighbours else np.asarray(rows, np.int64))
    return groups


def _in_order(table: Table, time: NDArray[np.int64], rows: Rows, label: str, options: ReadingOptions) -> _Series:
    ours = time[rows]
    falls = ours[1:] < ours[:-1]
    n_falls = int(np.count_nonzero(falls))
    if not n_falls:
        return _Series(rows)
    places = _places(rows)
    if (ours[1:] <= ours[:-1]).all():
        return _Series(places[::-1], "rows run from new to old: they were turned round", 0)
    if options.sort:
        order = np.argsort(ours, kind="stable")
        moved = int(np.count_nonzero(order != np.arange(len(order))))
        return _Series(places[order], "{rows} in another order were sorted by time (sort: true)", moved)
    way_out = f"times must rise; {counted(n_falls, 'row')} of {len(ours)} come too early, sort: true sorts them"
    problems = [
        Problem(
            int(places[index]),
            label,
            moment(ours[index]),
            f"earlier than row {table.row[places[index - 1]]} ({moment(ours[index - 1])}); {way_out}",
        )
        for index in np.flatnonzero(falls)[:MOST_TOLD] + 1
    ]
    return _Series(rows, problems=tuple(problems))


def _without_duplicates(
    table: Table, time: NDArray[np.int64], rows: Rows, label: str, options: ReadingOptions
) -> _Series:
    ours = time[rows]
    same = ours[1:] == ours[:-1]
    count = int(np.count_nonzero(same))
    if not count:
        return _Series(rows)
    places = _places(rows)
    if options.duplicates != "refuse":
        begins = np.flatnonzero(np.concatenate([[True], ~same]))
        chosen = np.minimum if options.duplicates == "first" else np.maximum
        return _Series(
            chosen.reduceat(places, begins),
            f"{{rows}} of a time that another row has left out (duplicates: {options.duplicates})",
            count,
        )
    problems = [
        Problem(
            int(max(places[index], places[index - 1])),
            label,
            moment(ours[index]),
            f"the same time as row {table.row[min(places[index], places[index - 1])]}; times must rise; "
            "duplicates: first or last leaves one of them",
        )
        for index in np.flatnonzero(same)[:MOST_TOLD] + 1
    ]
    return _Series(rows, problems=tuple(problems))


def _places(rows: Rows) -> NDArray[np.int64]:
    return np.arange(rows.start, rows.stop, dtype=np.int64) if isinstance(rows, slice) else rows


def moment(time: np.int64 | int) -> str:
    """Return a time as ISO text in UTC, without a fraction of a second that is zero."""
    return str(np.datetime64(int(time), "ns")).removesuffix(".000000000") + "Z"
