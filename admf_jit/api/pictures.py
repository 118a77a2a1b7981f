"""What a sweep shows in a notebook: figures of its rows and of chosen containers, and its whole report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admf_jit.errors import ResultsError
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
        self, x: str, y: str, *, value: str | None = None, others: str | Mapping[str, Any] = "best"
    ) -> go.Figure:
        """Draw a metric over two swept names as a figure of plotly.

        Parameters
        ----------
        value
            A column of ``frame``; by default what the sweep is ranked by.
        others
            Of the rows of a cell, which differ in the other swept names: the "best" or the "worst" by rank, the
            "mean" or the "median" of ``value``; or values of other swept names, as ``{"slow_period": 30}``.
        """
        from admf_jit.figures import heat_map

        ranked, name = self._ranked()
        return heat_map(ranked, x, y, value or name, self._swept, others)

    def surface(
        self, x: str, y: str, *, value: str | None = None, others: str | Mapping[str, Any] = "best"
    ) -> go.Figure:
        """Draw what ``heatmap`` draws as a surface in space."""
        from admf_jit.figures import surface

        ranked, name = self._ranked()
        return surface(ranked, x, y, value or name, self._swept, others)

    def parallel(self, columns: Sequence[str] | None = None, *, value: str | None = None) -> go.Figure:
        """Draw each row as a line through its swept values and its metric: ranges are kept by dragging along an axis.

        ``columns`` are the axes; by default what was swept with more than one value, and the metric.
        """
        from admf_jit.figures import parallel

        ranked, name = self._ranked()
        shown = value or name
        varying = [one for one in self._swept if ranked[one].nunique(dropna=False) > 1]
        return parallel(ranked, list(columns) if columns is not None else [*varying, shown], shown)

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

    def _ranked(self) -> tuple[pd.DataFrame, str]:
        """The rows that did not fail, best first, and the column that they are ranked by."""
        raise NotImplementedError

    def _ok(self, ranked: pd.DataFrame) -> pd.DataFrame:
        ok = ranked[ranked["status"] == OK]
        if not len(ok):
            raise ResultsError(f"{self.directory}: nothing to draw, as every container failed")
        return ok
