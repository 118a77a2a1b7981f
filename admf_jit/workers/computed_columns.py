"""The values that an indicator has at every bar, computed by the code that a container runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from admf_jit.data import MarketData
from admf_jit.data.higher_columns import higher_columns
from admf_jit.data.own_series import OwnColumn, first_value, own_series
from admf_jit.strategies.compiled import load_function
from admf_jit.strategies.expressions import Expression, Field, Given
from admf_jit.strategies.shared import SharedIndicator
from admf_kernels.addresses import address_of

#: Bytes of a line of the cache.
_LINE = 64
_PRICES = ("open", "high", "low", "close", "volume")

Column = NDArray[np.float64]
#: Of an indicator: numbers in the order in which it takes them.
Arguments = tuple[float, ...]
Number = TypeVar("Number", np.int64, np.float64)


@dataclass(frozen=True)
class Columns:
    """An indicator's outputs at every bar, the history's first: float64 (n_outputs, n_history + n_bars), read-only.

    ``warmup`` is the first bar at which it has values; those before mean nothing. ``last_zeros`` has the last bar at
    which each output is zero, or -1. Both count from the first bar that is evaluated, and may be negative.
    """

    values: Column
    warmup: int
    last_zeros: tuple[int, ...]
    n_history: int
    #: Where the user's own code raised: the bar, counted from the first that is evaluated, and what it said.
    problem: tuple[int, str] | None = None

    @cached_property
    def evaluated(self) -> Column:
        """The outputs at the bars that are evaluated, float64 (n_outputs, n_bars)."""
        return self.values[:, self.n_history :]

    @cached_property
    def facts(self) -> NDArray[np.int64]:
        """The warm-up, where each output stands in memory, and the last zeros: int64 (1 + 2 * n_outputs,)."""
        return np.array([self.warmup, *map(address_of, self.evaluated), *self.last_zeros], np.int64)


#: Gives the columns of an indicator that another one reads.
Find = Callable[[SharedIndicator, Arguments], Columns]


def compute_columns(
    data: MarketData,
    symbol: int,
    timeframes: tuple[str, ...],
    indicator: SharedIndicator,
    arguments: Arguments,
    find: Find,
) -> Columns:
    """Run an indicator over the bars of a symbol, or over the higher bars, and spread its values over the bars."""
    n_history = data.n_history
    if indicator.is_given:
        assert data.with_history.given is not None
        column = data.with_history.given.values[int(arguments[0])]
        return Columns(column[np.newaxis], -n_history, (-1,), n_history)
    values = _Values(data.with_history, symbol, timeframes, find).of(indicator, arguments)
    outputs, warmup, n_bars, problem = values.outputs, values.first, data.with_history.n_bars, values.problem
    if indicator.timeframe is not None:
        completed = higher_columns(data.with_history, timeframes).completed[symbol, indicator.timeframe]
        warmup = int(completed[min(warmup, len(completed) - 1)])
        if problem is not None:
            problem = int(completed[problem[0]]), problem[1]
        outputs = _spread_out(outputs, completed[completed < n_bars], n_bars)
    last_zeros = tuple(int(np.flatnonzero(row == 0.0)[-1]) - n_history if (row == 0.0).any() else -1 for row in outputs)
    if problem is not None:
        problem = max(problem[0] - n_history, 0), problem[1]
    return Columns(read_only(outputs), min(max(warmup, 0), n_bars) - n_history, last_zeros, n_history, problem)


@dataclass(frozen=True)
class _Series:
    """Outputs of an indicator at the bars of its timeframe, (n_outputs, n), and the first of these that has a value."""

    outputs: Column
    first: int
    #: The first bar at which the user's own code raised, and what it said.
    problem: tuple[int, str] | None = None


@dataclass(frozen=True)
class _Values:
    """Computes indicators of one symbol, on the bars of their own timeframe."""

    data: MarketData
    symbol: int
    timeframes: tuple[str, ...]
    find: Find

    def of(self, indicator: SharedIndicator, arguments: Arguments) -> _Series:
        """Its values, those of ``lag`` bars ago."""
        read = self._read(indicator, arguments)
        own = arguments[: len(arguments) - sum(len(inner.arguments) for _, inner, _ in indicator.reads)]
        first = max((series.first for series in read.values()), default=0) + indicator.first_value(own)
        if isinstance(indicator.source, OwnColumn):
            first += first_value(self.data, self.symbol, indicator.source)
        outputs, problem = self._outputs(indicator, own, read)
        problem = min((one for one in (problem, *(series.problem for series in read.values())) if one), default=None)
        lag = min(indicator.lag, outputs.shape[1])
        if lag:
            outputs = np.hstack([np.full((len(outputs), lag), np.nan), outputs[:, : outputs.shape[1] - lag]])
        return _Series(outputs, first, problem)

    def _read(self, indicator: SharedIndicator, arguments: Arguments) -> Mapping[Field, _Series]:
        """What it reads of other indicators, one output each."""
        found = {}
        for (field, inner, output), given in zip(indicator.reads, indicator.of_reads(arguments), strict=True):
            if indicator.timeframe is not None:
                series = self.of(inner, given)
                found[field] = _Series(series.outputs[output], series.first, series.problem)
            else:
                columns = self.find(inner, given)
                problem = columns.problem and (columns.problem[0] + columns.n_history, columns.problem[1])
                found[field] = _Series(columns.values[output], columns.warmup + columns.n_history, problem)
        return found

    def _bars(self, timeframe: int | None) -> tuple[NDArray[np.int64], dict[str, Column]]:
        """Sessions, and the columns of prices and volume, of the bars of a timeframe."""
        data, symbol = self.data, self.symbol
        if timeframe is None:
            return data.session, {name: getattr(data, name)[symbol] for name in _PRICES}
        higher, completed = higher_columns(data, self.timeframes)
        n_known = int((completed[symbol, timeframe] < data.n_bars).sum())
        rows = higher[symbol, timeframe, :, :n_known]
        values = {name: read_only(rows[place]) for place, name in enumerate(_PRICES)}
        return read_only(rows[len(_PRICES)].astype(np.int64)), values

    def _outputs(
        self, indicator: SharedIndicator, arguments: Arguments, read: Mapping[Field, _Series]
    ) -> tuple[Column, tuple[int, str] | None]:
        """Its outputs at every bar of its timeframe, without a lag, and where it raised."""
        source = indicator.source
        session, values = self._bars(indicator.timeframe)
        if isinstance(source, Expression):

            def leaf(one: Any) -> Any:
                if isinstance(one, Given):
                    return arguments[one.place]
                return read[one].outputs if isinstance(one, Field) else values[one] if isinstance(one, str) else one

            return np.broadcast_to(source.computed(leaf), session.shape)[np.newaxis].astype(np.float64), None
        own = own_series(self.data, self.symbol, source) if isinstance(source, OwnColumn) else None
        if indicator.column is None:
            return (values[str(source)] if own is None else own)[np.newaxis], None
        record = load_function(indicator.column, "record_column").function
        outputs = aligned((indicator.n_outputs, len(session)), np.float64)
        runs, warmup = [(0, len(session))], 0
        if own is not None:
            runs = [(first_value(self.data, self.symbol, indicator.source), len(session))]  # type: ignore[arg-type]
            outputs[:, : runs[0][0]] = np.nan
        elif isinstance(source, Field):
            own = read[source].outputs
            runs = finite_runs(own, read[source].first)
            warmup = indicator.first_value(arguments) - indicator.lag
            outputs[:] = np.nan
        column: Column = values[str(source)] if own is None else read_only(own)
        for begin, end in runs:
            taken: list[Any] = [read_only(session[begin:end])]
            taken += [read_only(one[begin:end]) for one in (*values.values(), column)]
            whole = (begin, end) == (0, len(session))
            some = outputs if whole else aligned((indicator.n_outputs, end - begin), np.float64)
            given = np.array([*arguments, 0.0] if indicator.code else arguments, np.float64)
            try:
                record(*taken, given, some)
            except Exception as problem:
                if indicator.code is None:
                    raise
                bar = begin + int(given[-1])
                outputs[:, begin:bar], outputs[:, bar:] = some[:, : bar - begin], np.nan
                return outputs, (bar, indicator.code.explain(problem))
            if not whole:
                outputs[:, begin:end] = some
            outputs[:, begin : begin + min(warmup, end - begin)] = np.nan
        return outputs, None


def finite_runs(values: Column, first: int) -> list[tuple[int, int]]:
    """Where stretches of finite values begin and end, from ``first`` on."""
    finite = np.isfinite(values[first:]) if first < len(values) else np.zeros(0, np.bool_)
    turns = np.flatnonzero(np.diff(finite.astype(np.int8), prepend=0, append=0)) + first
    return [(int(begin), int(end)) for begin, end in turns.reshape(-1, 2)]


def _spread_out(outputs: Column, completed: NDArray[np.int64], n_bars: int) -> Column:
    """At every bar the values of the newest higher bar that is complete at its close."""
    newest = np.searchsorted(completed, np.arange(n_bars), side="right") - 1
    spread = np.full((len(outputs), n_bars), np.nan)
    spread[:, newest >= 0] = outputs[:, newest[newest >= 0]]
    return spread


def aligned(shape: tuple[int, ...], dtype: type[np.generic]) -> NDArray[Any]:
    """An array with room for ``shape`` that begins where a line of the cache does, as vectors are loaded fastest."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    room = np.empty(size + _LINE, np.uint8)
    first = -room.__array_interface__["data"][0] % _LINE
    return room[first : first + size].view(dtype).reshape(shape)


def read_only(given: NDArray[Number]) -> NDArray[Number]:
    """``given``, contiguous and not to be written to, as compiled code takes columns."""
    values = np.ascontiguousarray(given)
    values.flags.writeable = False
    return values
