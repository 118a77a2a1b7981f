"""Merging: bars of several symbols, each with times of its own, on one axis.

The axis is the union of all times, in rising order; symbols keep the order in which they are given. At a time
at which a symbol has no bar its prices are NaN and its volume is 0: nothing is carried forward, and nothing is
made up. Bars of different lengths are refused, because a bar that opens at a time would be put beside shorter
ones that end before it does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.market_data import PRICE_COLUMNS, VALUE_COLUMNS, MarketData, build
from admf_jit.data.timeframe import infer, median_step, spell
from admf_jit.errors import DataError

Values = dict[str, NDArray[np.float64]]
_NAMED = 3


@dataclass(frozen=True)
class Bars:
    """The validated bars of one symbol: its own `time` (n,), rising, and the five `values` (n,) each."""

    symbol: str
    time: NDArray[np.int64]
    values: Values


def on_one_axis(series: Sequence[Bars]) -> tuple[NDArray[np.int64], Values]:
    """Return the union of the times (n_bars,) and the five columns (n_symbols, n_bars) on it."""
    time = series[0].time
    if any(not np.array_equal(bars.time, time) for bars in series):
        time = np.unique(np.concatenate([bars.time for bars in series]))
    shape = (len(series), len(time))
    values = {column: np.full(shape, np.nan if column in PRICE_COLUMNS else 0.0) for column in VALUE_COLUMNS}
    for row, bars in enumerate(series):
        place = np.searchsorted(time, bars.time)
        for column in VALUE_COLUMNS:
            values[column][row, place] = bars.values[column]
    return time, values


def common_timeframe(series: Sequence[Bars], origin: str) -> str:
    """Return the timeframe of symbols of two or more bars each: the shortest of their median steps.

    The shortest, because bars that a thinly traded symbol does not have make its steps longer. A symbol whose
    every step is longer than one and a half bars of that length raises DataError: its bars are longer.
    """
    finest = min(series, key=lambda bars: median_step(bars.time))
    step = median_step(finest.time)
    for bars in series:
        least = int(np.diff(bars.time).min())
        if least > step + step // 2:
            raise DataError(
                f"{origin}: {finest.symbol!r} has {spell(step)} bars, but no two bars of {bars.symbol!r} are closer "
                f"than {spell(least)}; symbols on one time axis must have bars of one length"
            )
    return infer(finest.time)


def merge(parts: Sequence[MarketData]) -> MarketData:
    """Return several data sets as one, their symbols in the order of the parts.

    A symbol that two parts have, bars of different lengths, and sessions counted in different zones raise
    DataError.
    """
    if len(parts) == 1:
        return parts[0]
    _distinct(parts)
    _one_zone(parts)
    names = [part.name for part in parts]
    name = "+".join(names) if len(names) <= _NAMED else f"{names[0]}+{len(names) - 1}"
    series = [_bars_of(part, row) for part in parts for row in range(part.n_symbols)]
    known = {part.timeframe for part in parts}
    timeframe = known.pop() if len(known) == 1 else common_timeframe(series, name)
    time, values = on_one_axis(series)
    symbols = tuple(bars.symbol for bars in series)
    return build(name, symbols, time, values, timezone=parts[0].timezone, timeframe=timeframe, notes=_notes(parts))


def _bars_of(part: MarketData, row: int) -> Bars:
    present = ~np.isnan(part.close[row])
    values = {column: getattr(part, column)[row, present] for column in VALUE_COLUMNS}
    return Bars(part.symbols[row], part.time[present], values)


def _distinct(parts: Sequence[MarketData]) -> None:
    home: dict[str, str] = {}
    for part in parts:
        for symbol in part.symbols:
            if symbol in home:
                raise DataError(
                    f"data: symbol {symbol!r} is in both {home[symbol]!r} and {part.name!r}; leave one of them, or "
                    "name them in a mapping of symbols to sources"
                )
            home[symbol] = part.name


def _one_zone(parts: Sequence[MarketData]) -> None:
    for part in parts[1:]:
        if part.timezone != parts[0].timezone:
            raise DataError(
                f"timezone: times of {parts[0].name} are in {parts[0].timezone}, those of {part.name} in "
                f"{part.timezone}; name the zone whose calendar days are the sessions"
            )


def _notes(parts: Sequence[MarketData]) -> tuple[str, ...]:
    """Return what the parts have noted: once where all of them have it, else with the part's name."""
    notes: dict[str, None] = {}
    for part in parts:
        for note in part.notes:
            shared = all(note in other.notes for other in parts)
            notes[note if shared else f"{part.name}: {note}"] = None
    return tuple(notes)
