"""Which rows of a table of results are the best, and the same table for machines."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from admf_jit.config.expression import Constraint, ConstraintError, parse_constraint, parse_formula
from admf_jit.config.measures import MEASURES
from admf_jit.errors import ConfigError, closest
from admf_jit.results.arrow_columns import to_nulls, to_numbers
from admf_jit.results.columns import LEADING
from admf_jit.results.row import OK

if TYPE_CHECKING:
    import pyarrow as pa

    from admf_jit.results.stored import StoredTable

    Rows: TypeAlias = pa.Table | StoredTable

MAXIMIZE = "maximize"
MINIMIZE = "minimize"
#: Key of a row for the value of an objective that is no column.
OBJECTIVE = "objective"
#: Key of a manifest for the name of the Python function that a run was ranked by.
RANKED_BY = "ranked_by"


def best_rows(
    table: Rows, objective: str, direction: str, top: int, conditions: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Return the `top` rows of containers that did not fail, best first and NaN last.

    Rows that satisfy all of the ``conditions`` on results come before those that do not. Equal rows keep the order of
    the table, so that the ranking is the same every time. Where the objective is a formula, a row has its value as
    "objective".
    """
    values = values_of(table, objective)
    chosen = ranked_places(table, values, direction, conditions)[:top]
    rows = _rows(table, chosen)
    if objective not in table.schema.names:
        for row, value in zip(rows, values[chosen].tolist(), strict=True):
            row[OBJECTIVE] = value
    return rows


def ranked_places(
    table: Rows, values: NDArray[np.float64], direction: str, conditions: Sequence[str] = ()
) -> NDArray[np.int64]:
    """Return the places in the table, int64 (n_ok,), of the containers that did not fail in the order of ``best_rows``.

    ``values``, float64 (n_rows,), are those of the objective.
    """
    ok = np.flatnonzero(is_ok(table))
    # Stable, and NaN goes last.
    order = np.argsort(-values[ok] if direction == MAXIMIZE else values[ok], kind="stable")
    order = order[np.argsort(~satisfied(table, conditions)[ok][order], kind="stable")]
    ranked: NDArray[np.int64] = ok[order]
    return ranked


def values_of(table: Rows, objective: str) -> NDArray[np.float64]:
    """Return what an objective, a column or a formula of columns, says of each row: NaN where it is undefined."""
    known = _numbers_of(table)
    if objective in known:
        return column_of(table, objective)
    if objective.isidentifier():
        check_objective(objective, known)
    return np.array(list(_evaluated(table, objective, parse_formula, "objective")), np.float64)


def satisfied(table: Rows, conditions: Sequence[str]) -> NDArray[np.bool_]:
    """Return which rows satisfy all of some conditions on results; what is undefined does not."""
    kept = np.ones(table.num_rows, np.bool_)
    for condition in conditions:
        answers = _evaluated(table, condition, parse_constraint, "result_constraints")
        kept &= np.array([answer == 1 for answer in answers], np.bool_)
    return kept


def _numbers_of(table: Rows) -> list[str]:
    return [field.name for field in table.schema if str(field.type) != "string" and field.name not in LEADING]


def column_of(table: Rows, name: str) -> NDArray[np.float64]:
    """Return a column of numbers, NaN where a row has none."""
    values = to_numbers(table.column(name)).astype(np.float64)
    values[to_nulls(table.column(name))] = np.nan
    return values


def _evaluated(
    table: Rows, text: str, parse: Callable[[str, Mapping[str, Any]], Constraint], key: str
) -> Iterator[float]:
    """Yield what a text says of each row, NaN where a division or a power has no result."""
    try:
        parsed = parse(text, dict.fromkeys(_numbers_of(table), 0.0))
    except ConstraintError as error:
        raise ConfigError(f"optimization.{key}: {text[:200]!r}: {error}") from None
    columns = [column_of(table, name).tolist() for name in parsed.names]
    for row in zip(*columns, strict=True) if columns else itertools.repeat((), table.num_rows):
        try:
            yield float(parsed.evaluate(row))
        except (ArithmeticError, ValueError):
            yield math.nan


def check_objective(objective: str, known: Sequence[str]) -> None:
    """Refuse an objective that is no column of the results."""
    if objective not in known:
        if objective in MEASURES:
            raise ConfigError(
                f"optimization.objective: {objective!r} is not a column of the results; a run has it that was asked "
                f"for it: metrics: [{objective}]"
            )
        hint = closest(objective, known)
        raise ConfigError(
            f"optimization.objective: {objective!r} is not a column of the results; expected a metric"
            + (f" (did you mean {hint!r}?)" if hint else "")
        )


def failed_rows(table: Rows, most: int | None = None, names: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Return the rows of the containers that failed, in the order of the table: all or the first, whole or in part."""
    return _rows(table, np.flatnonzero(~is_ok(table))[:most], names)


def is_ok(table: Rows) -> NDArray[np.bool_]:
    """Return which rows are of containers that did not fail."""
    # A chunk at a time: a Python object for every row of a large run would take more than the rows.
    parts = [[status == OK for status in chunk.to_pylist()] for chunk in table.column("status").chunks]
    return np.concatenate([np.zeros(0, np.bool_), *(np.array(part, np.bool_) for part in parts)])


def _rows(table: Rows, places: NDArray[np.int64], names: Sequence[str] | None = None) -> list[dict[str, Any]]:
    found = {}
    # In the order of the table, so that what lies together is read together.
    for place in sorted(places.tolist()):
        row = table.slice(place, 1)
        found[place] = (row if names is None else row.select(names)).to_pylist()[0]
    return [found[place] for place in places.tolist()]


def count_statuses(table: Rows) -> dict[str, int]:
    """Return how many containers ended in each status, in the order of their names."""
    counted = Counter(status for chunk in table.column("status").chunks for status in chunk.to_pylist())
    return {status: counted[status] for status in sorted(counted)}


def breaches(table: Rows) -> dict[str, int]:
    """Return how many breaches of limits and liquidations there were, and in how many containers any of them."""
    counts = {"risk_breaches": 0, "liquidations": 0, "containers": 0}
    names = ("risk_breaches", "liquidations")
    if set(names) <= set(table.schema.names):
        found = {name: to_numbers(table.column(name)) for name in names}
        counts = {name: int(numbers.sum()) for name, numbers in found.items()}
        counts["containers"] = int(np.count_nonzero(found["risk_breaches"]))
    return counts


def json_value(value: Any) -> Any:
    """Return a value as JSON can hold it: NaN becomes null, an infinity the string "inf" or "-inf"."""
    if isinstance(value, Mapping):
        return {str(key): json_value(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value
