"""Ingest: a table as it was read becomes checked bars of each symbol, or one error that names its bad rows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.config.reading import ReadingOptions
from admf_jit.data.bar_columns import OWN, PRICE_COLUMNS
from admf_jit.data.checks import are_clean, check_readable, check_values
from admf_jit.data.columns import Group
from admf_jit.data.markers import check_markers
from admf_jit.data.merge import Bars, Part
from admf_jit.data.numbers import to_numbers
from admf_jit.data.order import arrange
from admf_jit.data.own_columns import own_note, own_values
from admf_jit.data.policies import apply_policies
from admf_jit.data.symbols import Symbols, symbols_of
from admf_jit.data.table import Problem, Table, report
from admf_jit.data.times import join_date_and_time, parse_times
from admf_jit.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

NO_VOLUME = "no volume column: volume is 0 on every bar"
ZERO_VOLUME = "volume is 0 on every bar"
NO_ZONE = "times have no zone and are taken as UTC"
_SHOWN = 8


def ingest(
    table: Table,
    options: ReadingOptions | None = None,
    timezone: str | None = None,
    asked: Sequence[str] | None = None,
) -> Part:
    """Return the bars of a table; sessions are counted in `timezone`, else in the zone the times are written in.

    Symbols come in the order of their first rows. With `asked`, rows of other symbols are not looked at. All faults of
    the rows are collected first and reported in one DataError: unreadable cells, times that do not rise, and bars that
    break a rule.
    """
    try:
        return _ingest(table, options or ReadingOptions(), timezone, asked)
    except UnicodeEncodeError:
        raise DataError(f"{table.origin}: holds half of a surrogate pair, which is no character") from None


def _ingest(table: Table, options: ReadingOptions, timezone: str | None, asked: Sequence[str] | None) -> Part:
    if not table.n_rows:
        raise DataError(f"{table.origin}: has no rows")
    if table.fields.groups[0].symbol is not None:
        return _of_wide(table, options, timezone, asked)
    symbols = symbols_of(table)
    known = symbols.names
    if asked is not None and not set(known) <= set(asked):
        table, symbols = _only(table, symbols, asked)
        if not symbols.names:
            return _part(table, (), timezone or "UTC", known, (), options, symbols.column)
    bars, zone, notes = _bars(table, table.fields.groups[0], symbols, options, timezone)
    return _part(table, bars, zone, known, (*symbols.notes, *notes), options, symbols.column)


def _only(table: Table, symbols: Symbols, asked: Sequence[str]) -> tuple[Table, Symbols]:
    """Leave the rows of the symbols that were asked for."""
    wanted = [place for place, name in enumerate(symbols.names) if name in asked]
    rank = np.full(len(symbols.names) + 1, -1, np.int64)
    rank[wanted] = np.arange(len(wanted))
    row = rank[symbols.row]
    positions = np.flatnonzero(row >= 0)
    names = tuple(symbols.names[place] for place in wanted)
    return table.part(positions), Symbols(names, row[positions], (), symbols.notes, symbols.column)


def _of_wide(table: Table, options: ReadingOptions, timezone: str | None, asked: Sequence[str] | None) -> Part:
    groups = table.fields.groups
    known = tuple(str(group.symbol) for group in groups)
    chosen = [group for group in groups if asked is None or group.symbol in asked]
    bars: list[Bars] = []
    notes: list[str] = []
    zone = "UTC"
    present = {group.symbol: _present(table, group) for group in groups}
    nobody = ~np.logical_or.reduce(list(present.values()))
    for group in chosen:
        rows = np.flatnonzero(present[group.symbol] | nobody)
        part = table if len(rows) == table.n_rows else table.part(rows)
        whole = Symbols((str(group.symbol),), np.zeros(part.n_rows, np.int64))
        if not part.n_rows:
            continue
        found, zone, said = _bars(part, group, whole, options, timezone)
        bars += found
        notes += [note for note in said if note not in notes]
    return _part(table, tuple(bars), zone, known, tuple(notes), options)


def _present(table: Table, group: Group) -> NDArray[np.bool_]:
    """Tell the rows in which a symbol of a wide table has anything."""
    found: NDArray[np.bool_] = np.zeros(table.n_rows, np.bool_)
    for place in group.prices.values():
        numbers, unread = to_numbers(table.columns[place], "", table.style)
        found |= ~np.isnan(numbers)
        found[[problem.position for problem in unread]] = True
    return found


def _part(
    table: Table,
    bars: tuple[Bars, ...],
    zone: str,
    known: tuple[str, ...],
    notes: tuple[str, ...],
    options: ReadingOptions,
    identity: int | None = None,
) -> Part:
    fields = table.fields
    said = list(dict.fromkeys((*table.notes, *fields.notes, *notes)))
    ignored = [table.header[place] for place in fields.ignored if place != identity]
    if ignored:
        more = len(ignored) - _SHOWN
        said.append("columns not used: " + ", ".join(ignored[:_SHOWN]) + (f" and {more} more" if more > 0 else ""))
    return Part(table.name, table.origin, bars, zone, known, tuple(said), allow_nonpositive=options.allow_nonpositive)


def _bars(
    table: Table, group: Group, symbols: Symbols, options: ReadingOptions, timezone: str | None
) -> tuple[tuple[Bars, ...], str, tuple[str, ...]]:
    text, label = _time_column(table)
    several = symbols.row if len(symbols.names) > 1 else None
    zone = options.zone_of_times or table.fields.zone or timezone
    times = parse_times(
        text, label, table.origin, date_format=options.date_format, zone=zone, symbol=several, calendar=timezone
    )
    time = times.nanoseconds
    problems: list[Problem] = [*symbols.problems, *check_readable(text, times, label)]
    notes = [*times.notes, *check_markers(table, symbols, time)]
    if times.timezone is None and zone is None:
        notes.append(NO_ZONE)
    values, labels, sound, found, said = _values(table, group)
    problems += found
    notes += said
    extra, found = own_values(table.columns, table.fields.extra, table.header, table.style)
    problems += found
    keep = None
    if not are_clean(values, options.allow_nonpositive):
        policies = apply_policies(values, labels, options, sound)
        keep = policies.keep
        problems += policies.problems
        notes += policies.notes
        if keep is not None:
            problems = [problem for problem in problems if keep[problem.position]]
            sound &= keep
        found, moved = check_values(values, labels, sound, options.allow_nonpositive)
        problems += found
        notes += moved
    arranged = arrange(table, time, symbols.row, symbols.names, label, options, keep)
    problems += arranged.problems
    notes += arranged.notes
    if problems:
        raise DataError(report(table, problems))
    values |= {OWN + name: numbers for name, numbers in extra.items()}
    taken = np.concatenate([np.arange(len(time))[rows] for rows in arranged.rows])
    notes += [own_note(name, numbers[taken]) for name, numbers in extra.items()]
    bars = tuple(
        Bars(name, time[rows], {column: numbers[rows] for column, numbers in values.items()})
        for name, rows in zip(symbols.names, arranged.rows, strict=True)
    )
    return bars, timezone or times.timezone or options.zone_of_times or "UTC", tuple(notes)


def _time_column(table: Table) -> "tuple[pd.Series[Any], str]":
    places = table.fields.time
    label = table.header[places[0]]
    if len(places) == 1:
        return table.columns[places[0]], label
    joined = join_date_and_time(table.columns[places[0]], table.columns[places[1]])
    return joined, f"{label} {table.header[places[1]]}"


Values = dict[str, NDArray[np.float64]]


def _values(table: Table, group: Group) -> tuple[Values, dict[str, str], NDArray[np.bool_], list[Problem], list[str]]:
    """Return the five columns as numbers, what they are called, the rows without a cell that is none, and problems."""
    values: Values = {}
    labels = {column: table.header[place] for column, place in group.prices.items()}
    problems: list[Problem] = []
    for column in PRICE_COLUMNS:
        values[column], unread = to_numbers(table.columns[group.prices[column]], labels[column], table.style)
        problems += unread
        if group.other:
            place = group.other[column]
            other, unread = to_numbers(table.columns[place], table.header[place], table.style)
            problems += unread
            values[column] = (values[column] + other) / 2
    if group.adjusted is not None:
        _adjust(table, group.adjusted, values, problems)
    values["volume"], labels["volume"], unread, notes = _volume(table, group)
    problems += unread
    sound: NDArray[np.bool_] = np.ones(table.n_rows, np.bool_)
    sound[[problem.position for problem in problems]] = False
    return values, labels, sound, problems, notes


def _adjust(table: Table, place: int, values: Values, problems: list[Problem]) -> None:
    """Scale all prices by adjusted close over close; the close itself becomes the adjusted one, to the last bit."""
    adjusted, unread = to_numbers(table.columns[place], table.header[place], table.style)
    problems += unread
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = adjusted / values["close"]
    for column in ("open", "high", "low"):
        same = values[column] == values["close"]
        values[column] = np.where(same, adjusted, values[column] * factor)
    values["close"] = adjusted


def _is_anything(numbers: NDArray[np.float64]) -> bool:
    """Tell whether any of them is neither 0 nor NaN; most often the first ones are."""
    return any(bool(np.nan_to_num(part).any()) for part in (numbers[:1000], numbers))


def _volume(table: Table, group: Group) -> tuple[NDArray[np.float64], str, list[Problem], list[str]]:
    """Return the first column of volume that holds anything but zeros; NaN where a cell holds nothing."""
    nothing: NDArray[np.float64] = np.zeros(table.n_rows)
    if not group.volume:
        return nothing, "volume", [], [NO_VOLUME]
    first: tuple[NDArray[np.float64], str, list[Problem]] | None = None
    for place in group.volume:
        label = table.header[place]
        numbers, unread = to_numbers(table.columns[place], label, table.style)
        first = first or (numbers, label, unread)
        if unread or _is_anything(numbers):
            left = [table.header[other] for other in group.volume if other != place]
            zeros = place != group.volume[0]
            note = f"volume is that of {label!r}"
            note += f": {first[1]!r} is 0 on every bar" if zeros else f", not of {' and '.join(map(repr, left))}"
            return numbers, label, unread, [note] if left else []
    assert first is not None
    known = not np.isnan(first[0]).all()
    return *first, [ZERO_VOLUME] if known else []
