"""The manifest of a store: what the columns are, and the SHA-256 of the whole and of each file."""

import json
import math
import os
import re
import reprlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from admf_jit.data.bar_columns import AXIS_COLUMNS, COLUMNS, OWN, dtype_of
from admf_jit.data.calendars import CalendarRef
from admf_jit.data.given import DTYPES as GIVEN_DTYPES
from admf_jit.data.market_data import MarketData
from admf_jit.data.sessions import NS_PER_DAY, zone
from admf_jit.errors import DataError
from admf_jit.wording import counted

MANIFEST = "manifest.json"
FORMAT = "admf_jit market data"
#: 2 since stores have a column `clock` and the number of missing bars; 3 since gaps are summed up, prices may be
#: allowed to be negative and bars per year can be stated.
VERSION = 3


@dataclass(frozen=True)
class Manifest:
    """The content of `manifest.json`; `columns` tells dtype, shape, bytes and SHA-256 of each file.

    In a cache that is a CRC-32 of each column instead, and `digest` is None until somebody has needed it.
    """

    name: str
    symbols: tuple[str, ...]
    timeframe: str
    timezone: str
    rows: int
    first_time: str
    last_time: str
    columns: dict[str, dict[str, Any]]
    digest: str | None
    missing_bars: tuple[int, ...]
    gaps: dict[str, Any]
    allow_nonpositive: bool
    stated_bars_per_year: float | None
    notes: tuple[str, ...]
    delisted: dict[str, float] = field(default_factory=dict)
    calendar: dict[str, Any] = field(default_factory=dict)
    #: Names of the columns of one's own, sorted.
    extra: tuple[str, ...] = ()
    #: Kind and names of signals or orders that were given.
    given: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, data: MarketData, columns: dict[str, dict[str, Any]]) -> "Manifest":
        """Return the manifest of `data`, given what is known of its files."""
        return cls(
            name=data.name,
            symbols=data.symbols,
            timeframe=data.timeframe,
            timezone=data.timezone,
            rows=data.n_bars,
            first_time=_iso(data.time[0]),
            last_time=_iso(data.time[-1]),
            columns={
                column: {"dtype": dtype_of(column), "shape": list(values.shape), **columns[column]}
                for column, values in data.columns.items()
            }
            | ({} if data.given is None else {data.given.kind: columns[data.given.kind]}),
            digest=None if all("crc32" in entry for entry in columns.values()) else data.digest,
            missing_bars=data.missing_bars,
            gaps={
                "count": data.gaps.count,
                "missing": data.gaps.missing,
                "longest": [[gap.start, gap.end, gap.missing] for gap in data.gaps.longest],
            },
            allow_nonpositive=data.allow_nonpositive,
            stated_bars_per_year=data.stated_bars_per_year,
            notes=data.notes,
            delisted=dict(data.delisted),
            calendar={} if data.calendar is None else data.calendar._asdict(),
            extra=tuple(data.extra),
            given={} if data.given is None else {"kind": data.given.kind, "names": list(data.given.names)},
        )

    @property
    def files(self) -> dict[str, str]:
        """Names of the columns' files, without their suffix."""
        return files_of(self.extra)

    @property
    def calendar_ref(self) -> CalendarRef | None:
        """The calendar that the data name, or None."""
        return CalendarRef(**self.calendar) if self.calendar else None

    def as_json(self) -> dict[str, Any]:
        """Return the document as it is written, in a fixed order of keys."""
        said = {key: value for key, value in vars(self).items() if value or key not in _OPTIONAL}
        return {"format": FORMAT, "version": VERSION, **said}

    def shape(self, column: str) -> tuple[int, ...]:
        """Return the shape that a column must have: (rows,) for the time axis, else (symbols, rows)."""
        if self.given and column == self.given["kind"]:
            return (len(self.given["names"]), self.rows)
        return (self.rows,) if column in AXIS_COLUMNS else (len(self.symbols), self.rows)


def files_of(extra: Sequence[str]) -> dict[str, str]:
    """Return the file of each column, without its suffix: those of one's own, called anything, by place."""
    return {column: column for column in COLUMNS} | {OWN + name: f"x{place}" for place, name in enumerate(extra)}


def read_manifest(directory: Path) -> Manifest:
    """Read and check the manifest of the store at `directory`; anything unexpected raises DataError."""
    path = directory / MANIFEST
    if not os.path.lexists(path):
        raise DataError(f"{directory}: is not a store (no {MANIFEST})")
    if path.is_symlink() or not path.is_file():
        raise DataError(f"{path}: is not a plain file; write the store again")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path}: cannot be read ({error})") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise DataError(f"{path}: format is not {FORMAT!r}; this is not the manifest of a store")
    if document.get("version") != VERSION:
        raise DataError(
            f"{path}: version is {reprlib.repr(document.get('version'))}, this program reads {VERSION}; "
            "write the store again from the bars it was made of"
        )
    for key, check in _CHECKS.items():
        if key not in document and key in _OPTIONAL:
            continue
        if key not in document:
            raise DataError(f"{path}: has no {key!r}")
        if not check(document[key]):
            raise DataError(
                f"{path}: {key} is {reprlib.repr(document[key])[:80]!r}, which is not what a store has there"
            )
    lists = ("symbols", "missing_bars", "notes", "extra")
    document = {**document, **{key: tuple(document[key]) for key in lists if key in document}}
    more = [OWN + name for name in document.get("extra", ())]
    more += [document["given"]["kind"]] if document.get("given") else []
    if not _are_columns(document["columns"], more):
        raise DataError(f"{path}: columns lack one that extra or given names")
    if len(document["missing_bars"]) != len(document["symbols"]):
        found = counted(len(document["missing_bars"]), "number")
        raise DataError(f"{path}: missing_bars has {found}, one a symbol is expected")
    if document["digest"] is None and not all("crc32" in entry for entry in document["columns"].values()):
        raise DataError(f"{path}: digest is null, and not every column has a crc32; write the store again")
    try:
        zone(document["timezone"])
    except DataError as error:
        raise DataError(f"{path}: {error}") from None
    if not set(document.get("delisted", ())) <= set(document["symbols"]):
        raise DataError(f"{path}: delisted names symbols that the store does not have")
    return Manifest(**{key: document[key] for key in _CHECKS if key in document})


def _iso(time: np.int64) -> str:
    text = str(np.datetime64(int(time), "ns"))
    return text.removesuffix(".000000000") + "Z"


def _is_text(value: object) -> bool:
    """Tell a text that a file can hold; JSON can write half of a surrogate pair, which no file can."""
    return isinstance(value, str) and value.encode(errors="replace").decode() == value != ""


def _is_digest(value: object) -> bool:
    return value is None or _is_text(value)


def _is_timeframe(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[1-9][0-9]{0,17}(ns|us|ms|s|m|h|d|w|mo)", value) is not None


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0


def _are_symbols(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_text, value)) and len(set(value)) == len(value)


def _are_columns(value: object, names: Sequence[str] = COLUMNS) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(column), dict)
        and _is_count(value[column].get("bytes"))
        and (_is_count(value[column]["crc32"]) if "crc32" in value[column] else _is_text(value[column].get("sha256")))
        for column in names
    )


def _is_given(value: object) -> bool:
    known = isinstance(value, dict) and value.get("kind") in list(GIVEN_DTYPES)
    return known and isinstance(value, dict) and _are_symbols(value.get("names"))


def _are_own(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value)) and value == sorted(set(value))


def _are_counts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_count, value))


def _are_gaps(value: object) -> bool:
    return (
        isinstance(value, dict)
        and all(_is_count(value.get(key)) for key in ("count", "missing"))
        and isinstance(value.get("longest"), list)
        and all(isinstance(gap, list) and len(gap) == 3 and all(map(_is_int64, gap)) for gap in value["longest"])
        and all(start < end and missing > 0 for start, end, missing in value["longest"])
        and len(value["longest"]) <= value["count"]
        and max(value["count"], sum(gap[2] for gap in value["longest"])) <= value["missing"]
    )


def _is_int64(value: object) -> bool:
    return type(value) is int and -(2**63) <= value < 2**63


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_stated(value: object) -> bool:
    return value is None or (type(value) is float and 0 < value < math.inf)


def _are_prices(value: object) -> bool:
    return isinstance(value, dict) and all(type(price) is float and 0 <= price < math.inf for price in value.values())


def _is_calendar(value: object) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == set(CalendarRef._fields)
        and all(_is_text(value[key]) for key in ("name", "sessions"))
        and _is_count(value["begins"])
        and value["begins"] < NS_PER_DAY
    )


def _are_notes(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


_CHECKS: dict[str, Callable[[object], bool]] = {
    "name": _is_text,
    "symbols": _are_symbols,
    "timeframe": _is_timeframe,
    "timezone": _is_text,
    "rows": _is_count,
    "first_time": _is_text,
    "last_time": _is_text,
    "columns": _are_columns,
    "digest": _is_digest,
    "missing_bars": _are_counts,
    "gaps": _are_gaps,
    "allow_nonpositive": _is_flag,
    "stated_bars_per_year": _is_stated,
    "notes": _are_notes,
    "delisted": _are_prices,
    "calendar": _is_calendar,
    "extra": _are_own,
    "given": _is_given,
}
#: Left out where nothing is said.
_OPTIONAL = ("delisted", "calendar", "extra", "given")
