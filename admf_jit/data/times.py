"""Times: any common way of writing a moment, to nanoseconds since the epoch in UTC and the zone it was
written in.
"""

import re
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.local_time import to_utc, zone_of_hours, zone_of_offsets
from admf_jit.data.number_times import NOT_A_TIME, read_numbers
from admf_jit.data.sessions import NS_PER_DAY, utc_offset, zone
from admf_jit.data.text_times import iso_times, read_text, to_nanoseconds
from admf_jit.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NOT_A_TIME", "Times", "join_date_and_time", "parse_times"]
_DIGITS = r"^-?\d+(\.0*)?$"
_MOST_DIGITS = 40
#: Digits of each part that a time of digits alone can have.
_WIDTHS = {"Y": 4, "y": 2, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2, "j": 3}


@dataclass(frozen=True)
class Times:
    """`nanoseconds` (n_rows,) since the epoch in UTC, NOT_A_TIME where unreadable; the zone written, None if
    none.
    """

    nanoseconds: NDArray[np.int64]
    timezone: str | None
    notes: tuple[str, ...] = ()
    unclear: dict[int, str] = field(default_factory=dict)  #: position -> why that time is not a moment


@dataclass(frozen=True)
class _Written:
    """A column as it was written: what a clock showed (`wall`), and how far that clock was ahead of UTC, if known.

    `offset` is None where only the wall time is known; `zone` is the clock's name.
    """

    wall: NDArray[np.int64]
    offset: NDArray[np.int64] | int | None = None
    zone: str | None = None
    notes: tuple[str, ...] = ()


def parse_times(
    series: "pd.Series[Any]",
    column: str,
    origin: str,
    date_format: str | None = None,
    zone: str | None = None,
    symbol: NDArray[np.int64] | None = None,
    calendar: str | None = None,
) -> Times:
    """Read a column of moments: pandas datetimes, dates, ISO and other text, or integers since the epoch.

    Times without a zone are what the clock of `zone` showed, UTC for None; `symbol` (n,) numbers the series whose
    order tells the two passes of an autumn night apart. `calendar` is the zone in which sessions will be counted:
    bars that all open at midnight keep their dates there. A column whose meaning is open (day or month first, zone on
    some rows only) raises DataError; single unreadable cells come back as NOT_A_TIME.
    """
    place = f"{origin}: column {column!r}"
    written = _formatted(series, date_format, place) if date_format else _written(series, column, origin)
    known = written.wall != NOT_A_TIME
    if known.all():
        return _placed(written, place, zone, symbol, calendar)
    found = np.full(len(known), NOT_A_TIME, np.int64)
    offset = written.offset if not isinstance(written.offset, np.ndarray) else written.offset[known]
    part = _Written(written.wall[known], offset, written.zone, written.notes)
    times = _placed(part, place, zone, None if symbol is None else symbol[known], calendar)
    found[known] = times.nanoseconds
    rows = np.flatnonzero(known)
    unclear = {int(rows[position]): rule for position, rule in times.unclear.items()}
    return Times(found, times.timezone, times.notes, unclear)


def _written(series: "pd.Series[Any]", column: str, origin: str) -> _Written:
    import pandas as pd
    import pyarrow.compute as pc

    place = f"{origin}: column {column!r}"
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        return _of_zone(series, place)
    if isinstance(series.dtype, pd.PeriodDtype):
        series = series.dt.to_timestamp()
    if pd.api.types.is_datetime64_dtype(series.dtype):
        return _Written(to_nanoseconds(series, place))
    if pd.api.types.is_bool_dtype(series.dtype):
        raise DataError(f"{place} holds true and false, expected times")
    if pd.api.types.is_complex_dtype(series.dtype):
        raise DataError(f"{place} holds complex numbers, expected times")
    if pd.api.types.is_integer_dtype(series.dtype) or pd.api.types.is_float_dtype(series.dtype):
        return _numbers(series, column, origin)
    text = _arrow_text(series)
    found = iso_times(text)
    if found is None:
        text = _trimmed(text)
        digits = pc.match_substring_regex(text, _DIGITS)
        if len(text) > text.null_count and pc.all(digits).as_py():
            return _whole_numbers(text, column, origin)
        found = read_text(text, column, origin)
        n_digits = pc.sum(digits).as_py() or 0
        if max(2 * np.count_nonzero(found.nanoseconds != NOT_A_TIME), len(text) - text.null_count) < 2 * n_digits:
            # Whole numbers but for a few cells, which alone are no times.
            return _whole_numbers(pc.if_else(digits, text, None), column, origin)
    if found.offset is None:
        return _Written(found.nanoseconds, None, found.zone)
    wall = np.where(found.nanoseconds == NOT_A_TIME, NOT_A_TIME, found.nanoseconds + found.offset)
    return _Written(wall, found.offset)


def _of_zone(series: "pd.Series[Any]", place: str) -> _Written:
    """Take datetimes that know their zone; an offset without a name is an offset."""
    moments = to_nanoseconds(series.dt.tz_convert("UTC").dt.tz_localize(None), place)
    tz: tzinfo = series.dt.tz
    name = getattr(tz, "key", None) or getattr(tz, "zone", None) or str(tz)
    known = moments != NOT_A_TIME
    if _is_known(name):
        offset = np.zeros(len(moments), np.int64)
        offset[known] = utc_offset(moments[known], name)
        return _Written(np.where(known, moments + offset, NOT_A_TIME), offset, name)
    wall = to_nanoseconds(series.dt.tz_localize(None), place)
    return _Written(wall, np.where(known, wall - moments, 0))


def _is_known(name: str) -> bool:
    try:
        zone(name)
    except DataError:
        return False
    return True


def _placed(
    written: _Written,
    place: str,
    zone_of_walls: str | None,
    symbol: NDArray[np.int64] | None,
    calendar: str | None,
) -> Times:
    """Turn what was written into moments, and tell on which zone's calendar."""
    wall, offset = written.wall, written.offset
    if not len(wall):
        return Times(wall, written.zone if offset is None else "UTC", written.notes)
    if isinstance(offset, np.ndarray) and (offset == offset[0]).all():
        offset = int(offset[0])
    name = written.zone
    if name is None and offset is not None:
        name = zone_of_hours(offset) if isinstance(offset, int) else None
        name = name or zone_of_offsets(wall - offset, np.broadcast_to(np.asarray(offset, np.int64), wall.shape))
    clock = name or (zone_of_walls if offset is None else None)
    target = calendar or clock
    if (clock != target or clock is None) and all(not (part % NS_PER_DAY).any() for part in (wall[:1000], wall)):
        return _on_calendar(written, clock, target or "UTC", symbol)
    if offset is not None:
        if target is None:
            raise DataError(
                f"{place}: no zone has the offsets at which these times are written; name the zone whose days are the "
                "sessions: timezone, such as Europe/Berlin"
            )
        guessed = isinstance(offset, np.ndarray) and written.zone is None and calendar is None
        note = (f"times are written at offsets of {name}: its days are the sessions",) if guessed else ()
        moments = wall if isinstance(offset, int) and offset == 0 else wall - offset
        return Times(moments, name or target, (*written.notes, *note))
    if clock is None:
        return Times(wall, None, written.notes)
    found = to_utc(wall, clock, symbol)
    if found.unclear:
        found.nanoseconds[list(found.unclear)] = NOT_A_TIME
    return Times(found.nanoseconds, clock, written.notes, found.unclear)


def _on_calendar(written: _Written, clock: str | None, target: str, symbol: NDArray[np.int64] | None) -> Times:
    """Return bars that all open at midnight of the clock they are written in at midnight of the `target` calendar."""
    found = to_utc(written.wall, target, symbol)
    if clock is None and written.offset is None:
        return Times(found.nanoseconds, None if target == "UTC" else target, written.notes)
    before = clock or "their offsets"
    note = f"bars open at midnight of {before}: they keep their dates in {target}"
    return Times(found.nanoseconds, target, (*written.notes, note))


def _formatted(series: "pd.Series[Any]", date_format: str, place: str) -> _Written:
    """Read a column of texts or whole numbers in the format that was named."""
    import pandas as pd

    width = _width(date_format)
    if not (pd.api.types.is_integer_dtype(series.dtype) or pd.api.types.is_float_dtype(series.dtype)):
        text = pd.Series(pd.array(_trimmed(_arrow_text(series)).combine_chunks(), dtype="string[pyarrow]"))
    else:
        text = series.astype("Int64").astype("string")
        text = text if width is None else text.str.zfill(width)  # a number has lost its leading zeros
    if width is not None:
        text = text.where(text.str.len() == width)  # 1012024 could be the 1st or the 10th
    aware = "%z" in date_format or "%Z" in date_format
    try:
        moments = pd.to_datetime(text, format=date_format, errors="coerce", utc=aware)
    except ValueError as error:
        raise DataError(f"date_format: {date_format!r} cannot be used ({error})") from None
    if not aware:
        return _Written(to_nanoseconds(moments, place))
    bare = text.str.replace(r"\s*(?:Z|[+-]\d\d:?\d\d|[A-Za-z/_]+)$", "", regex=True)
    walls = pd.to_datetime(bare, format=re.sub(r"\s*%[zZ]", "", date_format), errors="coerce")
    moment, wall = to_nanoseconds(moments.dt.tz_localize(None), place), to_nanoseconds(walls, place)
    known = (moment != NOT_A_TIME) & (wall != NOT_A_TIME)
    return _Written(np.where(known, wall, NOT_A_TIME), np.where(known, wall - moment, 0))


def _width(date_format: str) -> int | None:
    """Return how many digits a time of this format has; None for a format that is not of digits alone."""
    if not re.fullmatch(f"(?:%[{''.join(_WIDTHS)}])+", date_format):
        return None
    return sum(_WIDTHS[part] for part in date_format[1::2])


def _arrow_text(series: "pd.Series[Any]") -> Any:
    """Return a column as texts of Arrow."""
    import pandas as pd
    import pyarrow as pa

    array = series.array
    if not isinstance(series.dtype, pd.StringDtype) or series.dtype.storage != "pyarrow":
        array = series.astype(pd.StringDtype("pyarrow")).array
    text = array.__arrow_array__()
    return text if isinstance(text, pa.ChunkedArray) else pa.chunked_array([text])


def _trimmed(text: Any) -> Any:
    """Return texts without blanks around them; what is blank is null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pc.utf8_trim_whitespace(text)
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, text.type), text)


def _numbers(series: "pd.Series[Any]", column: str, origin: str) -> _Written:
    import pandas as pd

    place = f"{origin}: column {column!r}"
    empty = series.isna().to_numpy() if series.hasnans else None
    if pd.api.types.is_float_dtype(series.dtype):
        values = series.to_numpy(np.float64, na_value=np.nan)
        values = values if empty is None else values[~empty]
        if np.isinf(values).any():
            raise DataError(f"{place} holds an infinity, which is no time")
        if (values != np.floor(values)).any():
            raise DataError(f"{place} has fractions of an epoch; expected whole s, ms, us or ns")
    else:
        values = (series if empty is None else series[~empty]).to_numpy()
        values = np.asarray(values)
    if len(values) and (float(values.max()) >= 2.0**63 or float(values.min()) < -(2.0**63)):
        worst = max(int(values.max()), int(values.min()), key=abs)
        raise DataError(f"{place} holds {worst}, which is no time in s, ms, us or ns")
    return _of_numbers(values.astype(np.int64, copy=False), empty, column, origin)


def _whole_numbers(text: Any, column: str, origin: str) -> _Written:
    """Read texts of digits."""
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = pc.replace_substring_regex(text, pattern=r"\.0*$", replacement="")
    try:
        values = whole.cast(pa.int64())
    except pa.ArrowInvalid:
        longest = max(whole.drop_null().to_pylist(), key=len)
        shown = longest if len(longest) <= _MOST_DIGITS else longest[:_MOST_DIGITS] + "..."
        raise DataError(f"{origin}: column {column!r} holds {shown}, which is no time in s, ms, us or ns") from None
    empty = pc.is_null(values).to_numpy() if values.null_count else None
    return _of_numbers(np.asarray(values.drop_null().to_numpy(), np.int64), empty, column, origin)


def _of_numbers(values: NDArray[np.int64], empty: NDArray[np.bool_] | None, column: str, origin: str) -> _Written:
    found = read_numbers(values, column, origin)
    times = found.nanoseconds
    if empty is not None:
        times = np.full(len(empty), NOT_A_TIME, np.int64)
        times[~empty] = found.nanoseconds
    return _Written(times, None, None, found.notes) if found.are_dates else _Written(times, 0, "UTC", found.notes)


def join_date_and_time(day: "pd.Series[Any]", clock: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return the text of a date and a time-of-day column as one; HHMM and HHMMSS get their colons."""
    digits = clock.astype("string").str.strip()
    bare = digits.str.fullmatch(r"\d{1,6}").fillna(False)
    padded = digits.where(~bare, digits.str.zfill(6 if digits.str.len().fillna(0).max() > 4 else 4))
    colons = padded.str.replace(r"^(\d\d)(\d\d)(\d\d)?$", r"\1:\2:\3", regex=True).str.rstrip(":")
    return day.astype("string").str.strip().str.removesuffix(" 00:00:00") + " " + colons
