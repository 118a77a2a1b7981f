"""Which rows of a table a page holds, and their columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.report.packing import Packing
from admf_jit.results.arrow_columns import picked, to_nulls, to_numbers
from admf_jit.results.columns import LEADING, TRAILING
from admf_jit.results.ranking import OBJECTIVE, is_ok, ranked_places, values_of

if TYPE_CHECKING:
    import pyarrow as pa

    from admf_jit.results import StoredTable

#: A table of so many rows is embedded whole; of a longer one the best, a sample of the others, and some failures.
MOST_ROWS = 20_000
_BEST, _SAMPLED, _FAILED = 10_000, 9_000, 1_000
#: A column with no more values than these is embedded as a list of values and a number for each row.
MOST_LEVELS = 2_000
_SKIPPED = ("seed", *TRAILING)


@dataclass(frozen=True)
class ChosenRows:
    """Places in the table, int64: the ranked rows, best first, and those that failed; how many of each there are.

    ``objective`` is that of every row of the table, float64 (n_rows,), NaN where there is none or the row failed.
    """

    places: NDArray[np.int64]
    objective: NDArray[np.float64]
    order: NDArray[np.int64]
    name: str  #: of the objective's column, which is one more where the objective is a formula
    n_best: int
    n_sampled: int
    n_failed: int
    failed_in_all: int

    @property
    def whole(self) -> bool:
        """Whether every row of the table is among them."""
        return len(self.places) == len(self.objective)


def choose_rows(table: StoredTable, optimization: Mapping[str, Any]) -> ChosenRows:
    """Choose the rows that a page holds: all, or beyond ``MOST_ROWS`` the best, a stratified sample, and failures.

    They are ranked as ``optimization``, the block of a configuration, says. The sample takes every k-th of the rest by
    rank, so that every stratum of the objective has its share.
    """
    objective, conditions = optimization["objective"], optimization.get("result_constraints") or ()
    ok = is_ok(table)
    values = values_of(table, objective)
    order = ranked_places(table, values, optimization["direction"], conditions)
    failed = np.flatnonzero(~ok)
    values[~ok] = np.nan
    n_best, n_sampled = len(order), 0
    kept, shown = order, failed
    if len(ok) > MOST_ROWS:
        shown = failed[:_FAILED]
        n_best = min(len(order), _BEST)
        rest = order[n_best:]
        n_sampled = min(len(rest), _SAMPLED)
        steps = (np.arange(n_sampled) * len(rest)) // max(n_sampled, 1)
        kept = np.concatenate([order[:n_best], rest[steps]])
    name = objective if objective in table.schema.names else OBJECTIVE
    places = np.concatenate([kept, shown])
    return ChosenRows(places, values, order, name, n_best, n_sampled, len(shown), len(failed))


def columns_of(table: StoredTable, manifest: Mapping[str, Any], rows: ChosenRows, packing: Packing) -> list[Any]:
    """The columns of a page, each ``{name, role, ...}`` with its values for the chosen rows, best first.

    ``role`` is ``leading``, ``swept`` or ``metric``. Values are one ``constant``, ``numbers``, a list of ``texts``, or
    ``levels`` with the ``codes`` of the rows.
    """
    swept = manifest["columns"]["swept"]
    found = []
    for field in table.schema:
        if field.name in _SKIPPED:
            continue
        role = "leading" if field.name in LEADING else "swept" if field.name in swept else "metric"
        column = table.read_column(field.name)
        kind = str(field.type)
        if kind == "string":
            values = _texts(column, rows.places)
        elif kind in ("int64", "double", "bool"):
            values = _numbers(column, rows.places, kind, as_levels=role == "swept")
        else:  # a column of another kind than a run has today
            continue
        entry = {key: packing.add(part) if isinstance(part, np.ndarray) else part for key, part in values.items()}
        found.append({"name": field.name, "role": role, "type": kind, **entry})
    if rows.name not in table.schema.names:
        values = packing.add(rows.objective[rows.places])
        found.append({"name": rows.name, "role": "metric", "type": "double", "numbers": values})
    return found


def numbers_of(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """A column of numbers or truth values as float64 (n,), NaN where a row has none."""
    numbers = to_numbers(column).astype(np.float64)
    numbers[to_nulls(column)] = np.nan
    return numbers


def levels_of(column: pa.ChunkedArray) -> tuple[list[Any], NDArray[np.int32]]:
    """The different values of a column, and the number of each row's, int32 (n,).

    Numbers rise; texts have the order of their first rows, in which they are swept. A missing value, which a swept
    setting may be, comes last.
    """
    kind = str(column.type)
    if kind == "string":
        texts = [text for chunk in column.chunks for text in chunk.to_pylist()]
        known = list(dict.fromkeys(text for text in texts if text is not None))
        codes = {text: number for number, text in enumerate(known)}
        numbered = np.array([codes.get(text, len(known)) for text in texts], np.int32)
    else:
        missing = to_nulls(column)
        unique, inverse = np.unique(to_numbers(column)[~missing], return_inverse=True)
        known = unique.tolist()
        numbered = np.full(len(missing), len(known), np.int32)
        numbered[~missing] = inverse
    return [*known, *([None] if (numbered == len(known)).any() else [])], numbered


def _texts(column: pa.ChunkedArray, places: NDArray[np.int64]) -> dict[str, Any]:
    texts = _picked(column, places)
    known = sorted(set(texts), key=lambda text: (text is None, text or ""))
    if len(known) == 1:
        return {"constant": known[0]}
    if len(known) > MOST_LEVELS or 2 * len(known) > len(texts):
        return {"texts": texts}
    codes = {text: number for number, text in enumerate(known)}
    return {"levels": known, "codes": np.array([codes[text] for text in texts], np.int16)}


def _picked(column: pa.ChunkedArray, places: NDArray[np.int64]) -> list[str | None]:
    found: list[str | None] = [None] * len(places)
    begin = 0
    for chunk in column.chunks:
        inside = np.flatnonzero((places >= begin) & (places < begin + len(chunk)))
        for place, text in zip(inside.tolist(), picked(chunk, places[inside] - begin).to_pylist(), strict=True):
            found[place] = text
        begin += len(chunk)
    return found


def _numbers(column: pa.ChunkedArray, places: NDArray[np.int64], kind: str, *, as_levels: bool) -> dict[str, Any]:
    numbers = numbers_of(column)[places]
    unique = np.unique(numbers)
    if len(unique) == 1 and not as_levels:
        return {"constant": float(unique[0])}
    if as_levels and len(unique) <= MOST_LEVELS:
        present = unique[~np.isnan(unique)]
        codes = np.searchsorted(present, numbers).astype(np.int16)  # NaN is sorted behind all others
        plain: list[Any] = [bool(value) if kind == "bool" else value for value in present.tolist()]
        return {"levels": [*plain, *([None] if len(present) < len(unique) else [])], "codes": codes}
    return {"numbers": numbers}
