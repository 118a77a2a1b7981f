"""Ranking the rows of a sweep by a metric, or by a function of the user."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from admf_jit.api.rows import name_of, over_rows
from admf_jit.errors import ConfigError
from admf_jit.results import OK
from admf_jit.results.ranking import MAXIMIZE, MINIMIZE, check_objective

if TYPE_CHECKING:
    import pandas as pd


def ranked(frame: pd.DataFrame, objective: str | Callable[..., Any], direction: str) -> pd.DataFrame:
    """Return the rows of a table of results, best first, equal ones in their order."""
    if direction not in (MAXIMIZE, MINIMIZE):
        raise ConfigError(f"direction: is {direction!r}; expected {MAXIMIZE} or {MINIMIZE}")
    if callable(objective):
        frame = frame.assign(objective=_values(frame, objective))
        objective = "objective"
    else:
        check_objective(objective, [name for name in frame.columns if frame[name].dtype.kind in "biuf"])
    order = frame.assign(**{objective: frame[objective].where(frame["status"] == OK)}).sort_values(
        objective, ascending=direction == MINIMIZE, na_position="last", kind="stable"
    )
    return frame.loc[order.index]


def _values(frame: pd.DataFrame, objective: Callable[..., Any]) -> list[float]:
    """Return what a function says of each row, NaN for containers that failed."""
    ask = over_rows(objective, "objective")
    values = []
    rows: list[dict[Any, Any]] = frame.to_dict("records")
    for row in rows:
        if row["status"] != OK:
            values.append(float("nan"))
            continue
        value = ask(row)
        try:
            values.append(float(value))
        except (TypeError, ValueError):
            raise ConfigError(
                f"objective {name_of(objective)}: returned {value!r:.80} for container {row['index']}; "
                "expected a number"
            ) from None
    return values
