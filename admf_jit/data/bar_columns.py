"""The columns of bars: what they are called, and the digest by which data are the same data."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.calendars import CalendarRef
from admf_jit.data.delisting import Delisted
from admf_jit.data.given import Given

PRICE_COLUMNS = ("open", "high", "low", "close")
VALUE_COLUMNS = (*PRICE_COLUMNS, "volume")
AXIS_COLUMNS = ("time", "session", "clock")
COLUMNS = (*AXIS_COLUMNS, *VALUE_COLUMNS)
DTYPES = {**dict.fromkeys(AXIS_COLUMNS, "<i8"), **dict.fromkeys(VALUE_COLUMNS, "<f8")}
#: What the names of columns of one's own begin with, among those of bars: such as `x.prediction`.
OWN = "x."
#: The clock is left out: it follows from the times and the zone, which the digest has.
_DIGESTED = ("time", "session", *VALUE_COLUMNS)


def dtype_of(column: str) -> str:
    """Return the dtype of a column: those of one's own are numbers."""
    return DTYPES.get(column, "<f8")


def own_names(columns: Mapping[str, object]) -> list[str]:
    """Return the names of the columns of one's own among those of bars, sorted, without what they begin with."""
    return sorted(column.removeprefix(OWN) for column in columns if column.startswith(OWN))


def in_frame(column: str) -> str:
    """Return what a column is called in a frame: one of one's own by its name, where nothing else has that."""
    name = column.removeprefix(OWN)
    return column if name in (*VALUE_COLUMNS, "symbol", "time") else name


def as_fields(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return columns as fields of `MarketData`, which has those of one's own in `extra`."""
    fields = {column: values for column, values in columns.items() if not column.startswith(OWN)}
    return {**fields, "extra": {name: columns[OWN + name] for name in own_names(columns)}}


def count_missing(close: NDArray[np.float64]) -> tuple[int, ...]:
    """Return for each symbol of `close` (n_symbols, n_bars) the bars that it does not have: those that are NaN."""
    return tuple(int(count) for count in np.isnan(close).sum(axis=1))


def digest(
    symbols: Sequence[str],
    timeframe: str,
    timezone: str,
    columns: dict[str, NDArray[Any]],
    let_go: Callable[[], None] = lambda: None,
    stated_bars_per_year: float | None = None,
    delisted: Delisted | None = None,
    calendar: CalendarRef | None = None,
    given: Given | None = None,
) -> str:
    """Return the SHA-256 of the data: what decides a result, and nothing else (not the name, not where it
    came from). ``let_go`` is called after each column.
    """
    stated = [] if stated_bars_per_year is None else [f"\x1e{stated_bars_per_year!r} bars per year"]
    stated += [f"\x1e{symbol} delisted at {price!r}" for symbol, price in sorted((delisted or {}).items())]
    stated += [] if calendar is None else [f"\x1ecalendar {calendar.name} {calendar.sessions}"]
    own = [OWN + name for name in own_names(columns)]
    stated += [f"\x1ecolumn {name}" for name in own]
    stated += [] if given is None else [f"\x1e{given.said}"]
    header = "\x1f".join(["admf_jit market data 1", timeframe, timezone, *symbols, *stated])
    total = hashlib.sha256(header.encode() + b"\x00")
    for column in (*_DIGESTED, *own):
        total.update(np.ascontiguousarray(columns[column], dtype_of(column)).reshape(-1).view(np.uint8).data)
        let_go()
    if given is not None:
        total.update(given.values.reshape(-1).view(np.uint8).data)
        let_go()
    return total.hexdigest()


def read_only(column: NDArray[Any], dtype: str, *, copy: bool) -> NDArray[Any]:
    """Return a column as an array that nobody can write to, the same one if it need not be copied."""
    array = np.array(column, dtype=dtype, order="C", copy=True if copy else None)
    array.flags.writeable = False
    return array
