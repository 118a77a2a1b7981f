"""Market data that are the same up to a bar: they end there, or go on as noise, once upwards and once downwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from admf_jit.data import MarketData
from admf_jit.data.market_data import build

_PRICES = ("open", "high", "low", "close")
#: Standard deviations of a bar's change by which each bar of the noise moves, and by which the first one jumps.
_DRIFT, _JUMP = 1.0, 8.0
_LEAST_DEVIATION = 1e-3

#: What becomes of the future.
ENDS = "the data end with it"
RISES = "the bars after it are noise that rises"
FALLS = "the bars after it are noise that falls"


def futures(data: MarketData, n_bars: int, seed: int) -> Iterator[tuple[str, MarketData]]:
    """Yield data whose first ``n_bars`` evaluated bars are those of ``data``, with what became of the others."""
    if n_bars >= 2:
        yield ENDS, ending(data, n_bars)
    if n_bars < data.n_bars:
        for said, direction in ((RISES, 1.0), (FALLS, -1.0)):
            yield said, with_noise(data, n_bars, direction, np.random.default_rng([seed, n_bars]))


def ending(data: MarketData, n_bars: int) -> MarketData:
    """Return the first ``n_bars`` evaluated bars, with all of the history; a year has as many bars as it had."""
    last = data.n_history + n_bars
    whole = data.with_history
    values = {column: values[:, :last] for column, values in whole.values.items()}
    return _rebuilt(data, whole.time[:last], values)


def starting(data: MarketData, n_bars: int, n_history: int | None = None) -> MarketData:
    """Return the data without the first ``n_bars`` evaluated bars, with all bars before as history, or with some."""
    first = data.n_history + n_bars
    whole = data.with_history
    oldest = 0 if n_history is None else max(first - n_history, 0)
    if oldest == 0:
        return whole.evaluated_from(first)
    values = {column: values[:, oldest:] for column, values in whole.values.items()}
    return _rebuilt(whole, whole.time[oldest:], values).evaluated_from(first - oldest)


def with_noise(data: MarketData, n_bars: int, direction: float, generator: np.random.Generator) -> MarketData:
    """Return the data with noise in the place of all bars after the first ``n_bars`` evaluated ones.

    Prices go on from the last close as a random walk with the deviation that they had, which jumps at once and then
    drifts into ``direction``, 1 or -1. Other columns go on with values that they had before. Bars that a symbol does
    not have stay missing.
    """
    first = data.n_history + n_bars
    whole = data.with_history
    values = {column: np.array(values) for column, values in whole.values.items()}
    for row in range(whole.n_symbols):
        later = first + np.flatnonzero(~np.isnan(values["close"][row, first:]))
        prices = _walk(values["close"][row, :first], len(later), direction, generator, whole.allow_nonpositive)
        for name, column in values.items():
            if name in _PRICES:
                column[row, later] = prices[name]
            else:
                before = column[row, :first]
                before = (
                    before[~np.isnan(before)] if name != "volume" else before[~np.isnan(values["close"][row, :first])]
                )
                known = later if name == "volume" else first + np.flatnonzero(~np.isnan(column[row, first:]))
                column[row, known] = generator.choice(before, len(known)) if len(before) else 1.0
    return _rebuilt(data, whole.time, values)


def _walk(
    close: NDArray[np.float64], n: int, direction: float, generator: np.random.Generator, additive: bool
) -> dict[str, NDArray[np.float64]]:
    """Return n bars, by the names of prices, that follow some closes."""
    known = close[~np.isnan(close)]
    additive = additive and len(known) > 0 and bool(known.min() <= 0)
    scale = float(np.abs(known).mean()) if additive else 1.0
    logs = known / scale if additive else np.log(known)
    deviation = max(float(np.diff(logs).std()) if len(logs) > 2 else 0.0, _LEAST_DEVIATION)
    steps = deviation * (direction * _DRIFT + generator.standard_normal(n))
    if n:
        steps[0] = direction * _JUMP * deviation
    closes = (float(logs[-1]) if len(logs) else 0.0) + np.cumsum(steps)
    opens = closes - 0.5 * steps
    reach = deviation * np.abs(generator.standard_normal((2, n)))
    bars = {
        "open": opens,
        "high": np.maximum(opens, closes) + reach[0],
        "low": np.minimum(opens, closes) - reach[1],
        "close": closes,
    }
    # A price that drifts for long stays one that a double can hold.
    return {name: values * scale if additive else np.exp(np.clip(values, -50.0, 50.0)) for name, values in bars.items()}


def _rebuilt(data: MarketData, time: NDArray[np.int64], values: dict[str, NDArray[np.float64]]) -> MarketData:
    """Return other bars of the same market with its history, so that a year has as many of them."""
    delisted = {name: price for name, price in data.delisted.items() if _ends(data, name, len(time))}
    made = build(
        data.name,
        data.symbols,
        time,
        values,
        timezone=data.timezone,
        timeframe=data.timeframe,
        allow_nonpositive=data.allow_nonpositive,
        stated_bars_per_year=data.bars_per_year,
        delisted=delisted,
        calendar=data.calendar and data.calendar.name,
    )
    return replace(made.evaluated_from(data.n_history), notes=data.notes)


def _ends(data: MarketData, symbol: str, n_bars: int) -> bool:
    """Whether a symbol ends before the first ``n_bars`` bars, history included, do."""
    close = data.with_history.close[data.symbols.index(symbol)]
    return bool(np.isnan(close[n_bars - 1]))
