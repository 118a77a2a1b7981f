"""Columns of time: the one that tells it most exactly, or a date with its time of day."""

from admf_jit.data.header import Header
from admf_jit.data.spellings import is_clock, is_date, is_unnamed, plain, time_rank, zone_said
from admf_jit.data.written_times import EXACT, LOCAL, kind_of_times

_NO_TIME = 9


def time_columns(header: Header, taken: set[int]) -> tuple[tuple[int, ...], str | None]:
    """Return the column of the time, or of the date and of the time of day, and the zone that its name states."""
    if "time" in header.stated:
        places = header.stated["time"]
        return places, zone_said(header.names[places[0]])
    named = {place: rank for place, name in enumerate(header.names) if (rank := time_rank(name)) is not None}
    called = [place for place in named if place not in taken]
    kinds = {place: kind_of_times(header.samples(place)) for place in called}
    pair = _date_and_clock(header, called, kinds)
    ranks = {
        place: (_NO_TIME if kind is None else kind, named[place], place)
        for place, kind in kinds.items()
        if pair is None or place not in pair
    }
    if pair is not None:
        ranks[pair[0]] = (LOCAL, named[pair[0]], pair[0])
    if not ranks:
        return _unnamed(header), None
    chosen = min(ranks, key=lambda place: ranks[place])
    same = [place for place in ranks if plain(header.names[place]) == plain(header.names[chosen])]
    if len(same) > 1:
        shown = " and ".join(repr(header.names[place]) for place in same)
        raise header.refusal(f"columns {shown} both mean the time; leave one of them, or say columns: {{time: ...}}")
    if len(ranks) > 1:
        left = " and ".join(repr(header.names[place]) for place in ranks if place != chosen)
        header.notes.append(f"times are those of {header.names[chosen]!r}, not of {left}")
    zone = zone_said(header.names[chosen])
    return (pair if pair is not None and chosen == pair[0] else (chosen,)), zone


def _date_and_clock(header: Header, called: list[int], kinds: dict[int, int | None]) -> tuple[int, int] | None:
    """Return the places of a date and of the time of day that belongs to it."""
    dates = [place for place in called if is_date(header.names[place])]
    clocks = [
        place
        for place, name in enumerate(header.names)
        if is_clock(name) and place not in dates and kind_of_times(header.samples(place)) is None
    ]
    if len(dates) != 1 or len(clocks) != 1 or kinds[dates[0]] in (EXACT, LOCAL):
        return None
    return dates[0], clocks[0]


def _unnamed(header: Header) -> tuple[int, ...]:
    unnamed = [place for place, name in enumerate(header.names) if is_unnamed(name)]
    if unnamed:
        return (unnamed[0],)
    likely = [name for place, name in enumerate(header.names) if kind_of_times(header.samples(place)) is not None]
    raise header.refusal(
        "no time column (date, datetime, timestamp, time, ... or an unnamed index); columns are "
        f"{header.listed()}; name it: columns: {{time: {likely[0] if likely else '...'}}}"
    )
