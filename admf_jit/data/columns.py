"""Columns: which column of a table is which field of a bar, by the options, else by their names and what they hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from admf_jit.config.reading import ReadingOptions
from admf_jit.data.header import Header, Samples
from admf_jit.data.own_columns import own_columns
from admf_jit.data.price_columns import Group, groups_of
from admf_jit.data.spellings import is_unnamed
from admf_jit.data.symbol_columns import marker_columns, symbol_columns
from admf_jit.data.time_columns import time_columns

__all__ = ["Columns", "Group", "identify"]


@dataclass(frozen=True)
class Columns:
    """Places of the fields in a table; `time` has two for a date and a time of day."""

    time: tuple[int, ...]
    groups: tuple[Group, ...]
    symbol: int | None = None
    #: Columns that may tell symbols apart, to be looked at; the first are preferred.
    identity: tuple[int, ...] = ()
    #: Columns that may mix two series of one symbol, to be looked at.
    markers: tuple[int, ...] = ()
    #: Whether nobody has to ask which symbol a row belongs to: it was stated.
    symbol_stated: bool = False
    #: Places of the named columns that nothing is taken from.
    ignored: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    #: The zone that the time's name states.
    zone: str | None = None
    #: Places of columns of one's own, by name.
    extra: Mapping[str, int] = field(default_factory=dict)

    @property
    def codes(self) -> set[int]:
        """The places of columns of few values, which tell the rows apart."""
        return {*self.identity, *self.markers, *([] if self.symbol is None else [self.symbol])}

    @property
    def numbers(self) -> list[int]:
        """The places of prices and volumes that are nothing else, in order."""
        others = {*self.time, *self.codes}
        return sorted({place for group in self.groups for place in group.used} - others)

    @property
    def used(self) -> list[int]:
        """The places of all columns that have to be read, in order."""
        places = {*self.time, *self.codes, *self.extra.values()}
        return sorted(places.union(*(group.used for group in self.groups)))


def identify(
    names: Sequence[object],
    origin: str,
    options: ReadingOptions | None = None,
    samples: Samples = lambda _: (),
    symbols: Sequence[str | None] = (),
    title: str = "",
) -> Columns:
    """Find the fields among the column `names` of the table `origin`.

    `samples` returns what the first rows hold in a column, `symbols` are those of a wide table's columns, and `title`
    is what the source is called. A missing price or time column, and columns between which nothing decides, raise
    DataError that names the option which does.
    """
    texts = [str(name) for name in names]
    header = Header(texts, origin, options or ReadingOptions(), samples, list(symbols) or [None] * len(texts), title)
    groups = groups_of(header)
    stated = header.stated
    taken = {place for group in groups for place in group.used} | {p for places in stated.values() for p in places}
    time, zone = time_columns(header, taken - set(stated.get("time", ())))
    wide = groups[0].symbol is not None
    symbol, identity = (None, ()) if wide else symbol_columns(header, {*taken, *time})
    markers = () if wide else marker_columns(header, {*taken, *time, *identity})
    reserved = {*time, *([] if symbol is None else [symbol])}
    extra = own_columns(header, taken, reserved)
    if wide and extra:
        raise header.refusal(
            "extra: a table with symbols beside each other has no columns of one's own; put them one below the other, "
            "or join such columns as features"
        )
    used = {*reserved, *taken, *extra.values()}
    left = [place for place in range(len(texts)) if place not in used and not is_unnamed(texts[place])]
    return Columns(
        time=time,
        groups=groups,
        symbol=symbol,
        identity=identity,
        markers=markers,
        symbol_stated="symbol" in stated,
        ignored=tuple(left),
        notes=tuple(header.notes),
        zone=zone,
        extra=extra,
    )
