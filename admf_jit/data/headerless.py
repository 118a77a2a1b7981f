"""Files without a header: what their columns are, by what stands in them."""

import re
from collections.abc import Callable, Sequence

from admf_jit.data.numbers import is_null, looks_like_number
from admf_jit.errors import DataError

_WAY_OUT = "name them from the left, such as names: [time, open, high, low, close, volume]"
_DATE = re.compile(r"\d{4}([-./])\d{1,2}\1\d{1,2}|\d{1,2}([-./])\d{1,2}\2\d{4}|\d{1,2}[- ][A-Za-z]{3}[- ]\d{2,4}")
_CLOCK = re.compile(r"\d{1,2}:\d\d(:\d\d(\.\d+)?)?(\s*[AaPp][Mm])?")
_MOMENT = re.compile(
    r"(\d{4}([-./])\d{1,2}\2\d{1,2}|\d{1,2}([-./])\d{1,2}\3\d{4}|\d{8})[T ]+\d{1,2}:?\d\d(:?\d\d)?(\.\d+)?.*"
)
_COMPACT_DATE = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_COMPACT_CLOCK = re.compile(r"([01]?\d|2[0-3])[0-5]\d([0-5]\d)?")
_COMPACT = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-3])[0-5]\d([0-5]\d)?")
#: Seconds to nanoseconds since the epoch, from 2001 on.
_EPOCH = re.compile(r"[1-9]\d{9}(\.\d+)?|[1-9]\d{12}|[1-9]\d{15}|[1-9]\d{18}")


def names_by_content(rows: Sequence[Sequence[str]], origin: str) -> tuple[list[str], str]:
    """Return names for the columns of `rows`, and a note that says so; what is not proved raises DataError."""
    rows = rows[:400]
    columns = [[cell.strip() for cell in column] for column in zip(*rows, strict=False)]
    refusal = "no column is a time"
    for times in _times(columns):
        numbers = [place for place in range(times[-1] + 1, len(columns)) if _all(columns[place], _is_number)]
        if len(numbers) < 4 or numbers[:4] != list(range(numbers[0], numbers[0] + 4)):
            refusal = "four prices do not follow the time"
        elif all(_are_ohlc([_number(row[place]) for place in numbers[:4]]) for row in rows):
            return _named(columns, rows, times, numbers)
        else:
            refusal = "the four after the time are not open, high, low, close"
    shown = ", ".join(map(repr, rows[0]))
    raise DataError(f"{origin}: no line names the columns, and {refusal}: {shown}; {_WAY_OUT}")


def _named(
    columns: list[list[str]], rows: Sequence[Sequence[str]], times: list[int], numbers: list[int]
) -> tuple[list[str], str]:
    """Return the names of columns whose times and numbers are known, and the note."""
    names = [""] * len(columns)
    for place in range(times[0]):
        if not names.count("symbol") and not _all(columns[place], _is_number):
            names[place] = "symbol"
    if len(times) == 2:
        names[times[0]], names[times[1]] = "date", "time"
    else:
        names[times[0]] = "datetime"
    for place, name in zip(numbers, ("open", "high", "low", "close"), strict=False):
        names[place] = name
    rest = numbers[4:]
    if len(rest) > 1:
        prices = [[_number(row[place]) for place in numbers[:4]] for row in rows]
        rest = [place for place in rest if not _is_a_price(columns[place], prices)]
    if rest:
        names[rest[0]] = "volume"
    for place in range(len(names)):
        names[place] = names[place] or f"column {place + 1}"
    shape = "time, open, high, low, close" + (", volume" if rest else "")
    return names, f"no line names the columns: taken as {shape}"


def _times(columns: list[list[str]]) -> list[list[int]]:
    """Return where the time may be: in one column, or in a date and a time of day beside each other."""
    for place, cells in enumerate(columns[:4]):
        if _all(cells, _matches(_MOMENT)) or _all(cells, _matches(_COMPACT)) or _all(cells, _matches(_EPOCH)):
            return [[place]]
        if _all(cells, _matches(_DATE)) or _all(cells, _matches(_COMPACT_DATE)):
            following = columns[place + 1] if place + 1 < len(columns) else []
            if following and _all(following, _matches(_CLOCK)):
                return [[place, place + 1]]
            clock = bool(following) and _is_compact_clock(following, columns, place)
            return [[place, place + 1], [place]] if clock else [[place]]
    return []


def _is_compact_clock(cells: list[str], columns: list[list[str]], place: int) -> bool:
    """Tell 930, 1030, 093000 beside dates that repeat: the same digits could be a price."""
    if not _all(cells, lambda cell: cell == "0" or _COMPACT_CLOCK.fullmatch(cell.zfill(4)) is not None):
        return False
    return len(columns) - place > 6 or len(set(columns[place])) < len(columns[place])


def _matches(pattern: "re.Pattern[str]") -> Callable[[str], bool]:
    return lambda cell: pattern.fullmatch(cell) is not None


def _all(cells: Sequence[str], holds: Callable[[str], bool]) -> bool:
    return bool(cells) and all(map(holds, cells))


def _is_number(cell: str) -> bool:
    return looks_like_number(cell) or is_null(cell)


def _number(cell: str) -> float | None:
    text = cell.strip().replace(",", "." if "." not in cell else "")
    try:
        return float(text)
    except ValueError:
        return None


def _are_ohlc(row: Sequence[float | None]) -> bool:
    start, high, low, close = row
    if start is None or high is None or low is None or close is None:
        return True
    slack = 1e-9 * abs(high)
    return high >= max(start, close, low) - slack and low <= min(start, close) + slack


def _is_a_price(cells: Sequence[str], prices: Sequence[Sequence[float | None]]) -> bool:
    """Tell a column of prices, such as an average or an adjusted close, from one of volumes."""
    inside = 0
    for cell, (_, high, low, _close) in zip(cells, prices, strict=False):
        value = _number(cell)
        if value is None or high is None or low is None or not 0.2 * low <= value <= 1.5 * high:
            return False
        inside += value != int(value)
    return inside > 0
