"""Markers: columns such as exchange, venue and session, which may change within one series, or tell two apart.

Bars of two venues in one file are two series: put together as one they would be every bar twice, or every other one.
"""

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.order import moment
from admf_jit.data.spellings import LENGTHS, plain
from admf_jit.data.symbols import Symbols, factorized
from admf_jit.data.table import Table
from admf_jit.data.times import NOT_A_TIME
from admf_jit.errors import DataError

_SHOWN = 8


def check_markers(table: Table, symbols: Symbols, time: NDArray[np.int64]) -> tuple[str, ...]:
    """Return a note for each marker that changes within a symbol's series; one that mixes two series raises DataError.

    `time` (n_rows,) is in ns. Two series are mixed where a symbol has two values at one time, and where a column of bar
    lengths has several values.
    """
    notes = []
    for place in table.fields.markers:
        codes, names = factorized(table.columns[place])
        known = (symbols.row >= 0) & (codes >= 0) & (time != NOT_A_TIME)
        row, code, when = symbols.row[known], codes[known], time[known]
        if len(np.unique(row * len(names) + code)) == len(np.unique(row)):
            continue  # each symbol has its own
        label = table.header[place]
        if plain(label) in LENGTHS:
            shown = ", ".join(names[:_SHOWN])
            raise DataError(
                f"{table.origin}: column {label!r} has several bar lengths ({shown}); load the bars of each by "
                "themselves"
            )
        order = np.lexsort((code, when, row))
        row, code, when = row[order], code[order], when[order]
        twice = np.flatnonzero((row[1:] == row[:-1]) & (when[1:] == when[:-1]) & (code[1:] != code[:-1]))
        if len(twice):
            first, second = (names[code[twice[0] + step]] for step in (0, 1))
            raise DataError(
                f"{table.origin}: {label!r} is {first!r} and {second!r} at the same time, {moment(when[twice[0]])}. "
                f"{_way_out(table, label)}"
            )
        if len(names) <= _SHOWN:
            notes.append(f"{label!r} changes within a series ({', '.join(names)}): its bars are taken as one series")
    return tuple(notes)


def _way_out(table: Table, label: str) -> str:
    if table.fields.symbol is None:
        each, one = f"Say columns: {{symbol: {label}}}", "null"
    else:
        one = table.header[table.fields.symbol]
        each = f"Write {label!r} and {one!r} into one column"
    return (
        f"{each} if each is a series of its own, or columns: {{symbol: {one}}} with duplicates: first or last if they "
        "are one series"
    )
