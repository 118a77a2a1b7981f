"""One container's result with its history: metrics, trades, equity and events as pandas objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit import markup
from admf_jit.config.measures import MEASURES
from admf_jit.errors import ResultsError, closest
from admf_jit.results.causes import cause_of
from admf_jit.results.identity import Identity
from admf_jit.results.measuring import equity_at_bars, initial_equity, measures_of
from admf_jit.results.reference import Reference
from admf_jit.results.row import result_hash, status_of
from admf_jit.results.trades import TRADE_COLUMNS, closed_trades, excursions, exit_reasons
from admf_kernels.constants import EventKind, Reason

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from admf_jit.data import MarketData
    from admf_jit.statistics import ResampledPaths


class Metrics(dict[str, float]):
    """The metrics of a row by name; a measure is computed with all others when it is first asked for by its name."""

    def __init__(self, metrics: Mapping[str, float], measures: Callable[[], Mapping[str, float]]) -> None:
        super().__init__(metrics)
        self._measures = measures

    def __missing__(self, name: str) -> float:
        if name in MEASURES:
            return self._measures()[name]
        hint = closest(str(name), (*self, *MEASURES))
        raise KeyError(f"no metric {name!r}" + (f"; did you mean {hint!r}?" if hint else ""))


@dataclass(frozen=True, eq=False)
class BacktestResult:
    """What one container did. ``metrics`` are the contract's, NaN when ``error`` says why there are none.

    ``metrics["alpha"]`` and other measures are computed when they are asked for: ``measures()`` has all of them.

    ``records`` holds the raw events, one record each (``admf_kernels.constants.EVENT_DTYPE``).
    """

    metrics: dict[str, float]
    error: str | None
    container_id: str
    seed: int
    parameters: Mapping[str, Any]
    data: MarketData = field(repr=False)
    records: np.ndarray = field(repr=False)
    #: Computes the strategy's indicators for a symbol by its number, where the result came of a run.
    indicators_for: Callable[[int], Mapping[str, NDArray[np.float64]]] | None = field(default=None, repr=False)
    #: Whose the events are where they are exported; of a stored row alone.
    identity: Identity | None = field(default=None, repr=False)
    #: What a price of 1 is worth for each unit, by symbol; nothing where that is 1.
    multipliers: tuple[float, ...] = ()
    #: What decides its events, by dotted names, where the result came of a run.
    settings_for: Callable[[], Mapping[str, Any]] | None = field(default=None, repr=False)
    #: What its measures are taken against.
    reference: Reference = field(default=Reference(), repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "metrics", Metrics(self.metrics, lambda: self._measured))

    @property
    def status(self) -> str:
        """Whether the container came to its end: "ok", "failed", or another status of a row."""
        return status_of(self.error)

    @property
    def result_hash(self) -> str:
        """The hash that the container's row has in a run's results."""
        return result_hash(self.container_id, self.status, self.metrics)

    def measures(self, *, benchmark: Any = None, risk_free: Any = None) -> dict[str, float]:
        """All measures by name: against a benchmark, of the tails, and of the trades; NaN where one is not defined.

        Parameters
        ----------
        benchmark
            A symbol or a column of the data, or a series of prices by time. By default that of ``aj.backtest``, or buy
            and hold of the traded symbols.
        risk_free
            An annual rate such as 0.02, or a column or series of such rates. By default that of ``aj.backtest``, or 0.

        Raises
        ------
        ConfigError
            For a benchmark or rate that is none of these.
        """
        mine = self.reference
        wanted = Reference(
            mine.benchmark if benchmark is None else benchmark, mine.risk_free if risk_free is None else risk_free
        )
        return measures_of(self.records, None if self.error is not None else self.metrics, self.data, wanted)

    @property
    def bar_returns(self) -> NDArray[np.float64]:
        """Return of each bar, float64 (n_bars,): equity at its close by that at the close before, less 1."""
        return _changes(np.concatenate([[self.initial_equity], self.equity_at_bars[1]]))

    def monte_carlo(self, n_paths: int = 1000, *, of: str = "bars", ruin: float = 0.5, seed: int = 0) -> ResampledPaths:
        """Cones of equity and drawdown, and the probability of ruin, had its returns come in another order.

        Returns ``of`` "bars" are drawn in blocks, those of "trades" (profit over the equity before the trade) one by
        one. ``ruin`` is a share of the starting equity. Resampled returns do not test whether there is an edge:
        ``admf_jit.statistics.resampled_paths``.
        """
        from admf_jit.statistics import resampled_paths
        from admf_jit.statistics.checks import one_of

        one_of("of", of, ("bars", "trades"))
        cash = self.initial_equity
        if of == "bars":
            returns = self.bar_returns
        else:
            profits = np.array([trade["profit"] for trade in self.trade_rows], np.float64)
            returns = _changes(cash + np.concatenate([[0.0], np.cumsum(profits)]))
        return resampled_paths(returns, n_paths, None if of == "bars" else 1.0, ruin, seed)

    @cached_property
    def _measured(self) -> dict[str, float]:
        return self.measures()

    @cached_property
    def events(self) -> pd.DataFrame:
        """Every event, a row each: sequence, cause (-1: none), kind, bar, time, symbol, reason, order, payload."""
        import pandas as pd

        records = self.records
        kinds = np.array([kind.name for kind in EventKind])
        reasons = np.array([reason.name.lower() if reason else "" for reason in Reason])
        frame: dict[str, Any] = {
            "sequence": records["sequence"],
            "cause": records["cause"],
            "kind": kinds[records["kind"]],
            "bar": records["bar"].astype(np.int64),
            "time": self._times(records["bar"]),
            "symbol": np.array(self.data.symbols)[records["symbol"]],
            "reason": reasons[records["reason"]],
            "order": records["order"].astype(np.int64),
        }
        frame |= {name: records[name].copy() for name in ("price", "quantity", "value", "fee")}
        return pd.DataFrame(frame)

    @cached_property
    def equity(self) -> pd.Series[float]:
        """Equity at the end of every bar, by the bar's opening time: after what a breach of a limit closed there."""
        import pandas as pd

        bars, values = self.equity_at_bars
        return pd.Series(values, index=self._times(bars), name="equity")

    @property
    def equity_at_bars(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The numbers of the bars, int64 (n,), and the equity at the end of each, float64 (n,), without pandas."""
        return equity_at_bars(self.records)

    @property
    def initial_equity(self) -> float:
        """The cash at the start, from what it grew to and by how much; NaN where there is no history."""
        return initial_equity(self.metrics, self.equity_at_bars[1])

    @cached_property
    def returns(self) -> pd.Series[float]:
        """Return of each day with a bar, by its date in the data's time zone: what quantstats or pyfolio take.

        A day ends with the equity at its last bar; the first is measured from the cash at the start.
        """
        import pandas as pd

        bars, values = self.equity_at_bars
        days = self._times(bars).tz_convert(self.data.timezone).tz_localize(None).normalize()
        equity = pd.Series(values, index=days)
        closing = equity.groupby(level=0).last()
        before = closing.shift(fill_value=self.initial_equity)
        returns: pd.Series[float] = (closing / before - 1.0).rename("returns").rename_axis("date")
        return returns

    @cached_property
    def fills(self) -> pd.DataFrame:
        """Every fill, a row each: sequence, time, symbol, quantity (negative: sold), price, fee and cause, in words."""
        import pandas as pd

        places = np.flatnonzero(self.records["kind"] == EventKind.FILL)
        records = self.records[places]
        return pd.DataFrame(
            {
                "sequence": records["sequence"],
                "time": self._times(records["bar"]),
                "symbol": np.array(self.data.symbols)[records["symbol"]],
                "quantity": records["quantity"].copy(),
                "price": records["price"].copy(),
                "fee": records["fee"].copy(),
                "cause": [cause_of(self.records, place) for place in places.tolist()],
            }
        )

    def indicators(self, symbol: str | None = None) -> pd.DataFrame:
        """Values of the strategy's indicators at every bar of a symbol, a column each, NaN while they warm up.

        They are computed anew, as the strategy has read them at the end of each bar. ``symbol`` may be left out where
        the data has one.
        """
        import pandas as pd

        chosen = self._known(symbol or self._only_symbol(list(self.data.symbols)))
        if self.indicators_for is None:
            raise ResultsError("the indicators of this result are not known: it was not made by a backtest or a replay")
        values = self.indicators_for(self.data.symbols.index(chosen))
        return pd.DataFrame(dict(values), index=self._times(np.arange(self.data.n_bars)))

    def plot(self, symbol: str | None = None) -> go.Figure:
        """Draw one symbol's bars with indicators, every fill and its cause, equity and drawdown: a figure of plotly.

        Indicators that lie within the prices are drawn over the bars, and each other one in a panel of its own.

        ``symbol`` may be left out where there is one, or where one alone was traded. The figure can be changed
        (``update_layout``) and saved (``write_html``; ``write_image`` with the package kaleido).
        """
        from admf_jit.figures import history

        if self.error is not None and not len(self.records):
            raise ResultsError(f"nothing to draw, as the container has no history: {self.error}")
        fills = self.fills
        chosen = self._known(symbol or self._only_symbol(sorted(set(fills["symbol"])) or list(self.data.symbols)))
        title = ", ".join(f"{name} {value}" for name, value in self.parameters.items())
        some = fills[fills["symbol"] == chosen]
        indicators = {} if self.indicators_for is None else dict(self.indicators(chosen).items())
        return history(
            self.data.frame(chosen),
            some,
            self.equity,
            self.initial_equity,
            title=f"{chosen}: {title}",
            indicators={str(name): values for name, values in indicators.items()},
        )

    def _known(self, symbol: str) -> str:
        if symbol not in self.data.symbols:
            raise ResultsError(f"no symbol {symbol!r} in the data; expected one of {', '.join(self.data.symbols)}")
        return symbol

    def _only_symbol(self, symbols: list[str]) -> str:
        if len(symbols) > 1:
            raise ResultsError(f"there are several symbols; expected symbol=..., one of {', '.join(symbols)}")
        return symbols[0]

    def _repr_html_(self) -> str:
        """What a notebook shows: what went wrong, then the metrics."""
        from admf_jit.results.table import format_metric

        failed = "" if self.error is None else markup.paragraph(f"{self.status}: {self.error}", strong=True)
        said = {name: str(value) for name, value in self.parameters.items()}
        metrics = {name: format_metric(name, value) for name, value in self.metrics.items()}
        return failed + markup.facts({**said, **metrics})

    @cached_property
    def trades(self) -> pd.DataFrame:
        """Every closed trade, a row each.

        direction 1 or -1; quantity the sum of the entering fills, positive; entry_price their average (section 13 of
        the trading model), exit_price that of the last exit; profit and commission of all ``n_fills`` fills in account
        currency; return = profit / entry value; holding in bars; exit_reason is what the closing fill came from.
        mae and mfe are the largest loss and gain on the way, as shares of the entry price (section 6). Under preset
        backtesting.py, which has several trades at a time, each closed part of a trade is a row.
        """
        import pandas as pd

        frame = pd.DataFrame(self.trade_rows, columns=[*TRADE_COLUMNS, "exit_reason", "mae", "mfe"])
        for name in ("entry_time", "exit_time"):
            frame[name] = self._times(frame[name.replace("time", "bar")].to_numpy(np.int64))
        return frame

    @cached_property
    def trade_rows(self) -> list[dict[str, Any]]:
        """The rows of ``trades`` as plain values, times as text: for the command line, which does without pandas."""
        rows = []
        closed = list(closed_trades(self.records, self.data.symbols, self.multipliers))
        for trade, reason in zip(closed, exit_reasons(self.records), strict=True):
            times = {name: self._time_text(trade[name.replace("time", "bar")]) for name in ("entry_time", "exit_time")}
            row = {name: times.get(name, trade.get(name)) for name in TRADE_COLUMNS}
            row["exit_reason"] = reason
            row["mae"], row["mfe"] = excursions(self.data, trade)
            rows.append(row)
        return rows

    def _time_text(self, bar: int) -> str:
        """The opening time of a bar as pandas writes it: seconds, and what there is of fractions in threes."""
        nanoseconds = int(self.data.time[bar])
        units = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000}
        unit = next((unit for unit, size in units.items() if nanoseconds % size == 0), "ns")
        return f"{np.datetime64(nanoseconds, 'ns').astype(f'datetime64[{unit}]')}".replace("T", " ") + "+00:00"

    def _times(self, bars: Any) -> pd.DatetimeIndex:
        import pandas as pd

        moments = self.data.time[np.asarray(bars, np.int64)].astype("datetime64[ns]")
        return pd.DatetimeIndex(moments, tz="UTC", name="time")


def _changes(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore", invalid="ignore"):
        changes: NDArray[np.float64] = np.diff(levels) / levels[:-1]
    return changes
