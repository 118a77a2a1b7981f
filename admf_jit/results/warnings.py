"""What a table of results does not say by itself: rows that cannot be compared, or that hardly traded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from admf_jit.results.arrow_columns import to_nulls, to_numbers
from admf_kernels.constants import REFUSALS

if TYPE_CHECKING:
    from admf_jit.results.ranking import Rows

#: Rows whose first evaluated bars differ by more than this share of all bars are not compared in silence.
_SHARE_OF_BARS = 0.01
#: Share of its orders that have to be cut for a row to be named: a gap now and then is no news.
_SHARE_OF_CUTS = 0.1
#: Reasons that a warning names.
_SHOWN_REASONS = 3


def warnings_of(table: Rows) -> list[str]:
    """Return a sentence for each thing that a reader of the table would otherwise not know; most tables have none."""
    names = ("first_evaluated_bar", "evaluated_bars", "orders", "cut_orders", "rejects", "n_trades", "exposure")
    if not set(names) <= set(table.schema.names):
        return []
    ended = ~to_nulls(table.column("evaluated_bars"))
    found = {name: to_numbers(table.column(name))[ended].astype(np.float64) for name in names}
    if not ended.any():
        return []
    return [
        text
        for text in (
            _different_starts(found["first_evaluated_bar"], found["evaluated_bars"]),
            _never_evaluated(found["evaluated_bars"]),
            _all_refused(table, ended, found["orders"], found["rejects"]),
            _never_ordered(found["evaluated_bars"], found["orders"]),
            _some_refused(table, ended, found["orders"], found["rejects"]),
            _cut(found["cut_orders"], found["orders"]),
        )
        if text
    ]


def _rows(count: int, total: int) -> str:
    return f"{count:,} of {total:,} rows" if total > 1 else "the row"


def _different_starts(first: NDArray[np.float64], evaluated: NDArray[np.float64]) -> str:
    begun = evaluated > 0
    if not begun.any():
        return ""
    earliest, latest = int(first[begun].min()), int(first[begun].max())
    bars = int((first + evaluated).max())
    if latest - earliest <= _SHARE_OF_BARS * bars:
        return ""
    return (
        f"rows are evaluated from different bars on, {earliest:,} to {latest:,} of {bars:,}, as their indicators warm "
        "up: give bars before data.start, or set evaluation.start: common, to compare them"
    )


def _never_evaluated(evaluated: NDArray[np.float64]) -> str:
    never = int(np.count_nonzero(evaluated == 0))
    if not never:
        return ""
    return f"{_rows(never, len(evaluated))} never evaluated the strategy: its warm-up is longer than the data"


def _never_ordered(evaluated: NDArray[np.float64], orders: NDArray[np.float64]) -> str:
    never = int(np.count_nonzero((orders == 0) & (evaluated > 0)))
    if not never:
        return ""
    return f"{_rows(never, len(orders))} never sent an order"


def _all_refused(
    table: Rows, ended: NDArray[np.bool_], orders: NDArray[np.float64], rejects: NDArray[np.float64]
) -> str:
    refused = (rejects >= orders) & (orders > 0)
    count = int(np.count_nonzero(refused))
    if not count:
        return ""
    return f"{_rows(count, len(orders))} had every order refused: {_reasons(table, ended, refused)}"


def _some_refused(
    table: Rows, ended: NDArray[np.bool_], orders: NDArray[np.float64], rejects: NDArray[np.float64]
) -> str:
    some = (rejects > 0) & (rejects < orders)
    count = int(np.count_nonzero(some))
    if not count:
        return ""
    return f"{_rows(count, len(orders))} had orders refused: {_reasons(table, ended, some)}"


def _cut(cut: NDArray[np.float64], orders: NDArray[np.float64]) -> str:
    many = cut > _SHARE_OF_CUTS * orders
    count = int(np.count_nonzero(many))
    if not count:
        return ""
    return (
        f"{_rows(count, len(cut))} had orders cut to what the account could pay, {int(cut[many].sum()):,} of "
        f"{int(orders[many].sum()):,}"
    )


def _reasons(table: Rows, ended: NDArray[np.bool_], chosen: NDArray[np.bool_]) -> str:
    """The commonest reasons of some rows, with how many orders each refused."""
    counts = {}
    for reason in REFUSALS:
        name = reason.name.lower()
        numbers = to_numbers(table.column(f"rejects_{name}"))[ended][chosen]
        if numbers.any():
            counts[name] = int(numbers.sum())
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return ", ".join(f"{name} {count:,}" for name, count in ordered[:_SHOWN_REASONS])
