"""How a source of bars is read where its shape does not tell: the block `data.format`."""

from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from admf_jit.config.section import Section, refusal
from admf_jit.errors import closest

#: What a column can be taken for.
FIELDS = ("time", "open", "high", "low", "close", "volume", "symbol")
#: Fields that can be left out of the bars.
_DISPENSABLE = ("volume", "symbol")
_MOST_LINES = 1_000_000


def known_zone(value: str | None) -> str | None:
    """Return the name of an IANA time zone as it is, or refuse it with the nearest one."""
    if value is None:
        return value
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = closest(value, sorted(available_timezones()))
        raise refusal(
            "expected an IANA time zone such as America/New_York" + (f"; did you mean {hint!r}?" if hint else "")
        ) from None
    return value


def _mapping(value: object) -> object:
    """Check `columns`: our names to theirs, a date and a clock for `time`, None for a field to leave out."""
    expected = "expected a mapping of " + ", ".join(FIELDS) + " to column names"
    if not isinstance(value, dict) or not value:
        raise refusal(expected)
    taken: list[str] = []
    for field, name in value.items():
        if field not in FIELDS:
            hint = closest(str(field), FIELDS)
            raise refusal(f"{field!r} is no field of a bar; {expected}" + (f"; did you mean {hint!r}?" if hint else ""))
        if name is None and field in _DISPENSABLE:
            continue
        names = [name] if isinstance(name, str) else name
        several = 2 if field == "time" else 1
        if not isinstance(names, list | tuple) or not 0 < len(names) <= several or not all(map(_is_text, names)):
            kind = "a column's name, or the names of a date and a time of day" if several == 2 else "a column's name"
            none = " or null for none" if field in _DISPENSABLE else ""
            raise refusal(f"{field} is {name!r}; expected {kind}{none}")
        taken += names
    twice = next((name for name in taken if taken.count(name) > 1), None)
    if twice is not None:
        raise refusal(f"{twice!r} is named for two fields")
    return {field: tuple(name) if isinstance(name, list) else name for field, name in value.items()}


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _extra(value: object) -> object:
    """Check `extra`: "all", names of columns or one of them, or our names to theirs."""
    if value == "all":
        return value
    if isinstance(value, str):
        value = [value]
    named = dict.fromkeys(value) if isinstance(value, list | tuple) and all(map(_is_text, value)) else value
    if isinstance(named, dict) and named and all(isinstance(name, str) and name.strip() for name in named):
        if isinstance(value, list | tuple) and len(named) < len(value):
            raise refusal(f"{next(name for name in value if value.count(name) > 1)!r} is named twice")
        if all(theirs is None or isinstance(theirs, str) for theirs in named.values()):
            return {name: theirs or name for name, theirs in named.items()}
    raise refusal("expected all, the name of a column, a list of names, or a mapping of names to column names")


def _names(value: object) -> object:
    """Check `names`: one for each column of a source that has none, an empty one for a column to ignore."""
    if isinstance(value, list | tuple) and len(value) > 1 and all(map(_is_text, value)):
        return tuple(value)
    raise refusal("expected a list of column names, such as [time, open, high, low, close, volume]")


def _one_character(value: str) -> str:
    if len(value) != 1 or value in '"\r\n':
        raise refusal("expected one character")
    return value


def _known_encoding(value: str) -> str:
    import codecs

    try:
        "a".encode(codecs.lookup(value).name)
    except (LookupError, ValueError, TypeError):
        raise refusal("expected the name of an encoding such as utf-8, utf-16, latin-1, gbk") from None
    return value


Character = Annotated[str, AfterValidator(_one_character)]
Zone = Annotated[str, AfterValidator(known_zone)]
Price = Literal["close", "adjusted", "bid", "ask", "mid"]


class ReadingOptions(Section):
    """How a source is read. What is None is found out from the source; the rest has the safe value."""

    columns: Annotated[dict[str, str | tuple[str, ...] | None], BeforeValidator(_mapping)] | None = Field(
        default=None, description="a mapping of time, open, high, low, close, volume, symbol to column names"
    )
    header: bool | None = Field(default=None, description="true or false: whether the first line names the columns")
    names: Annotated[tuple[str, ...], BeforeValidator(_names)] | None = Field(
        default=None, description="a list of names for the columns, from the left"
    )
    skip_lines: int | None = Field(
        default=None, ge=0, le=_MOST_LINES, description="a whole number >= 0 of lines before the table"
    )
    comment: Character | None = Field(default=None, description="the character that begins a line of comment")
    separator: Character | None = Field(default=None, description="one character, such as ';' or \"\\t\"")
    decimal: Literal[".", ","] | None = Field(default=None, description="'.' or ','")
    thousands: Literal[",", ".", " ", "'", "_"] | None = Field(default=None, description="one of , . ' _ or a space")
    encoding: Annotated[str, AfterValidator(_known_encoding)] | None = Field(
        default=None, description="the name of an encoding such as utf-8, utf-16, latin-1"
    )
    date_format: str | None = Field(default=None, min_length=2, description="a format such as %d.%m.%Y %H:%M")
    zone_of_times: Zone | None = Field(
        default=None, description="an IANA time zone: that of times without a zone (default: data.timezone)"
    )
    price: Price | None = Field(default=None, description="one of close, adjusted, bid, ask, mid")
    rows_of_nan: Literal["refuse", "drop"] = Field(default="refuse", description="refuse or drop")
    volume: Literal["zero", "drop", "refuse"] = Field(
        default="zero", description="zero, drop or refuse: what a row without a volume gets"
    )
    duplicates: Literal["refuse", "first", "last"] = Field(default="refuse", description="refuse, first or last")
    sort: bool = Field(default=False, description="true or false: whether rows are sorted by time")
    allow_nonpositive: bool = Field(default=False, description="true or false: whether prices may be <= 0")
    extra: Annotated[Literal["all"] | dict[str, str], BeforeValidator(_extra)] | None = Field(
        default=None, description="all, a list of columns of one's own, or a mapping of names to them"
    )

    added: ClassVar[tuple[str, ...]] = (
        "columns", "header", "names", "skip_lines", "comment", "separator", "decimal", "thousands", "encoding",
        "date_format", "zone_of_times", "price", "rows_of_nan", "volume", "duplicates", "sort", "allow_nonpositive",
        "extra",
    )  # fmt: skip

    @field_validator("date_format")
    @classmethod
    def _has_a_date(cls, value: str | None) -> str | None:
        if value is not None and "%" not in value:
            raise refusal("expected a format such as %d.%m.%Y %H:%M")
        return value
