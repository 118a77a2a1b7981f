"""Figures of the rows of a sweep: a metric over two parameters, and all parameters side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from admf_jit.errors import ConfigError, closest
from admf_jit.figures.look import SCALE

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

#: What a cell shows of its rows, which differ in the parameters that are not its axes.
OTHERS = ("best", "mean", "median", "worst")


def heat_map(
    ranked: pd.DataFrame,
    x: str,
    y: str,
    value: str,
    swept: Sequence[str],
    others: str | Mapping[str, Any],
    orders: Mapping[str, Sequence[Any]] | None = None,
) -> go.Figure:
    """A metric over two swept names as cells; see ``_cells`` for the arguments.

    ``orders`` has the values of a name in their order on an axis, where they are not to rise.
    """
    import plotly.graph_objects as go

    cells = _in_order(_cells(ranked, x, y, value, swept, others), orders or {})
    trace = go.Heatmap(
        x=[str(level) for level in cells.columns],
        y=[str(level) for level in cells.index],
        z=cells.to_numpy(),
        colorscale=SCALE,
        colorbar={"title": {"text": value}},
        xgap=1,
        ygap=1,
        hovertemplate=f"{x} %{{x}}<br>{y} %{{y}}<br>{value} %{{z}}<extra></extra>",
    )
    figure = go.Figure(trace)
    figure.update_xaxes(title_text=x, type="category")
    figure.update_yaxes(title_text=y, type="category")
    figure.update_layout(title=f"{value}: {_said(others)}", height=480)
    return figure


def surface(
    ranked: pd.DataFrame,
    x: str,
    y: str,
    value: str,
    swept: Sequence[str],
    others: str | Mapping[str, Any],
    orders: Mapping[str, Sequence[Any]] | None = None,
) -> go.Figure:
    """A metric over two swept names as a surface, over the numbers of their levels."""
    import plotly.graph_objects as go

    cells = _in_order(_cells(ranked, x, y, value, swept, others), orders or {})
    figure = go.Figure(go.Surface(z=cells.to_numpy(), colorscale=SCALE, colorbar={"title": {"text": value}}))
    axes = {
        axis: {"title": {"text": name}, "tickvals": list(range(len(levels))), "ticktext": [str(one) for one in levels]}
        for axis, name, levels in (("xaxis", x, cells.columns), ("yaxis", y, cells.index))
    }
    figure.update_layout(
        title=f"{value}: {_said(others)}", height=600, scene={**axes, "zaxis": {"title": {"text": value}}}
    )
    return figure


def parallel(
    ranked: pd.DataFrame, columns: Sequence[str], value: str, orders: Mapping[str, Sequence[Any]] | None = None
) -> go.Figure:
    """Each row as a line through its values in some columns, coloured by a metric."""
    import pandas as pd
    import plotly.graph_objects as go

    for name in (*columns, value):
        _check_column(ranked, name)
    dimensions: list[dict[str, Any]] = []
    for name in columns:
        if pd.api.types.is_numeric_dtype(ranked[name]) and not pd.api.types.is_bool_dtype(ranked[name]):
            dimensions.append({"label": name, "values": ranked[name]})
            continue
        _, rising = pd.factorize(ranked[name], sort=True)
        levels = _ordered(rising, (orders or {}).get(name, ()))
        codes = pd.Categorical(ranked[name], categories=levels).codes
        dimensions.append(
            {
                "label": name,
                "values": codes,
                "tickvals": list(range(len(levels))),
                "ticktext": [str(one) for one in levels],
            }
        )
    line = {"color": ranked[value], "colorscale": SCALE, "showscale": True, "colorbar": {"title": {"text": value}}}
    figure = go.Figure(go.Parcoords(dimensions=dimensions, line=line, labelangle=-20))
    figure.update_layout(height=480, margin={"t": 110})
    return figure


def _cells(
    ranked: pd.DataFrame, x: str, y: str, value: str, swept: Sequence[str], others: str | Mapping[str, Any]
) -> pd.DataFrame:
    """The metric of each cell: index ``y``, columns ``x``.

    Parameters
    ----------
    ranked
        Rows of a sweep that did not fail, best first.
    x, y
        Two of the ``swept`` names.
    others
        Of the rows of a cell: the "best" or "worst" by rank, the "mean" or "median" of the metric; or values of the
        other swept names, whose rows alone are looked at.
    """
    for name in (x, y):
        if name not in swept:
            raise ConfigError(
                f"{name!r} was not swept; expected one of {', '.join(swept) or 'no name at all'}{_hint(name, swept)}"
            )
    if x == y:
        raise ConfigError(f"{x!r} is given for both axes; expected two names")
    _check_column(ranked, value)
    rows, how = ranked, others
    if not isinstance(others, str):
        for name, wanted in others.items():
            if name not in swept:
                raise ConfigError(f"others: {name!r} was not swept{_hint(name, swept)}")
            rows = rows[rows[name].isna() if wanted is None else rows[name] == wanted]
            if not len(rows):
                raise ConfigError(f"others: no row has {name} = {wanted!r}; expected one of the values that were swept")
        how = "best"
    elif others not in OTHERS:
        raise ConfigError(f"others: is {others!r}; expected {', '.join(OTHERS)}, or values of the other parameters")
    groups = rows.groupby([y, x], sort=True, dropna=False)[value]
    # The first row of a group with or without a value: `first` would pass over a row that has none.
    found = groups.nth(0) if how == "best" else groups.nth(-1) if how == "worst" else groups.agg(str(how))
    if how in ("best", "worst"):
        found = rows.loc[found.index].set_index([y, x])[value].sort_index()
    cells: pd.DataFrame = found.unstack()  # type: ignore[assignment]
    return cells


def _in_order(cells: pd.DataFrame, orders: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    """Cells with the levels of some names in an order of their own."""
    rows, columns = (_ordered(levels, orders.get(str(levels.name), ())) for levels in (cells.index, cells.columns))
    return cells.loc[rows, columns]


def _ordered(levels: Iterable[Any], order: Sequence[Any]) -> list[Any]:
    """Some values in an order; those that it has not keep theirs behind the others."""
    known = {value: place for place, value in enumerate(order)}
    return sorted(levels, key=lambda value: known.get(value, len(known)))


def _check_column(frame: pd.DataFrame, name: str) -> None:
    if name not in frame.columns:
        raise ConfigError(f"{name!r} is not a column of the results{_hint(name, list(frame.columns))}")


def _hint(name: str, known: Sequence[str]) -> str:
    nearest = closest(name, known)
    return f" (did you mean {nearest!r}?)" if nearest else ""


def _said(others: str | Mapping[str, Any]) -> str:
    if isinstance(others, str):
        return f"the {others} of each cell's rows"
    return ", ".join(f"{name} = {value}" for name, value in others.items())
