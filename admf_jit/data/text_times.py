"""Times written as text, to nanoseconds: ISO 8601 as it is, other common ways after they were brought to it."""

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.number_times import NOT_A_TIME
from admf_jit.data.sessions import NS_PER_SECOND, zone
from admf_jit.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

#: Zones that texts name by letters, in hours ahead of UTC.
_ABBREVIATIONS = {
    "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "SGT": 8, "HKT": 8, "JST": 9, "KST": 9,
    "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip
#: Letters that are those of several zones.
_SEVERAL_ZONES = ("CST", "IST", "BST", "AST", "GST")
_ENDS_IN_NAME = r"\s[A-Za-z]{2,}[A-Za-z0-9_+\-/]*$"
_NAME = r"^(?P<when>.*\d(?:\s*[AaPp]\.?[Mm]\.?)?)\s+(?P<zone>[A-Za-z]{2,}[A-Za-z0-9_+\-/]*)$"
_NO_NAMES = ("AM", "PM", "UTC", "GMT")
_OFFSET = re.compile(r"(Z|[+-]\d\d(?::?\d\d)?)$")
_HAS_OFFSET = r"(?:\d:\d\d|T\d{4,6})[\d:.]*\s*(?:Z|[+-]\d\d(?::?\d\d)?)$"
_LONGEST_OFFSET = len("+05:30")
_NAMED_MONTH = r"(?i)\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b"
_HALF_DAY = r"(?i)^\d{4}-\d\d-\d\d.*\d\s*[ap]m(?:Z|[+-]\d\d(?::?\d\d)?)?$"
_NUMERIC_DATE = r"^(?P<first>\d{1,2})(?P<mark>[./-])(?P<second>\d{1,2})[./-](?P<year>\d{4})"
#: What brings a text nearer to ISO 8601; each leaves others alone. Patterns are those of RE2.
_TO_ISO = (
    (r"\s*\[[A-Za-z_/+\-0-9]+\]$", ""),
    (r"(?i)\s*(?:utc|gmt)([+-])(\d)$", r"\10\2"),
    (r"(?i)\s*(?:utc|gmt)([+-]\d)", r"\1"),
    (r"(?i)(\d)\s*(?:utc|gmt|z)$", r"\1Z"),
    (r"(\d)\s+([+-]\d\d:?\d\d)$", r"\1\2"),
    (r"Z([+-])", r"\1"),
    (r"^(\d{4})[./](\d\d?)[./](\d\d?)", r"\1-\2-\3"),
    (r"^(\d{4})-(\d)-", r"\1-0\2-"),
    (r"^(\d{4}-\d\d)-(\d)(\D|$)", r"\1-0\2\3"),
    (r"^(\d{4})(\d\d)(\d\d)(\D|$)", r"\1-\2-\3\4"),
    (r"^(\d{4}-\d\d-\d\d)(?:\s\s+|\s*[;,]\s*)", r"\1 "),
    (r"^(\d{4}-\d\d-\d\d[ T])(\d\d)(\d\d)(\d\d)(\D|$)", r"\1\2:\3:\4\5"),
    (r"^(\d{4}-\d\d-\d\d[ T])(\d\d)(\d\d)(\D|$)", r"\1\2:\3\4"),
    (r"^(\d{4}-\d\d-\d\d[ T])(\d):", r"\10\2:"),
    (r"(:\d\d),(\d+)", r"\1.\2"),
    (r"(:\d\d):$", r"\1"),
)


class TextTimes(NamedTuple):
    """Times in ns, NOT_A_TIME where a text is none.

    Moments in UTC where `offset` (ns, one or (n,)) tells how they were written, else what a clock shows: that of
    `zone`, where the texts name it.
    """

    nanoseconds: NDArray[np.int64]
    offset: NDArray[np.int64] | int | None = None
    zone: str | None = None


def read_text(text: Any, column: str, origin: str) -> TextTimes:
    """Read a column of texts that are not all ISO 8601, a chunked array of Arrow without blanks around them.

    What is open for the whole column raises DataError.
    """
    place = f"{origin}: column {column!r}"
    text, offset, name = _without_zone_name(text, place)
    text = _numeric_dates_as_iso(text, place)
    for shapes in (_matching(text), _TO_ISO):
        found = iso_times(_replaced(text, shapes))
        if found is not None:
            break
    else:
        found = _cell_by_cell(_replaced(text, _TO_ISO), place)
    if found.offset is not None or (name is None and offset is None):
        return found
    if offset is None:
        return TextTimes(found.nanoseconds, None, name)
    moments = np.where(found.nanoseconds == NOT_A_TIME, NOT_A_TIME, found.nanoseconds - offset)
    return TextTimes(moments, offset)


def iso_times(text: Any) -> TextTimes | None:
    """Return a column in which every text is ISO 8601, all with or all without an offset; else None."""
    import pyarrow as pa

    try:
        return TextTimes(_numbers(text.cast(pa.timestamp("ns"))))
    except pa.ArrowInvalid:
        pass
    try:
        moments = _numbers(text.cast(pa.timestamp("ns", "UTC")))
    except pa.ArrowInvalid:
        return None
    return TextTimes(moments, _offsets(text))


def _numbers(moments: Any) -> NDArray[np.int64]:
    import pyarrow as pa

    whole = moments.cast(pa.int64())
    if whole.null_count:
        whole = whole.fill_null(NOT_A_TIME)
    return np.asarray(whole.to_numpy(), np.int64)


def _offsets(text: Any) -> NDArray[np.int64] | int:
    """Return how many ns ahead of UTC each text is written, as one number where it is the same for all."""
    import pyarrow.compute as pc

    if pc.all(pc.ends_with(text, "Z")).as_py():
        return 0
    ends = pc.utf8_slice_codeunits(text, start=-_LONGEST_OFFSET)
    kinds = pc.unique(ends)
    offsets = np.array([_offset_of(kind) for kind in kinds.to_pylist()], np.int64)
    if len(set(offsets.tolist())) == 1:
        return int(offsets[0])
    return np.asarray(offsets[pc.index_in(ends, value_set=kinds).to_numpy()])


def _offset_of(end: str | None) -> int:
    match = _OFFSET.search(end or "")
    written = match.group(1) if match else "Z"
    if written == "Z":
        return 0
    digits = written[1:].replace(":", "").ljust(4, "0")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return (-seconds if written[0] == "-" else seconds) * NS_PER_SECOND


def _without_zone_name(text: Any, place: str) -> tuple[Any, NDArray[np.int64] | None, str | None]:
    """Take the zone's name off the end of each text: an IANA name is returned, an abbreviation as its offset."""
    import pyarrow.compute as pc

    named = pc.fill_null(pc.match_substring_regex(text, _ENDS_IN_NAME), False)
    if not pc.any(named).as_py():
        return text, None, None
    parts = pc.extract_regex(text, _NAME)
    names, when = pc.struct_field(parts, "zone"), pc.struct_field(parts, "when")
    kinds = [kind for kind in pc.unique(names).to_pylist() if kind is not None]
    several = next((kind for kind in kinds if kind.upper() in _SEVERAL_ZONES), None)
    if several is not None:
        raise DataError(
            f"{place} names the zone {several}, which is several; name a date_format that ends in {several}, and the "
            "zone as timezone"
        )
    offsets = {kind: _ABBREVIATIONS.get(kind.upper()) for kind in kinds}
    zones = [kind for kind in kinds if offsets[kind] is None and kind.upper() not in _NO_NAMES and _is_zone(kind)]
    known = [kind for kind in kinds if offsets[kind] is not None or kind in zones]
    if not known:
        return text, None, None
    if len(zones) > 1 or (zones and len(known) > 1):
        raise DataError(f"{place} names the zones {', '.join(known)}; expected one, or offsets such as +01:00")
    present = int(pc.sum(pc.is_valid(text)).as_py())
    if len(known) == len(kinds) and len(names) - names.null_count < present:
        bare = text.filter(pc.and_(pc.is_valid(text), pc.is_null(names)))[0].as_py()
        raise DataError(f"{place} has a zone on some rows and none on others, such as {bare!r}")
    if zones:
        return when, None, zones[0]
    hours = np.array([offsets[kind] or 0 for kind in known], np.int64)
    index = pc.fill_null(pc.index_in(names, value_set=_array(known)), 0).to_numpy()
    return when, hours[index] * 3600 * NS_PER_SECOND, None


def _array(values: list[str]) -> Any:
    import pyarrow as pa

    return pa.array(values)


def _is_zone(name: str) -> bool:
    try:
        zone(name)
    except DataError:
        return False
    return True


def _matching(text: Any) -> tuple[tuple[str, str], ...]:
    """Return the steps to ISO 8601 that change the first text."""
    first = next((value for value in text[:1000].to_pylist() if value), "")
    shapes = []
    for pattern, replacement in _TO_ISO:
        after = re.sub(pattern, re.sub(r"\\(\d)", r"\\g<\1>", replacement), first)
        if after != first:
            shapes.append((pattern, replacement))
            first = after
    return tuple(shapes)


def _replaced(text: Any, shapes: tuple[tuple[str, str], ...]) -> Any:
    import pyarrow.compute as pc

    for pattern, replacement in shapes:
        text = pc.replace_substring_regex(text, pattern=pattern, replacement=replacement)
    return text


def _numeric_dates_as_iso(text: Any, place: str) -> Any:
    """Return dates such as 30.01.2024 as ISO; whether day or month comes first must follow from the column itself."""
    import pyarrow as pa
    import pyarrow.compute as pc

    numeric = pc.fill_null(pc.match_substring_regex(text, _NUMERIC_DATE), False)
    if not pc.any(numeric).as_py():
        return text
    parts = pc.extract_regex(text, _NUMERIC_DATE)
    first, second = (pc.struct_field(parts, name).cast(pa.int64()) for name in ("first", "second"))
    dotted = pc.all(pc.equal(pc.struct_field(parts, "mark"), ".")).as_py()
    second_is_a_day = pc.max(second).as_py() > 12
    day_first = pc.max(first).as_py() > 12 or (not second_is_a_day and dotted)
    if not day_first and not second_is_a_day:
        example = text.filter(numeric)[0].as_py()
        raise DataError(
            f"{place}: {example!r} may be day or month first and no row tells which; name it with date_format, "
            "such as %d/%m/%Y, or write YYYY-MM-DD"
        )
    pattern = r"^(\d{1,2})[./-](\d{1,2})[./-](\d{4})"
    return pc.replace_substring_regex(text, pattern=pattern, replacement=r"\3-\2-\1" if day_first else r"\3-\1-\2")


def _cell_by_cell(text: Any, place: str) -> TextTimes:
    """Read a column in which some texts are not ISO 8601: those become NOT_A_TIME, worded dates are read."""
    import pandas as pd
    import pyarrow.compute as pc

    present = pc.is_valid(text).to_numpy()
    aware = pc.fill_null(pc.match_substring_regex(text, _HAS_OFFSET), False).to_numpy()
    series = pd.Series(pd.array(text.combine_chunks(), dtype="string[pyarrow]"))
    if aware.any() and not aware[present].all():
        bare = next((value for value in series[present & ~aware] if re.search(r"\d:\d\d|T\d\d|^\d{4}", value)), None)
        if bare is not None:
            raise DataError(f"{place} has a zone on some rows and none on others, such as {bare!r}")
    plain = series.where(series.str.contains(r"\d", na=False))  # pandas takes "now" for a time
    parsed = pd.to_datetime(plain, format="ISO8601", utc=True, errors="coerce")
    worded = _are_worded(plain)
    if present.any() and parsed[present].isna().all() and worded[present].iloc[0]:
        parsed = _worded(plain.where(worded))
    moments = to_nanoseconds(parsed.dt.tz_localize(None), place)
    return TextTimes(moments, np.broadcast_to(_offsets(text), moments.shape) if aware.any() else None)


def _are_worded(text: "pd.Series[Any]") -> "pd.Series[Any]":
    """Tell which values have a month's name and a year of four digits, or a clock with AM or PM after an ISO date."""
    named = text.str.contains(_NAMED_MONTH, na=False) & text.str.contains(r"\d{4}", na=False)
    return named | text.str.match(_HALF_DAY, na=False)


def _worded(text: "pd.Series[Any]") -> "pd.Series[Any]":
    """Read worded dates in the format of the first; only a text of another format is read by itself."""
    import pandas as pd
    from pandas.tseries.api import guess_datetime_format

    first = text.dropna().iloc[0]
    form = guess_datetime_format(first)
    if form is not None and not re.search("%[HI]", form) and "%S" in form:
        form = None  # of "0:30 PM" it takes the hour for seconds
    parsed = pd.to_datetime(text, format=form or "mixed", utc=True, errors="coerce")
    left = parsed.isna() & text.notna()
    if form is not None and left.any():
        parsed = parsed.where(~left, pd.to_datetime(text.where(left), format="mixed", utc=True, errors="coerce"))
    return parsed


def to_nanoseconds(moments: "pd.Series[Any]", place: str) -> NDArray[np.int64]:
    """Return naive datetimes as int64; a moment that ns cannot hold (before 1678, after 2261) raises DataError."""
    import pandas as pd

    try:
        return np.asarray(moments.astype("datetime64[ns]").to_numpy(), "datetime64[ns]").view(np.int64)
    except pd.errors.OutOfBoundsDatetime as error:
        raise DataError(f"{place}: {error}; years 1678 to 2261 can be held") from None
