"""How exactly a column tells the time, seen from its first cells, to choose among several."""

import re
from collections.abc import Sequence
from datetime import date, datetime

#: A moment that needs no zone: an epoch, or a text with its offset.
EXACT = 0
LOCAL = 1
DAY = 2
_EPOCH = re.compile(r"[1-9]\d{8,9}(\.\d*)?|[1-9]\d{11,12}(\.\d*)?|[1-9]\d{14,15}|[1-9]\d{17,18}")
_COMPACT = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(([01]\d|2[0-3])[0-5]\d([0-5]\d)?)?(\.0*)?")
_OFFSET = re.compile(r".*\d:\d\d.*(Z|UTC|GMT|[+-]\d\d:?\d\d|[A-Z][a-z]+/[A-Za-z_]+)\s*")
_DAY = re.compile(
    r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}([ T]00:00(:00(\.0+)?)?)?|\d{1,2}[- ]\w{3,9}[-, ]+\d{2,4}|\w{3,9} \d{1,2},? \d{4}"
)


def kind_of_times(cells: Sequence[object]) -> int | None:
    """Return EXACT, LOCAL or DAY by how the cells are written; None for what is no moment, such as a time of day."""
    present = [cell for cell in cells if cell is not None and str(cell).strip() not in ("", "NaT", "nan", "None")]
    if not present:
        return None
    kinds = {_kind(cell) for cell in present[:50]}
    if None in kinds:
        return None
    return max(kind for kind in kinds if kind is not None)


def _kind(cell: object) -> int | None:
    if isinstance(cell, datetime):
        if cell.tzinfo is not None:
            return EXACT
        return DAY if (cell.hour, cell.minute, cell.second) == (0, 0, 0) else LOCAL
    if isinstance(cell, date):
        return DAY
    text = str(cell).strip()
    if _COMPACT.fullmatch(text):
        return DAY if len(text.partition(".")[0]) == len("20240102") else LOCAL
    if _EPOCH.fullmatch(text):
        return EXACT
    if _OFFSET.fullmatch(text):
        return EXACT
    if _DAY.fullmatch(text):
        return DAY
    return (
        LOCAL
        if re.search(r"\d{1,2}:\d\d", text) and re.search(r"\d.*\d.*:|[A-Za-z]{3}", text) and len(text) > 11
        else None
    )
