"""Ranking the rows of a sweep by a metric, or by a function of the user."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from admf_jit.api.rows import name_of, over_rows
from admf_jit.errors import ConfigError, closest
from admf_jit.results import OK
from admf_jit.results.across_data import DATA_SET, MEAN, POSITIVE_SHARE, WORST, combinations_of
from admf_jit.results.ranking import MAXIMIZE, MINIMIZE, OBJECTIVE, check_objective, satisfied, values_of
from admf_jit.results.table import SHOWN_METRICS

if TYPE_CHECKING:
    import pandas as pd


def ranked(
    frame: pd.DataFrame, objective: str | Callable[..., Any], direction: str, conditions: Sequence[str] = ()
) -> pd.DataFrame:
    """Return the rows of a table of results, best first, equal ones in their order.

    Those that satisfy all ``conditions`` on results come first.
    """
    if direction not in (MAXIMIZE, MINIMIZE):
        raise ConfigError(f"direction: is {direction!r}; expected {MAXIMIZE} or {MINIMIZE}")
    if callable(objective):
        frame = frame.assign(objective=_values(frame, objective))
        objective = "objective"
    elif objective not in frame.columns and not objective.isidentifier():
        frame = frame.assign(objective=values_of(_table(frame), objective))
        objective = "objective"
    else:
        check_objective(objective, [name for name in frame.columns if frame[name].dtype.kind in "biuf"])
    order = frame.assign(**{objective: frame[objective].where(frame["status"] == OK)}).sort_values(
        objective, ascending=direction == MINIMIZE, na_position="last", kind="stable"
    )
    if conditions:
        kept = satisfied(_table(frame), conditions)
        order = order.iloc[np.argsort(~kept[frame.index.get_indexer(order.index)], kind="stable")]
    return frame.loc[order.index]


def shown_columns(
    rows: pd.DataFrame,
    swept: Sequence[str],
    objective: str | Callable[..., Any],
    columns: str | Sequence[str] | None,
    measures: Sequence[str] = (),
) -> list[str]:
    """The columns of ranked rows that are shown: those asked for, all, or index, swept names and headline metrics.

    ``measures`` are those that the run was asked for by name.
    """
    known = [str(name) for name in rows.columns]
    if columns == "all":
        return known
    if columns is None:
        first = objective if isinstance(objective, str) and objective in known else OBJECTIVE
        named = dict.fromkeys(["index", *swept, first, *measures, *SHOWN_METRICS])
        return [name for name in named if name in known]
    asked = [columns] if isinstance(columns, str) else list(columns)
    for name in asked:
        if name not in known:
            hint = closest(str(name), known)
            said = f" (did you mean {hint!r}?)" if hint else ""
            raise ConfigError(
                f'columns: {name!r} is not a column of the results{said}; expected names of columns, or "all"'
            )
    return asked


def best_across(
    frame: pd.DataFrame,
    manifest: Mapping[str, Any],
    objective: str | Callable[..., Any],
    direction: str,
    conditions: Sequence[str],
    by: str,
) -> pd.DataFrame:
    """Return the combinations of a run over several sets of data, best first, with what each is judged by."""
    import pandas as pd

    if direction not in (MAXIMIZE, MINIMIZE):
        raise ConfigError(f"direction: is {direction!r}; expected {MAXIMIZE} or {MINIMIZE}")
    found = combinations_of(
        _table(frame),
        manifest,
        objective=objective if isinstance(objective, str) else np.array(_values(frame, objective), np.float64),
        direction=direction,
        conditions=conditions,
    )
    order = found.order(by)
    swept = [name for name in manifest["columns"]["swept"] if name != DATA_SET]
    first = frame.set_index("index").loc[found.index[order], swept].reset_index()
    judged = pd.DataFrame([found.row(place) for place in order.tolist()], columns=[MEAN, WORST, POSITIVE_SHARE])
    return pd.concat([first, judged], axis=1)


def _table(frame: pd.DataFrame) -> Any:
    import pyarrow as pa

    return pa.Table.from_pandas(frame, preserve_index=False)


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
