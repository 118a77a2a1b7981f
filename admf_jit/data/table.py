"""A table as it was read, before anything in it is believed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Table:
    """Columns of one source, and how a person finds a row of it again.

    `row` numbers the rows: lines of the file for text, where the header is row 1; from 0 for Parquet files
    and frames.
    """

    origin: str
    name: str
    header: tuple[object, ...]
    columns: "tuple[pd.Series[Any], ...]"
    row: NDArray[np.int64]
    numbering: str


@dataclass(frozen=True)
class Problem:
    """A cell that breaks a rule: its place in the table, its value as written, and what was expected."""

    position: int
    column: str
    value: str
    rule: str


def report(table: Table, problems: list[Problem], limit: int = 5) -> str:
    """Return the message for bad rows: the first few, each with row, column, value and rule, and how many
    there are.
    """
    problems = sorted(problems, key=lambda problem: problem.position)
    bad = len({problem.position for problem in problems})
    lines = [f"{table.origin}: {bad} bad row{'s' if bad > 1 else ''} of {len(table.row)} ({table.numbering})"]
    lines += [
        f"  row {table.row[problem.position]}, column {problem.column!r}: {problem.value}: {problem.rule}"
        for problem in problems[:limit]
    ]
    if len(problems) > limit:
        lines.append(f"  and {len(problems) - limit} more")
    return "\n".join(lines)
