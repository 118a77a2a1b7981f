"""A table as it was read, before anything in it is believed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

    from admf_jit.data.columns import Columns
    from admf_jit.data.numbers import Style


#: Characters of a cell in a message.
_MOST_SHOWN = 100


@dataclass(frozen=True)
class Table:
    """The columns of one source that are used, and how a person finds a row of it again.

    Texts are pandas columns of `string`, backed by Arrow. `rows_of` numbers the rows: lines of the file for text, from
    0 for everything else; it may take as long as reading the file, and is called for errors alone.
    """

    origin: str
    name: str
    header: tuple[str, ...]
    fields: "Columns"
    columns: "Mapping[int, pd.Series[Any]]"
    n_rows: int
    numbering: str
    rows_of: "Callable[[], NDArray[np.int64]]"
    style: "Style | None" = None
    notes: tuple[str, ...] = ()
    #: Positions in what was read, where a part of it is left.
    kept: "NDArray[np.int64] | None" = field(default=None)

    @cached_property
    def row(self) -> NDArray[np.int64]:
        """The number of each row, as messages tell it."""
        rows = self.rows_of()
        return rows if self.kept is None else rows[self.kept]

    def part(self, positions: NDArray[np.int64], *notes: str) -> "Table":
        """Return the rows at `positions`, which keep their numbers."""
        return replace(
            self,
            columns={place: column.iloc[positions].reset_index(drop=True) for place, column in self.columns.items()},
            n_rows=len(positions),
            kept=positions if self.kept is None else self.kept[positions],
            notes=(*self.notes, *notes),
        )


@dataclass(frozen=True)
class Problem:
    """A cell that breaks a rule: its place in the table, its value as written, and what was expected."""

    position: int
    column: str
    value: str
    rule: str


def report(table: Table, problems: Sequence[Problem], limit: int = 5) -> str:
    """Return the message for bad rows: the first few, each with row, column, value and rule, and how many
    there are.
    """
    problems = sorted(problems, key=lambda problem: problem.position)
    bad = len({problem.position for problem in problems})
    lines = [f"{table.origin}: {bad} bad row{'s' if bad > 1 else ''} of {table.n_rows} ({table.numbering})"]
    lines += [
        f"  row {table.row[problem.position]}, column {problem.column!r}: {_cut(problem.value)}: {problem.rule}"
        for problem in problems[:limit]
    ]
    if len(problems) > limit:
        lines.append(f"  and {len(problems) - limit} more")
    return "\n".join(lines)


def _cut(value: str) -> str:
    return value if len(value) <= _MOST_SHOWN else f"{value[:_MOST_SHOWN]}..."
