"""Which rows of a table of results are the best, and the same table for machines."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from admf_jit.errors import ConfigError, closest
from admf_jit.results.columns import LEADING, TRAILING
from admf_jit.results.row import OK

if TYPE_CHECKING:
    import pyarrow as pa

MAXIMIZE = "maximize"
MINIMIZE = "minimize"


def best_rows(table: pa.Table, objective: str, direction: str, top: int) -> list[dict[str, Any]]:
    """Return the `top` rows of containers that did not fail, best first and NaN last.

    Equal rows keep the order of the table, so that the ranking is the same every time.
    """
    if objective not in table.schema.names or objective in LEADING or objective in TRAILING:
        known = [name for name in table.schema.names if name not in LEADING and name not in TRAILING]
        hint = closest(objective, known)
        raise ConfigError(
            f"optimization.objective: {objective!r} is not a column of the results; expected a metric"
            + (f" (did you mean {hint!r}?)" if hint else "")
        )
    rows = [row for row in table.to_pylist() if row["status"] == OK]
    sign = -1.0 if direction == MAXIMIZE else 1.0

    def rank(row: Mapping[str, Any]) -> tuple[bool, float]:
        value = math.nan if row[objective] is None else float(row[objective])
        return (True, 0.0) if math.isnan(value) else (False, sign * value)

    return sorted(rows, key=rank)[:top]


def failed_rows(table: pa.Table) -> list[dict[str, Any]]:
    """Return the rows of the containers that failed, in the order of the table."""
    import pyarrow.compute as pc

    return list(table.filter(pc.not_equal(table.column("status"), OK)).to_pylist())


def breaches(table: pa.Table) -> dict[str, int]:
    """Return how many breaches of limits and liquidations there were, and in how many containers any of them."""
    counts = {"risk_breaches": 0, "liquidations": 0, "containers": 0}
    if "risk_breaches" in table.schema.names:
        for row in table.select(["risk_breaches", "liquidations"]).to_pylist():
            counts["risk_breaches"] += row["risk_breaches"] or 0
            counts["liquidations"] += row["liquidations"] or 0
            counts["containers"] += bool(row["risk_breaches"])
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
