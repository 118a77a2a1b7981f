"""Times: any common way of writing a moment, to nanoseconds since the epoch in UTC and the zone it was
written in.
"""

from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.sessions import zone
from admf_jit.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

NOT_A_TIME = np.iinfo(np.int64).min
#: An integer time is in the first unit in which it lies before the year 5138.
_EPOCH_UNITS = ((10**11, 10**9), (10**14, 10**6), (10**17, 10**3), (2**63, 1))
_MOST_DIGITS = 40
_OFFSET = r"(?:\d:\d\d|T\d{4,6})[\d:.,]*\s*(Z|UTC|(?:UTC|GMT)?[+-]\d\d(?::?\d\d)?|GMT)$"
_NAMED_MONTH = r"(?i)\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b"
_NUMERIC_DATE = r"^(\d{1,2})([./-])(\d{1,2})[./-](\d{4})"


@dataclass(frozen=True)
class Times:
    """`nanoseconds` (n_rows,) since the epoch in UTC, NOT_A_TIME where unreadable; the zone written, None if
    none.
    """

    nanoseconds: NDArray[np.int64]
    timezone: str | None
    note: str | None = None


def parse_times(series: "pd.Series[Any]", column: str, origin: str) -> Times:
    """Read a column of moments: pandas datetimes, dates, ISO and other text, or integers since the epoch.

    A column whose meaning is open (day or month first, zone on some rows only) raises DataError; single
    unreadable cells come back as NOT_A_TIME. Integers of eight digits that are all dates are read as
    YYYYMMDD.
    """
    import pandas as pd

    if isinstance(series.dtype, pd.DatetimeTZDtype):
        name, note = _zone_name(series.dtype.tz)
        return Times(_nanoseconds(series.dt.tz_convert("UTC").dt.tz_localize(None), column, origin), name, note)
    if pd.api.types.is_datetime64_dtype(series.dtype):
        return Times(_nanoseconds(series, column, origin), None)
    if pd.api.types.is_bool_dtype(series.dtype):
        raise DataError(f"{origin}: column {column!r} holds true and false, expected times")
    if pd.api.types.is_complex_dtype(series.dtype):
        raise DataError(f"{origin}: column {column!r} holds complex numbers, expected times")
    if pd.api.types.is_numeric_dtype(series.dtype):
        return _integers(series.astype("Float64" if series.hasnans else series.dtype), column, origin)
    text = series.astype("string").str.strip()
    present = text.dropna()
    if len(present) and present.str.fullmatch(r"-?\d+(\.0*)?").all():
        return _integers(_whole_numbers(text, column, origin), column, origin)
    return _text(text, column, origin)


def join_date_and_time(day: "pd.Series[Any]", clock: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return the text of a date and a time-of-day column as one; HHMM and HHMMSS get their colons."""
    digits = clock.astype("string").str.strip()
    bare = digits.str.fullmatch(r"\d{1,6}").fillna(False)
    padded = digits.where(~bare, digits.str.zfill(6 if digits.str.len().fillna(0).max() > 4 else 4))
    colons = padded.str.replace(r"^(\d\d)(\d\d)(\d\d)?$", r"\1:\2:\3", regex=True).str.rstrip(":")
    return day.astype("string").str.strip().str.removesuffix(" 00:00:00") + " " + colons


def _whole_numbers(text: "pd.Series[Any]", column: str, origin: str) -> "pd.Series[Any]":
    """Return texts of digits as Python's integers, which have no bound, and None where there is none."""
    whole = text.str.replace(r"\.0*$", "", regex=True)
    longest = max(whole.dropna(), key=len)
    if len(longest) > _MOST_DIGITS:
        raise DataError(f"{origin}: column {column!r} holds {longest[:40]!r}..., which is no time in s, ms, us or ns")
    return whole.astype(object).map(int, na_action="ignore")


def _integers(series: "pd.Series[Any]", column: str, origin: str) -> Times:
    import pandas as pd

    empty = series.isna().to_numpy()
    values = series.to_numpy(dtype=object)
    if any(value != value // 1 for value in values[~empty]):
        raise DataError(f"{origin}: column {column!r} has fractions of an epoch; expected whole s, ms, us or ns")
    numbers = np.array([0 if gone else int(value) for value, gone in zip(values, empty, strict=True)], object)
    largest = max((abs(number) for number in numbers[~empty]), default=0)
    nanoseconds = np.full(len(numbers), NOT_A_TIME, np.int64)
    if 19_000_101 <= largest <= 22_001_231:
        dates = pd.to_datetime(pd.Series(numbers[~empty]).astype(str), format="%Y%m%d", errors="coerce")
        if dates.notna().all():
            nanoseconds[~empty] = _nanoseconds(dates, column, origin)
            return Times(nanoseconds, None)
    factor = next((factor for bound, factor in _EPOCH_UNITS if largest < bound), 1)
    if largest * factor >= 2**63:
        raise DataError(f"{origin}: column {column!r} holds {largest}, which is no time in s, ms, us or ns")
    if largest < 10**7 and len(numbers) > 1:
        raise DataError(f"{origin}: column {column!r} holds row numbers or small integers, expected times")
    nanoseconds[~empty] = (numbers[~empty] * factor).astype(np.int64)
    return Times(nanoseconds, "UTC")


def _text(text: "pd.Series[Any]", column: str, origin: str) -> Times:
    import pandas as pd

    offset = text.str.extract(_OFFSET, expand=False)
    present = text.notna()
    aware = offset.notna() & present
    if aware.any() and not aware[present].all():
        bare = text[present & ~aware].iloc[0]
        raise DataError(f"{origin}: column {column!r} has a zone on some rows and none on others, such as {bare!r}")
    plain = text.str.replace(r"\s*(?:UTC|GMT)(?=[+-]|$)", "Z", regex=True).str.replace(r"Z(?=[+-])", "", regex=True)
    plain = _year_first(plain, column, origin)
    plain = plain.where(plain.str.contains(r"\d", na=False))  # pandas takes "now" for a time
    parsed = pd.to_datetime(plain, format="ISO8601", utc=True, errors="coerce")
    worded = _are_worded(plain)
    if present.any() and parsed[present].isna().all() and worded[present].iloc[0]:
        # Anything else that is read by guessing might be another moment than was meant.
        parsed = pd.to_datetime(plain.where(worded), format="mixed", utc=True, errors="coerce")
    zone_name, note = _zone_of_offsets(set(offset[aware])) if aware.any() else (None, None)
    return Times(_nanoseconds(parsed.dt.tz_localize(None), column, origin), zone_name, note)


def _are_worded(text: "pd.Series[Any]") -> "pd.Series[Any]":
    """Tell which values have a month's name and a year of four digits, or a clock with AM or PM after an ISO date."""
    named = text.str.contains(_NAMED_MONTH, na=False) & text.str.contains(r"\d{4}", na=False)
    return named | text.str.match(r"(?i)\d{4}-\d\d-\d\d.*\d\s*[ap]m$", na=False)


def _year_first(text: "pd.Series[Any]", column: str, origin: str) -> "pd.Series[Any]":
    """Return the dates as YYYY-MM-DD; whether day or month comes first must follow from the column itself."""
    text = text.str.replace(r"^(\d{4})[./](\d\d?)[./](\d\d?)", r"\1-\2-\3", regex=True)
    text = text.str.replace(r"^(\d{4})-(\d)-", r"\1-0\2-", regex=True)
    text = text.str.replace(r"^(\d{4}-\d\d)-(\d)(?!\d)", r"\1-0\2", regex=True)
    text = text.str.replace(r"^(\d{4})(\d\d)(\d\d)[ T](\d\d):?(\d\d):?(\d\d)?", r"\1-\2-\3T\4:\5:\6", regex=True)
    text = text.str.removesuffix(":")
    parts = text.str.extract(_NUMERIC_DATE)
    numeric = parts[0].notna()
    if not numeric.any():
        return text
    first, second = parts[0][numeric].astype(int), parts[2][numeric].astype(int)
    day_first = bool((first > 12).any()) or (not (second > 12).any() and bool((parts[1][numeric] == ".").all()))
    if not day_first and not (second > 12).any():
        raise DataError(
            f"{origin}: column {column!r}: {text[numeric].iloc[0]!r} may be day or month first "
            "and no row tells which; write YYYY-MM-DD"
        )
    day, month = (parts[0], parts[2]) if day_first else (parts[2], parts[0])
    rest = text.str.replace(_NUMERIC_DATE, "", regex=True)
    written = parts[3] + "-" + month.str.zfill(2) + "-" + day.str.zfill(2) + rest
    return text.where(~numeric, written)


def _nanoseconds(moments: "pd.Series[Any]", column: str, origin: str) -> NDArray[np.int64]:
    """Return naive datetimes as int64; a moment outside the years 1678 to 2261, which ns cannot hold, raises
    DataError.
    """
    import pandas as pd

    try:
        return np.asarray(moments.astype("datetime64[ns]").to_numpy(), "datetime64[ns]").astype(np.int64)
    except pd.errors.OutOfBoundsDatetime as error:
        raise DataError(f"{origin}: column {column!r}: {error}; years 1678 to 2261 can be held") from None


def _zone_name(found: tzinfo) -> tuple[str, str | None]:
    name = getattr(found, "key", None) or getattr(found, "zone", None) or str(found)
    try:
        zone(name)
    except DataError:
        offset = found.utcoffset(None)
        if offset is None:
            return "UTC", f"zone {name} has no IANA name: sessions are counted in UTC"
        return _fixed_zone(int(offset.total_seconds()))
    return name, None


def _zone_of_offsets(offsets: set[str]) -> tuple[str, str | None]:
    seconds = {_offset_seconds(offset) for offset in offsets}
    if len(seconds) > 1:
        return (
            "UTC",
            "times are written with changing offsets and no zone's name: sessions are counted in UTC",
        )
    return _fixed_zone(seconds.pop())


def _offset_seconds(offset: str) -> int:
    offset = offset.removeprefix("UTC").removeprefix("GMT")
    if offset in ("Z", ""):
        return 0
    digits = offset[1:].replace(":", "").ljust(4, "0")
    return (int(digits[:2]) * 3600 + int(digits[2:]) * 60) * (-1 if offset[0] == "-" else 1)


def _fixed_zone(seconds: int) -> tuple[str, str | None]:
    """Return the IANA zone of a fixed offset; only whole hours have one (Etc/GMT+5 is 5 h behind UTC)."""
    if seconds == 0:
        return "UTC", None
    hours, rest = divmod(seconds, 3600)
    if rest or not -12 <= hours <= 14:
        return "UTC", f"an offset of {seconds} s has no IANA zone: sessions are counted in UTC"
    return f"Etc/GMT{-hours:+d}", None
