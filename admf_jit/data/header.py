"""A table's header: the names of its columns, what the first rows hold, and what is said about it on the way."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from admf_jit.config.reading import ReadingOptions
from admf_jit.data.spellings import field_of, plain
from admf_jit.errors import DataError, closest

WAY_OUT = "columns: {time: ..., open: ..., high: ..., low: ..., close: ..., volume: ...}"
_SHOWN = 12
Samples = Callable[[int], Sequence[object]]


@dataclass
class Header:
    """The names of a table's columns; `notes` collects what was decided between them."""

    names: list[str]
    origin: str
    options: ReadingOptions
    #: What the first rows hold in a column.
    samples: Samples
    #: The symbols of a wide table's columns.
    symbols: list[str | None]
    #: What the source is called, which may be the name of a pair.
    title: str
    notes: list[str] = field(default_factory=list)

    @property
    def stated(self) -> dict[str, tuple[int, ...]]:
        """The places of the columns that the options name."""
        found: dict[str, tuple[int, ...]] = {}
        for name, stated in (self.options.columns or {}).items():
            several = () if stated is None else (stated,) if isinstance(stated, str) else stated
            found[name] = tuple(self.place_of(column, f"columns: {name}") for column in several)
        return found

    def called(self, name: str, columns: dict[int, str] | None = None) -> list[int]:
        """Return the places of the columns that are spelled as a field."""
        return [place for place, column in (columns or dict(enumerate(self.names))).items() if field_of(column) == name]

    def refusal(self, text: str) -> DataError:
        """Return an error that names the source."""
        return DataError(f"{self.origin}: {text}")

    def several(self, places: Iterable[int], name: str) -> DataError:
        """Return the refusal of columns that mean the same field."""
        places = list(places)
        shown = " and ".join(repr(self.names[place]) for place in places)
        same = len({self.names[place] for place in places}) < len(places)
        which = "give all columns names: [...]" if same else f"say which: columns: {{{name}: {self.names[places[0]]}}}"
        return self.refusal(f"columns {shown} both mean {name}; leave one of them, or {which}")

    def listed(self) -> str:
        """Return the names as messages show them."""
        shown = ", ".join(repr(name) for name in self.names[:_SHOWN]) or "none"
        return shown + (f" and {len(self.names) - _SHOWN} more" if len(self.names) > _SHOWN else "")

    def place_of(self, column: str, option: str) -> int:
        """Return the place of the column that an option names."""
        exact = [place for place, one in enumerate(self.names) if one == column]
        places = exact or [place for place, one in enumerate(self.names) if plain(one) == plain(column)]
        if len(places) == 1:
            return places[0]
        if places:
            raise self.refusal(f"{option}: {len(places)} columns are called {column!r}; give all columns names: [...]")
        hint = closest(column, [one for one in self.names if one])
        raise self.refusal(
            f"{option}: no column is called {column!r}; there are {self.listed()}"
            + (f"; did you mean {hint!r}?" if hint else "")
        )
