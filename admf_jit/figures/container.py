"""Figures of containers: bars with fills, equity and drawdown of one; the equity of several."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from admf_jit.figures.candles import candles
from admf_jit.figures.look import FALL, HELD, LINES, RISE

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

_MOST_CANDLES = 5_000


def history(
    bars: pd.DataFrame,
    fills: pd.DataFrame,
    equity: pd.Series[float],
    initial: float,
    *,
    title: str,
    indicators: Mapping[str, pd.Series[float]] | None = None,
) -> go.Figure:
    """Candles with every fill, indicators, equity and drawdown, one above the other on one time axis.

    Parameters
    ----------
    bars
        Columns open, high, low, close by time, of one symbol.
    fills
        A row for each fill in it: time, price, quantity (negative: sold), cause.
    equity
        By time; ``initial`` is what there was before.
    indicators
        By name, as ``macd.signal`` where one has several outputs: those within the prices' range are drawn over
        the candles, each other indicator in a panel of its own.
    """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    over, apart = _placed(bars, indicators or {})
    n_rows = 3 + len(apart)
    heights = [0.5, *([0.15] * len(apart)), 0.25, 0.15]
    figure = make_subplots(rows=n_rows, cols=1, shared_xaxes=True, vertical_spacing=0.03, row_heights=heights)
    drawn = candles({name: bars[name].to_numpy() for name in ("open", "high", "low", "close")}, _MOST_CANDLES)
    figure.add_trace(
        go.Candlestick(
            x=bars.index[drawn.first],
            open=drawn.open,
            high=drawn.high,
            low=drawn.low,
            close=drawn.close,
            increasing_line_color=RISE,
            decreasing_line_color=FALL,
            name="price" if drawn.size == 1 else f"price, {drawn.size} bars a candle",
        ),
        row=1,
        col=1,
    )
    for number, (name, values) in enumerate(over.items()):
        line = {"width": 1, "color": LINES[(number + 1) % len(LINES)]}
        figure.add_trace(go.Scatter(x=values.index, y=values, name=name, line=line), row=1, col=1)
    for side, symbol, color in ((1.0, "triangle-up", RISE), (-1.0, "triangle-down", FALL)):
        some = fills[np.sign(fills["quantity"]) == side]
        figure.add_trace(_fills(some, symbol, color, "bought" if side > 0 else "sold"), row=1, col=1)
    for number, (panel, outputs) in enumerate(apart.items()):
        for name, values in outputs.items():
            figure.add_trace(go.Scatter(x=values.index, y=values, name=name, line={"width": 1}), row=2 + number, col=1)
        figure.update_yaxes(title_text=panel, row=2 + number, col=1)
    peak = equity.cummax().clip(lower=initial)
    line = {"color": RISE}
    figure.add_trace(go.Scatter(x=equity.index, y=equity, name="equity", line=line), row=n_rows - 1, col=1)
    drawdown = go.Scatter(x=equity.index, y=equity / peak - 1.0, name="drawdown", line={"color": FALL}, fill="tozeroy")
    figure.add_trace(drawdown, row=n_rows, col=1)
    figure.update_yaxes(title_text="price", row=1, col=1)
    figure.update_yaxes(title_text="equity", row=n_rows - 1, col=1)
    figure.update_yaxes(title_text="drawdown", tickformat=".0%", row=n_rows, col=1)
    figure.update_layout(title=title, height=640 + 110 * len(apart), xaxis_rangeslider_visible=False, hovermode="x")
    return figure


def _fills(fills: pd.DataFrame, symbol: str, color: str, name: str) -> Any:
    import plotly.graph_objects as go

    said = [
        f"{cause}: {name} {abs(quantity):g}" for cause, quantity in zip(fills["cause"], fills["quantity"], strict=True)
    ]
    return go.Scatter(
        x=fills["time"],
        y=fills["price"],
        mode="markers",
        name=name,
        text=said,
        hovertemplate="%{text} at %{y}<extra></extra>",
        marker={"symbol": symbol, "size": 9, "color": color, "line": {"width": 1, "color": "white"}},
    )


def _placed(
    bars: pd.DataFrame, indicators: Mapping[str, pd.Series[float]]
) -> tuple[dict[str, pd.Series[float]], dict[str, dict[str, pd.Series[float]]]]:
    """Those whose median lies within the prices, and the others, the outputs of one indicator together."""
    low, high = bars["low"].min(), bars["high"].max()
    over: dict[str, pd.Series[float]] = {}
    apart: defaultdict[str, dict[str, pd.Series[float]]] = defaultdict(dict)
    for name, values in indicators.items():
        if low <= values.median() <= high:
            over[name] = values
        else:
            apart[name.partition(".")[0]][name] = values
    return over, dict(apart)


def compared(curves: Mapping[str, tuple[pd.Series[float], float]], held: Collection[str] = ()) -> go.Figure:
    """Return since the start and drawdown of several curves: equity by time, and what there was before, by name.

    ``held`` names those that are drawn as what the others are compared with.
    """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.04, row_heights=[0.68, 0.32])
    for number, (name, (equity, initial)) in enumerate(curves.items()):
        color = HELD if name in held else LINES[number % len(LINES)]
        line = {"color": color, "dash": "dot" if name in held else "solid"}
        shown = {"line": line, "legendgroup": name, "name": name, "hovertemplate": "%{y:.2%}"}
        figure.add_trace(go.Scatter(x=equity.index, y=equity / initial - 1.0, **shown), row=1, col=1)
        drawdown = equity / equity.cummax().clip(lower=initial) - 1.0
        figure.add_trace(go.Scatter(x=equity.index, y=drawdown, showlegend=False, **shown), row=2, col=1)
    figure.update_yaxes(title_text="return", tickformat=".0%", row=1, col=1)
    figure.update_yaxes(title_text="drawdown", tickformat=".0%", row=2, col=1)
    figure.update_layout(height=560, hovermode="x unified")
    return figure
