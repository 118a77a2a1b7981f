"""Numbers as people write them: decimal commas, thousands, currency signs, 68.18K, and words for nothing."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.table import Problem
from admf_jit.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

_WORDS = ("null", "nan", "na", "n/a", "none", "nil", "#n/a", "#na", "-nan", "<na>", "no data")
#: Cells that hold nothing.
NULLS = ("", "-", "--", "---", ".", "\N{EM DASH}", "\N{EN DASH}", *_WORDS)
#: As Arrow compares: letter by letter.
NULL_CELLS = tuple(
    dict.fromkeys([*NULLS, *(word.upper() for word in _WORDS), *(word.capitalize() for word in _WORDS), "NaN"])
)
_SIGNS = "$\N{EURO SIGN}\N{POUND SIGN}\N{YEN SIGN}\N{INDIAN RUPEE SIGN}"
_SPACES = " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}"
_SUFFIXES = {"k": 3, "m": 6, "b": 9, "bn": 9, "t": 12, "\N{CJK UNIFIED IDEOGRAPH-4E07}": 4,
             "\N{CJK UNIFIED IDEOGRAPH-842C}": 4, "\N{CJK UNIFIED IDEOGRAPH-4EBF}": 8}  # fmt: skip
_LOOSE = re.compile(
    rf"[{_SIGNS}{_SPACES}+-]*\d[\d.,'_{_SPACES}]*(?:e[+-]?\d+)?[{_SPACES}]*(?:{'|'.join(_SUFFIXES)}|%)?[{_SIGNS}{_SPACES}]*"
)


_SPACED = re.compile(rf"[+-]?\d{{1,3}}(?:[{_SPACES}]\d{{3}})+(?:[.,]\d*)?")


@dataclass(frozen=True)
class Style:
    """How the numbers of a source are written."""

    decimal: str = "."
    thousands: str | None = None

    @property
    def plain(self) -> "re.Pattern[str]":
        """What a library reads as it stands."""
        point = re.escape(self.decimal)
        return re.compile(rf"\s*[+-]?(?:\d+(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d+)?\s*")


def is_null(cell: str) -> bool:
    """Tell a cell that holds nothing."""
    return cell.strip().lower() in NULLS


def looks_like_number(cell: str) -> bool:
    """Tell a cell that somebody may have meant as a number, in any style."""
    return _LOOSE.fullmatch(cell.strip().lower()) is not None


def style_of(
    prices: Iterable[str], others: Iterable[str], decimal: str | None, thousands: str | None, origin: str
) -> Style:
    """Return the style of the cells of prices, with the help of those of volume; what is open raises DataError."""
    if decimal is not None and decimal == thousands:
        raise DataError(f"{origin}: decimal and thousands are both {decimal!r}; expected two characters")
    prices = [cell.strip(_SIGNS + _SPACES + "+-") for cell in prices]
    if decimal is None:
        decimal = _decimal(prices, list(others), thousands, origin)
    if thousands is None:
        marks = [mark for mark in (",", ".", "'") if mark != decimal]
        thousands = next((mark for mark in marks if any(mark in cell for cell in [*prices, *others])), None)
        if thousands is None and any(_SPACED.fullmatch(cell.strip()) for cell in [*prices, *others]):
            thousands = " "
    return Style(decimal, thousands)


def _decimal(prices: list[str], others: list[str], thousands: str | None, origin: str) -> str:
    if thousands is not None:
        return "." if thousands == "," else "," if thousands == "." else "."
    with_comma = [cell for cell in prices if "," in cell]
    if not with_comma:
        return "."
    both = [cell for cell in with_comma if "." in cell]
    if both:
        return "," if all(cell.rfind(",") > cell.rfind(".") for cell in both) else "."
    grouped = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+")
    if not all(grouped.fullmatch(cell) for cell in with_comma):
        return ","
    if any(cell.count(",") > 1 for cell in [*with_comma, *others]):
        return "."
    if any(re.fullmatch(r"\d+\.\d+", cell) for cell in prices):
        return "."
    raise DataError(
        f'{origin}: {with_comma[0]!r} may be a number with a decimal comma or with thousands; say decimal: "," or '
        'thousands: ","'
    )


def to_numbers(
    series: "pd.Series[Any]", column: str, style: Style | None = None
) -> tuple[NDArray[np.float64], list[Problem]]:
    """Return a column as doubles, NaN where a cell holds nothing, and a problem for each cell that is no number."""
    import pandas as pd

    dtype = series.dtype
    if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype):
        if not pd.api.types.is_complex_dtype(dtype):
            return series.to_numpy(dtype=np.float64, na_value=np.nan), []
    if isinstance(dtype, pd.StringDtype):
        return _from_text(series, column, style or Style())
    return _from_objects(series, column, style or Style())


def _from_objects(series: "pd.Series[Any]", column: str, style: Style) -> tuple[NDArray[np.float64], list[Problem]]:
    cells = series.to_numpy(dtype=object)
    empty = series.isna().to_numpy()
    texts = np.array([isinstance(cell, str) for cell in cells], np.bool_)
    numbers = np.full(len(cells), np.nan)
    problems: list[Problem] = []
    for position in np.flatnonzero(~texts & ~empty).tolist():
        number = _number(cells[position])
        if number is None:
            problems.append(Problem(position, column, repr(str(cells[position])), "expected a number"))
        else:
            numbers[position] = number
    if texts.any():
        places = np.flatnonzero(texts)
        read, unread = _from_text(series.iloc[places].astype("string"), column, style)
        numbers[places] = read
        problems += [Problem(int(places[p.position]), p.column, p.value, p.rule) for p in unread]
    return numbers, problems


def _number(cell: object) -> float | None:
    if isinstance(cell, bool | np.bool_ | complex):
        return None
    try:
        return float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None


def _from_text(series: "pd.Series[Any]", column: str, style: Style) -> tuple[NDArray[np.float64], list[Problem]]:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pa.chunked_array([pa.array(series, pa.large_string(), from_pandas=True)])
    bare = pc.utf8_lower(pc.utf8_trim_whitespace(text))
    nothing = pc.fill_null(pc.is_in(bare, value_set=pa.array(NULLS, pa.large_string())), True)
    bare = pc.utf8_trim(bare, _SIGNS + _SPACES)
    if style.thousands is not None:
        mark = _SPACES if style.thousands == " " else style.thousands
        bare = _without_thousands(bare, mark, style.decimal)
    if style.decimal != ".":
        bare = pc.replace_substring(bare, ".", "?")
        bare = pc.replace_substring(bare, style.decimal, ".")
    for suffix, power in sorted(_SUFFIXES.items(), key=lambda entry: -len(entry[0])):
        bare = pc.replace_substring_regex(bare, rf"^([+-]?[0-9.]+) ?{suffix}$", rf"\1e{power}")
    good = pc.match_substring_regex(bare, r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]{1,5})?$|^[+-]?inf(inity)?$")
    good = pc.fill_null(pc.and_(good, pc.invert(nothing)), False)
    bare = pc.replace_substring(pc.if_else(good, bare, pa.scalar(None, pa.large_string())), "+", "", max_replacements=1)
    numbers = pc.cast(bare, pa.float64())
    values = pd.Series(numbers.to_pandas()).to_numpy(np.float64, na_value=np.nan)
    unread = np.flatnonzero(~(np.asarray(good) | np.asarray(nothing)))
    cells = [] if not len(unread) else text.take(pa.array(unread)).to_pylist()
    problems = [
        Problem(int(position), column, repr(str(cell)), "expected a number")
        for position, cell in zip(unread, cells, strict=True)
    ]
    return values, problems


def _without_thousands(text: Any, mark: str, decimal: str) -> Any:
    """Take marks out of numbers whose groups have three digits (in India two); others stay unreadable."""
    import pyarrow.compute as pc

    group = "[" + re.escape(mark) + "]"
    point = re.escape(decimal)
    whole = pc.match_substring_regex(
        text, rf"^[+-]?[0-9]{{1,3}}({group}[0-9]{{2,3}})*{group}[0-9]{{3}}({point}|[^0-9]|$)"
    )
    return pc.if_else(pc.fill_null(whole, False), pc.replace_substring_regex(text, group, ""), text)
