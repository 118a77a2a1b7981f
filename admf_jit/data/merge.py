"""Merging: bars of several symbols and several sources, each with times of its own, on one axis.

The axis is the union of all times, in rising order; symbols keep the order in which they are given. At a time
at which a symbol has no bar its prices are NaN and its volume is 0: nothing is carried forward, and nothing is
made up. Bars of different lengths are refused, because a bar that opens at a time would be put beside shorter
ones that end before it does.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from admf_jit.config.reading import ReadingOptions
from admf_jit.data.bar_columns import OWN, VALUE_COLUMNS, own_names
from admf_jit.data.delisting import Delisted
from admf_jit.data.market_data import MarketData, build
from admf_jit.data.selection import some, symbol_rows
from admf_jit.data.sessions import NS_PER_DAY
from admf_jit.data.symbols import span_of
from admf_jit.data.timeframe import common_timeframe
from admf_jit.errors import DataError

Values = dict[str, NDArray[np.float64]]
_NAMED = 3
#: Bars of a month in a far zone begin before it does in UTC.
_SLACK = 2 * NS_PER_DAY


@dataclass(frozen=True)
class Bars:
    """The validated bars of one symbol: its own `time` (n,), rising, and the five `values` (n,) each.

    Columns of one's own are among the values, with names such as `x.prediction`.
    """

    symbol: str
    time: NDArray[np.int64]
    values: Values


@dataclass(frozen=True)
class Part:
    """What one source holds: the checked bars of each symbol, and what was assumed on the way."""

    name: str
    origin: str
    bars: tuple[Bars, ...]
    timezone: str
    #: All symbols that the source has, those that were not asked for included.
    known: tuple[str, ...]
    notes: tuple[str, ...] = ()
    timeframe: str | None = None
    allow_nonpositive: bool = False
    stated_bars_per_year: float | None = None
    delisted: Delisted = field(default_factory=dict)
    calendar: str | None = None
    #: Whether nobody else uses the arrays.
    own: bool = False


def part_of(data: MarketData) -> Part:
    """Return market data as a part of more."""
    bars = tuple(_bars_of(data, row) for row in range(data.n_symbols))
    return Part(
        data.name,
        data.name,
        bars,
        data.timezone,
        data.symbols,
        data.notes,
        data.timeframe,
        data.allow_nonpositive,
        data.stated_bars_per_year,
        data.delisted,
        data.calendar and data.calendar.name,
    )


def on_one_axis(series: Sequence[Bars]) -> tuple[NDArray[np.int64], Values]:
    """Return the union of the times (n_bars,) and the columns (n_symbols, n_bars) on it."""
    time = series[0].time
    if len(series) == 1:
        return time, {column: values.reshape(1, -1) for column, values in series[0].values.items()}
    if any(not np.array_equal(bars.time, time) for bars in series):
        time = np.unique(np.concatenate([bars.time for bars in series]))
    shape = (len(series), len(time))
    names = _columns_of(series)
    values = {column: np.full(shape, 0.0 if column == "volume" else np.nan) for column in names}
    for row, bars in enumerate(series):
        place = np.searchsorted(time, bars.time)
        for column, own in bars.values.items():
            values[column][row, place] = own
    return time, values


def _columns_of(series: Sequence[Bars]) -> tuple[str, ...]:
    """Return the columns that any of the series has."""
    return (*VALUE_COLUMNS, *(OWN + name for name in own_names({key: None for one in series for key in one.values})))


def combine(
    parts: Sequence[Part],
    *,
    name: str | None = None,
    timeframe: str | None = None,
    asked: Sequence[str] | None = None,
    options: ReadingOptions | None = None,
) -> MarketData:
    """Return the bars of all parts as one, their symbols in the order of the parts.

    A symbol that several parts have is one series where these follow one another, as files of a month each do; parts
    that overlap, bars of different lengths, and sessions counted in different zones raise DataError. Symbols of fewer
    than two bars are left out and named.
    """
    options = options or ReadingOptions()
    name = name or _name(parts)
    _all_known(parts, asked)
    parts = [part for part in parts if part.bars] or parts
    _one_zone(parts)
    series, notes = _joined(parts, options)
    short = [bars.symbol for bars in series if len(bars.time) < 2]
    series = [bars for bars in series if len(bars.time) >= 2]
    _enough(parts, series, short, asked, options)
    if short:
        notes = (*notes, f"left out, with fewer than 2 bars: {some(short)}")
    stated = {part.timeframe for part in parts}
    known = stated.pop() if len(stated) == 1 else None
    length = known or common_timeframe([one.symbol for one in series], [one.time for one in series], name, timeframe)
    time, values = on_one_axis(series)
    symbols = tuple(bars.symbol for bars in series)
    notes = (*_notes(parts), *notes)
    calendars = {part.calendar for part in parts}
    stated_years = {part.stated_bars_per_year for part in parts}
    return build(
        name,
        symbols,
        time,
        values,
        timezone=parts[0].timezone,
        timeframe=length,
        notes=notes,
        allow_nonpositive=any(part.allow_nonpositive for part in parts),
        stated_bars_per_year=stated_years.pop() if len(stated_years) == 1 else None,
        delisted=_delisted(parts, series, int(time[-1])),
        calendar=calendars.pop() if len(calendars) == 1 else None,
        own=len(series) > 1 or all(part.own for part in parts),
    )


def merge(parts: Sequence[MarketData]) -> MarketData:
    """Return several data sets as one, their symbols in the order of the parts."""
    return parts[0] if len(parts) == 1 else combine([part_of(part) for part in parts])


def _bars_of(part: MarketData, row: int) -> Bars:
    present = ~np.isnan(part.close[row])
    values = {column: values[row, present] for column, values in part.values.items()}
    return Bars(part.symbols[row], part.time[present], values)


def _delisted(parts: Sequence[Part], series: Sequence[Bars], last: int) -> dict[str, float]:
    """Return the delisting prices of those symbols that end with the bars of the part that states the price."""
    ends = {bars.symbol: int(bars.time[-1]) for bars in series}
    found = {}
    for part in parts:
        for bars in part.bars:
            price = part.delisted.get(bars.symbol)
            if price is not None and len(bars.time) and int(bars.time[-1]) == ends.get(bars.symbol, last) < last:
                found[bars.symbol] = price
    return found


def _name(parts: Sequence[Part]) -> str:
    symbols = {bars.symbol for part in parts for bars in part.bars}
    if len(symbols) == 1 and len(parts) > 1:
        return symbols.pop()
    names = [part.name for part in parts]
    return "+".join(names) if len(names) <= _NAMED else f"{names[0]}+{len(names) - 1}"


def _all_known(parts: Sequence[Part], asked: Sequence[str] | None) -> None:
    known = list(dict.fromkeys(symbol for part in parts for symbol in part.known))
    if asked is not None:
        symbol_rows(known, list(asked))


def _enough(
    parts: Sequence[Part],
    series: Sequence[Bars],
    short: Sequence[str],
    asked: Sequence[str] | None,
    options: ReadingOptions,
) -> None:
    wanted = [symbol for symbol in short if asked is not None and symbol in asked]
    if series and not wanted:
        return
    one = wanted or short
    whose = f"{one[0]!r} " if one and sum(len(part.known) for part in parts) > 1 else ""
    count = "a single bar" if one else "no bars"
    dropped = [f"{name}: drop" for name in ("rows_of_nan", "volume") if getattr(options, name) == "drop"]
    left = f" left by {' and '.join(dropped)}" if dropped else ""
    raise DataError(f"{parts[0].origin}: {whose}has {count}{left}; at least 2 are needed")


def _joined(parts: Sequence[Part], options: ReadingOptions) -> tuple[list[Bars], tuple[str, ...]]:
    """Return one series for each symbol, and a note where several parts were put one after the other."""
    home: dict[str, list[tuple[Part, Bars]]] = {}
    for part in parts:
        for bars in part.bars:
            if len(bars.time):
                home.setdefault(bars.symbol, []).append((part, bars))
    several = {symbol: pieces for symbol, pieces in home.items() if len(pieces) > 1}
    joined = {symbol: _one_after_the_other(symbol, pieces, options) for symbol, pieces in several.items()}
    notes = []
    if several:
        most = max(len(pieces) for pieces in several.values())
        notes.append(f"put one after the other: up to {most} sources for each of {some(list(several), 3)}")
    return [joined.get(symbol, pieces[0][1]) for symbol, pieces in home.items()], tuple(notes)


def _one_after_the_other(symbol: str, pieces: list[tuple[Part, Bars]], options: ReadingOptions) -> Bars:
    pieces = sorted(pieces, key=lambda piece: int(piece[1].time[0]))
    for part, bars in pieces:
        _within_its_name(part, bars)
    overlap = False
    for (before, earlier), (after, later) in zip(pieces, pieces[1:], strict=False):
        if later.time[0] <= earlier.time[-1]:
            overlap = True
            if options.duplicates == "refuse":
                raise DataError(
                    f"data: symbol {symbol!r} is in both {before.name!r} and {after.name!r}, which overlap; leave "
                    "one of them, say duplicates: first or last, or name them in a mapping of symbols to sources"
                )
    time = np.concatenate([bars.time for _, bars in pieces])
    series = [bars for _, bars in pieces]
    values = {
        column: np.concatenate([bars.values.get(column, np.full(len(bars.time), np.nan)) for bars in series])
        for column in _columns_of(series)
    }
    if not overlap:
        return Bars(symbol, time, values)
    order = np.argsort(time, kind="stable")
    ordered = time[order]
    keep = np.ones(len(order), np.bool_)
    same = ordered[1:] == ordered[:-1]
    keep[1:] &= ~same if options.duplicates == "first" else True
    keep[:-1] &= ~same if options.duplicates == "last" else True
    order = order[keep]
    return Bars(symbol, time[order], {column: column_values[order] for column, column_values in values.items()})


def _within_its_name(part: Part, bars: Bars) -> None:
    """Refuse a file named by a month whose bars are of other months: then the name is that of a contract."""
    span = span_of(part.name)
    if span is None:
        return
    first, last = (int(np.datetime64(day, "ns").astype(np.int64)) for day in span)
    if bars.time[0] < first - _SLACK or bars.time[-1] >= last + _SLACK:
        shown = [re.sub(r"T.*", "", str(np.datetime64(int(moment), "ns"))) for moment in (bars.time[0], bars.time[-1])]
        raise DataError(
            f"{part.origin}: is named by {span[0]} to {span[1]}, but its bars are of {shown[0]} to {shown[1]}; if the "
            "name is that of a contract, name the files in a mapping of symbols to sources"
        )


def _one_zone(parts: Sequence[Part]) -> None:
    for part in parts[1:]:
        if part.timezone != parts[0].timezone:
            raise DataError(
                f"timezone: times of {parts[0].name} are in {parts[0].timezone}, those of {part.name} in "
                f"{part.timezone}; name the zone whose calendar days are the sessions"
            )


def _notes(parts: Sequence[Part]) -> tuple[str, ...]:
    """Return what the parts have noted: once where all of them have it, else with the names of those that do."""
    notes: dict[str, None] = {}
    for part in parts:
        for note in part.notes:
            holders = [other for other in parts if note in other.notes]
            if len(holders) == len(parts):
                notes[note] = None
            elif len(holders) > _NAMED:
                notes[f"{len(holders)} of {len(parts)} sources: {note}"] = None
            else:
                notes[f"{part.name}: {note}"] = None
    return tuple(notes)
