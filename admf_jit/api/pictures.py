"""What a sweep shows in a notebook: figures of its rows and of chosen containers, and its whole report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admf_jit.errors import ConfigError, ResultsError
from admf_jit.results import OK, BacktestResult, StoredTable
from admf_jit.results.scratch import note_use
from admf_jit.workflow.prepared_run import PreparedRun

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go


class Embedded:
    """A page of HTML that a notebook shows in its cell, and nothing else runs."""

    def __init__(self, page: str, height: int) -> None:
        self._page = page
        self._height = height

    def _repr_html_(self) -> str:
        from html import escape

        style = f"width: 100%; height: {self._height}px; border: 1px solid #ccc"
        return f'<iframe srcdoc="{escape(self._page)}" style="{style}" title="report"></iframe>'


class Pictures:
    """The figures of a sweep; ``GridResult`` has them."""

    _stored: StoredTable

    if TYPE_CHECKING:  # what GridResult has

        @property
        def directory(self) -> Path: ...  # noqa: D102

        @property
        def manifest(self) -> dict[str, Any]: ...  # noqa: D102

        @cached_property
        def frame(self) -> pd.DataFrame: ...  # noqa: D102

        @cached_property
        def _prepared(self) -> PreparedRun: ...

        def container(self, index: int | str) -> BacktestResult: ...  # noqa: D102

        def _index(self, container: int | str) -> int: ...

    def heatmap(
        self,
        x: str | None = None,
        y: str | None = None,
        *,
        value: str | None = None,
        others: str | Mapping[str, Any] = "best",
    ) -> go.Figure:
        """Draw a metric over two swept names as a figure of plotly.

        Numbers rise along an axis; texts have the order in which they were given, and columns and symbols that of the
        data.

        Parameters
        ----------
        x, y
            May be left out where two names alone were swept with more than one value.
        value
            A column of ``frame``; by default what the sweep is ranked by.
        others
            Of the rows of a cell, which differ in the other swept names: the "best" or the "worst" by rank, the
            "mean" or the "median" of ``value``; or values of other swept names, as ``{"slow_period": 30}``.
        """
        from admf_jit.figures import heat_map

        ranked, name = self._ranked()
        x, y = self._axes(ranked, x, y)
        return heat_map(ranked, x, y, value or name, self._swept, others, self._text_orders())

    def surface(
        self,
        x: str | None = None,
        y: str | None = None,
        *,
        value: str | None = None,
        others: str | Mapping[str, Any] = "best",
    ) -> go.Figure:
        """Draw what ``heatmap`` draws as a surface in space."""
        from admf_jit.figures import surface

        ranked, name = self._ranked()
        x, y = self._axes(ranked, x, y)
        return surface(ranked, x, y, value or name, self._swept, others, self._text_orders())

    def parallel(self, columns: Sequence[str] | None = None, *, value: str | None = None) -> go.Figure:
        """Draw each row as a line through its swept values and its metric: ranges are kept by dragging along an axis.

        ``columns`` are the axes; by default what was swept with more than one value, and the metric.
        """
        from admf_jit.figures import parallel

        ranked, name = self._ranked()
        shown = value or name
        chosen = list(columns) if columns is not None else [*self._varying(ranked), shown]
        return parallel(ranked, chosen, shown, self._text_orders())

    def plot(self, container: int | str | None = None, symbol: str | None = None) -> go.Figure:
        """Draw one container, by index or container_id, as ``container(...).plot(symbol)`` does.

        Without one it is the best row, by what the sweep is ranked by.
        """
        if container is None:
            ranked, _ = self._ranked()
            container = int(ranked["index"].iloc[0])
        return self.container(container).plot(symbol)

    def compare(self, containers: Sequence[int | str], *, benchmark: bool = False) -> go.Figure:
        """Draw the return and the drawdown of some containers, by index or container_id, which are run again for it.

        With ``benchmark`` buy and hold stands beside them, of each symbol that they trade, or of an equal part in each
        symbol of a portfolio, at the costs of the run.
        """
        from admf_jit.figures import compared

        if isinstance(containers, int | str):
            containers = [containers]
        curves = {}
        for one in containers:
            result = self.container(one)
            if not len(result.records):
                raise ResultsError(f"container {one} has no history to draw: {result.error}")
            curves[f"container {one}"] = result.equity, result.initial_equity
        held = self._holdings(containers) if benchmark else {}
        return compared({**curves, **held}, tuple(held))

    def _holdings(self, containers: Sequence[int | str]) -> dict[str, tuple[pd.Series[float], float]]:
        """Equity and cash of buy and hold of what some containers trade, by names for a legend."""
        import pandas as pd

        from admf_jit.report.holding import holdings_of

        found = {}
        for one in containers:
            made, spec = self._prepared.container(self._index(one))
            for symbol, holding in holdings_of(made, [spec.symbol]).items():
                times = pd.DatetimeIndex(holding.data.time.astype("datetime64[ns]"), tz="UTC", name="time")
                several = len(self._prepared.sweeps) > 1 or made.data.n_symbols > 1
                name = f"buy and hold {symbol}" if several else "buy and hold"
                found[name] = pd.Series(holding.equity, index=times), holding.cash
        return found

    def report(self, path: str | Path | None = None) -> Path:
        """Write the page that shows this sweep in a browser, and return its path.

        One file that needs no network: docs/report.md says what is in it. Without ``path`` it is ``report.html`` in the
        run's directory.
        """
        from admf_jit.report import write_run_report

        note_use(self.directory)
        self._stored.verify()
        target = None if path is None else Path(path).expanduser()
        return write_run_report(self._stored, self.manifest, self.directory, lambda: self._prepared, target).path

    def explore(self, height: int = 900) -> Embedded:
        """Show the report in the cell of a notebook, ``height`` pixels high."""
        from admf_jit.report import run_page

        note_use(self.directory)
        self._stored.verify()
        page, *_ = run_page(self._stored, self.manifest, self.directory, lambda: self._prepared)
        return Embedded(page, height)

    @property
    def _swept(self) -> list[str]:
        return list(self.manifest["columns"]["swept"])

    def _varying(self, ranked: pd.DataFrame) -> list[str]:
        """What was swept with more than one value."""
        return [name for name in self._swept if ranked[name].nunique(dropna=False) > 1]

    def _axes(self, ranked: pd.DataFrame, x: str | None, y: str | None) -> tuple[str, str]:
        """The two names of a map; ConfigError where one is missing and there is a choice."""
        if x is not None and y is not None:
            return x, y
        varying = self._varying(ranked)
        if x is None and y is None and len(varying) == 2:
            return varying[0], varying[1]
        swept = ", ".join(self._swept) or "nothing"
        raise ConfigError(f"expected two swept names, one for each axis, as in heatmap(x, y); swept: {swept}")

    def _text_orders(self) -> dict[str, list[Any]]:
        """Of each swept name that has texts its values in the order in which they were given, then that of the rows."""
        import pandas as pd

        rows = self.frame.sort_values("index")
        swept = self.manifest["config"]["optimization"]["parameters"]
        found = {}
        for name in self._swept:
            if not pd.api.types.is_numeric_dtype(rows[name]):
                given = swept.get(name)
                known = rows[name].dropna().unique().tolist()
                found[name] = list(dict.fromkeys([*(given if isinstance(given, list) else ()), *known]))
        return found

    def _ranked(self) -> tuple[pd.DataFrame, str]:
        """The rows that did not fail, best first, and the column that they are ranked by."""
        raise NotImplementedError

    def _ok(self, ranked: pd.DataFrame) -> pd.DataFrame:
        ok = ranked[ranked["status"] == OK]
        if not len(ok):
            raise ResultsError(f"{self.directory}: nothing to draw, as every container failed")
        return ok
